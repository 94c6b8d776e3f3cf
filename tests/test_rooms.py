"""Each room of more than 100 lines has a test file of its own, at the same place below tests."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "trackio_view"
LONGEST_WITHOUT_TESTS = 100
"""Lines that a room may have before it needs a test file."""


def place_of_tests(room: str) -> Path:
    """Return the test file of a room: `tests/a/test_b.py` for `a.b`."""
    *folders, name = room.split(".")
    return REPOSITORY.joinpath("tests", *folders, f"test_{name}.py")


def is_long(path: Path) -> bool:
    return len(path.read_text("utf-8").splitlines()) > LONGEST_WITHOUT_TESTS


LONG_ROOMS = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if is_long(path)
)


@pytest.mark.parametrize("room", LONG_ROOMS)
def test_a_long_room_has_a_test_file_of_its_own(room: str) -> None:
    path = place_of_tests(room)
    assert path.exists(), f"{room} needs {path.relative_to(REPOSITORY)}"
    assert "def test_" in path.read_text("utf-8")
