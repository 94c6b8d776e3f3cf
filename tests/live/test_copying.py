"""What a key copies, and the words that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from trackio_view.live import copying
from trackio_view.live.copying import copy
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.trace import TraceView

HEADING = ["| metric | value | step |", "| --- | ---: | ---: |"]


class Clipboard:
    """Stands for the terminal: keeps what it is to copy."""

    def __init__(self) -> None:
        self.copied: list[list[str]] = []

    def copy(self, lines: Sequence[str], name: str) -> str:
        self.copied.append([*lines])
        return f"copied: {name}"


@pytest.fixture
def clipboard() -> Clipboard:
    return Clipboard()


def asked(dashboard: Dashboard, times: int, clipboard: Clipboard) -> str:
    """Return the words after a key was pressed so many times to copy."""
    dashboard.view.to_copy, dashboard.view.copies = True, times
    copy(dashboard, cast("TerminalSession", clipboard))
    return dashboard.view.said


def there_are(monkeypatch: pytest.MonkeyPatch, value: list[str], table: list[str]) -> None:
    monkeypatch.setattr(copying, "copied_value", lambda _: value)
    monkeypatch.setattr(copying, "copied_table", lambda _: table)


def test_a_value_then_a_table_then_the_value_again(
    monkeypatch: pytest.MonkeyPatch, clipboard: Clipboard
) -> None:
    dashboard = Dashboard()
    there_are(monkeypatch, ["loss 0.5 at step 3"], [*HEADING, "| loss | 0.5 | 3 |"])
    assert asked(dashboard, 1, clipboard) == "copied: loss 0.5 at step 3"
    assert asked(dashboard, 2, clipboard) == "copied: a table of 1 metric"
    assert asked(dashboard, 3, clipboard) == "copied: loss 0.5 at step 3"
    there_are(monkeypatch, [], [*HEADING, "| loss | 0.5 | 3 |", "| lr | 0.1 | 3 |"])
    assert asked(dashboard, 4, clipboard) == "copied: a table of 2 metrics"
    assert [len(lines) for lines in clipboard.copied] == [1, 3, 1, 4]


def test_it_is_copied_once_for_a_key(clipboard: Clipboard, monkeypatch: pytest.MonkeyPatch) -> None:
    dashboard = Dashboard()
    there_are(monkeypatch, ["loss 0.5"], [])
    asked(dashboard, 1, clipboard)
    assert not dashboard.view.to_copy, "the next key copies nothing"


def test_where_nothing_is_that_is_said_and_the_clipboard_stays(clipboard: Clipboard) -> None:
    for times in (1, 2):
        assert asked(Dashboard(), times, clipboard) == "there is no value here"
    assert clipboard.copied == []


def test_of_a_conversation_the_lines_are_counted(
    monkeypatch: pytest.MonkeyPatch, clipboard: Clipboard
) -> None:
    dashboard = Dashboard()
    dashboard.view.open(Mode.TRACE, TraceView())
    there_are(monkeypatch, ["user:", "hello"] * 600, [])
    assert asked(dashboard, 1, clipboard) == "copied: 1,200 lines"
