"""What a run logged beside numbers, read for its page."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from types import SimpleNamespace

import anyio
import pytest

from trackio_view.model.events import DataEvent, Notice, RunObjectsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.database import REST_PATIENCE, Locks, open_at_rest
from trackio_view.sources.trackio.files.visits import Visits
from trackio_view.sources.trackio.inbox import Inbox
from trackio_view.sources.trackio.tables import objects
from trackio_view.sources.trackio.tables.objects import ObjectReader, watch_run_objects


def markdown(text):
    return {"_type": "trackio.markdown", "_value": text}


IMAGE = {"_type": "trackio.image", "file_path": "p/r/0/a.png", "caption": None}


async def watched(project, act, count, run="id-run") -> list[RunObjectsLoaded]:
    """Return the events of a watch while `act` runs, up to `count` events of objects."""
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


async def test_of_very_many_keys_the_first_200_are_shown(project) -> None:
    project.log([{f"report/{number}": markdown("x") for number in range(201)}])
    project.log([{"report/0": markdown("newer"), "report/200": markdown("x")}])
    (loaded,) = await watched(project, lambda: None, 1)
    assert len(loaded.objects.texts) == 200
    assert "newer" in {text.text for text in loaded.objects.texts}


def table(*cells: str) -> dict[str, object]:
    return {"_type": "trackio.table", "_value": [{"cell": cell} for cell in cells]}


async def test_a_table_is_kept_as_it_was_at_each_step(project) -> None:
    rows = [{"samples": table(*map(str, range(60)))} for _ in range(25)]
    project.log([*rows, {"others": table("x")}])
    (loaded,) = await watched(project, lambda: None, 1)
    *samples, others = loaded.objects.tables
    assert {one.key for one in samples} == {"samples"}
    assert [(one.step, one.number) for one in samples] == [(at, at + 1) for at in range(25)]
    # The newest step is complete, and earlier ones as far as a page shows them.
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


async def test_added_objects_are_read_and_former_ones_stay(project) -> None:
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


async def test_the_page_of_a_run_without_numbers_counts_what_it_logged(project) -> None:
    trace = {"_type": "trackio.trace", "messages": []}
    project.log([{"t": trace, "note": "so far"}, {"t": trace}])
    project.log([{"t": trace, "loss": 1.5}], run="train")
    (loaded,) = await watched(project, lambda: None, 1)
    assert loaded.objects.kinds == (("trace", 2), ("text", 1))
    (loaded,) = await watched(project, lambda: None, 1, run="id-train")
    assert loaded.objects.kinds == ()


_LOGS_MEDIA = """
import sys, numpy as np, trackio
folder = sys.argv[1]
trackio.init("media", name="run", embed=False)
picture = np.zeros((6, 8, 3), np.uint8)
for step in range(3):
    trackio.log({"sample": trackio.Image(picture, caption=f"at {step}")}, step=step)
