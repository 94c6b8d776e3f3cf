"""Stopping on Ctrl-Z, as a shell with jobs expects it."""

from __future__ import annotations

import signal


def stop_until_continued() -> bool:
    """Stop until somebody continues us; return at once, and false, where nobody could.

    That is for the kernel to tell: it passes over a SIGTSTP that a program leaves alone where no
    shell controls its job, as under `docker run` or as the command of an SSH session.
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
