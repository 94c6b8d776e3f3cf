"""Where the system refuses memory, threads or files, a sentence says so."""

from __future__ import annotations

import errno
import os
import resource
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from trackio_view import cli
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.operating_system.limits import refusal

REPOSITORY = Path(__file__).parents[2]


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def met_while_handling(error: BaseException, context: BaseException) -> BaseException:
    error.__context__ = context
    return error


class Group(Exception):
    """Several errors at once, as task groups raise them. Python 3.10 has no class for them."""

    def __init__(self, *exceptions: BaseException) -> None:
        self.exceptions = exceptions


SENTENCES = {
    "memory": "there is no more memory for it (ulimit -v)",
    "files": "no more files can be opened (ulimit -n)",
    "threads": "no more threads can be started (ulimit -u, ulimit -v)",
}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory"),
        (OSError(errno.EMFILE, "Too many open files"), "files"),
        (OSError(errno.ENFILE, "Too many open files in system"), "files"),
        (RuntimeError("can't start new thread"), "threads"),
        (ImportError("libz.so.1: failed to map segment from shared object"), "memory"),
        (ImportError("a.so: cannot open shared object file: Too many open files"), "files"),
        (Group(ValueError(), Group(MemoryError())), "memory"),
        (caused(LookupError("no backend"), ImportError("x: failed to map segment")), "memory"),
        (met_while_handling(AttributeError(), OSError(errno.EMFILE, "")), "files"),
        (ValueError("a bug"), None),
        (RuntimeError("a bug"), None),
        (ImportError("cannot import name"), None),
        (OSError("of no number"), None),
        (OSError(errno.ENOENT, ""), None),
    ],
    ids=repr,
)
def test_an_error_tells_which_limit_the_system_holds(
    error: BaseException, said: str | None
) -> None:
    reason = refusal(error)
    assert reason == (None if said is None else SENTENCES[said])


@pytest.mark.parametrize("limit", [40_000 << 10, resource.RLIM_INFINITY])
def test_an_error_that_python_leaves_unset_means_memory_where_that_is_limited(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    error = met_while_handling(KeyError(), SystemError("error return without exception set"))
    assert ("memory" in str(refusal(error))) is (limit != resource.RLIM_INFINITY)
    assert refusal(SystemError("a bug")) is None
    # Where the limit cannot be read, there is no memory to load the module that reads it.
    monkeypatch.setitem(sys.modules, "resource", None)
    assert "memory" in str(refusal(error))


def test_a_circle_of_errors_ends() -> None:
    one, other = ValueError(), KeyError()
    one.__context__, other.__context__ = other, one
    assert refusal(one) is None


def test_a_refusal_is_a_sentence_and_a_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> int:
        raise MemoryError

    monkeypatch.setattr(cli, "_run", refuse)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    # Where memory is short, the modules that make the sentence cannot be loaded, either.
    monkeypatch.setitem(sys.modules, "trackio_view.headless.output", None)
    assert cli.main(["--once"]) == ExitCode.REFUSED == cli._REFUSED
    assert capsys.readouterr().err == "trackio-view: there is no more memory for it (ulimit -v)\n"
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["--once"]) == ExitCode.REFUSED
    assert capsys.readouterr().out == ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "p.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = wal")
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
            " metrics TEXT NOT NULL)"
        )
        database.execute("INSERT INTO metrics VALUES (1, 'r', '', 'r', 0, '{\"loss\": 1}')")
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
@pytest.mark.parametrize("arguments", ["--once", "--list", "--gpu --once"])
@pytest.mark.parametrize("limit", ["-n 5", "-n 6", "-n 8", "-v 30000", "-v 61440"])
def test_a_limit_makes_no_traceback(folder: Path, arguments: str, limit: str) -> None:
    ended = run_limited(folder, arguments, limit)
    assert "Traceback" not in ended.stderr
    assert ended.returncode in (ExitCode.DONE, ExitCode.NOTHING, ExitCode.REFUSED)
    assert ended.stderr.count("\n") == (ended.returncode != ExitCode.DONE)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
@pytest.mark.parametrize("limit", ["-n 5", "-n 6", "-n 7", "-n 8", "-v 40000", "-v 61440"])
def test_a_limit_leaves_the_terminal_and_a_sentence(folder: Path, limit: str) -> None:
    ended = run_limited(folder, "", limit, terminal=True)
    assert "Traceback" not in ended.stdout
    assert ended.returncode in (ExitCode.DONE, ExitCode.REFUSED)
    if ended.returncode == ExitCode.REFUSED:
        assert ended.stdout.rpartition("\x1b[?1049l")[2].count("\n") == 1
        assert "trackio-view: " in ended.stdout


TERMINAL = """
import os, pty, select, sys, time
child, terminal = pty.fork()
if not child:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
deadline = time.monotonic() + 30
typed = False
while time.monotonic() < deadline:
    try:
        if select.select([terminal], [], [], 1)[0]:
            os.write(1, os.read(terminal, 1 << 16))
        elif not typed:
            # Nothing more is drawn: it runs in spite of its limit.
            typed = os.write(terminal, b"q") > 0
    except OSError:
        break
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def run_limited(
    folder: Path, arguments: str, limit: str, *, terminal: bool = False
) -> subprocess.CompletedProcess[str]:
    program = f"ulimit {limit}; exec {shlex.quote(sys.executable)} -m trackio_view {arguments}"
    command = [sys.executable, "-c", TERMINAL, program] if terminal else ["sh", "-c", program]
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TRACKIO_DIR": str(folder)}
        | {"TERM": "xterm", "HOME": str(folder)},
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


WITHOUT_MEMORY = """
import sys
from trackio_view import cli

held = None

def take_all_memory(_):
    global held
    for size in [1 << 20, 1 << 16, 1 << 12, *range(1000, -1, -8)]:
        try:
            while True:
                held = bytes(size), held
        except MemoryError:
            pass
    for larger in (lambda: (held,), lambda: [held, 0, 0], lambda: {0: held}) * 3:
        try:
            while True:
                held = larger()
        except MemoryError:
            pass
    raise MemoryError

cli._run = take_all_memory
sys.exit(cli.main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_it_is_said_even_where_not_a_byte_is_left(folder: Path) -> None:
    program = folder / "without_memory.py"
    program.write_text(WITHOUT_MEMORY)
    command = f"ulimit -v 60000; exec {shlex.quote(sys.executable)} {shlex.quote(str(program))}"
    ended = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == ExitCode.REFUSED
    assert ended.stderr == "trackio-view: there is no more memory for it (ulimit -v)\n"
