"""Stopping on Ctrl-Z and in the background, as a shell with jobs expects it."""

from __future__ import annotations

import contextlib
import signal
import termios


def wait_for_foreground(descriptor: int) -> None:
    """Be stopped while in the background, as whoever takes a terminal there; else return at once.

    To be called before signals are caught: one that ends a program then ends a stopped one, too.
    Where a handler takes it instead, the system tries again to take the terminal and stops it for
    good, as under `timeout`, which makes it a job in the background.
    """
    with contextlib.suppress(termios.error):
        termios.tcsetattr(descriptor, termios.TCSANOW, termios.tcgetattr(descriptor))


def stop_until_continued() -> bool:
    """Stop until a shell continues the program; return false at once where no shell could.

    The kernel decides that: where no shell controls the job, as under `docker run` or as the
    command of an SSH session, it ignores a SIGTSTP that has no handler.
    """
    continued = False

    def note(*_: object) -> None:
        nonlocal continued
        continued = True

    ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL), signal.signal(signal.SIGCONT, note)
    signal.raise_signal(signal.SIGTSTP)
    for number, handler in zip((signal.SIGTSTP, signal.SIGCONT), ours, strict=True):
        signal.signal(number, handler)
        signal.siginterrupt(number, False)
    return continued
