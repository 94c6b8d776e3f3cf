from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import DatabaseFault, explain
from trackio_view.sources.trackio.files.access import Access, signature
from trackio_view.sources.trackio.files.database import Locks, fetch, open_database
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.tables.alerts import read_alerts
from trackio_view.sources.trackio.tables.reading import ProjectReader
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA, Schema
from trackio_view.sources.trackio.tables.summaries import summarize

OLD = Path(__file__).parents[3] / "data" / "trackio"
OLD_VERSIONS = ["0.2.9", "0.4.0", "0.9.1", "0.16.1", "0.20.2", "0.26.0", "0.36.0", "0.43.0"]

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
    assert connection.access is (in_use if locks is Locks.ALWAYS else Access.IMMUTABLE)
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
def test_what_a_killed_writer_left_beside_a_linked_file_stays(
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
    # The writer could not remove its log while we read; we did it in its place.
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
    # Another process that closes the database last would remove the log: the lock forbids it.
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


def test_what_changes_while_it_is_read_without_locks_is_no_answer(project: Any, age: Any) -> None:
    project.log([{"loss": 1.0}] * 3)
    age(project.path)
    connection = open_database(str(project.path), locks=Locks.NEVER)
    assert connection.access is Access.IMMUTABLE
    project.log([{"loss": 1.0}])
    with pytest.raises(DatabaseFault) as caught:
        fetch(connection, "SELECT count(*) FROM metrics")
    assert caught.value.transient
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
    # Closing it folds its log into the file that we read.
    writer.close()
    with pytest.raises(DatabaseFault) as caught:
        fetch(connection, count)
    assert caught.value.transient
    connection.close()


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
        assert [step for batch in reader.run_rows("id-run") for step in batch.steps] == [
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


@pytest.fixture
def other_user() -> Callable[[str, Path], subprocess.CompletedProcess[str]]:
    """Return what runs code as a user who owns nothing here."""
    if os.geteuid() != 0:
        pytest.skip("only the superuser can become another user")
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv to become another user with")

    def run(code: str, path: Path) -> subprocess.CompletedProcess[str]:
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        package = str(Path(__file__).parents[4])
        script = f"import sys; sys.path.insert(0, {package!r})\n{code}"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [*prefix, sys.executable, "-c", script, str(path)],
            capture_output=True, text=True, env=environment,
        )  # fmt: skip

    probe = run("import orjson", Path("/"))
    if probe.returncode:
        pytest.skip("this Python lies where another user cannot run it")
    return run


_READ_AS_ANOTHER = """
from trackio_view.sources.trackio.files.database import fetch, open_at_rest
connection = open_at_rest(sys.argv[1])
print(fetch(connection, "SELECT count(*) FROM metrics")[0][0], connection.access.name)
connection.close()
"""


@pytest.mark.parametrize("folder_mode", [0o755, 0o777])
def test_another_users_project_is_read_without_a_file_of_ours(
    open_project: Any, folder_state: TakeState, other_user: Any, age: Any, folder_mode: int
) -> None:
    open_project.log([{"loss": 1.0}])
    age(open_project.path)
    open_project.path.parent.chmod(folder_mode)
    before = folder_state(open_project.path.parent)
    ended = other_user(_READ_AS_ANOTHER, open_project.path)
    assert (ended.stdout.split(), ended.stderr) == (["1", "IMMUTABLE"], "")
    assert folder_state(open_project.path.parent) == before


def test_another_users_project_in_use_is_read_live(open_project: Any, other_user: Any) -> None:
    writer = open_project.connect()
    writer.execute("SELECT * FROM metrics").fetchall()
    open_project.log([{"loss": 1.0}] * 2)
    ended = other_user(_READ_AS_ANOTHER, open_project.path)
    writer.execute("INSERT INTO configs (run_id, run_name, config) VALUES ('r', 'r', '')")
    writer.close()
    assert (ended.stdout.split(), ended.stderr) == (["2", "LIVE"], "")
    assert [file.name for file in open_project.path.parent.iterdir()] == ["project.db"]


def test_an_unreadable_project_is_a_fault(open_project: Any, other_user: Any) -> None:
    open_project.path.chmod(0o600)
    code = (
        "from trackio_view.model.project_id import ProjectId\n"
        "from trackio_view.sources.trackio.tables.summaries import summarize\n"
        "from trackio_view.sources.trackio.files.locations import ProjectFile\n"
        "print(summarize(ProjectFile(ProjectId('', 'p'), sys.argv[1])).fault)"
    )
    assert "not readable" in other_user(code, open_project.path).stdout


def test_a_read_only_project_of_ours_is_left_alone(project: Any, age: Any) -> None:
    project.log([{"loss": 1.0}])
    age(project.path)
    project.path.chmod(0o444)
    connection = open_database(str(project.path))
    assert connection.access is Access.IMMUTABLE
    connection.close()


@pytest.mark.parametrize("content", [b"plain text, no database\n" * 20, b"short", b"\0" * 4096])
def test_what_is_no_database_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseFault, match="not an SQLite database"):
        open_database(str(path))
    summary = summarize(ProjectFile(ProjectId("", "x"), str(path)))
    assert summary is not None
    assert summary.row_count is None
    assert summary.fault == "The file is not an SQLite database."


