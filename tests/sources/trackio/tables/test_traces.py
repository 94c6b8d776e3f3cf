"""The traces of a run: their number, some of them for a list, and one whole."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.traces import LoggedTraces
from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.tables import traces
from trackio_view.sources.trackio.tables.traces import TracesReader, traces_of
from trackio_view.sources.trackio.tables.traces_in_rows import NOT_THERE

PAGE = RunKey(ProjectId("", "project"), "id-run")
COLUMNS = (
    "id TEXT PRIMARY KEY, run_id TEXT NOT NULL, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,"
    " step INTEGER NOT NULL, key TEXT NOT NULL, trace_index INTEGER, messages TEXT NOT NULL,"
    " metadata TEXT NOT NULL, search_text TEXT NOT NULL"
)


def add_table(project: Any, *, spans: bool = True) -> None:
    more = ", spans TEXT NOT NULL DEFAULT '[]'" if spans else ""
    project.execute(f"CREATE TABLE traces ({COLUMNS}{more})")


def trace(
    number: int, said: Any = None, run: str = "run", place: int | None = None
) -> tuple[Any, ...]:
    said = f"question {number}" if said is None else said
    messages = said if isinstance(said, bytes) else json.dumps([{"role": "user", "content": said}])
    return (
        *(f"{run}:{number}", f"id-{run}", "2026-03-01T10:00:00.500000+00:00", run, number * 10),
        *("rollout", place, messages if isinstance(messages, bytes) else messages.encode()),
        *(b'{"reward": 1}', str(said).lower()),
    )


def log(project: Any, *rows: tuple[Any, ...]) -> None:
    statement = (
        "INSERT INTO traces (id, run_id, timestamp, run_name, step, key, trace_index, messages,"
        f" metadata, search_text) VALUES ({','.join('?' * 10)})"
    )
    project.execute(statement, rows)


@pytest.fixture
def read(project):
    """Return a function that reads the project's traces as they are now."""
    opened = []

    def reader(run_id: str = "id-run") -> TracesReader:
        opened.append(open_at_rest(str(project.path)))
        return traces_of(opened[-1], run_id)

    yield reader
    for connection in opened:
        connection.close()


def numbers(read: Any, **asked: Any) -> tuple[int, list[int], list[Any]]:
    found = read().some(TraceListRequest(PAGE, **asked))
    return found.total, [one.number for one in found.traces], [one.step for one in found.traces]


def test_the_newest_and_those_of_any_number(project, read) -> None:
    project.log([{}])
    add_table(project)
    log(project, *(trace(number) for number in range(1, 51)))
    log(project, *(trace(number, run="other") for number in range(100, 130)))
    assert numbers(read, most=3) == (50, [48, 49, 50], [480, 490, 500])
    assert numbers(read, most=3, first=1) == (50, [1, 2, 3], [10, 20, 30])
    assert numbers(read, most=3, first=30) == (50, [30, 31, 32], [300, 310, 320])
    assert numbers(read, most=9, first=48) == (50, [48, 49, 50], [480, 490, 500])
    assert numbers(read, most=9, first=60) == (50, [], [])
    assert numbers(read, most=90) == (50, [*range(1, 51)], [*range(10, 510, 10)])


@pytest.mark.parametrize(
    "columns", ["id, run_id, run_name", "id, messages, metadata", "run_id, message, step"]
)
def test_a_table_of_another_program_that_has_the_same_name_holds_no_traces(
    project, read, columns: str
) -> None:
    project.log([{}])
    project.execute(f"CREATE TABLE traces ({columns})")
    project.execute("INSERT INTO traces VALUES ('id-run', 'id-run', 'id-run')")
    assert read().in_brief(LoggedTraces()) == LoggedTraces()
    assert read().some(TraceListRequest(PAGE)).total == 0
    assert read().whole(TraceRequest(PAGE, 1), "").fault == NOT_THERE


