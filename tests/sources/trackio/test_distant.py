"""The projects of a place whose databases are read there."""

from __future__ import annotations

import ssl
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.sources.trackio.distant import fault_of_answer, names_there
from trackio_view.sources.trackio.faults import DatabaseFault


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


@pytest.mark.parametrize("error", [KeyError("steps"), ValueError(), RecursionError()])
def test_an_answer_that_cannot_be_read_is_no_bug(error: Exception) -> None:
    unreadable = DatabaseFault("It answers with what nobody can read.")
    assert fault_of_answer(error, unreadable) is unreadable


def test_an_error_of_the_answer_is_told_and_a_bug_is_none() -> None:
    unreadable = DatabaseFault("It answers with what nobody can read.")
    # This one is a value error, too.
    told = fault_of_answer(ssl.SSLCertVerificationError(1, "self-signed"), unreadable)
    assert told is not None
    assert "self-signed" in told.text
    assert fault_of_answer(AssertionError(), unreadable) is None