def test_what_is_no_file_or_not_there_or_empty(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseFault, match="not a file"):
        open_database(str(tmp_path / "folder.db"))
    with pytest.raises(DatabaseFault) as missing:
        open_database(str(tmp_path / "missing.db"))
    assert missing.value.missing
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseFault) as empty:
        open_database(str(tmp_path / "empty.db"))
    assert empty.value.empty
    assert os.listdir(tmp_path) in (["folder.db", "empty.db"], ["empty.db", "folder.db"])


def test_another_programs_database_is_no_project(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "x.db")
    database.execute("CREATE TABLE songs (title TEXT)")
    database.close()
    assert summarize(ProjectFile(ProjectId("", "x"), str(tmp_path / "x.db"))) is None
    with pytest.raises(DatabaseFault) as fault, ProjectReader(str(tmp_path / "x.db")):
        pass
    assert fault.value.empty


def test_a_locked_database_is_a_passing_fault(new_project: Any) -> None:
    project = new_project("p", "delete")
    writer = project.connect()
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("DELETE FROM metrics")
    with pytest.raises(sqlite3.OperationalError) as caught:
        open_database(str(project.path))
    writer.close()
    fault = explain(caught.value)
    assert fault is not None
    assert fault.transient
    assert "locked" in fault.text


def test_damage_anywhere_is_a_fault_and_never_more(project: Any, tmp_path: Path) -> None:
    project.log([{"loss": number / 7, "text": "x" * 50} for number in range(300)])
    intact = project.path.read_bytes()
    damaged = tmp_path / "damaged.db"
    outcomes: set[object] = set()
    variants = [intact[:size] for size in range(0, len(intact), 1777)]
    variants += [
        intact[:at] + b"\xa5" * 64 + intact[at + 64 :] for at in range(0, len(intact), 997)
    ]
    for variant in variants:
        damaged.write_bytes(variant)
        try:
            with ProjectReader(str(damaged)) as reader:
                outcomes.add(sum(len(batch.steps) for batch in reader.rows()))
        except (DatabaseFault, sqlite3.Error) as error:
            fault = explain(error)
            assert fault is not None
            outcomes.add(fault.text)
    assert 300 in outcomes
    assert "The database is damaged: parts of it are unreadable." in outcomes


def test_bugs_are_no_faults() -> None:
    assert explain(ValueError("a bug")) is None
    assert explain(sqlite3.ProgrammingError("a bug")) is None


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_projects_of_older_releases(version: str, tmp_path: Path, folder_state: TakeState) -> None:
    path = Path(shutil.copy(OLD / f"schema-of-{version}.db", tmp_path))
    before = folder_state(tmp_path)
    with ProjectReader(str(path)) as reader:
        batches = {batch.run_name: batch for batch in reader.rows()}
        runs, details, newest = reader.runs(), reader.details(), reader.newest_run()
        machines = reader.system_runs()
    assert folder_state(tmp_path) == before
    assert list(batches) == ["run-0", "run-1", "odd"]
    assert list(batches["run-1"].columns["loss"].values) == [1 / (n + 1) for n in range(5)]
    odd = batches["odd"]
    assert str(list(odd.columns["loss"].values)[:3]) == "[nan, inf, -inf]"
    assert newest == (odd.run_id, "odd")
    assert [run.run_name for run in runs] == ["odd", "run-1", "run-0"]
    assert runs[1].row_count == 5
    new_ids = version >= "0.24" and version not in ("0.4.0", "0.9.1")
    assert odd.run_id == ("id of odd" if new_ids else "odd")
    if version == "0.2.9":
        assert details == []
    else:
        assert [(run.run_name, run.group) for run in details] == [
            ("run-0", "first"), ("run-1", "first"),
        ]  # fmt: skip
        assert odd.columns["big"].exact == {0: 2**60 + 1}
    if version not in ("0.2.9", "0.4.0"):
        assert list(odd.steps)[-2:] == [40.0, 41.5]
        assert odd.last_step == 41.5
    summary = summarize(ProjectFile(ProjectId("", "p"), str(path)))
    assert summary is not None
    assert summary.run_count == 3 + ("machine only" in machines.values())
    assert summary.row_count == sum(run.row_count for run in runs)
    assert summary.newest_time is not None