tone = (np.sin(np.arange(800) / 9) * 30000).astype(np.int16)
trackio.log({"tone": trackio.Audio(tone, sample_rate=8000, format="wav")}, step=3)
open(folder + "/clip.mp4", "wb").write(b"no video")
trackio.log({"clip": trackio.Video(folder + "/clip.mp4")}, step=4)
table = trackio.Table(columns=["n", "picture"], data=[[1, trackio.Image(picture)]])
trackio.log({"table": table}, step=5)
trackio.finish()
trackio.init("media", name="a/../../../evil", embed=False)
trackio.log({"sample": trackio.Image(picture)}, step=0)
trackio.finish()
"""


async def test_media_that_trackio_itself_logs_are_found_with_their_sizes(tmp_path) -> None:
    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path / "data")}
    code = [sys.executable, "-c", _LOGS_MEDIA, str(tmp_path)]
    done = await anyio.run_process(code, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    path = tmp_path / "data" / "media.db"
    with sqlite3.connect(path) as database:
        runs = dict(database.execute("SELECT DISTINCT run_name, run_id FROM metrics"))
    database.close()
    (loaded,) = await watched(SimpleNamespace(path=path), lambda: None, 1, run=runs["run"])
    media = loaded.objects.media
    assert [(one.key, one.kind, one.step, one.number, one.caption) for one in media] == [
        ("sample", "image", 0, 1, "at 0"),
        ("sample", "image", 1, 2, "at 1"),
        ("sample", "image", 2, 3, "at 2"),
        ("tone", "audio", 3, 1, ""),
        ("clip", "video", 4, 1, ""),
    ]
    assert [one.fault for one in media] == [""] * 5
    assert [one.size for one in media] == [os.path.getsize(one.path) for one in media]
    hostile = runs["a/../../../evil"]
    (loaded,) = await watched(SimpleNamespace(path=path), lambda: None, 1, run=hostile)
    (one,) = loaded.objects.media
    assert (one.size, one.fault) == (
        None,
        "It lies outside the media directory and is not opened.",
    )


def image(number: int) -> dict[str, object]:
    return {"_type": "trackio.image", "file_path": f"p/r/{number}/a.png", "caption": None}


async def test_media_are_kept_step_by_step_and_those_before_are_counted(project) -> None:
    folder = project.path.parent / "media" / "p" / "r" / "4999"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(b"12345")
    project.log([{"sample": image(number)} for number in range(5_000)])
    (loaded,) = await watched(project, lambda: None, 1)
    media = loaded.objects.media
    assert [one.number for one in media] == list(range(4_000, 5_001))
    assert (media[-1].file, media[-1].size, media[-1].fault) == ("p/r/4999/a.png", 5, "")
    # If the row is there without its file, the file was deleted.
    assert {(one.size, one.fault) for one in media[:-1]} == {(None, "The file is gone.")}


async def test_media_logged_anew_at_their_step_take_the_place_of_what_was_there(project) -> None:
    project.log([{"sample": image(0)}, {"sample": image(1)}])
    add = [{"sample": image(2)}]
    events = await watched(project, lambda: project.log(add, steps=[1]), 2)
    assert [(one.step, one.number, one.file) for one in events[-1].objects.media] == [
        (0, 1, "p/r/0/a.png"),
        (1, 2, "p/r/2/a.png"),
    ]


async def test_each_file_is_looked_at_once(project, monkeypatch) -> None:
    looked: list[str] = []

    def size_of(_: str, file: str) -> int:
        looked.append(file)
        return 3

    monkeypatch.setattr(objects, "media_file_size", size_of)
    project.log([{"sample": image(number)} for number in range(3)])
    add = [{"sample": image(3)}]
    await watched(project, lambda: project.log(add), 2)
    assert sorted(looked) == [f"p/r/{number}/a.png" for number in range(4)]


class Looks:
    """Stands for anyio: keeps each pause, and ends the watch after some of them."""

    def __init__(self, most: int) -> None:
        self.now, self.most, self.pauses = 1000.0, most, list[float]()

    def current_time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if len(self.pauses) == self.most:
            raise anyio.ClosedResourceError

    BrokenResourceError, ClosedResourceError = anyio.BrokenResourceError, anyio.ClosedResourceError


@pytest.mark.parametrize(("interval", "pause"), [(1.0, 0.02), (0.01, 0.01)])
async def test_a_writer_that_writes_is_looked_at_soon_again_and_shares_after_a_while(
    project, monkeypatch, interval, pause
) -> None:
    project.log([{"report": markdown("x")}])
    looks, locks = Looks(60), list[Locks]()

    async def busy(_: object, visits: Visits) -> None:
        locks.append(visits._locks)
        raise DatabaseFault("The writer is writing.", FaultKind.TRANSIENT)

    monkeypatch.setattr(objects, "anyio", looks)
    monkeypatch.setattr(objects, "_read", busy)
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    async with send, receive:
        await watch_run_objects(project.path, ProjectId("", "project"), "id-run", interval, send)
        assert receive.statistics().current_buffer_used == 0, "nothing is said of what passes"
    assert looks.pauses == [pause] * 60
    patient = round(REST_PATIENCE / pause)
    waited = locks.index(Locks.IN_USE)
    assert patient <= waited <= patient + 2
    assert set(locks[:waited]) == {Locks.NEVER}
    assert set(locks[waited:]) == {Locks.IN_USE}


async def test_a_fault_that_stays_is_said_and_looked_at_at_the_usual_pace(
    project, monkeypatch
) -> None:
    looks = Looks(3)

    async def broken(*_: object) -> None:
        raise DatabaseFault("The disk fails.")

    monkeypatch.setattr(objects, "anyio", looks)
    monkeypatch.setattr(objects, "_read", broken)
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    async with send, receive:
        await watch_run_objects(project.path, ProjectId("", "project"), "id-run", 0.5, send)
        said = receive.receive_nowait()
    assert isinstance(said, Notice)
    assert said.text == "The run's page is not complete: The disk fails."
    assert looks.pauses == [0.5] * 3


TRACE = {"_type": "trackio.trace", "messages": [{"role": "user", "content": "hi"}], "metadata": {}}


async def test_traces_of_the_table_are_counted_and_the_newest_told_of(project) -> None:
    project.execute(
        "CREATE TABLE traces (id TEXT PRIMARY KEY, run_id TEXT, timestamp TEXT, run_name TEXT,"
        " step INTEGER, key TEXT, trace_index INTEGER, messages TEXT, metadata TEXT,"
        " search_text TEXT)"
    )

    def log(*numbers: int) -> None:
        # TrackIO leaves an empty row behind.
        project.log([{} for _ in numbers], steps=numbers)
        project.execute(
            "INSERT INTO traces VALUES (?, ?, '', 'run', ?, 'k', NULL, '[]', '{}', '')",
            [(str(number), "id-run" if number else "other", number) for number in numbers],
        )

    log(*range(15))
    events = await watched(project, lambda: log(15, 16), 2)
    first, second = (event.objects.traces for event in events)
    assert first.total == 14
    assert [(one.number, one.step) for one in first.newest] == [
        (number, number) for number in range(14, 4, -1)
    ]
    assert second.total == 16
    assert second.newest[0].step == 16
    assert not second.within_rows


async def test_traces_within_rows_are_found_with_them(project) -> None:
    project.log([{"a": TRACE, "loss": 1.0}, {"a": TRACE, "b": [TRACE]}, {"a": [5]}])
    project.log([{"a": TRACE}], run="other")
    events = await watched(project, lambda: project.log([{"a": TRACE}]), 2)
    first, second = (event.objects.traces for event in events)
    assert (first.total, first.within_rows) == (2, True)
    assert [(one.number, one.key) for one in first.newest] == [(2, "a and 1 more"), (1, "a")]
    assert [one.row for one in first.newest] == [2, 1], "by which each is opened"
    assert (second.total, second.newest[0].request) == (3, "hi")


def test_traces_that_wait_in_the_inbox_are_counted_until_they_are_imported(
    tmp_path, inbox_writer
) -> None:
    writer = inbox_writer(tmp_path)
    first = writer.log([{"loss": 1.0, "a": TRACE}, {"b": [TRACE, TRACE]}])
    writer.log([{"a": TRACE}])
    reader, inbox = ObjectReader("/m", "id-run"), Inbox(str(tmp_path))
    inbox.look()
    reader.read_waiting(inbox, "myproj")
    assert reader.found.traces.waiting == 4
    first.unlink()
    inbox.look()
    reader.read_waiting(inbox, "myproj")
    assert reader.found.traces.waiting == 1


def test_waiting_objects_give_way_to_those_of_the_database(
    tmp_path, inbox_writer, import_files
) -> None:
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"notes": markdown("first")}])]
    reader, inbox = ObjectReader("/m", "id-run"), Inbox(str(tmp_path))
    inbox.look()
    reader.read_waiting(inbox, "myproj")
    assert [text.text for text in reader.found.texts] == ["first"]
    # Before the next look a server imports both.
    files.append(writer.log([{"notes": markdown("second")}]))
    import_files(tmp_path, files)
    inbox.look()
    reader.read_waiting(inbox, "myproj")
    with closing(open_at_rest(str(tmp_path / "myproj.db"))) as connection:
        while not reader.read(connection):
            pass
    assert [text.text for text in reader.found.texts] == ["second"]


def test_steps_that_waited_in_the_inbox_are_there_once_when_they_are_imported(
    tmp_path, inbox_writer, import_files
) -> None:
    writer = inbox_writer(tmp_path)
    reader, inbox = ObjectReader("/m", "id-run"), Inbox(str(tmp_path))
    for numbers in ([0], [1, 2]):
        files = [writer.log([{"a": table("x"), "b": image(number)}]) for number in numbers]
        inbox.look()
        reader.read_waiting(inbox, "myproj")
        import_files(tmp_path, files)
        with closing(open_at_rest(str(tmp_path / "myproj.db"))) as connection:
            while not reader.read(connection):
                pass
    assert [one.number for one in reader.found.tables] == [1, 2, 3]
    assert [one.number for one in reader.found.media] == [1, 2, 3]


@pytest.mark.parametrize("begins_anew", [True, False])
@pytest.mark.parametrize(
    ("step", "steps", "numbers", "rows"),
    [(7, [0, 5, 7], [1, 2, 3], ["a", "b", "c"]), (5, [0, 5], [1, 2], ["a", "c"])],
)
def test_what_waits_is_the_newest_and_takes_the_place_of_what_has_its_step(
    tmp_path, inbox_writer, import_files, begins_anew, step, steps, numbers, rows
) -> None:
    writer = inbox_writer(tmp_path)

    def logged(name, at):
        return writer.log([{"a": table(name), "b": image(0)}], step=at)

    def look(reader):
        inbox.look()
        reader.read_waiting(inbox, "myproj")
        with closing(open_at_rest(str(tmp_path / "myproj.db"))) as connection:
            while not reader.read(connection):
                pass

    expected = list(zip(steps, numbers, strict=True))
    import_files(tmp_path, [logged("a", 0), logged("b", 5)])
    reader, inbox = ObjectReader("/m", "id-run"), Inbox(str(tmp_path))
    if not begins_anew:
        look(reader)
    waiting = logged("c", step)
    for _ in range(2):
        look(reader)
        found = reader.found
        assert [(one.step, one.number) for one in found.tables] == expected
        assert [(one.step, one.number) for one in found.media] == expected
        assert [one.rows for one in found.tables] == [((row,),) for row in rows]
        if waiting.exists():
            import_files(tmp_path, [waiting])


def test_of_a_project_that_is_another_one_the_traces_are_its_own(tmp_path) -> None:
    reader = ObjectReader("/m", "id-run")
    for name in ("old", "new"):
        path = tmp_path / f"{name}.db"
        with closing(sqlite3.connect(path)) as database, database:
            database.executescript(
                "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
                " run_name TEXT, step INTEGER, metrics TEXT);"
                "CREATE TABLE traces (id TEXT PRIMARY KEY, run_id TEXT, timestamp TEXT,"
                " run_name TEXT, step INTEGER, key TEXT, trace_index INTEGER, messages TEXT,"
                " metadata TEXT, search_text TEXT);"
                "INSERT INTO metrics VALUES (1, 'id-run', '', 'run', 0, '{}');"
                f"INSERT INTO traces VALUES ('a', 'id-run', '', 'run', 0, '{name}', NULL, '[]',"
                " '{}', '');"
            )
        with closing(open_at_rest(str(path))) as connection:
            assert reader.read(connection)
        assert [one.key for one in reader.found.traces.newest] == [name]
