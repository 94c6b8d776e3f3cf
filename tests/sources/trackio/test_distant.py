"""The projects of a place whose databases are read there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.sources.trackio.distant import names_there


class Inbox:
    """An inbox that knows its projects once it has looked."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self.projects: tuple[str, ...] = ()

    def look(self) -> None:
        self.projects = self._names


@pytest.mark.parametrize(
    ("inbox", "names"),
    [
        (None, ["b", "a"]),
        (Inbox(), ["a", "b"]),
        (Inbox("c", "a"), ["a", "b", "c"]),
    ],
)
def test_projects_that_only_wait_are_there_too(inbox: Inbox | None, names: list[str]) -> None:
    place: Any = SimpleNamespace(inbox=inbox, projects=lambda: ["b", "a"])
    assert names_there(place) == names
