"""What a run logged beside numbers, read for its page."""

from __future__ import annotations

import math
import os
import sqlite3

import anyio
import pytest

from trackio_view.model.events import DataEvent, Notice, RunObjectsLoaded
from trackio_view.model.objects import LoggedHistogram, LoggedMedia, LoggedTable, LoggedText
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.tables import objects
from trackio_view.sources.trackio.tables.objects import decode_object, watch_run_objects


def markdown(text):
    return {"_type": "trackio.markdown", "_value": text}


IMAGE = {"_type": "trackio.image", "file_path": "p/r/0/a.png", "caption": None}


def test_every_kind_is_read() -> None:
    assert decode_object("k", 1, markdown("# hi"), "/m") == LoggedText("k", 1, "# hi")
    histogram = {"_type": "trackio.histogram", "bins": [0, 1, "NaN"], "values": [3, 4]}
    read = decode_object("k", 1, histogram, "/m")
    assert isinstance(read, LoggedHistogram)
    assert read.counts == (3.0, 4.0)
    assert decode_object("k", 1, IMAGE, "/m") == LoggedMedia("k", 1, "image", "/m/p/r/0/a.png", "")
    table = {
        "_type": "trackio.table",
        "_value": [{"a": 1, "b": "x"}, {"c": IMAGE, "a": [IMAGE, IMAGE]}, {"a": None}],
    }
    assert decode_object("k", 1, table, "/m") == LoggedTable(
        "k",
        1,
        ("a", "b", "c"),
        (
            ("1", "x", ""),
            ("/m/p/r/0/a.png, /m/p/r/0/a.png", "", "/m/p/r/0/a.png"),
            ("null", "", ""),
        ),
        3,
    )


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"_type": None},
        {"_type": "trackio.trace"},
        {"_type": "trackio.histogram"},
        {"_type": "trackio.histogram", "bins": [0], "values": [1]},
        {"_type": "trackio.histogram", "bins": 3, "values": "x"},
        {"_type": "trackio.image"},
        {"_type": "other.image", "file_path": "x"},
        {"_type": ["trackio.image"]},
    ],
)
def test_what_is_none_of_them_is_passed_over(broken) -> None:
    assert decode_object("k", 1, broken, "/m") is None


def test_broken_ones_are_empty() -> None:
    assert decode_object("k", 1, {"_type": "trackio.markdown"}, "/m") == LoggedText("k", 1, "")
    for value in (None, 3, "x", [1, 2]):
        read = decode_object("k", 1, {"_type": "trackio.table", "_value": value}, "/m")
        assert read == LoggedTable("k", 1, (), (), 0)


async def watched(project, act, count, run="id-run") -> list[RunObjectsLoaded]:
    """Return what a watch sends while `act` runs, up to `count` events of objects."""
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    events: list[DataEvent] = []
    async with anyio.create_task_group() as tasks, send, receive:
        with anyio.fail_after(60):
            tasks.start_soon(
                watch_run_objects, project.path, ProjectId("", "project"), run, 0.05, send
            )
            for number in range(count):
                while True:
                    event = await receive.receive()
                    events.append(event)
                    if isinstance(event, RunObjectsLoaded):
                        break
                if number == 0:
                    act()
        tasks.cancel_scope.cancel()
    return [event for event in events if isinstance(event, RunObjectsLoaded)]


async def test_the_newest_of_each_key_and_only_of_this_run(project, folder_state) -> None:
    project.log([{"loss": 1.0, "report": markdown("old")}, {"loss": 0.5}])
    project.log([{"report": markdown("new"), "image": IMAGE}, {"_type": "no object"}])
    project.log([b'not JSON with "_type"', {"report": markdown("theirs")}], run="other")
    (loaded,) = await watched(project, lambda: None, 1)
    assert loaded.run_id == "id-run"
    assert [(text.text, text.step) for text in loaded.objects.texts] == [("new", 2)]
    folder = os.path.dirname(project.path)
    assert loaded.objects.media[0].path == os.path.join(folder, "media", "p/r/0/a.png")


def table(*cells: str) -> dict[str, object]:
    return {"_type": "trackio.table", "_value": [{"cell": cell} for cell in cells]}


async def test_a_table_is_kept_as_it_was_at_each_step(project) -> None:
    rows = [{"samples": table(*map(str, range(60)))} for _ in range(25)]
    project.log([*rows, {"others": table("x")}])
    (loaded,) = await watched(project, lambda: None, 1)
    *samples, others = loaded.objects.tables
    assert {one.key for one in samples} == {"samples"}
    assert [(one.step, one.number) for one in samples] == [(at, at + 1) for at in range(25)]
    # The newest is there as ever, those before it as far as a page shows them.
    assert [len(one.rows) for one in samples] == [50] * 24 + [60]
    assert {one.row_count for one in samples} == {60}
    assert (others.key, others.step, others.number) == ("others", 25, 1)


