"""Ends a command by a signal so that what it began ends with it.

A process that a signal kills leaves its `ssh` behind. One that connects notices nothing of that: a
host that hangs would keep it for long. Commands without `ssh` have nothing to end. They keep the
system's own way, which also works while a disk hangs.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class _Signalled(BaseException):
    """A signal has come; nothing that handles faults takes it for one."""

    def __init__(self, number: int) -> None:
        self.number = number


def unwound_at_signals(work: Callable[[], int]) -> int:
    """Return the exit code of `work`, or 128 + N where the signal N ended it.

    A signal that is ignored, as `nohup` asks for, stays so, and so does the one that ended it.
    """
    ours = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _raise)
    try:
        return work()
    except _Signalled as ended:
        return 128 + ended.number
    finally:
        for number in ours:
            # The live screen ignores these signals at its end, because another one would change its
            # exit code.
            if signal.getsignal(number) is _raise:
                signal.signal(number, signal.SIG_DFL)


def _raise(number: int, _: object) -> None:
    # A second one does not interrupt the end.
    signal.signal(number, signal.SIG_IGN)
    raise _Signalled(number)
