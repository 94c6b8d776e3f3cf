"""Recordings that pass through a pipe: standard input and output, both named `-`."""

from __future__ import annotations

import os
import select
import stat
from pathlib import Path

import anyio

PIPE = Path("-")
"""The name of standard input where a recording is read, and of standard output where one is
written.
"""

_INPUT, _OUTPUT = 0, 1
_PIECE = 1 << 16


class Pipe:
    """A pipe that lines are read from. A line is there once its end has come."""

    def __init__(self, descriptor: int = _INPUT) -> None:
        self._descriptor = descriptor
        # Unlike `select`, it knows no highest descriptor.
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._pending = bytearray()
        self._searched = 0
        """How many of the received bytes are known to hold no end of a line."""
        self._ended = False

    async def arrival(self) -> bool:
        """Wait for something to read; return whether it had to be waited for."""
        if self.has_line() or self._poll.poll(0):
            return False
        await anyio.wait_readable(self._descriptor)
        return True

    def has_line(self) -> bool:
        """Return whether a line, or the end, can be read without waiting."""
        return self._ended or self._end_of_line() > 0

    def readline(self, most: int) -> bytes | None:
        """Return the next line, at most so many bytes of it; nothing at the end of all.

        It is `None` where only a part of a line has come so far, after one look at the pipe.
        """
        if not self.has_line() and len(self._pending) < most:
            piece = os.read(self._descriptor, _PIECE)
            self._pending += piece
            self._ended = not piece
        end = self._end_of_line() or len(self._pending)
        if not self._ended and not self._end_of_line() and end < most:
            return None
        line = bytes(self._pending[: min(end, most)])
        del self._pending[: len(line)]
        self._searched = 0
        return line

    def _end_of_line(self) -> int:
        """Return where the first line ends, 0 where its end has not come yet."""
        end = self._pending.find(b"\n", self._searched) + 1
        if not end:
            self._searched = len(self._pending)
        return end


def first_line(most: int) -> bytes:
    """Return the first line of standard input, and leave what follows there. Raises OSError."""
    if os.isatty(_INPUT):
        raise OSError(0, "it is a terminal, where no recording comes from")
    line = b""
    while len(line) < most and (byte := os.read(_INPUT, 1)):
        line += byte
        if byte == b"\n":
            break
    return line


def is_file() -> bool:
    """Return whether standard input is a file, which needs no waiting."""
    return stat.S_ISREG(os.fstat(_INPUT).st_mode)


def is_read(descriptor: int = _OUTPUT) -> bool:
    """Return whether anybody may still read what is written into a pipe."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return not poll.poll(0)
