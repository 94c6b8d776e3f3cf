"""Signals when files of a directory are written to: the older way in which the kernel tells of it.

Nobody counts who asks for them, so they come where a user may not wait by inotify any more. They
say neither which file it was nor that it was closed. Source: fcntl(2), `F_NOTIFY`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import threading

_SET_OWNER = 15
"""`F_SETOWN_EX`, for which Python has no name."""
_OWNER = struct.Struct("ii")
"""struct f_owner_ex: what kind of owner, and its number."""
_OWNER_IS_THREAD = 0


class DirectorySignals:
    """Wakes the thread that made it when a file of a directory is written to or made empty."""

    def __init__(self, directory: str) -> None:
        """Raise `OSError` where the system tells nothing of this directory."""
        import fcntl

        self._file = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        # Else the signal would end the program. It is for this thread alone.
        self._blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
        try:
            owner = _OWNER.pack(_OWNER_IS_THREAD, threading.get_native_id())
            fcntl.fcntl(self._file, _SET_OWNER, owner)
            fcntl.fcntl(self._file, fcntl.F_NOTIFY, fcntl.DN_MODIFY | fcntl.DN_MULTISHOT)
        except BaseException:
            self.close()
            raise

    def wait(self, seconds: float) -> None:
        """Wait until a file is written to, for so many seconds at most."""
        signal.sigtimedwait({signal.SIGIO}, seconds)

    def close(self) -> None:
        """Stop the signals, and leave the thread as it was."""
        os.close(self._file)
        with contextlib.suppress(OSError):
            self.wait(0.0)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._blocked)


def signals_of(directory: str) -> DirectorySignals | None:
    """Return signals of a directory; `None` where the system gives none."""
    try:
        return DirectorySignals(directory)
    except (OSError, AttributeError, ImportError):
        return None
