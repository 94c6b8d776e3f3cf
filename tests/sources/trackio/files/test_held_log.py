"""The WAL of another user's database stays while we read, and none of ours takes its place.

The writer is a process of its own, because locks do not keep a process from its own files.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files import access, database
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import Locks, fetch, open_database
from trackio_view.sources.trackio.files.held_log import hold_log

_WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY)")
connection.execute("INSERT INTO metrics DEFAULT VALUES")
print("ready", flush=True)
sys.stdin.readline()
connection.close()
print("closed", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "project.db")


@pytest.fixture
def close(path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Return a function that makes the writer close the database; its files count as another
    user's."""
    monkeypatch.setattr(access, "is_ours", lambda path, found: False)
    monkeypatch.setattr(database, "is_ours", lambda path, found: False)
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        answers, questions = writer.stdout, writer.stdin

        def closes() -> None:
            questions.write(b"\n")
            questions.flush()
            assert answers.readline() == b"closed\n"

        yield closes
        writer.kill()


def files_beside(path: str) -> dict[str, bool]:
    """Return the files of the directory, and whether each has any content."""
    return {file.name: file.stat().st_size > 0 for file in Path(path).parent.iterdir()}


def test_a_writer_that_closes_while_the_database_is_opened_leaves_its_log_in_place(
    path: str, close: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = database._connect

    def connect(*arguments: Any) -> Any:
        close()
        return usual(*arguments)

    monkeypatch.setattr(database, "_connect", connect)
    connection = open_database(path, locks=Locks.ALWAYS)
    assert connection.access is Access.LIVE
    assert fetch(connection, "SELECT count(*) FROM metrics") == [(1,)]
    assert files_beside(path)["project.db-wal"]
    connection.close()
    assert files_beside(path)["project.db-wal"], "the next writer folds it in"


def test_a_log_that_was_removed_before_is_not_made_anew(
    path: str, close: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = access.choose_access

    def choose(path: str) -> Access:
        chosen = usual(path)
        close()
        return chosen

    monkeypatch.setattr(database, "choose_access", choose)
    with pytest.raises(DatabaseFault) as raised:
        open_database(path, locks=Locks.ALWAYS)
    assert raised.value.kind is FaultKind.TRANSIENT
    assert files_beside(path) == {"project.db": True}


def test_the_log_is_held_until_the_last_connection_is_closed(
    path: str, close: Callable[[], None]
) -> None:
    one, other = (open_database(path, locks=Locks.ALWAYS) for _ in range(2))
    one.close()
    close()
    assert fetch(other, "SELECT count(*) FROM metrics") == [(1,)]
    assert files_beside(path)["project.db-wal"]
    other.close()
    assert not database._held_logs


def test_a_log_that_is_let_go_of_is_removed_by_its_writer(
    path: str, close: Callable[[], None]
) -> None:
    open_database(path, locks=Locks.ALWAYS).close()
    close()
    assert files_beside(path) == {"project.db": True}


def test_a_failed_hold_leaves_no_file_open(path: str, close: Callable[[], None]) -> None:
    close()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(DatabaseFault):
        hold_log(path)
    Path(f"{path}-wal").touch()
    with pytest.raises(DatabaseFault):
        hold_log(path)
    assert len(os.listdir("/proc/self/fd")) == before
