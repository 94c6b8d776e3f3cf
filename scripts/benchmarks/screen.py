"""The live program in a pseudo-terminal that answers as a modern terminal does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

COLUMNS, ROWS = 120, 40
END_OF_FRAME = b"\x1b[?2026l"
BRAILLE = re.compile(rb"\xe2[\xa0-\xa3][\x80-\xbf]")

# A measured screen is not restored the next time, and must not change that of a person.
_STATE_HOME = os.path.join(tempfile.gettempdir(), "trackio-view-benchmarks")

_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank)."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Screen:
    """A context in which `python -m trackio_view ARGUMENTS` runs on a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.output = bytearray()
        self.answered = 0
        """How much of the output was searched for questions to the terminal."""

    def __enter__(self) -> Screen:
        self.started = time.perf_counter()
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
            os.environ["XDG_STATE_HOME"] = _STATE_HOME
            size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            command = [sys.executable, "-m", "trackio_view", "--fresh", *self._arguments]
            os.execv(sys.executable, command)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.perf_counter() + 5
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            self.read(0.02)
            if time.perf_counter() > deadline:
                os.kill(self.pid, signal.SIGKILL)
        os.close(self._descriptor)

    def press(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def read(self, seconds: float) -> bytes:
        """Return the next bytes that the program writes within so many seconds, if any."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return b""
        try:
            chunk = os.read(self._descriptor, 1 << 16)
        except OSError:  # the other end is closed
            return b""
        self.output += chunk
        for question, answer in _ANSWERS.items():
            at = self.output.find(question, self.answered)
            if at >= 0:
                os.write(self._descriptor, answer)
        self.answered = max(self.answered, len(self.output) - 8)
        return chunk

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30.0) -> float:
        """Read until the condition holds; return the time of the last byte.

        Raises `TimeoutError`, with the end of the output, if it does not hold in time.
        """
        deadline = time.perf_counter() + seconds
        last = time.perf_counter()
        while not condition():
            if self.read(max(0.0, deadline - time.perf_counter())):
                last = time.perf_counter()
            elif time.perf_counter() >= deadline or not self.is_alive():
                raise TimeoutError(f"no answer: {bytes(self.output[-300:])!r}")
        return last

    def is_alive(self) -> bool:
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def wait_for_chart(self) -> float:
        """Return the seconds from start to the last byte of the first frame with a chart."""

        def has_chart() -> bool:
            found = BRAILLE.search(self.output)
            return found is not None and self.output.find(END_OF_FRAME, found.end()) >= 0

        return self.wait_for(has_chart) - self.started

    def settle(self, quiet: float = 1.0, limit: float = 60.0) -> None:
        """Read until nothing came for `quiet` seconds."""
        deadline = time.perf_counter() + limit
        while self.read(quiet) and time.perf_counter() < deadline:
            pass

    def answer_time(self, keys: str) -> float | None:
        """Return the seconds from a key to the last byte of the next frame; None without one."""
        while self.read(0):
            pass
        begin = len(self.output)
        pressed = time.perf_counter()
        self.press(keys)
        try:
            answered = self.wait_for(lambda: self.output.find(END_OF_FRAME, begin) >= 0, 0.5)
        except TimeoutError:
            return None
        return answered - pressed

    def times_to_whole_page(self, keys: str, quiet: float = 0.03) -> tuple[float, float] | None:
        """Return the seconds from a key to the last byte of the next frame, and to that of the last
        frame before so many quiet seconds; None without a frame.
        """
        pressed = time.perf_counter()
        first = self.answer_time(keys)
        if first is None:
            return None
        last = pressed + first
        while self.read(quiet):
            last = time.perf_counter()
        return first, last - pressed

    def share_of_core(self, seconds: float) -> float:
        """Return how much of a core the program takes over the next seconds, in percent."""
        busy, begin = self.cpu_seconds(), time.perf_counter()
        while (left := begin + seconds - time.perf_counter()) > 0:
            self.read(left)
        return (self.cpu_seconds() - busy) / (time.perf_counter() - begin) * 100

    def cpu_seconds(self) -> float:
        """Return the processor time that the program has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self) -> float:
        """Return the most memory that the program had so far, NaN where the kernel does not say."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")
