"""A socket with one deadline for all that comes."""

from __future__ import annotations

import io
import socket
import time
from typing import Any

_READ_SECONDS = 10.0


class TimedSocket:
    """A socket with one deadline for everything that comes, however slowly it comes."""

    def __init__(self, plain: socket.socket, deadline: float) -> None:
        self.deadline = deadline
        self._plain = plain
        self._taken = 0

    def sendall(self, data: bytes) -> None:
        """Send all of `data`. Raises TimeoutError."""
        self._plain.settimeout(self._left())
        self._plain.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the file that the response is read from; the mode is `rb`."""
        return io.BufferedReader(_TimedReader(self))

    def receive_into(self, buffer: Any) -> int:
        """Receive into a buffer; return how many bytes came. Raises TimeoutError."""
        self._plain.settimeout(self._left())
        count = self._plain.recv_into(buffer)
        self._taken += count
        return count

    def taken(self) -> int:
        """Return how many bytes came since the last call."""
        taken, self._taken = self._taken, 0
        return taken

    def interrupt(self) -> None:
        """End a read that another thread waits in."""
        try:
            self._plain.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        """Do nothing: `http.client` closes it before it has read such an answer to its end."""

    def end(self) -> None:
        """Hang up."""
        self._plain.close()

    def _left(self) -> float:
        left = min(_READ_SECONDS, self.deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: TimedSocket) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._timed.receive_into(buffer)