async def test_where_there_is_no_room_for_all_the_first_logged_give_way(
    project, monkeypatch
) -> None:
    monkeypatch.setattr(objects, "_MOST_EARLIER", 35)
    project.log([{"a": table("x" * 10), "b": table("y" * 10)} for _ in range(4)])
    (loaded,) = await watched(project, lambda: None, 1)
    found = [(one.key, one.step, one.number) for one in loaded.objects.tables]
    assert found == [("a", 2, 3), ("a", 3, 4), ("b", 1, 2), ("b", 2, 3), ("b", 3, 4)]


async def test_a_table_logged_anew_at_its_step_takes_the_place_of_what_was_there(project) -> None:
    project.log([{"samples": table("first")}, {"samples": table("old")}])
    add = [{"samples": table("new")}]
    events = await watched(project, lambda: project.log(add, steps=[1]), 2)
    assert [(one.step, one.number, one.rows) for one in events[-1].objects.tables] == [
        (0, 1, (("first",),)),
        (1, 2, (("new",),)),
    ]


async def test_a_key_that_holds_no_table_any_more_shows_none(project) -> None:
    project.log([{"k": table("a")}, {"k": table("b")}, {"k": markdown("text")}])
    (loaded,) = await watched(project, lambda: None, 1)
    assert loaded.objects.tables == ()
    assert [text.text for text in loaded.objects.texts] == ["text"]


async def test_what_is_added_is_read_and_what_was_stays(project) -> None:
    project.log([{"report": markdown("first")}])
    events = await watched(project, lambda: project.log([{"notes": markdown("second")}]), 2)
    assert [text.key for text in events[-1].objects.texts] == ["report", "notes"]


async def test_a_project_that_begins_again_is_read_from_its_beginning(project) -> None:
    project.log([{"loss": 1.0}, {"loss": 1.0}, {"report": markdown("old")}])

    def begin_again() -> None:
        with sqlite3.connect(project.path) as database:
            database.execute("DELETE FROM metrics")
            database.execute("DELETE FROM sqlite_sequence")
        database.close()
        project.log([{"notes": markdown("new")}])

    events = await watched(project, begin_again, 2)
    assert [text.key for text in events[-1].objects.texts] == ["notes"]


async def test_a_run_without_objects_has_an_empty_page(project) -> None:
    project.log([{"loss": 1.0}])
    (loaded,) = await watched(project, lambda: None, 1)
    assert loaded.objects.texts == loaded.objects.media == ()


async def test_a_file_that_is_gone_makes_a_notice(project) -> None:
    send, receive = anyio.create_memory_object_stream[DataEvent](10)
    os.remove(project.path)
    async with anyio.create_task_group() as tasks, send, receive:
        tasks.start_soon(watch_run_objects, project.path, ProjectId("", "project"), "x", 0.05, send)
        with anyio.fail_after(60):
            event = await receive.receive()
        tasks.cancel_scope.cancel()
    assert isinstance(event, Notice)
    assert "not complete" in (event.text or "")


async def test_nothing_is_left_in_the_folder(project, folder_state) -> None:
    project.log([{"report": markdown("x")}])
    before = folder_state(project.path.parent)
    await watched(project, lambda: None, 1)
    assert folder_state(project.path.parent) == before


def test_what_is_left_out_of_long_texts_is_counted() -> None:
    text = "x" * 5_000_000
    logged = decode_object("k", 1, markdown(text), "/m")
    assert isinstance(logged, LoggedText)
    assert len(logged.text) + logged.omitted == len(text)
    assert len(logged.text) < 300_000
    rows = [{"cell": text, "list": [text]}]
    table = decode_object("k", 1, {"_type": "trackio.table", "_value": rows}, "/m")
    assert isinstance(table, LoggedTable)
    for cell in table.rows[0]:
        assert len(cell) < 11_000
        assert cell.endswith(" more characters)")


@pytest.mark.parametrize(
    ("number", "expected"),
    [(10**400, math.inf), (-(10**400), -math.inf), (2**1024, math.inf)],
    ids=["long", "negative", "just beyond"],
)
def test_a_histogram_beyond_all_floats_is_infinite(number: int, expected: float) -> None:
    histogram = {"_type": "trackio.histogram", "bins": [0, number], "values": [number]}
    read = decode_object("k", 1, histogram, "/m")
    assert isinstance(read, LoggedHistogram)
    assert read.counts == (expected,)


async def test_the_page_of_a_run_without_numbers_counts_what_it_logged(project) -> None:
    trace = {"_type": "trackio.trace", "messages": []}
    project.log([{"t": trace, "note": "so far"}, {"t": trace}])
    project.log([{"t": trace, "loss": 1.5}], run="train")
    (loaded,) = await watched(project, lambda: None, 1)
    assert loaded.objects.kinds == (("trace", 2), ("text", 1))
    (loaded,) = await watched(project, lambda: None, 1, run="id-train")
    assert loaded.objects.kinds == ()
