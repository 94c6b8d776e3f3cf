"""Calls on a terminal's descriptors that never hold anything up."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import threading
from collections.abc import Iterator
from typing import Any


def reopened(descriptor: int) -> int | None:
    """Return a non-blocking descriptor of the same terminal, or `None` where there is none.

    In a container the terminal's name may be missing, or be another terminal's.
    """
    try:
        flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
        own = os.open(os.ttyname(descriptor), flags)
    except OSError:
        return None
    if os.isatty(own) and os.fstat(own).st_rdev == os.fstat(descriptor).st_rdev:
        return own
    os.close(own)
    return None


def keyboard_of(descriptor: int) -> int:
    """Return a descriptor that reads the keys of a terminal; it stays open.

    The terminal is opened by its own name, because some systems cannot wait for `/dev/tty`.
    """
    try:
        return os.open(os.ttyname(descriptor), os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return descriptor


def key_by_key(found: list[Any]) -> list[Any]:
    """Return the modes `found`, changed so that each key is sent at once and not echoed; the keys
    that send signals go on doing so.
    """
    modes = [*found[:6], list(found[6])]
    modes[3] &= ~(termios.ECHO | termios.ICANON)
    # A key that sends a signal would drop what is on its way to the screen: a second Ctrl-C the
    # sequences that give the terminal back (termios(3), NOFLSH). Keys are dropped by `drop_input`.
    modes[3] |= termios.NOFLSH
    # No read waits, because a waiting read would hold up everything.
    modes[6][termios.VMIN], modes[6][termios.VTIME] = 0, 0
    return modes


def has_ended(descriptor: int) -> bool:
    """Return whether a terminal without input will never have any."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return bool(poll.poll(0))


def is_ready(descriptor: int, event: int, seconds: float) -> bool:
    """Return whether an event of `poll` comes within so many seconds."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(seconds * 1000))


def write_in_thread(descriptor: int, data: bytes, seconds: float) -> bytes:
    """Write to a descriptor that may block; return the whole of `data` if it did for too long."""

    def write() -> None:
        with contextlib.suppress(OSError):
            os.write(descriptor, data)

    writer = threading.Thread(target=write, name="terminal writer", daemon=True)
    writer.start()
    writer.join(seconds)
    return data if writer.is_alive() else b""


@contextlib.contextmanager
def signals_blocked(signals: set[signal.Signals]) -> Iterator[None]:
    """Hold these signals back until the end of the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
