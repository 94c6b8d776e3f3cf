"""Whatever page of a database is damaged, the rows on the others are read, and nothing hangs."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault, explain, missing, replaced
from trackio_view.sources.trackio.files import salvage
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.damaged_file import DamagedFile
from trackio_view.sources.trackio.files.database import ProjectConnection, fetch, open_database
from trackio_view.sources.trackio.files.salvage import damage_sentence, open_salvaged
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import list_projects

PAGE = 4096
ROWS = 900
DAMAGED = "The database is damaged"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a project of several runs with indexes, deleted rows, and a few that overflow."""
    path = tmp_path_factory.mktemp("salvage") / "project.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
            " metrics TEXT NOT NULL)"
        )
        database.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
        database.execute("CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id, run_name, config)")
        database.execute("BEGIN")
        for number in range(ROWS):
            document = {"loss": number / 7, "text": "x" * (9000 if number % 400 == 99 else 60)}
            database.execute(
                "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    f"id-{number // 400}",
                    "2026-03-01T10:00:00+00:00",
                    f"run {number // 400}",
                    number,
                    json.dumps(document).encode(),
                ),
            )
        database.execute("DELETE FROM metrics WHERE id BETWEEN 700 AND 720")
        database.execute(
            "INSERT INTO configs (run_id, run_name, config) VALUES ('id-0', 'r', '{}')"
        )
        database.execute("COMMIT")
    return path.read_bytes()


def one_by_one(path: Path) -> list[tuple[Any, ...]]:
    """Return every row that can be read when it is asked for alone."""
    found = []
    try:
        connection = open_database(str(path), salvage=True)
    except (sqlite3.Error, DatabaseFault):
        return []
    with closing(connection):
        for row_id in range(1, ROWS + 1):
            try:
                found += connection.execute(
                    "SELECT * FROM metrics NOT INDEXED WHERE id = ?", (row_id,)
                ).fetchall()
            except sqlite3.DatabaseError:
                continue
    return found


def salvaged(path: Path) -> tuple[list[tuple[Any, ...]], str | None]:
    try:
        connection = open_salvaged(str(path))
    except (sqlite3.Error, DatabaseFault) as error:
        fault = explain(error)
        assert fault is not None
        return [], fault.text
    with closing(connection):
        return connection.execute("SELECT * FROM metrics ORDER BY id").fetchall(), connection.damage


