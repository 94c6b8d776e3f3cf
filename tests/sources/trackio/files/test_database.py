"""A project's file is opened and closed without a trace."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, being_written
from trackio_view.sources.trackio.files import database
from trackio_view.sources.trackio.files.access import Access, signature
from trackio_view.sources.trackio.files.database import Locks, fetch, open_at_rest, open_database
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import summarize

TakeState = Callable[[Path], dict[str, tuple[bytes, int]]]


def steps(path: Path) -> list[float]:
    with ProjectReader(str(path)) as reader:
        return [step for batch in reader.rows() for step in batch.steps]


@pytest.mark.parametrize("locks", Locks)
@pytest.mark.parametrize("journal_mode", ["wal", "delete", "persist", "truncate"])
def test_reading_a_clean_project_leaves_no_trace(
    new_project: Any, folder_state: TakeState, age: Any, journal_mode: str, locks: Locks
) -> None:
    project = new_project("p", journal_mode)
    project.log([{"loss": 1.0}] * 3)
    age(project.path)
    before = folder_state(project.path.parent)
    connection = open_database(str(project.path), locks=locks)
    assert fetch(connection, "SELECT count(*) FROM metrics") == [(3,)]
    in_use = Access.SHARED if journal_mode == "wal" else Access.ROLLBACK
    has_log = journal_mode == "wal"
    is_locked = locks is Locks.ALWAYS or (locks is Locks.BESIDE_WRITERS and has_log)
    assert connection.access is (in_use if is_locked else Access.IMMUTABLE)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM metrics")
    connection.close()
    connection.close()
    assert folder_state(project.path.parent) == before


def test_a_write_ahead_log_that_a_killed_writer_left_is_read_from_a_copy(
    project: Any, folder_state: TakeState, kill_writer: Any
) -> None:
    project.log([{"loss": 1.0}])
    kill_writer(project.path, "wal")
    before = folder_state(project.path.parent)
    connection = open_database(str(project.path))
    assert connection.access is Access.COPY
    assert fetch(connection, "SELECT count(*) FROM metrics") == [(4,)]
    scratch = Path(fetch(connection, "PRAGMA database_list")[0][2]).parent
    assert scratch != project.path.parent
    connection.close()
    assert not scratch.exists()
    assert folder_state(project.path.parent) == before


def test_a_hot_journal_is_rolled_back_in_a_copy_only(
    new_project: Any, folder_state: TakeState, kill_writer: Any
) -> None:
    project = new_project("p", "delete")
    project.log([{"loss": 1.0}] * 2)
    kill_writer(project.path, "journal")
    before = folder_state(project.path.parent)
    assert steps(project.path) == [0.0, 1.0]
    assert folder_state(project.path.parent) == before


@pytest.mark.parametrize("kind", ["wal", "journal"])
def test_a_log_that_a_killed_writer_left_beside_a_linked_file_stays(
    new_project: Any, folder_state: TakeState, kill_writer: Any, tmp_path: Path, kind: str
) -> None:
    project = new_project("p", "wal" if kind == "wal" else "delete")
    project.log([{"loss": 1.0}] * 2)
    kill_writer(project.path, kind)
    link = tmp_path / "linked.db"
    link.symlink_to(project.path)
    before = folder_state(project.path.parent)
    assert signature(str(link)) == signature(str(project.path))
    assert steps(link) == [0.0, 1.0, *([1000.0, 1001.0, 1002.0] if kind == "wal" else [])]
    assert folder_state(project.path.parent) == before


def test_an_empty_log_that_a_reader_left_stays(
    project: Any, folder_state: TakeState, age: Callable[[Path], None]
) -> None:
    project.log([{"loss": 1.0}])
    reader = sqlite3.connect(f"file:{project.path}?mode=ro", uri=True)
    reader.execute("SELECT * FROM metrics").fetchall()
    reader.close()
    assert project.path.with_name("project.db-wal").exists()
    age(project.path)
    age(project.path.with_name("project.db-wal"))
    before = folder_state(project.path.parent)
    connection = open_database(str(project.path))
    assert connection.access is Access.IMMUTABLE
    assert fetch(connection, "SELECT count(*) FROM metrics") == [(1,)]
    assert not connection.outdated
    connection.close()
    assert folder_state(project.path.parent) == before


def test_a_log_in_use_is_no_leftover(project: Any) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _HOLDING_WRITER, str(project.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdin
    assert writer.stdout
    with writer:
        assert writer.stdout.readline() == b"written\n"
        connection = open_database(str(project.path), locks=Locks.IN_USE)
        assert connection.access is Access.SHARED
        assert fetch(connection, "SELECT count(*) FROM metrics") == [(1,)]
        writer.stdin.close()
        writer.wait()
        connection.close()
    # The writer could not remove its log while we read, so we removed it in its place.
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]
    assert steps(project.path) == [5.0]


_HOLDING_WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
                 " VALUES ('r', '', 'r', 5, '{}')")
print("written", flush=True)
sys.stdin.read()
database.close()
"""


