"""A pseudo-terminal, with a test at its other end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import termios
from collections.abc import Iterator

import pytest


class FarEnd:
    """The emulator's side of a pseudo-terminal: what it was sent, and what it types."""

    def __init__(self, width: int, height: int) -> None:
        self.descriptor, self.terminal = os.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))

    def received(self, *, until: str = "") -> str:
        """Return what arrived: all that is there, or all up to `until`."""
        data = b""
        while until.encode() not in data if until else True:
            if not select.select([self.descriptor], [], [], 5 if until else 0)[0]:
                break
            data += os.read(self.descriptor, 65536)
        return data.decode()

    def type(self, text: str | bytes) -> None:
        os.write(self.descriptor, text.encode() if isinstance(text, str) else text)

    def hang_up(self) -> None:
        os.close(self.descriptor)

    def modes(self) -> list[object]:
        return termios.tcgetattr(self.terminal)


@pytest.fixture
def far_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[FarEnd]:
    monkeypatch.setenv("TERM", "xterm-256color")
    end = FarEnd(40, 6)
    yield end
    for descriptor in (end.descriptor, end.terminal):
        with contextlib.suppress(OSError):
            os.close(descriptor)
