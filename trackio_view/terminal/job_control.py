"""Stopping on Ctrl-Z, as a shell with jobs expects it."""

from __future__ import annotations

import signal


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
