"""A pseudo-terminal, with a test at its other end."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import select
import struct
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from trackio_view.terminal import terminal_session
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.diff import diff
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import Color, ColorDepth, Style
from trackio_view.terminal.terminal_session import TerminalSession

CLEAR = "\x1b[H\x1b[2J"


class FarEnd:
    """The emulator's side of a pseudo-terminal: what it was sent, and what it types."""

    def __init__(self, width: int, height: int) -> None:
        self.descriptor, self.terminal = os.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))

    def received(self, *, until: str = "") -> str:
        """Return the output: all of it so far, or up to `until`."""
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
    # This terminal answers where a test does, and no other test is to wait for it.
    monkeypatch.setattr(terminal_session, "_ANSWER_SECONDS", 0.05)
    end = FarEnd(40, 6)
    yield end
    for descriptor in (end.descriptor, end.terminal):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def opened(far_end: Any, **options: Any) -> TerminalSession:
    return TerminalSession(
        input_descriptor=far_end.terminal, output_descriptor=far_end.terminal, **options
    )


def frame_of(text: str, width: int = 40, height: int = 6) -> Frame:
    frame = Frame(width, height)
    for y in range(height):
        frame.put(0, y, f"{text} {y}", Style(Color(0xFF0000, 196, 9)))
    return frame


@functools.cache
def noisy_frame() -> Frame:
    """Return a frame with more bytes than any terminal buffers."""
    frame = Frame(200, 60)
    for y in range(60):
        for x in range(200):
            color = Color((x * 7919 + y * 104729) & 0xFFFFFF, 1, 1)
            frame.put_glyphs(x, y, "x", Style(color))
    diff(None, frame, Look(ColorDepth.TRUECOLOR))
    return frame
