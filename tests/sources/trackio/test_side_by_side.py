"""A faulty database beside an open viewer is byte for byte the same as without a viewer.

Each fault is made twice, in two folders. In one of them the project is watched, its run's page is
open, and scripts read and list it. Then training goes on where it can, and the folders are
compared.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from trackio_view.model.events import DataEvent
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import explain
from trackio_view.sources.trackio.tables.objects import watch_run_objects
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import list_projects

PAGE = 4096
Fault = Callable[[Path], None]
Watching = Callable[..., AbstractAsyncContextManager[Any]]
State = tuple[dict[str, bytes], list[str]]
_INSERT = (
    "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
    " VALUES ('id-run', '2026-03-01T10:00:00+00:00', 'run', ?, ?)"
)


def rewritten(change: Callable[[bytes], bytes]) -> Fault:
    """Return a function that changes the bytes of a database."""
    return lambda path: void(path.write_bytes(change(path.read_bytes())))


def void(_: object) -> None:
    pass


def overwritten(at: float, filling: bytes) -> Fault:
    """Return a function that overwrites the page at a share of a database's length."""

    def change(content: bytes) -> bytes:
        start = int(len(content) * at) // PAGE * PAGE
        return content[:start] + filling * (PAGE // len(filling)) + content[start + PAGE :]

    return rewritten(change)


def executed(statement: str) -> Fault:
    def execute(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute(statement)

    return execute


def logged(document: str | bytes) -> Fault:
    def log(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute(_INSERT, (1000, document))

    return log


def beside(ending: str, content: bytes) -> Fault:
    return lambda path: void(path.with_name(path.name + ending).write_bytes(content))


def left_behind(mode: str, ending: str) -> Fault:
    """Return a function that leaves the log or journal of a killed writer.

    The bytes are made once, because SQLite puts random numbers into both files.
    """

    def leave(path: Path) -> None:
        kept = path.parent.parent.parent / "left"
        if not kept.exists():
            kept.mkdir()
            writing = kept / path.name
            shutil.copy(path, writing)
            with closing(sqlite3.connect(writing, isolation_level=None)) as database:
                database.execute(f"PRAGMA journal_mode = {mode}")
                database.execute("PRAGMA cache_size = 5")
                database.execute("BEGIN IMMEDIATE")
                for step in range(200):
                    database.execute(_INSERT, (step, json.dumps({"text": "x" * 900})))
                if mode == "wal":
                    database.execute("COMMIT")
                for part in ("", ending):
                    shutil.copy(f"{writing}{part}", kept / f"left{part}")
        for part in ("", ending):
            shutil.copy(kept / f"left{part}", f"{path}{part}")

    return leave


def replaced(path: Path) -> None:
    other = path.with_name("other.bak")
    shutil.copy(path, other)
    executed("DELETE FROM metrics WHERE id > 40")(other)
    other.replace(path)


def copied_over(path: Path) -> None:
    content = path.read_bytes()
    executed("DELETE FROM metrics WHERE id > 40")(path)
    path.write_bytes(content)


FAULTS: dict[str, Fault] = {
    "none": lambda path: None,
    "no database": rewritten(lambda content: b"A text, and a long one.\n" * 400),
    "empty": rewritten(lambda content: b""),
    "another program's": executed("ALTER TABLE metrics RENAME TO recipes"),
    "cut in the header": rewritten(lambda content: content[:60]),
    "cut in the first page": rewritten(lambda content: content[:3000]),
    "cut in half": rewritten(lambda content: content[: len(content) // 2]),
    "cut by one page": rewritten(lambda content: content[:-PAGE]),
    "longer than it says": rewritten(lambda content: content + b"\xa5" * PAGE * 3),
    "a page zeroed": overwritten(0.5, b"\0"),
    "a page garbled": overwritten(0.5, b"\xa5"),
    "the last page garbled": overwritten(0.999, b"\x17"),
    "the schema garbled": rewritten(lambda content: content[:200] + b"\xa5" * 900 + content[1100:]),
    "an id far away": executed("UPDATE metrics SET id = 4611686018427387904 WHERE id = 30"),
    "rows deleted": executed("DELETE FROM metrics WHERE id > 20"),
    "a run renamed": executed("UPDATE metrics SET run_name = 'other', run_id = 'id-other'"),
    "a column gone": executed("ALTER TABLE metrics RENAME COLUMN metrics TO measures"),
    "broken JSON": logged('{"loss": '),
    "text that is no UTF-8": logged(b'{"loss": 1, "text": "\xff\xfe"}'),
    "text that is no UTF-8 in a name": executed(
        "UPDATE metrics SET run_name = CAST(x'FFFE41' AS TEXT) WHERE id > 50"
    ),
    "a WAL without an index": left_behind("wal", "-wal"),
    "a hot journal": left_behind("delete", "-journal"),
    "a WAL of something else": beside("-wal", b"\x37\x7f\x06\x82" + b"\xa5" * 8192),
    "an empty WAL": beside("-wal", b""),
    "a journal of zeros": beside("-journal", bytes(512)),
    "an index without a WAL": beside("-shm", bytes(32768)),
    "deleted": lambda path: path.unlink(),
    "renamed": lambda path: void(path.rename(path.with_name("moved.db"))),
    "replaced": replaced,
    "copied over": copied_over,
    "a rollback journal from now on": executed("PRAGMA journal_mode = delete"),
    "a folder in its place": lambda path: (path.unlink(), path.mkdir())[0],
}


def goes_on(path: Path) -> None:
    """Let training go on flush by flush; flushes that fail are passed over."""
    for step in range(3):
        with suppress(sqlite3.Error, OSError):
            if path.is_file() and path.stat().st_size:
                logged(json.dumps({"loss": step}))(path)


def checked(folder: Path) -> State:
    """Return the bytes of each file of a folder, and what SQLite says of each database."""
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    said = []
    for name in sorted(files):
        if name.endswith(".db"):
            copy = folder.parent / "checked" / name
            copy.parent.mkdir(exist_ok=True)
            for ending in ("", "-wal", "-journal"):
                if name + ending in files:
                    (copy.parent / (name + ending)).write_bytes(files[name + ending])
            with closing(sqlite3.connect(copy)) as database:
                try:
                    said += [line for (line,) in database.execute("PRAGMA integrity_check")]
                except (sqlite3.Error, UnicodeDecodeError) as error:
                    said.append(str(error))
            shutil.rmtree(copy.parent)
    return files, said


def scripts_read(path: Path) -> None:
    """Read the project as `--once` and `--list` do."""
    list_projects(path.parent)
    try:
        with ProjectReader(str(path)) as reader:
            list(reader.rows())
            reader.runs()
            reader.details()
    except Exception as error:
        if explain(error) is None:
            raise


async def settled(folder: Path, expected: State) -> None:
    """Wait until a folder is as expected, because a visit of the viewer lasts some milliseconds."""
    with anyio.move_on_after(5):
        while checked(folder) != expected:
            await anyio.sleep(0.02)
    found = checked(folder)
    assert found[0].keys() == expected[0].keys()
    assert found == expected


async def look_at(
    path: Path, fault: Fault, watching: Watching, faulty: State, after: State
) -> None:
    """Make a fault and let training go on beside a viewer; compare the folder after each."""
    send, receive = anyio.create_memory_object_stream[DataEvent](float("inf"))
    async with send, receive, watching(path), anyio.create_task_group() as tasks:
        tasks.start_soon(
            watch_run_objects, str(path), ProjectId("", "project"), "id-run", 0.01, send
        )
        await anyio.sleep(0.05)
        fault(path)
        await anyio.sleep(0.1)
        await to_thread.run_sync(scripts_read, path)
        await settled(path.parent, faulty)
        await to_thread.run_sync(goes_on, path)
        await anyio.sleep(0.1)
        await to_thread.run_sync(scripts_read, path)
        await settled(path.parent, after)
        tasks.cancel_scope.cancel()
    assert checked(path.parent) == after


OF_OLD_RELEASES = (
    "none",
    "cut in half",
    "a page garbled",
    "rows deleted",
    "a hot journal",
    "replaced",
)
"""Faults that are also tried with a rollback journal, as older releases of TrackIO used."""


INTACT = ("none", "rows deleted", "broken JSON", "a hot journal", "replaced", "copied over")
"""Faults after which SQLite finds nothing wrong."""


@pytest.mark.parametrize(
    ("journal_mode", "name"),
    [*(("wal", name) for name in FAULTS), *(("delete", name) for name in OF_OLD_RELEASES)],
)
async def test_a_fault_beside_a_viewer_is_what_it_is_without(
    journal_mode: str,
    name: str,
    new_project: Callable[..., Any],
    tmp_path: Path,
    watching: Watching,
) -> None:
    made = new_project("project", journal_mode)
    made.log([{"loss": 1 / (step + 1), "text": "x" * 300} for step in range(60)])
    folders = [tmp_path / way / "data" for way in ("alone", "watched")]
    for folder in folders:
        folder.mkdir(parents=True)
    alone, watched = (Path(shutil.copy(made.path, folder / "project.db")) for folder in folders)
    FAULTS[name](alone)
    faulty = checked(alone.parent)
    goes_on(alone)
    after = checked(alone.parent)
    if name in INTACT:
        assert set(faulty[1]) == set(after[1]) == {"ok"}
    await look_at(watched, FAULTS[name], watching, faulty, after)
