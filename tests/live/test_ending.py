"""A session ends although a thread hangs in a call that cannot be cancelled."""

from __future__ import annotations

import io
import os
import sys
import threading
from typing import cast

import anyio
import pytest

from trackio_view.live.ending import last_resort, start_when_cancelled, told_of_threads
from trackio_view.terminal.terminal_session import TerminalSession

TOLD = "trackio-view: ended without waiting for a disk or a network that hangs\n"


class Closed(io.StringIO):
    """A terminal that hung up: writing to it fails."""

    def write(self, text: str) -> int:
        raise OSError(5, text)


class Session:
    """Stands for the terminal, and keeps the order of its calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[object] = []
        monkeypatch.setattr(os, "_exit", self.done.append)

    def leave(self) -> None:
        self.done.append("left")


def end_at_once(session: Session, code: int) -> threading.Timer:
    """Let waiting take no time, and return the timer."""
    timer = last_resort(cast("TerminalSession", session), lambda: code)
    timer.function()
    return timer


def test_the_terminal_is_left_before_the_process_ends_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(monkeypatch)
    timer = end_at_once(session, 143)
    assert session.done == ["left", 143]
    assert capsys.readouterr().err == TOLD
    assert timer.daemon, "a process that ends in time does not wait for the timer"
    assert 1 <= timer.interval <= 5


@pytest.mark.parametrize("stream", [None, Closed()], ids=["no stderr", "hung up"])
def test_the_process_ends_where_nothing_can_be_told(
    monkeypatch: pytest.MonkeyPatch, stream: Closed | None
) -> None:
    session = Session(monkeypatch)
    monkeypatch.setattr(sys, "stderr", stream)
    end_at_once(session, 129)
    assert session.done == ["left", 129]


class Timer:
    """Counts its starts, and can fail as if there were no room for a thread."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.started = 0
        self._fault = fault

    def start(self) -> None:
        self.started += 1
        if self._fault is not None:
            raise self._fault


@pytest.mark.parametrize("fault", [None, RuntimeError("can't start new thread")])
async def test_the_time_runs_from_the_end_on(fault: Exception | None) -> None:
    timer = Timer(fault)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(start_when_cancelled, cast("threading.Timer", timer))
        await anyio.wait_all_tasks_blocked()
        assert timer.started == 0
        tasks.cancel_scope.cancel()
    assert timer.started == 1


def test_a_fault_that_ends_a_thread_is_told_and_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fault, told, before = KeyError("a bug"), list[BaseException](), threading.excepthook

    def end_by(error: BaseException) -> None:
        raise error

    with told_of_threads(told.append):
        for error in (fault, SystemExit(1)):
            thread = threading.Thread(target=end_by, args=(error,))
            thread.start()
            thread.join()
    assert told == [fault]
    assert threading.excepthook is before
    assert capsys.readouterr().err == ""
