"""The tests that CONTRIBUTING.md names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent
PACKAGE = REPOSITORY / "trackio_view"
TOLD = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
ROOMS = re.findall(r"`([\w/]+(?:\.py|/))`", TOLD)
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TOLD)


def test_the_fault_table_names_a_test_in_each_part() -> None:
    table = TOLD.partition("## The fault table")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert sum("| what the person sees | held by |" in row for row in rows) == 6
    assert len(NAMED) == table.count("::")
    assert len(NAMED) >= len(rows) - 6


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    text = (TESTS / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize("room", sorted(set(ROOMS)))
def test_every_room_that_is_named_exists(room: str) -> None:
    # The text about a folder names rooms in it without the folder.
    folders = [REPOSITORY, PACKAGE, *(PACKAGE / part for part in ("screens", "sources"))]
    assert any((folder / room).exists() for folder in folders)


def test_rooms_are_named_in_the_map_and_in_where_things_go() -> None:
    assert {"terminal/", "view/keys/bindings.py", "view/screen_table.py"} <= set(ROOMS)
