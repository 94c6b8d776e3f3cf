"""Starts the demo training beside the dashboard, and leaves nothing of it behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LIVE_SECONDS = 100.0
"""How long the demo trains while somebody watches."""

_GRACE_SECONDS = 2.0
_LAST_WORDS_SECONDS = 1.0
_LONGEST_LINE = 4096
_TRAINING = Path(__file__).with_name("training.py")


class DemoFault(Exception):
    """The training ended with a fault. The text is one sentence for the person."""


class _Training:
    """The process that trains, and what it said last."""

    def __init__(self, scratch: Path, seconds: float, *, stay: bool) -> None:
        command = [sys.executable, str(_TRAINING), "--dir", str(scratch), "--owned"]
        command += ["--seconds", str(seconds), *(["--stay"] if stay else [])]
        # The training watches its standard input, which ends when this process ends in any way. The
        # new session keeps the terminal's Ctrl-C from the training, which is ended in order here.
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # This is no file on disk, because the message may be that the disk is full.
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise DemoFault(f"the demo training could not start: {_reason(error)}") from None
        self._last_words = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> _Training:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            while line := said.readline(_LONGEST_LINE):
                self._last_words = line.strip() or self._last_words

    def end(self) -> None:
        """End the process, by force if necessary."""
        self.process.terminate()
        try:
            self.process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._listener.join(_LAST_WORDS_SECONDS)

    def fault(self) -> str:
        """Return what the training, which has ended, said last; else how it ended."""
        self._listener.join(_LAST_WORDS_SECONDS)
        status = self.process.returncode
        ending = f"signal {-status}" if status < 0 else f"exit status {status}"
        ending = ending if status else "it logged nothing"
        return f"the demo training failed: {self._last_words.decode('utf-8', 'replace') or ending}"


@contextmanager
def started_demo(seconds: float = LIVE_SECONDS) -> Iterator[tuple[Path, Callable[[], str | None]]]:
    """Give the directory to which a training logs, and a function that returns why it failed, or
    `None` while it has not.

    Raises `DemoFault` where the training cannot start. On leaving, the process is ended and the
    directory removed; if this process is killed, the training does both itself.
    """
    with _scratch() as scratch, _Training(scratch, seconds, stay=True) as training:

        def fault() -> str | None:
            return training.fault() if training.process.poll() else None

        yield scratch, fault


@contextmanager
def finished_demo() -> Iterator[Path]:
    """Give the directory of a training that has come to its end; remove it on leaving.

    Raises `DemoFault` if the training could not.
    """
    with _scratch() as scratch:
        with _Training(scratch, 0.0, stay=False) as training:
            training.process.wait()
        # A fault in the thread that logs leaves the training's own exit status as it is.
        if training.process.returncode or not any(scratch.glob("*.db")):
            raise DemoFault(training.fault())
        yield scratch


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        scratch = Path(tempfile.mkdtemp(prefix="trackio-view-demo-"))
    except OSError as error:
        raise DemoFault(f"the demo has no place to log to: {_reason(error)}") from None
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