@pytest.mark.parametrize("version", ["0.2.9", "0.9.1", "0.16.1", "0.26.0", "0.36.0"])
def test_projects_that_those_releases_wrote(
    version: str, captures: Path, tmp_path: Path, folder_state: TakeState
) -> None:
    path = Path(shutil.copy(captures / "trackio" / f"written-by-{version}.db", tmp_path))
    path.chmod(0o644)
    before = folder_state(tmp_path)
    with ProjectReader(str(path)) as reader:
        schema = reader.schema
        batches = list(reader.rows())
        assert [batch.run_name for batch in batches] == ["run-0", "run-1"]
        for batch in batches:
            assert list(batch.columns["loss"].values)[:5] == [1 / (n + 1) for n in range(5)]
            assert batch.times[0] == batch.times[0]
    assert folder_state(tmp_path) == before
    with ProjectReader(str(OLD / f"schema-of-{version}.db")) as ours:
        assert ours.schema.metrics == schema.metrics
        assert ours.schema.configs == schema.configs


def test_the_schema_of_a_database_without_metrics_is_none(tmp_path: Path) -> None:
    database = sqlite3.connect(":memory:")
    assert Schema.from_rows(database.execute(READ_SCHEMA)) is None
    database.execute("CREATE TABLE metrics (metrics TEXT)")
    assert Schema.from_rows(database.execute(READ_SCHEMA)) is None
    database.execute("ALTER TABLE metrics ADD COLUMN run_name TEXT")
    found = Schema.from_rows(database.execute(READ_SCHEMA))
    assert found is not None
    assert database.execute(found.rows_after, (0, 10)).fetchall() == []
    assert database.execute(found.run_identities).fetchall() == []
    database.close()


@pytest.mark.parametrize("column", ["id", "id TEXT", "id INTEGER", "id REAL PRIMARY KEY"])
@pytest.mark.parametrize("value", [None, "x", 2.5, 7])
def test_an_id_that_is_no_key_may_hold_anything(tmp_path: Path, column: str, value: object) -> None:
    path = tmp_path / "copied.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        for table in ("metrics", "alerts", "system_metrics"):
            database.execute(
                f"CREATE TABLE {table}({column}, run_name TEXT, timestamp TEXT, step INTEGER,"
                " metrics TEXT, title TEXT)"
            )
            for step in range(3):
                database.execute(
                    f"INSERT INTO {table} VALUES (?, 'r', '2026-03-01', ?, '{{\"loss\": 1}}', 't')",
                    (value if step == 1 else None, step),
                )
        alerts = read_alerts(lambda *query: database.execute(*query).fetchall(), "run_name")
    assert alerts is not None
    assert [alert.step for alert in alerts] == [0, 1, 2]
    with ProjectReader(str(path)) as reader:
        assert [list(batch.steps) for batch in reader.rows()] == [[0.0, 1.0, 2.0]]
    summary = summarize(ProjectFile(ProjectId("", "copied"), str(path)))
    assert summary is not None
    assert (summary.row_count, summary.fault) == (3, None)


def test_reading_once_needs_no_event_loop_and_no_numpy() -> None:
    code = (
        "import sys, trackio_view.sources.trackio.tables.reading\n"
        "heavy = {'asyncio', 'anyio', 'aiosqlite', 'numpy', 'trackio', 'blessed'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    package = str(Path(__file__).parents[4])
    environment = {**os.environ, "PYTHONPATH": package}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert ended.stdout == "[]\n"


def test_a_damaged_name_that_is_no_text_is_damage(project: Any) -> None:
    project.log([{"loss": 1.0}])
    database = project.connect()
    database.execute("PRAGMA writable_schema = 1")
    database.execute(
        "UPDATE sqlite_master SET name = CAST(x'ffb4' AS TEXT), sql = 'garbled'"
        " WHERE name = 'idx_metrics_run_step'"
    )
    database.close()
    with pytest.raises(DatabaseFault) as caught:
        open_database(str(project.path))
    assert caught.value.damaged
    with ProjectReader(str(project.path)) as reader:
        assert [step for batch in reader.rows() for step in batch.steps] == [0.0]
        assert reader.damage is not None