def test_a_search_finds_text_and_no_pattern(project, read) -> None:
    project.log([{}])
    add_table(project)
    said = ["100% of it", "100 of it", "a_b", "acb", "back\\slash", "it's", "ÄRGER", "ärger"]
    log(project, *(trace(number, text) for number, text in enumerate(said)))
    for search, expected in (
        *(("100%", [0]), ("A_B", [2]), ("\\", [4]), ("it's", [5]), (" 100 ", [0, 1])),
        *(("Ärger", [6, 7]), ("nothing", []), ("", [*range(8)])),
    ):
        total, found, steps = numbers(read, most=20, search=search)
        assert (total, [step // 10 for step in steps]) == (len(expected), expected), search
        assert found == [*range(1, len(expected) + 1)], "they are counted among themselves"


def test_a_search_goes_through_pieces_however_far_apart_ids_are(project, read, monkeypatch) -> None:
    monkeypatch.setattr(traces, "PIECE_ROWS", 7)
    project.log([{}])
    add_table(project)
    log(project, *(trace(number, f"word {number % 3}") for number in range(50)))
    log(project, *(trace(number, "word 0", run="other") for number in range(50, 60)))
    project.execute("UPDATE traces SET rowid = -5 WHERE rowid = 4", [()])
    project.execute("UPDATE traces SET rowid = ? WHERE rowid = 60", [(2**62,)])
    expected = [30, *(number * 10 for number in range(0, 50, 3) if number != 3)]
    total, found, steps = numbers(read, most=50, search="word 0")
    assert (total, steps) == (17, expected)
    assert found == [*range(1, 18)]
    assert numbers(read, most=4, first=5, search="word 0")[1:] == ([5, 6, 7, 8], expected[4:8])
    assert numbers(read, most=4, search="word 0")[2] == expected[-4:]
    assert numbers(read, most=4, search="none of it") == (0, [], [])
    asked: list[str] = []
    reader = read()
    fetch = reader._reader.fetch

    class Counting:
        def fetch(self, query: str, values: Any = ()) -> list[Any]:
            asked.append(query)
            rows: list[Any] = fetch(query, values)
            return rows

    reader._reader = Counting()
    reader.some(TraceListRequest(PAGE, most=5, search="word 0"))
    # Nine pieces of sixty rows are read twice each; further questions find that there is no tenth,
    # and read the list.
    assert len(asked) == 9 * 2 + 2


def test_no_more_is_read_than_a_list_has_room_for(project, read) -> None:
    project.log([{}])
    add_table(project)
    log(project, *(trace(number) for number in range(400)))
    assert len(read().some(TraceListRequest(PAGE, most=10**9)).traces) == traces.MOST_LISTED
    brief = read().in_brief(LoggedTraces())
    assert brief.total == 400
    assert [one.number for one in brief.newest] == [*range(400, 390, -1)]


def test_traces_that_are_as_before_are_counted_and_not_read(project, read) -> None:
    project.log([{}])
    add_table(project)
    log(project, *(trace(number) for number in range(20)))
    brief = read().in_brief(LoggedTraces(waiting=3))
    assert brief.waiting == 3
    asked: list[str] = []
    reader = read()
    fetch = reader._reader.fetch

    class Counting:
        def fetch(self, query: str, values: Any = ()) -> list[Any]:
            asked.append(query)
            found: list[Any] = fetch(query, values)
            return found

    reader._reader = Counting()
    assert reader.in_brief(brief) is brief
    assert len(asked) == 1
    log(project, trace(20))
    reader = read()
    assert reader.in_brief(brief).newest[0].number == 21
    project.execute("DELETE FROM traces WHERE rowid > 5")
    assert read().in_brief(brief).total == 5
    project.execute("DELETE FROM traces")
    assert read().in_brief(brief) == LoggedTraces(waiting=3)


def test_where_as_many_came_as_were_deleted_the_newest_are_those_that_came(project, read) -> None:
    project.log([{}])
    add_table(project)
    log(project, *(trace(number) for number in range(20)))
    brief = read().in_brief(LoggedTraces())
    project.execute("DELETE FROM traces WHERE rowid <= 2")
    log(project, trace(20, "the last but one"), trace(21, "the last"))
    found = read().in_brief(brief)
    assert found.total == 20
    assert [one.request for one in found.newest[:2]] == ["the last", "the last but one"]


def test_one_whole_and_one_that_is_gone_or_of_another_run(project, read) -> None:
    project.log([{}])
    add_table(project)
    log(project, trace(1, "hello", place=2), trace(2, run="other"))
    (one,) = read().some(TraceListRequest(PAGE, most=5)).traces
    found = read().whole(TraceRequest(PAGE, one.row), "/m")
    assert [part.text for part in found.messages[0].parts] == ["hello"]
    assert found.metadata == [("reward", "1")]
    assert found.summary is not None
    assert (found.summary.step, found.summary.place) == (10, 2)
    assert found.time == 1772359200.5
    for row in (2, 99):
        assert read().whole(TraceRequest(PAGE, row), "/m").fault == "It is no longer there."


def test_long_ones_are_read_up_to_a_bound(project, read, monkeypatch) -> None:
    monkeypatch.setattr(traces, "_SHOWN_MESSAGES", 60_000)
    project.log([{}])
    add_table(project)
    log(project, trace(1, "x" * 100_000))
    (listed,) = read().some(TraceListRequest(PAGE, most=5)).traces
    assert listed.message_count is None
    found = read().whole(TraceRequest(PAGE, listed.row), "/m")
    assert found.messages[0].role == "user"
    assert set(found.messages[0].parts[0].text) == {"x"}
    (said,) = found.left_out
    assert said.startswith("40,033 more bytes of messages are not read")


@pytest.mark.parametrize(
    "odd",
    [b"no JSON", b"\xff\xfe{", b"", b"[{}, 5, null]", b'[{"role":"user","content":"\\u0000"}]'],
)
def test_a_row_that_is_no_trace_costs_no_other_one(project, read, odd: bytes) -> None:
    project.log([{}])
    add_table(project)
    log(project, trace(1), trace(2, odd), trace(3))
    found = read().some(TraceListRequest(PAGE, most=5)).traces
    assert [one.step for one in found] == [10, 20, 30]
    assert found[2].request == "question 3"
    assert not read().whole(TraceRequest(PAGE, found[1].row), "/m").fault
    project.execute("UPDATE traces SET messages = ?, step = ? WHERE step = 20", [(5, b"\7\0\0\0")])
    assert [one.step for one in read().some(TraceListRequest(PAGE, most=5)).traces] == [10, 7, 30]


def test_a_table_from_before_there_were_spans(project, read) -> None:
    project.log([{}])
    add_table(project, spans=False)
    log(project, trace(1))
    (one,) = read().some(TraceListRequest(PAGE, most=5)).traces
    assert one.span_count == 0
    assert read().whole(TraceRequest(PAGE, one.row), "/m").spans == []


def test_a_project_from_before_run_ids_goes_by_names(tmp_path) -> None:
    path = tmp_path / "old.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name, step, metrics)")
    database.execute("INSERT INTO metrics VALUES (1, 'run', 0, '{}')")
    database.execute(f"CREATE TABLE traces ({COLUMNS})")
    database.execute(
        f"INSERT INTO traces VALUES ({','.join('?' * 10)})", (*trace(1)[:1], "", *trace(1)[2:])
    )
    database.commit()
    database.close()
    connection = open_at_rest(str(path))
    assert traces_of(connection, "run").in_brief(LoggedTraces()).total == 1
    assert traces_of(connection, "id-run").in_brief(LoggedTraces()).total == 0
    connection.close()


def test_without_a_table_there_are_none(project, read, tmp_path) -> None:
    project.log([{}])
    assert read().in_brief(LoggedTraces()) == LoggedTraces()
    assert read().some(TraceListRequest(PAGE, most=5)).total == 0
    assert read().whole(TraceRequest(PAGE, 1), "/m").fault
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseFault):
        traces_of(open_at_rest(str(tmp_path / "empty.db")), "r")
