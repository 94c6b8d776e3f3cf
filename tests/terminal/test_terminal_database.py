"""blessed is asked only for what nothing else tells, and once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import blessed
import pytest

from trackio_view.terminal.keyboard import _BLESSED_NAMES, _COMMON_SEQUENCES
from trackio_view.terminal.terminal_database import TerminalDatabase


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[TerminalDatabase]:
    monkeypatch.setenv("TERM", "xterm-256color")
    far, near = os.openpty()
    database = TerminalDatabase(near)
    yield database
    database.close()
    os.close(near)
    os.close(far)


def test_it_knows_colours_and_rarer_keys(database: TerminalDatabase) -> None:
    assert database.colors() == 256
    assert database.name_of("\x1b[1;5C") == "KEY_CTRL_RIGHT"
    assert database.name_of("\x1b[1;5Cx") is None
    assert database.name_of("\x1b[?62c") is None


def test_common_sequences_have_the_names_of_the_terminal_database(
    database: TerminalDatabase,
) -> None:
    known = {sequence: database.name_of(sequence) or "" for sequence in _COMMON_SEQUENCES}
    told = {sequence: _BLESSED_NAMES[name] for sequence, name in known.items() if name}
    assert len(told) > 20
    assert told == {sequence: _COMMON_SEQUENCES[sequence] for sequence in told}


def test_threads_that_ask_at_once_get_one_terminal(
    database: TerminalDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    real = blessed.Terminal

    def counted(**options: Any) -> blessed.Terminal:
        made.append(options)
        return real(**options)

    monkeypatch.setattr(blessed, "Terminal", counted)
    with ThreadPoolExecutor(4) as threads:
        opened = [threads.submit(database.opened) for _ in range(4)]
    assert len(made) == len({id(one.result()) for one in opened}) == 1


def test_a_database_that_was_never_asked_can_be_closed(database: TerminalDatabase) -> None:
    database.close()
    assert database._terminal is None


def test_blessed_waits_for_no_answer_of_a_terminal(
    database: TerminalDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = "BLESSED_QUERY_TIMEOUT_SECONDS"
    # What is set and taken away is as it was after the test.
    monkeypatch.setenv(waits, "")
    monkeypatch.delenv(waits)
    database.opened()
    assert os.environ[waits] == "0"
