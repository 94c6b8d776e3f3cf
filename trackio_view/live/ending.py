"""How a session ends: the signals that end it, and the end where a thread hangs or has a bug."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import anyio

from trackio_view.terminal.terminal_session import TerminalSession

ENDINGS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGXCPU,
)
"""The signals that end a session, each in the same way.

The last three come from schedulers, and where processor time is limited. Left alone they would end
the process with the terminal as it is.
"""

_ENDING_SECONDS = 3.0
"""How long the end waits for calls into a disk or a driver, which cannot be cancelled."""


@contextlib.contextmanager
def told_of_threads(tell: Callable[[BaseException], None]) -> Iterator[None]:
    """Hand over what ends a thread meanwhile: Python would print it into the picture."""

    def told(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
            tell(ended.exc_value)

    before, threading.excepthook = threading.excepthook, told
    try:
        yield
    finally:
        threading.excepthook = before


def last_resort(session: TerminalSession, exit_code: Callable[[], int]) -> threading.Timer:
    """Return a timer that ends the process although a thread is held up by a disk or a driver."""

    def end_at_once() -> None:
        session.leave()
        # Nothing may keep this thread from reaching the last line here.
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr is not None:
                text = "trackio-view: ended without waiting for a disk or a network that hangs"
                print(text, file=sys.stderr, flush=True)
        os._exit(exit_code())

    timer = threading.Timer(_ENDING_SECONDS, end_at_once)
    timer.daemon = True
    return timer


async def start_when_cancelled(timer: threading.Timer) -> None:
    """Start the timer when the session's tasks are cancelled."""
    try:
        await anyio.sleep_forever()
    finally:
        # Where no thread can be started, the end waits for the disk.
        with contextlib.suppress(RuntimeError):
            timer.start()
