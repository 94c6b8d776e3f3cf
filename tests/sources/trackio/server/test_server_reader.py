"""A project of a server is read by the same statements as a file, and by few of them."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.model.events import AlertsLoaded, DetailsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.trackio.distant import FilesThere
from trackio_view.sources.trackio.files.access import signature
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.server import server_reader
from trackio_view.sources.trackio.server.mirror import TableMirror
from trackio_view.sources.trackio.server.server import Server
from trackio_view.sources.trackio.server.server_reader import ServerReader, inlined, literal
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.tables.run_ends import run_ends
from trackio_view.sources.trackio.tables.schema import Schema


@pytest.fixture
def server(faulty_server: Any) -> Any:
    made = Server(parse_address(faulty_server.address))
    yield made
    made.close()


def test_values_are_written_into_a_statement_as_sql() -> None:
    values = [1, -math.inf, 0.1, "it's", b"\x00\xff", None, "a\0b", True]
    written = [literal(value) for value in values]
    assert written == [
        *("1", "-9e999", "0.1", "'it''s'", "x'00ff'", "NULL", "CAST(x'610062' AS TEXT)", "1"),
    ]
    assert inlined("a = ? AND b < ?", (1, "x")) == "a = 1 AND b < 'x'"
    with pytest.raises(ValueError, match="as many places"):
        inlined("a = ?", ())


def test_columns_of_one_name_are_told_apart(server: Any, project: Any) -> None:
    project.log([{"loss": 1.0}])
    reader = ServerReader(server, "project")
    assert reader.fetch("SELECT 1 AS a, 2 AS a, step FROM metrics WHERE step = ?", (0,)) == [
        (1, 2, 0)
    ]


def test_rows_come_as_one_text_where_that_is_exact(server: Any, project: Any) -> None:
    # The texts are names, empty texts, and texts with characters that separate texts elsewhere.
    project.log(
        [{"loss": 0.1 + 0.2, "text": 'a "quoted"\x1e line'}, {"loss": math.nan}], run="é\n,"
    )
    project.log([{"loss": 1.0}], steps=[2**62 + 1])
    query = (
        "SELECT id, run_id, run_name, step, timestamp, CAST(metrics AS TEXT) FROM metrics"
        " WHERE id > ? ORDER BY id LIMIT ?"
    )
    reader = ServerReader(server, "project")
    reader.fetch("SELECT 1")
    asked = reader.questions
    rows = reader.fetch(query, (0, 9))
    assert reader.questions == asked + 1
    with closing(sqlite3.connect(project.path)) as database:
        assert rows == database.execute(query, (0, 9)).fetchall()
    assert reader.fetch(query, (9, 9)) == []


@pytest.mark.parametrize("step", [0.1 + 0.2, math.inf])
def test_steps_that_no_text_of_sqlite_tells_exactly_come_row_by_row(
    server: Any, project: Any, step: float
) -> None:
    project.log([{"loss": 1.0}, {"loss": 2.0}], steps=[1, step])
    reader = ServerReader(server, "project")
    query = "SELECT id, step, CAST(metrics AS TEXT) FROM metrics WHERE id > ? ORDER BY id LIMIT ?"
    reader.fetch("SELECT 1")
    for questions in (2, 1):
        asked = reader.questions
        steps = [row[1] for row in reader.fetch(query, (0, 9))]
        # JSON has no infinity, so a server sends null in its place.
        assert steps == [1, step if math.isfinite(step) else None]
        assert reader.questions == asked + questions


def test_bytes_that_no_text_of_sqlite_tells_come_row_by_row(server: Any, project: Any) -> None:
    project.log([{"loss": 1.0}, {"loss": 2.0}])
    with closing(sqlite3.connect(project.path)) as database, database:
        database.execute("UPDATE metrics SET run_name = x'ff41' WHERE id = 2")
    reader = ServerReader(server, "project")
    columns = "id, run_name, CAST(metrics AS TEXT)"
    query = f"SELECT {columns} FROM metrics WHERE id > ? ORDER BY id LIMIT ?"
    reader.fetch("SELECT 1")
    for questions in (2, 1):
        asked = reader.questions
        assert [row[0] for row in reader.fetch(query, (0, 9))] == [1, 2]
        assert reader.questions == asked + questions


def test_an_answer_that_is_no_json_is_asked_for_row_by_row(
    server: Any, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1.0}])
    reader, ask = ServerReader(server, "project"), server.query
    monkeypatch.setattr(
        server,
        "query",
        lambda name, said: [("[[1,", 0)] if "json_group_array" in said else ask(name, said),
    )
    query = "SELECT id, CAST(metrics AS TEXT) FROM metrics WHERE id > ? ORDER BY id LIMIT ?"
    reader.fetch("SELECT 1")
    assert reader.fetch(query, (0, 9)) == [(1, '{"loss": 1.0}')]


def test_an_idle_look_is_one_question_and_a_row_two(server: Any, project: Any) -> None:
    project.log([{"loss": n} for n in range(10)])
    project.configure({"lr": 1})
    reader = ServerReader(server, "project")
    name = ProjectId("", "project")
    follower = Follower(name, 1.0, Notices(name))
    assert reader.look(follower.witnesses)
    assert follower.read(reader)
    assert reader.look(follower.witnesses)
    assert follower.read(reader)
    asked, size = reader.questions, server.client.bytes_received
    assert not reader.look(follower.witnesses)
    assert not reader.look(follower.witnesses)
    assert reader.questions == asked + 2
    assert server.client.bytes_received - size < 2 * 1_000
    project.log([{"loss": 5.0}])
    assert reader.look(follower.witnesses)
    follower._rows._count_due = math.inf
    assert follower.read(reader)
    assert reader.questions == asked + 4


def test_a_look_brings_along_the_answer_to_each_of_its_witnesses(server: Any, project: Any) -> None:
    project.log([{"loss": n} for n in range(3)])
    reader = ServerReader(server, "project")
    of_row = "SELECT id, step, NULL, NULL FROM metrics WHERE id = "
    witnesses = [f"{of_row}{number}" for number in (1, 2, 3)]
    for step in (7, 8):
        project.execute(f"UPDATE metrics SET step = {step} WHERE id > 1")
        reader.look(witnesses)
        asked = reader.questions
        answers = [reader.fetch(question) for question in witnesses]
        assert [[row[:2] for row in rows] for rows in answers] == [
            [(1, 0)],
            [(2, step)],
            [(3, step)],
        ]
        assert reader.questions == asked, "the look told them"
        reader.end_look()
        assert [row[:2] for row in reader.fetch(witnesses[1])] == [(2, step)]
        assert reader.questions == asked + 1, "its answers grow old"


def test_of_each_table_a_look_tells_whether_it_has_to_be_asked(server: Any, project: Any) -> None:
    project.log([{"loss": n} for n in range(3)])
    project.execute(
        "CREATE TABLE alerts (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, title TEXT)"
    )
    project.execute("INSERT INTO alerts (run_id, title) VALUES ('r', 'first')")
    reader = ServerReader(server, "project")
    configs = "SELECT CAST(config AS TEXT) FROM configs ORDER BY rowid"
    alerts = "SELECT title FROM alerts WHERE id > ? ORDER BY id LIMIT ?"

    def asked(query: str, *values: int) -> tuple[int, list[Any]]:
        before = reader.questions
        rows = [row[0] for row in reader.fetch(query, values)]
        return reader.questions - before, rows

    for rate in (1, 2):
        project.configure({"lr": rate})
        for times in (1, 0):
            reader.look()
            assert asked(configs) == (times, [f'{{"lr": {rate}}}'])
            assert asked(alerts, 1, 9) == (0, [])
            assert asked(alerts, 0, 9) == (1, ["first"])
    project.execute("INSERT INTO alerts (run_id, title) VALUES ('r', 'second')")
    reader.look()
    assert asked(alerts, 1, 9) == (1, ["second"])


def test_a_config_written_anew_a_run_renamed_and_another_table_are_seen(
    server: Any, project: Any
) -> None:
    project.log([{"loss": 1.0}])
    reader = ServerReader(server, "project")
    name = ProjectId("", "project")
    follower = Follower(name, 1.0, Notices(name))
    for change in (
        lambda: None,
        lambda: project.configure({"lr": 1}),
        lambda: project.configure({"lr": 2}),
        lambda: project.execute("UPDATE metrics SET run_id = 'other'"),
        lambda: project.execute("CREATE TABLE alerts (id INTEGER PRIMARY KEY, title TEXT, run_id)"),
    ):
        reader.look(follower.witnesses)
        follower.read(reader)
        reader.look(follower.witnesses)
        follower.read(reader)
        assert not reader.look(follower.witnesses)
        change()
        assert reader.look(follower.witnesses) or follower.generation == 1


def test_a_table_that_is_made_while_a_project_is_followed_is_read(
    server: Any, project: Any
) -> None:
    project.log([{"loss": 1.0}])
    reader = ServerReader(server, "project")
    name = ProjectId("", "project")
    follower = Follower(name, 1.0, Notices(name))

    def titles() -> list[str]:
        reader.look(follower.witnesses)
        follower.read(reader)
        told = [event for event in follower.take() if isinstance(event, AlertsLoaded)]
        return [alert.title for event in told for alert in event.alerts]

    assert titles() == titles() == []
    project.execute(
        "CREATE TABLE alerts (id INTEGER PRIMARY KEY, run_id, timestamp, run_name, title, text,"
        " level, step)"
    )
    project.execute("INSERT INTO alerts (run_id, run_name, title) VALUES ('id-run', 'run', 'hot')")
    assert titles() == ["hot"]
    assert titles() == []


def test_a_config_that_is_deleted_is_gone_though_it_is_not_the_newest(
    server: Any, project: Any
) -> None:
    """Runs without rows are known by their configs alone: no witness tells of them."""
    for run in ("first", "second", "third"):
        project.configure({"lr": 1}, run=run)
    reader = ServerReader(server, "project")

    def names() -> list[str]:
        reader.look()
        query = "SELECT run_name FROM configs ORDER BY rowid"
        return [row[0] for row in reader.fetch(query)]

    assert names() == ["first", "second", "third"]
    for gone, left in (("second", ["first", "third"]), ("first", ["third"])):
        project.execute(f"DELETE FROM configs WHERE run_name = '{gone}'")
        assert names() == left


def names_in_configs(server: Any) -> Callable[[], list[str]]:
    """Return what looks at the project, and returns the names of runs whose configs are new."""
    reader = ServerReader(server, "project")
    name = ProjectId("", "project")
    follower = Follower(name, 1.0, Notices(name))

    def names() -> list[str]:
        reader.look(follower.witnesses)
        follower.read(reader)
        told = [event for event in follower.take() if isinstance(event, DetailsLoaded)]
        return [run.run_name for event in told for run in event.runs]

    return names


def test_a_run_that_is_renamed_has_its_new_name_in_its_config(server: Any, project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.configure({"lr": 1})
    names = names_in_configs(server)
    assert names() == ["run"]
    assert names() == []
    # TrackIO gives the rows of a renamed run new ids, and its config keeps its own.
    project.execute("UPDATE metrics SET run_name = 'new', id = id + 1")
    project.execute("UPDATE configs SET run_name = 'new'")
    assert names()[-1:] == ["new"]


def test_of_a_database_in_the_place_of_another_the_configs_are_read_anew(
    server: Any, project: Any, new_project: Any
) -> None:
    """As many configs and rows as in the one before: only their own words tell them apart."""
    other = new_project("other")
    for one, run in ((project, "before"), (other, "after")):
        one.log([{"loss": 1.0}] * 3, run=run)
        one.configure({"lr": 1}, run=run)
        one.execute("UPDATE configs SET created_at = ?", [(f"2026-03-01T10:00:00 {run}",)])
    names = names_in_configs(server)
    assert names() == ["before"]
    os.replace(other.path, project.path)
    assert names() == ["after"]


def test_the_newest_run_is_one_question_and_no_renamed_one(server: Any, project: Any) -> None:
    project.execute("CREATE INDEX by_time ON metrics(run_id, timestamp)")
    project.log([{"loss": 1.0}], run="old")
    project.log([{"loss": 1.0}], run="training")
    project.execute("UPDATE metrics SET id = id + 9 WHERE run_name = 'old'")
    reader = ServerReader(server, "project")
    schema = Schema.of(reader)
    assert schema is not None
    asked = reader.questions
    assert [end.name for end in run_ends(reader.fetch, schema)] == ["training", "old"]
    assert reader.questions == asked + 1


def test_a_length_that_is_no_number_is_no_trackio_server(
    server: Any, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1.0}] * 3)
    query = Server.query

    def garbled(self: Server, name: str, statement: str) -> list[Any]:
        # Joined over the rows, a text would grow without bound.
        told = query(self, name, statement)
        return [(row[0], "9", *row[2:]) if row[0] == server_reader._SIZE else row for row in told]

    reader = ServerReader(server, "project")
    reader.fetch("SELECT 1")
    monkeypatch.setattr(Server, "query", garbled)
    with pytest.raises(ValueError, match="a length is a number"):
        reader.look()


@pytest.mark.parametrize(("latency", "limit"), [(0.0, 16), (9_999.0, 1_000)])
def test_a_long_way_makes_no_question_smaller(
    server: Any, project: Any, monkeypatch: Any, latency: float, limit: int
) -> None:
    monkeypatch.setattr("trackio_view.sources.trackio.tables.chunks._REMOTE_SECONDS", 0.0)
    never_set = property(lambda _: latency, lambda *_: None)
    monkeypatch.setattr(ServerReader, "latency", never_set)
    project.log([{"loss": 1.0}] * 4_000)
    reader = ServerReader(server, "project")
    asked: list[int] = []
    query = server.query

    def noted(name: str, statement: str) -> Any:
        if "ORDER BY id LIMIT " in statement:
            asked.append(int(statement.rpartition("LIMIT ")[2].partition(")")[0]))
        return query(name, statement)

    monkeypatch.setattr(server, "query", noted)
    follower = Follower(ProjectId("", "project"), 1.0, Notices(ProjectId("", "project")))
    while not follower.read(reader):
        reader.end_look()
    assert asked[-1] == limit


def test_the_shortest_question_tells_how_long_the_way_is(server: Any, monkeypatch: Any) -> None:
    moments = iter([0.0, 5.0, 10.0, 10.2, 20.0, 21.0])
    clock = SimpleNamespace(monotonic=moments.__next__)
    monkeypatch.setattr("trackio_view.sources.trackio.server.server_reader.time", clock)
    monkeypatch.setattr(server, "query", lambda *_: [])
    reader = ServerReader(server, "project")
    found = []
    for _ in range(3):
        reader._ask("SELECT 1")
        found.append(reader.latency)
    assert found == pytest.approx([5.0, 0.2, 0.2])


@pytest.mark.parametrize(
    ("columns", "called"),
    [
        ("id INTEGER PRIMARY KEY, step INTEGER", "id"),
        ("number INTEGER PRIMARY KEY, id TEXT", "rowid"),
        ("id INTEGER, step INTEGER", "rowid"),
        ("id TEXT PRIMARY KEY", "rowid"),
    ],
)
def test_a_row_goes_by_its_id_only_where_that_is_the_key(
    server: Any, columns: str, called: str
) -> None:
    reader = ServerReader(server, "project")
    assert reader._tables() == []
    reader._mirror = TableMirror([f"CREATE TABLE metrics ({columns})"])
    assert reader._tables() == [("metrics", called)]
    reader.close()


def test_rows_that_are_gone_from_the_middle_are_missed_where_files_can_be_looked_at(
    server: Any, project: Any
) -> None:
    """A server tells how far a table goes; a machine behind SSH also when its files changed."""
    project.log([{"loss": float(number)} for number in range(9)])

    class Machine:
        def __getattr__(self, name: str) -> Any:
            return getattr(server, name)

        def files(self, _: str) -> FilesThere:
            return FilesThere(signature(str(project.path)), is_settled=False)

    far, near = ServerReader(Machine(), "project"), ServerReader(server, "project")
    for _ in range(2):
        far.look(), near.look()
    assert not near.look()
    project.execute("DELETE FROM metrics WHERE id = 5")
    assert (far.look(), near.look()) == (True, False)
