"""Starts the demo training beside the dashboard, and leaves nothing of it behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio

LIVE_SECONDS = 100.0
"""How long the demo trains while somebody watches."""

_GRACE_SECONDS = 2.0
_TRAINING = Path(__file__).with_name("training.py")


class DemoError(Exception):
    """The training ended with a fault; its text is one sentence for the person."""


@asynccontextmanager
async def running_demo(
    report: Callable[[str], None] | None = None, seconds: float = LIVE_SECONDS
) -> AsyncIterator[Path]:
    """Give the directory into which a training logs while the context lasts.

    `report` is handed one sentence should the training fail. On leaving, the process is ended
    and the directory removed; if this process is killed, the training does both itself.
    """
    with _scratch() as scratch, _training(scratch, seconds, stay=True) as process:
        fault: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, process, scratch, report)
            try:
                yield _directory(scratch)
            except Exception as error:
                # Raised behind the group, which would wrap it.
                fault = error
            group.cancel_scope.cancel()
        if fault is not None:
            raise fault


@contextmanager
def finished_demo() -> Iterator[Path]:
    """Give the directory of a training that has come to its end; remove it on leaving.

    Raises `DemoError` if the training could not.
    """
    with _scratch() as scratch:
        with _training(scratch, 0.0, stay=False) as process:
            process.wait()
        if process.returncode:
            raise DemoError(_fault(scratch, process.returncode))
        yield _directory(scratch)


async def _watch(
    process: subprocess.Popen[bytes], scratch: Path, report: Callable[[str], None] | None
) -> None:
    while process.poll() is None:
        await anyio.sleep(0.5)
    if process.returncode and report is not None:
        report(_fault(scratch, process.returncode))


@contextmanager
def _scratch() -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix="trackio-view-demo-"))
    try:
        _directory(scratch).mkdir()
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _directory(scratch: Path) -> Path:
    return scratch / "trackio"


def _errors(scratch: Path) -> Path:
    return scratch / "errors.txt"


@contextmanager
def _training(scratch: Path, seconds: float, *, stay: bool) -> Iterator[subprocess.Popen[bytes]]:
    """Run the training; end it on leaving, by force where it does not heed."""
    command = [sys.executable, str(_TRAINING)]
    command += ["--dir", str(_directory(scratch)), "--seconds", str(seconds)]
    command += ["--owned", str(scratch)]
    if stay:
        command.append("--stay")
    with _errors(scratch).open("wb") as errors:
        # Standard input is the life line: it ends with us, however we end. The new session keeps
        # the terminal's Ctrl-C from the training, which is ended in order here.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _fault(scratch: Path, status: int) -> str:
    """Return what the training said last, else how it ended."""
    try:
        lines = _errors(scratch).read_text("utf-8", "replace").split("\n")
    except OSError:
        lines = []
    said = [line.strip() for line in lines if line.strip()]
    ending = f"signal {-status}" if status < 0 else f"exit status {status}"
    return f"the demo training failed: {said[-1] if said else ending}"