def test_a_second_reader_in_this_process_does_not_drop_the_first_ones_lock(project: Any) -> None:
    project.log([{"loss": 1.0}])
    first = open_database(str(project.path), locks=Locks.ALWAYS)
    open_database(str(project.path), locks=Locks.ALWAYS).close()
    summarize(ProjectFile(ProjectId("", "project"), str(project.path)))
    # The last process that closes the database would remove the log, but the lock forbids it.
    subprocess.run(
        [sys.executable, "-c", _HOLDING_WRITER, str(project.path)], input=b"", check=True
    )
    assert project.path.with_name("project.db-wal").stat().st_size > 0
    assert fetch(first, "SELECT count(*) FROM metrics") == [(2,)]
    first.close()
    assert not project.path.with_name("project.db-wal").exists()


def writer_that_holds(path: Path) -> subprocess.Popen[bytes]:
    """Return a process that has written a row, and closes the database when its input ends."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _HOLDING_WRITER, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdout
    assert writer.stdout.readline() == b"written\n"
    return writer


def end(writer: subprocess.Popen[bytes]) -> None:
    with writer:
        assert writer.stdin
        writer.stdin.close()
        assert writer.wait() == 0


def test_a_file_put_in_the_place_of_one_in_use_is_never_written_to(
    project: Any, new_project: Any, tmp_path: Path
) -> None:
    project.log([{"loss": 1.0}] * 40)
    backup = Path(shutil.copy(project.path, tmp_path / "backup.db"))
    project.log([{"loss": 2.0}] * 400)
    for put in (
        shutil.copyfile,
        lambda source, target: os.replace(shutil.copy(source, f"{source}-2"), target),
    ):
        writer = writer_that_holds(project.path)
        connection = open_database(str(project.path), locks=Locks.IN_USE)
        assert connection.access is Access.SHARED
        end(writer)
        put(backup, project.path)
        connection.close()
        assert project.path.read_bytes() == backup.read_bytes()
        for leftover in project.path.parent.glob("project.db-*"):
            leftover.unlink()
        project.log([{"loss": 3.0}] * 10)


@pytest.mark.parametrize("is_moved", [True, False])
def test_no_empty_log_stays_where_a_project_was(project: Any, is_moved: bool) -> None:
    project.log([{"loss": 1.0}])
    connection = open_database(str(project.path), locks=Locks.ALWAYS)
    fetch(connection, "SELECT count(*) FROM metrics")
    folder, moved = project.path.parent, project.path.with_name("moved.db")
    assert folder.joinpath("project.db-wal").exists()
    if is_moved:
        project.path.rename(moved)
    else:
        project.path.unlink()
    connection.close()
    assert list(folder.iterdir()) == [moved] * is_moved


def test_a_log_with_rows_stays_where_a_project_was(project: Any) -> None:
    connection = open_database(str(project.path), locks=Locks.ALWAYS)
    fetch(connection, "SELECT count(*) FROM metrics")
    writer = writer_that_holds(project.path)
    project.path.rename(project.path.with_name("moved.db"))
    end(writer)
    connection.close()
    assert project.path.with_name("project.db-wal").stat().st_size


def test_text_that_is_not_utf8_keeps_no_log_alive(project: Any) -> None:
    project.log([{"loss": 1.0}])
    writer = writer_that_holds(project.path)
    other = project.connect()
    other.execute("UPDATE metrics SET run_name = CAST(x'ff41' AS TEXT)")
    other.close()
    connection = open_database(str(project.path), locks=Locks.IN_USE)
    assert fetch(connection, "SELECT run_name FROM metrics LIMIT 1") == [("\ufffdA",)]
    end(writer)
    connection.close()
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


def test_a_failed_query_keeps_no_log_alive(project: Any) -> None:
    project.log([{"loss": 1.0}] * 3)
    writer = writer_that_holds(project.path)
    connection = open_database(str(project.path), locks=Locks.IN_USE)

    def fail(value: Any) -> None:
        raise ValueError("a passing error")

    connection.create_function("fail", 1, fail)
    with pytest.raises(sqlite3.OperationalError) as caught:
        fetch(connection, "SELECT metrics, iif(id = 2, fail(id), 0) FROM metrics")
    end(writer)
    connection.close()
    assert caught.value.__traceback__ is not None, "what holds the frames is still there"
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


def test_a_file_that_changes_while_it_is_read_without_locks_gives_no_answer(
    project: Any, age: Any
) -> None:
    project.log([{"loss": 1.0}] * 3)
    age(project.path)
    connection = open_database(str(project.path), locks=Locks.NEVER)
    assert connection.access is Access.IMMUTABLE
    project.log([{"loss": 1.0}])
    with pytest.raises(DatabaseFault) as caught:
        fetch(connection, "SELECT count(*) FROM metrics")
    assert caught.value.kind is FaultKind.TRANSIENT
    connection.close()


def test_a_log_that_begins_while_we_read_without_locks_tears_nothing(
    project: Any, age: Any
) -> None:
    project.log([{"loss": 1.0}] * 3)
    age(project.path)
    connection = open_database(str(project.path), locks=Locks.NEVER)
    assert connection.access is Access.IMMUTABLE
    writer = project.connect()
    writer.execute("DELETE FROM metrics WHERE id = 1")
    assert Path(f"{project.path}-wal").stat().st_size
    count = "SELECT count(*) FROM metrics"
    assert fetch(connection, count) == [(3,)], "the state that was opened, whole"
    assert connection.outdated
    # Closing the database writes its log into the file that we read.
    writer.close()
    with pytest.raises(DatabaseFault) as caught:
        fetch(connection, count)
    assert caught.value.kind is FaultKind.TRANSIENT
    connection.close()


@pytest.mark.parametrize("how", ["touched", "overwritten", "renamed over"])
def test_a_file_that_changes_or_is_replaced_while_we_read_gets_no_file_beside_it(
    project: Any, new_project: Any, how: str
) -> None:
    project.log([{"loss": 1.0}] * 3)
    other = new_project("other")
    other.log([{"loss": 9.0}] * 2)
    connection = open_database(str(project.path), locks=Locks.ALWAYS)
    assert connection.access is Access.SHARED
    assert Path(f"{project.path}-wal").exists()
    if how == "touched":
        os.utime(project.path, (1, 1))
    elif how == "overwritten":
        shutil.copyfile(other.path, project.path)
    else:
        os.replace(other.path, project.path)
    before = project.path.read_bytes(), project.path.stat().st_mtime_ns
    connection.close()
    beside = {file.name for file in project.path.parent.iterdir()} - {"other.db"}
    assert beside == {"project.db"}
    assert (project.path.read_bytes(), project.path.stat().st_mtime_ns) == before


def test_a_change_to_a_write_ahead_log_while_we_read_leaves_nothing(new_project: Any) -> None:
    project = new_project("p", "delete")
    connection = open_database(str(project.path), locks=Locks.ALWAYS)
    assert connection.access is Access.ROLLBACK
    writer = project.connect()
    writer.execute("PRAGMA journal_mode = wal")
    project.log([{"loss": 1.0}])
    assert fetch(connection, "SELECT count(*) FROM metrics") == [(1,)]
    assert connection.outdated
    writer.close()
    connection.close()
    assert [file.name for file in project.path.parent.iterdir()] == ["p.db"]
    again = open_database(str(project.path), locks=Locks.ALWAYS)
    assert again.access is Access.SHARED, "how it was opened before is forgotten"
    assert not again.outdated
    again.close()


@pytest.mark.parametrize(
    "name", ["-dash", "a#b", "what?", "100%25", "日本語", "sp ace", "a&mode=x"]
)
def test_every_name_can_be_opened(new_project: Any, name: str) -> None:
    project = new_project(name)
    project.log([{"loss": 1.0}])
    assert steps(project.path) == [0.0]


@pytest.mark.parametrize("garbled", [(-(2**63), 2**63 - 1), (-5, 1 << 60), (0, 2**63 - 1)])
def test_ids_as_far_apart_as_numbers_reach(project: Any, garbled: tuple[int, int]) -> None:
    project.log([{"loss": 1.0}] * 5)
    project.execute("UPDATE metrics SET id = ? WHERE id = ?", [(garbled[0], 2), (garbled[1], 3)])
    with ProjectReader(str(project.path)) as reader:
        assert [
            step for batch in reader.run_rows("id-run", times=True) for step in batch.steps
        ] == [
            1,
            0,
            3,
            4,
            2,
        ]
        assert [step for batch in reader.tail("id-run", 9) for step in batch.steps] == [
            1,
            0,
            3,
            4,
            2,
        ]


def test_a_glance_at_a_project_at_rest_touches_nothing(
    project: Any, age: Callable[[Path], None]
) -> None:
    project.log([{"loss": 1.0}])
    age(project.path)
    folder_time = project.path.parent.stat().st_mtime_ns
    summary = summarize(ProjectFile(ProjectId("", "project"), str(project.path)))
    assert summary is not None
    assert (summary.run_count, summary.row_count) == (1, 1)
    assert project.path.parent.stat().st_mtime_ns == folder_time


@pytest.mark.parametrize(
    ("patience", "waits"), [((), 0.25), ((0.0,), 0.0), ((0.1,), 0.1)], ids=["usual", "none", "own"]
)
def test_a_moment_of_rest_is_waited_for_and_then_locks_are_taken(
    monkeypatch: pytest.MonkeyPatch, patience: tuple[float, ...], waits: float
) -> None:
    now, asked = [0.0], list[Locks]()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def in_use(_: str, *, locks: Locks) -> str:
        asked.append(locks)
        if locks is Locks.NEVER:
            raise being_written()
        return "with locks"

    monkeypatch.setattr(database, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    monkeypatch.setattr(database, "signature", lambda _: None)
    monkeypatch.setattr(database, "may_rest_soon", lambda _: True)
    monkeypatch.setattr(database, "open_database", in_use)
    assert open_at_rest("p.db", *patience) == "with locks"
    assert now[0] == pytest.approx(waits, abs=0.011)
    assert asked[-1] is Locks.IN_USE
    assert set(asked[:-1]) <= {Locks.NEVER}
    # What will not rest soon is not waited for.
    monkeypatch.setattr(database, "may_rest_soon", lambda _: False)
    now[0], asked[:] = 0.0, []
    open_at_rest("p.db", *patience)
    assert (now[0], asked) == (0.0, [Locks.IN_USE])


@pytest.mark.parametrize(
    "access", [access for access in Access if access in database._QUERY_BY_ACCESS]
)
def test_a_file_that_goes_before_it_is_opened_is_not_made_anew(
    tmp_path: Path, access: Access
) -> None:
    path = str(tmp_path / "gone.db")
    with pytest.raises(sqlite3.OperationalError):
        database._connect(path, path, access)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        # Python 3.10 has no words for an error whose message is no text, later ones raise another.
        (sqlite3.DatabaseError(), DatabaseFault),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), DatabaseFault),
        (sqlite3.DatabaseError("malformed"), sqlite3.DatabaseError),
        (sqlite3.OperationalError("locked"), sqlite3.OperationalError),
    ],
)
def test_an_error_whose_message_is_no_text_is_damage(
    project: Any, monkeypatch: pytest.MonkeyPatch, raised: Exception, told: type[Exception]
) -> None:
    class Connection(database.ProjectConnection):
        def execute(self, *_: Any) -> Any:
            raise raised

    project.log([{"loss": 1.0}])
    monkeypatch.setattr(database, "ProjectConnection", Connection)
    with pytest.raises(told) as fault:
        open_at_rest(str(project.path))
    if told is DatabaseFault:
        assert "damaged" in str(fault.value)
