"""Copies what is at the cursor into the clipboard of the terminal."""

from __future__ import annotations

from trackio_view.screens.panels.copied import copied_table, copied_value
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import counted


def copy(dashboard: Dashboard, session: TerminalSession) -> None:
    """Copy a value or a table, as a key asked for, and say what was copied."""
    view = dashboard.view
    view.to_copy = False
    is_table = view.copies % 2 == 0
    lines = copied_table(dashboard) if is_table else copied_value(dashboard)
    if not lines:
        view.said = "there is no value here"
        return
    count = len(lines) - 2
    if view.mode is Mode.TRACE:
        view.said = session.copy(lines, f"{len(lines):,} lines")
        return
    name = f"a table of {counted(count, 'metric')}" if is_table else lines[0]
    view.said = session.copy(lines, name)