def damages(content: bytes) -> Iterator[tuple[str, bytes]]:
    noise = random.Random(7)
    for start in range(0, len(content), PAGE):
        for word, page in (("zeroed", bytes(PAGE)), ("garbled", noise.randbytes(PAGE))):
            yield f"page {start // PAGE} {word}", content[:start] + page + content[start + PAGE :]
    for size in range(0, len(content), PAGE * 5 // 2):
        yield f"cut at {size}", content[:size]
    for start in range(PAGE, len(content) - PAGE * 9, PAGE * 7):
        holes = bytearray(content)
        for place in (0, 2, 3, 8):
            holes[start + place * PAGE : start + (place + 1) * PAGE] = b"\xa5" * PAGE
        yield f"several pages from {start // PAGE}", bytes(holes)


def test_every_row_that_is_readable_by_itself_is_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    read_in_part = 0
    for name, spoiled in damages(content):
        path.write_bytes(spoiled)
        expected = one_by_one(path)
        rows, damage = salvaged(path)
        assert rows == expected, name
        if len(rows) < ROWS - 21:
            assert damage, name
            read_in_part += bool(rows)
        assert path.read_bytes() == spoiled
    assert read_in_part > 60


def is_json(text: Any) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_a_reader_delivers_them_and_the_newest_of_them(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    for name, spoiled in list(damages(content))[::3]:
        path.write_bytes(spoiled)
        expected = one_by_one(path)
        if not expected:
            fault = None
            try:
                ProjectReader(str(path)).__enter__().newest_run()
            except (sqlite3.Error, DatabaseFault) as error:
                fault = explain(error)
            assert fault is not None, name
            continue
        with ProjectReader(str(path)) as reader:
            steps = [step for batch in reader.rows() for step in batch.steps]
            newest = reader.newest_run()
            tail = reader.tail(expected[-1][1], 5)
            found = {run.run_id: run.row_count for run in reader.runs()}
            assert reader.damage is None or reader.damage.startswith(DAMAGED), name
        # The lost continuation of a long row may be read as zeros, which are no JSON.
        whole = [row for row in expected if is_json(row[5])]
        assert steps == [row[4] for row in whole], name
        assert newest == (expected[-1][1], expected[-1][3]), name
        assert tail[-1].last_id == whole[-1][0], name
        assert sum(found.values()) == len(expected), name


def test_bytes_garbled_anywhere_cost_no_other_row(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    noise = random.Random(11)
    for _ in range(100):
        spoiled = bytearray(content)
        for _ in range(3):
            at = noise.randrange(PAGE, len(content) - 12)
            spoiled[at : at + 12] = noise.randbytes(12)
        path.write_bytes(spoiled)
        rows, _ = salvaged(path)
        ids = [row[0] for row in rows]
        assert ids == sorted(set(ids))
        assert {row[0] for row in one_by_one(path)} <= set(ids)
        # Reading ends, too, where SQLite does not notice the damage.
        with ProjectReader(str(path)) as reader:
            assert reader.newest_run()
            for run in reader.runs():
                assert len(list(reader.run_rows(run.run_id, times=True))) < 2 * ROWS
                assert len(reader.tail(run.run_id, 50)) < 2 * ROWS


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
def test_an_id_far_away_holds_up_nothing(tmp_path: Path, journal_mode: str) -> None:
    path = tmp_path / "project.db"
    marked(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA journal_mode = {journal_mode}")
        database.execute("UPDATE metrics SET id = ? WHERE id = 1000", (2**60,))
    with ProjectReader(str(path)) as reader:
        assert sum(len(batch.steps) for batch in reader.run_rows("run", times=True)) == 1000
        # No steps are logged here, so only the beginning of the run ends the search.
        assert sum(len(batch.steps) for batch in reader.tail("run", 2000)) == 1000


def leaves(path: Path, low: int, high: int) -> list[int]:
    """Return the offsets of the pages with rows whose steps are written in their texts."""
    content = path.read_bytes()
    marks = [f'"mark": {number}'.encode() for number in range(low, high)]
    return [content.index(mark) // PAGE * PAGE for mark in marks if mark in content]


def marked(path: Path, first_id: int = 1, autoincrement: str = "AUTOINCREMENT") -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            f"CREATE TABLE metrics (id INTEGER PRIMARY KEY {autoincrement}, run_name, metrics)"
        )
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO metrics VALUES (?, 'run', ?)",
            [(first_id + number, f'{{"mark": {number}, "x": 1}}') for number in range(1000)],
        )
        database.execute("COMMIT")


def zero(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(bytes(PAGE))


@pytest.mark.parametrize("autoincrement", ["AUTOINCREMENT", ""])
@pytest.mark.parametrize("first_id", [1, 3_000_000])
def test_a_lost_end_is_found_wherever_ids_begin(
    tmp_path: Path, autoincrement: str, first_id: int
) -> None:
    path = tmp_path / "project.db"
    for number in (0, 500, 999):
        path.unlink(missing_ok=True)
        marked(path, first_id, autoincrement)
        zero(path, leaves(path, number, number + 1)[0])
        with closing(open_salvaged(str(path))) as copy:
            ids = {row_id for (row_id,) in copy.execute("SELECT id FROM metrics")}
            assert copy.damage
            assert copy.damage.startswith(DAMAGED)
        lost = set(range(first_id, first_id + 1000)) - ids
        assert first_id + number in lost
        # At most one page of small rows is missing.
        assert len(lost) < 250
        assert max(lost) - min(lost) == len(lost) - 1
        if autoincrement and (number or first_id == 1):
            assert f"up to {len(lost)} rows" in copy.damage


def test_the_work_is_bounded_and_the_newest_rows_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "project.db"
    marked(path)
    for mark in (0, 300, 600):
        zero(path, leaves(path, mark, mark + 1)[0])
    monkeypatch.setattr(salvage, "MOST_FAILURES", 5)
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        salvage, "fetch", lambda *arguments: (asked.append(arguments), fetch(*arguments))[1]
    )
    with closing(open_salvaged(str(path))) as copy:
        ids = [row_id for (row_id,) in copy.execute("SELECT id FROM metrics ORDER BY id")]
    assert ids[-1] == 1000
    assert len(asked) < 80


def test_a_salvage_can_be_stopped(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DatabaseFault, match="interrupted"):
        open_salvaged(str(path), lambda: True)


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_one_in_use_is_let_go_of_between_two_questions(tmp_path: Path, journal_mode: str) -> None:
    path = tmp_path / "project.db"
    marked(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode = {journal_mode}")
    zero(path, leaves(path, 500, 501)[0])
    flushes = 0

    def flush() -> bool:
        """Write a row as TrackIO does: the last connection that closes writes the WAL into the
        file."""
        nonlocal flushes
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as writer:
            writer.execute("PRAGMA synchronous = OFF")
            writer.execute("INSERT INTO metrics VALUES (?, 'run', '{}')", (2000 + flushes,))
        flushes += 1
        assert os.listdir(tmp_path) == ["project.db"]
        return False

    flush()
    with closing(open_salvaged(str(path), flush)) as copy:
        ids = [row_id for (row_id,) in copy.execute("SELECT id FROM metrics ORDER BY id")]
        assert copy.damage
        assert copy.damage.startswith(DAMAGED)
    assert flushes > 10
    assert ids[0] == 1
    assert {1000, 2000} <= set(ids)
    assert os.listdir(tmp_path) == ["project.db"]


def test_damage_to_an_index_costs_no_row(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    with_index_damage = 0
    for name, spoiled in damages(content):
        if "zeroed" not in name:
            continue
        path.write_bytes(spoiled)
        rows, damage = salvaged(path)
        if len(rows) == ROWS - 21 and damage:
            with_index_damage += 1
            with ProjectReader(str(path)) as reader:
                assert sum(run.row_count for run in reader.runs()) == ROWS - 21
                reader.details()
    assert with_index_damage > 2


def test_an_intact_project_is_copied_whole_without_a_word(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(content)
    rows, damage = salvaged(path)
    assert len(rows) == ROWS - 21
    assert damage is None
    assert sorted(os.listdir(tmp_path)) == ["project.db"]


def test_a_damaged_project_is_listed_with_what_is_readable(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "project.db").write_bytes(content[: len(content) * 3 // 4])
    [summary] = list_projects(tmp_path)
    assert summary.fault
    assert summary.fault.startswith(DAMAGED)
    assert summary.row_count
    assert ROWS // 3 < summary.row_count < ROWS
    assert summary.newest_time is not None


def test_the_sentence_counts_what_is_known() -> None:
    assert damage_sentence([0, 0]).endswith("all of its rows are readable.")
    assert damage_sentence([1, 0]).endswith(": 1 row is unreadable.")
    assert damage_sentence([1000, 234]).endswith(": up to 1,234 rows are unreadable.")
    assert damage_sentence([3, None]).endswith(": parts of it are unreadable.")


@pytest.mark.parametrize(
    ("error", "is_damage"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), True),
        (sqlite3.OperationalError("database is locked"), False),
        (sqlite3.ProgrammingError("Cannot operate on a closed database."), False),
    ],
    ids=str,
)
def test_only_damage_makes_us_insist(
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: sqlite3.Error,
    is_damage: bool,
) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(content)

    def fail(*_: object) -> None:
        raise error

    with closing(open_database(str(path))) as source:
        monkeypatch.setattr(salvage, "fetch", fail)
        if is_damage:
            assert not salvage._opens(source)
        else:
            with pytest.raises(type(error)):
                salvage._opens(source)


@pytest.mark.parametrize(
    ("fault", "access", "tries"),
    [
        (replaced, Access.IMMUTABLE, 3),
        (replaced, Access.COPY, 3),
        # With locks nothing is torn, and what lasts is the same at the next attempt.
        (replaced, Access.SHARED, 1),
        (missing, Access.IMMUTABLE, 1),
    ],
)
def test_only_what_was_torn_while_it_was_read_is_asked_again(
    tmp_path: Path, fault: Callable[[], DatabaseFault], access: Access, tries: int
) -> None:
    marked(tmp_path / "project.db")
    file = DamagedFile(str(tmp_path / "project.db"), lambda: False)
    asked = 0

    def work(connection: ProjectConnection) -> None:
        nonlocal asked
        asked += 1
        connection.access = access
        raise fault()

    with pytest.raises(DatabaseFault, match=str(fault())):
        file.visit(work)
    file.close()
    assert asked == tries


def test_the_traces_of_a_damaged_project_are_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(content)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE traces (id TEXT PRIMARY KEY, run_id, timestamp, run_name, step, messages)"
        )
        database.execute("INSERT INTO traces VALUES ('t', 'id-1', NULL, 'run 1', 3, '[]')")
    whole = path.read_bytes()
    # Rows of metrics lie on that page.
    at = 40 * PAGE
    path.write_bytes(whole[:at] + b"\xa5" * PAGE + whole[at + PAGE :])
    with ProjectReader(str(path)) as reader:
        sum(len(batch.steps) for batch in reader.rows())
        traces = reader.traces("id-1")
        assert reader.damage is not None
    assert traces is not None
    assert traces.total == 1
