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

    The terminal's modes stay as they are: those of now are the shell's own, while it reads a line.
    """
    with contextlib.suppress(termios.error):
        termios.tcdrain(descriptor)


def stop_until_continued(number: signal.Signals = signal.SIGTSTP) -> bool:
    """Stop until a shell continues the program; return false at once where no shell could.

    The kernel decides that: where no shell controls the job, as under `docker run` or as the
    command of an SSH session, it ignores a SIGTSTP, or the `number` of another signal that stops,
    which has no handler.
    """
    continued = False

    def note(*_: object) -> None:
        nonlocal continued
        continued = True

    ours = signal.signal(number, signal.SIG_DFL), signal.signal(signal.SIGCONT, note)
    signal.raise_signal(number)
    for caught, handler in zip((number, signal.SIGCONT), ours, strict=True):
        signal.signal(caught, handler)
        signal.siginterrupt(caught, False)
    return continued
