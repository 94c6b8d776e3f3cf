"""What tests of all sources share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

_OPEN_FILES = "/proc/self/fd"


def _open_files() -> set[tuple[str, str]]:
    """Return what this process has open, by descriptor; nothing where the system does not tell."""
    found = set[tuple[str, str]]()
    for number in os.listdir(_OPEN_FILES) if os.path.isdir(_OPEN_FILES) else ():
        try:
            found.add((number, os.readlink(f"{_OPEN_FILES}/{number}")))
        except OSError:
            # The one by which the folder was listed.
            continue
    return found


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    """Hold that a source closes what it opened: it is asked again and again, for days."""
    before = _open_files()
    yield
    assert _open_files() <= before
