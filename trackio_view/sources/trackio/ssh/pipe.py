"""An `ssh` whose far end answers questions: one at a time, each within a deadline.

It never asks the person: it has no terminal, and its messages go into a sentence. It ends however
we end: we end its group where we can, else it ends because nobody writes to it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import selectors
import signal
import subprocess
import threading
import time
import zlib
from collections.abc import Mapping
from typing import Any

from trackio_view.sources.server_json import json_value
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.faults import (
    no_answer,
    no_ssh,
    of_end,
    too_large,
    too_slow,
)
from trackio_view.sources.trackio.ssh.frames import LARGEST, MARK, PACKED
from trackio_view.sources.trackio.ssh.host import SshHost
from trackio_view.sources.trackio.ssh.program import PROJECTS, FarProgram, packed_program

_OPTIONS = (
    *("-T", "-x", "-a"),
    *("-o", "BatchMode=yes"),
    *("-o", "ConnectTimeout=10"),
    *("-o", "ServerAliveInterval=15"),
    *("-o", "ServerAliveCountMax=2"),
    # A person's settings may set these for shells: they would answer in place of our program, or
    # outlast it.
    *("-o", "RemoteCommand=none"),
    *("-o", "PermitLocalCommand=no"),
    *("-o", "ClearAllForwardings=yes"),
    *("-o", "ControlMaster=no"),
)
_CONNECT_SECONDS = 30.0
_ANSWER_SECONDS = 60.0
_GRACE_SECONDS = 0.5
"""Seconds of waiting for the answer to an interrupted question: connecting anew takes longer."""
_END_SECONDS = 1.0
_NEAR_SECONDS = 0.005
"""A machine that answered within these seconds is near: packing would take longer than sending."""
_LOOK_SECONDS = 0.1
_PIECE = 64 << 10
_MOST_GREETING = 64 << 10
"""Bytes that a login may print before the far end begins."""
_MOST_SAID = 8 << 10
_MOST_HEAD = 20


class SshPipe:
    """A connection to a machine, which is made when it is needed."""

    def __init__(
        self,
        host: SshHost,
        program: FarProgram = PROJECTS,
        first: Mapping[str, Any] | None = None,
    ) -> None:
        """`first` is the program's first question, usually the directory."""
        self.host = host
        self._program = program
        self._first = {"directory": host.directory} if first is None else first
        self.questions = 0
        """How many questions were sent so far, for tests that count work."""
        self.bytes_received = 0
        """How many bytes of answers came so far, for the same tests."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        """Whether the far end has answered."""
        self._received = bytearray()
        self._said = b""
        self._fastest = math.inf
        """Seconds of the fastest answer so far."""
        self._refusal: tuple[str, float] | None = None
        """Why the machine is not to be asked, and until when."""
        self._unwanted_at: float | None = None
        """When the answer was no longer wanted."""
        self.unanswered_since: float | None = None
        """Since when the present question waits for its answer, by the monotonic clock."""

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question, both JSON. Raises ServerFault."""
        with self._lock:
            self.unanswered_since = time.monotonic()
            try:
                if self._process is None:
                    self._connect()
                self.questions += 1
                started = time.monotonic()
                packs = self._fastest > _NEAR_SECONDS
                answer = self._answer(_framed({**question, "pack": packs}), _ANSWER_SECONDS)
                self._fastest = min(self._fastest, time.monotonic() - started)
                return answer
            except BaseException as error:
                if isinstance(error, ServerFault) and error.wait is not None:
                    self._refusal = str(error), time.monotonic() + error.wait
                # The rest of this answer must not be taken for the beginning of the next one.
                self._hang_up()
                raise
            finally:
                self.unanswered_since = None

    def begin(self) -> None:
        """Allow questions again after an interruption, once the interrupted one has ended."""
        with self._lock:
            self._unwanted_at = None

    def interrupt(self) -> None:
        """Let the question that another thread waits for fail, unless it is answered at once.

        All others fail, too, until `begin`.
        """
        self._unwanted_at = time.monotonic()

    def close(self) -> None:
        """Hang up; the next question connects anew.

        Another thread that waits for an answer stops waiting.
        """
        self._unwanted_at = -math.inf
        with self._lock:
            self._hang_up()
            self._unwanted_at = None

    def _connect(self) -> None:
        if self._refusal is not None:
            text, end = self._refusal
            if time.monotonic() < end:
                raise ServerFault(text, wait=end - time.monotonic())
            self._refusal = None
        self._received.clear()
        self._said, self._is_ready = b"", False
        try:
            process = self._process = subprocess.Popen(
                ["ssh", *_OPTIONS, "--", self.host.name, self._program.command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                # It has a group of its own and no terminal: no key reaches it, and it cannot write
                # to the screen.
                start_new_session=True,
            )
        except OSError:
            raise no_ssh() from None
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        self._answer(packed_program(self._program) + _framed(self._first), _CONNECT_SECONDS)

    def _answer(self, sent: bytes, seconds: float) -> dict[str, Any]:
        """Send a question and return its answer."""
        process = self._process
        if process is None or not (process.stdin and process.stdout and process.stderr):
            raise ConnectionError
        deadline = time.monotonic() + seconds
        left = memoryview(sent)
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdin, selectors.EVENT_WRITE)
            waiting.register(process.stdout, selectors.EVENT_READ)
            waiting.register(process.stderr, selectors.EVENT_READ)
            while True:
                found = None if left else self._frame()
                if found is not None:
                    return found
                self._check(deadline)
                for key, _ in waiting.select(_LOOK_SECONDS):
                    if key.fileobj is process.stdin:
                        try:
                            left = left[os.write(key.fd, left[:_PIECE]) :]
                        except BlockingIOError:
                            continue
                        except BrokenPipeError:
                            left = left[:0]
                        if not left:
                            waiting.unregister(process.stdin)
                        continue
                    piece = _read(key.fd)
                    if key.fileobj is process.stderr:
                        self._said = (self._said + (piece or b""))[-_MOST_SAID:]
                        if piece == b"":
                            waiting.unregister(process.stderr)
                    elif piece == b"":
                        raise self._ended(process)
                    elif piece:
                        self._received += piece
                        self.bytes_received += len(piece)

    def _check(self, deadline: float) -> None:
        now = time.monotonic()
        unwanted_at = self._unwanted_at
        if now > deadline or (unwanted_at is not None and now > unwanted_at + _GRACE_SECONDS):
            raise too_slow(self.host)

    def _frame(self) -> dict[str, Any] | None:
        """Return the answer that has come, `None` where it has not, or not all of it."""
        if not self._is_ready:
            before, mark, rest = bytes(self._received).partition(MARK + b"\n")
            if not mark:
                if len(before) > _MOST_GREETING:
                    raise no_answer(self.host)
                return None
            self._received[:] = rest
            self._is_ready = True
        end = self._received.find(b"\n", 0, _MOST_HEAD)
        if end < 0:
            if len(self._received) >= _MOST_HEAD:
                raise no_answer(self.host)
            return None
        head = bytes(self._received[:end])
        is_packed = head.endswith(PACKED)
        if not head.removesuffix(PACKED).isdigit():
            raise no_answer(self.host)
        size = int(head.removesuffix(PACKED))
        if size > LARGEST:
            raise too_large(self.host)
        if len(self._received) < end + 1 + size:
            return None
        body = bytes(self._received[end + 1 : end + 1 + size])
        del self._received[: end + 1 + size]
        try:
            found = json_value(self._unpacked(body) if is_packed else body)
        except (ValueError, zlib.error):
            raise no_answer(self.host) from None
        if not isinstance(found, dict):
            raise no_answer(self.host)
        return found

    def _unpacked(self, body: bytes) -> bytes:
        unpacking = zlib.decompressobj()
        found = unpacking.decompress(body, LARGEST)
        if unpacking.unconsumed_tail:
            raise too_large(self.host)
        return found

    def _ended(self, process: subprocess.Popen[bytes]) -> ServerFault:
        """Return the fault of an `ssh` that closed its output."""
        code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(_END_SECONDS)
        if process.stderr is not None:
            # A program that it started may still have the pipe open: do not wait for its end.
            self._said += _read(process.stderr.fileno()) or b""
        said = self._said.decode("utf-8", "replace")
        return of_end(self.host, code, said, self._is_ready, self._program.least_python_in_words)

    def _hang_up(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            # The group's first process exists until it has been waited for.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            try:
                process.wait(_END_SECONDS)
                return
            except subprocess.TimeoutExpired:
                continue


def _framed(question: Mapping[str, Any]) -> bytes:
    body = json.dumps(dict(question), ensure_ascii=False).encode("utf-8", "replace")
    return b"%d\n" % len(body) + body


def _read(descriptor: int) -> bytes | None:
    """Return the bytes that are there; empty at the end, `None` where there are none yet."""
    try:
        return os.read(descriptor, _PIECE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
