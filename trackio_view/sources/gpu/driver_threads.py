"""Threads that call drivers, as daemons: a call may hang for ever and can't be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_NAME = "gpu driver"


def start_thread(work: Callable[[], None]) -> None:
    """Have a thread do something that may hang; it does not hold up the exit."""
    threading.Thread(target=work, name=_NAME, daemon=True).start()


def hung_threads(patience: float) -> bool:
    """Return whether a thread that was told to end is still within a driver after so many seconds.

    Raises nothing, and ends nothing.
    """
    deadline = time.monotonic() + patience
    ours = [thread for thread in threading.enumerate() if thread.name == _NAME]
    for thread in ours:
        thread.join(max(0.0, deadline - time.monotonic()))
    return any(thread.is_alive() for thread in ours)
