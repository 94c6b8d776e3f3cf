"""The program as a person meets it: in a real pseudo-terminal, judged by an emulator."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import sqlite3
import struct
import subprocess
import sys
import termios
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyte
import pytest

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 20.0
"""Seconds after which a test fails; nothing should take a tenth of them."""

_MODE_QUERY, _MODE_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_FENCE_QUERY, _FENCE_ANSWER = b"\x1b[c", b"\x1b[?62;22c"

_WITHIN_A_FRAME = 0.005
"""Seconds for which the parts of one frame may be apart."""

# The test writes this once the program has ended, so the program's output comes before it.
_LAST_BYTE = b"\0"

_OWN_SEQUENCES = re.compile(
    r"\x1b\[(?:\d+(?:;\d+)*)?[HCKXJmcr]"
    r"|\x1b\[\?(?:1049|7|25|1000|1002|1004|1006|2004|2026)[hl]"
    r"|\x1b\[4l\x1b\(B\x0f"
    r"|\x1b\[\?2026\$p|\x1b\]11;\?\x1b\\"
)
# No frame may hold control characters of either kind, or characters that reorder text.
_ACTED_UPON = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Console:
    """A terminal emulator with the program running in it."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        size: tuple[int, int],
        *,
        answers: bool,
    ) -> None:
        self.descriptor, self._terminal = os.openpty()
        self.answers = answers
        self.received = b""
        self._answered = 0
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._set_size(*size)
        self.modes_found = self.modes()
        self.process = subprocess.Popen(
            command,
            stdin=self._terminal,
            stdout=self._terminal,
            stderr=self._terminal,
            env=dict(environment),
            cwd=REPOSITORY,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self._terminal)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def row(self, number: int) -> str:
        return self.screen.display[number].rstrip()

    def take_in(self, seconds: float = 0.0) -> bytes:
        """Feed the emulator the output of so many seconds, and return that output."""
        taken = b""
        deadline = time.monotonic() + seconds
        while select.select([self.descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                data = os.read(self.descriptor, 1 << 16)
            except OSError:
                break
            if not data:
                break
            taken += data
            self.received += data
            self._stream.feed(data)
            if self.answers:
                self._answer()
        return taken

    def _take_in_frame(self, seconds: float) -> bool:
        """Read output until it pauses; tell whether any came within so many seconds."""
        select.select([self.descriptor], [], [], seconds)
        taken = self.take_in()
        while taken and self.take_in(_WITHIN_A_FRAME):
            pass
        return bool(taken)

    def _answer(self) -> None:
        fresh = self.received[self._answered :]
        for query, answer in ((_MODE_QUERY, _MODE_ANSWER), (_FENCE_QUERY, _FENCE_ANSWER)):
            if query in fresh:
                os.write(self.descriptor, answer)
                self._answered = len(self.received)

    def wait_until(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait until the screen is as wanted. A failure tells what is on the screen instead."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            ended = self.process.poll() is not None
            if (not self._take_in_frame(0.05) and ended) or time.monotonic() > deadline:
                pytest.fail(f"never {what or 'as wanted'}; on screen:\n{self.text}", pytrace=True)

    def wait_for(self, *texts: str) -> None:
        self.wait_until(lambda: all(text in self.text for text in texts), f"showed {texts}")

    def wait_while(self, text: str) -> None:
        self.wait_until(lambda: text not in self.text, f"took back {text!r}")

    def settle(self, seconds: float = 0.4) -> None:
        """Read output until none has come for so many seconds."""
        deadline = time.monotonic() + PATIENCE
        while self.take_in(seconds) and time.monotonic() < deadline:
            pass

    def type(self, keys: str | bytes) -> None:
        os.write(self.descriptor, keys.encode() if isinstance(keys, str) else keys)

    def be_written_into(self, data: bytes) -> None:
        """Show what another program writes to the same terminal."""
        self.take_in()
        self._stream.feed(data)

    def press(self, keys: str, *texts: str) -> None:
        """Type keys, and wait until the screen is as wanted."""
        self.type(keys)
        self.wait_for(*texts)

    def _set_size(self, width: int, height: int) -> None:
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))

    def resize(self, width: int, height: int) -> None:
        self.take_in()
        self.screen.resize(height, width)
        self._set_size(width, height)

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def hang_up(self) -> None:
        os.close(self._terminal)
        os.close(self.descriptor)

    def exit_code(self) -> int:
        """Wait until the program has ended; return its exit code, negative where killed."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.take_in(0.02)
            if time.monotonic() > deadline:
                pytest.fail(f"never ended; on screen:\n{self.text}")
        # The kernel may hand over the last output only after the program has ended.
        with contextlib.suppress(OSError, ValueError):
            os.write(self._terminal, _LAST_BYTE)
            while not self.received.endswith(_LAST_BYTE) and time.monotonic() < deadline:
                self.take_in(0.02)
            self.received = self.received.removesuffix(_LAST_BYTE)
        return self.process.returncode

    def unread(self) -> bytes:
        """Return what was typed and not read, which a shell would get."""
        modes = self.modes()
        modes[3] &= ~termios.ICANON
        termios.tcsetattr(self._terminal, termios.TCSANOW, modes)
        os.set_blocking(self._terminal, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(self._terminal, 4096)
        return b""

    @property
    def sequences(self) -> list[str]:
        """All escape sequences received so far, in order."""
        return re.findall(r"\x1b\[[?\d;$]*[A-Za-z]", self.received.decode("utf-8", "replace"))

    def assert_left_tidy(self) -> None:
        """Assert that every mode of the terminal is as the program found it."""
        assert self.modes() == self.modes_found
        final: dict[str, str] = {}
        for number, state in re.findall(rb"\x1b\[\?(\d+)([hl])", self.received):
            final[number.decode()] = state.decode()
        final.pop("2026", None)
        mouse = {final.pop(mode, "l") for mode in ("1000", "1002", "1006")}
        assert mouse == {"l"}, "the mouse is given back"
        # The alternate screen is left, paste is unmarked, the cursor is shown, and lines wrap
        # again.
        assert final == {"1049": "l", "1004": "l", "2004": "l", "25": "h", "7": "h"}
        balance = re.findall(rb"\x1b\[\?2026([hl])", self.received)
        assert not balance or balance[-1] == b"l"

    @property
    def afterwards(self) -> str:
        """The output since the alternate screen was left."""
        return self.received.rpartition(b"\x1b[?1049l")[2].decode("utf-8", "replace")

    def foreign_bytes(self) -> list[str]:
        """Return the characters that a terminal could act upon, beside the program's own
        sequences."""
        text = self.received.decode("utf-8", "replace")
        return _ACTED_UPON.findall(_OWN_SEQUENCES.sub("", text))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self.descriptor, self._terminal):
            with contextlib.suppress(OSError):
                os.close(descriptor)


class Folder:
    """A data directory, its projects written with plain SQLite in TrackIO's current schema."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(exist_ok=True)

    def file(self, name: str = "project") -> Path:
        return self.path / f"{name}.db"

    def connect(self, name: str = "project") -> sqlite3.Connection:
        return sqlite3.connect(self.file(name), isolation_level=None, timeout=10)

    def _connect_without_waiting(self, name: str) -> sqlite3.Connection:
        """Open a database for whole transactions; each is written without a wait for the disk."""
        database = self.connect(name)
        database.execute("PRAGMA synchronous = OFF")
        return database

    def create(self, name: str = "project") -> Path:
        with contextlib.closing(self._connect_without_waiting(name)) as database:
            database.execute("PRAGMA journal_mode = wal")
            database.execute(
                "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
                " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
                " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
            )
            database.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
        return self.file(name)

    def log(
        self,
        documents: Iterable[Any],
        *,
        project: str = "project",
        run: str = "run",
        first_step: int = 0,
    ) -> Path:
        """Add a row for each document. A value that is no mapping is stored as it is."""
        if not self.file(project).exists():
            self.create(project)
        rows = [
            (
                f"id-{run}",
                f"2026-03-01T10:{step // 60 % 60:02d}:{step % 60:02d}.500000+00:00",
                run,
                step,
                json.dumps(document) if isinstance(document, dict) else document,
            )
            for step, document in enumerate(documents, first_step)
        ]
        self.execute(
            "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
            project=project,
        )
        return self.file(project)

    def train(self, count: int, *, first_step: int = 0, **where: str) -> Path:
        """Log a loss that falls from 4 by a thousandth a step."""
        steps = range(first_step, first_step + count)
        documents = [{"loss": 4 - step / 1000, "lr": 0.001} for step in steps]
        return self.log(documents, first_step=first_step, **where)

    def execute(
        self, statement: str, rows: Iterable[Any] = ((),), *, project: str = "project"
    ) -> None:
        with contextlib.closing(self._connect_without_waiting(project)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(statement, rows)
            database.execute("COMMIT")

    def state(self) -> dict[str, bytes]:
        """Return every file with its bytes."""
        return {file.name: file.read_bytes() for file in self.path.iterdir() if file.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


StartConsole = Callable[..., Console]


@pytest.fixture
def start(folder: Folder, tmp_path: Path) -> Iterator[StartConsole]:
    """Return a function that starts the program in a terminal of its own.

    `script` is Python code that runs in the program's process before it, to add a bug or a disk
    that hangs.
    """
    consoles: list[Console] = []

    def begin(
        *arguments: str | Path,
        size: tuple[int, int] = (100, 30),
        answers: bool = True,
        script: str = "",
        command: list[str] | None = None,
        interval: float = 0.2,
        **variables: str | None,
    ) -> Console:
        environment: dict[str, str | None] = {
            **os.environ,
            "TRACKIO_DIR": str(folder.path),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(REPOSITORY),
            # From 3.13 on, Python colours its tracebacks, but plain ones are compared here.
            "PYTHON_COLORS": "0",
            **variables,
        }
        for name in ("COLUMNS", "LINES", "PYTHONUTF8", "TMUX"):
            environment.pop(name, None)
        options = [str(argument) for argument in arguments]
        if command is None:
            options += ["--interval", str(interval)]
            command = [sys.executable, "-m", "trackio_view", *options]
            if script:
                entry = tmp_path / f"entry_{len(consoles)}.py"
                entry.write_text(
                    f"{textwrap.dedent(script)}\n"
                    "import sys\nfrom trackio_view.cli import main\nsys.exit(main())\n"
                )
                command = [sys.executable, str(entry), *options]
        console = Console(
            command,
            {name: value for name, value in environment.items() if value is not None},
            size,
            answers=answers,
        )
        consoles.append(console)
        return console

    yield begin
    for console in consoles:
        console.close()
