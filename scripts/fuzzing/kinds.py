"""The table of the kinds of input that are fuzzed: how each is made and used."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from scripts.fuzzing.command_lines import command_line
from scripts.fuzzing.commands import run, run_closed
from scripts.fuzzing.databases import write_database
from scripts.fuzzing.logs import log
from scripts.fuzzing.recordings import recording
from scripts.fuzzing.screens import Wrong, show
from scripts.fuzzing.settings_files import settings_file
from scripts.fuzzing.sysroots import write_sysroot
from scripts.fuzzing.traces import read_traces
from trackio_view.model.events import DataEvent, RunObjectsLoaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.options.settings import read_settings
from trackio_view.recording.files import Unrecordable, read_header
from trackio_view.recording.replay import Replay
from trackio_view.sources.gpu.sampler import Roots
from trackio_view.sources.gpu.watch import sample_once
from trackio_view.sources.log.training_log import TrainingLog
from trackio_view.sources.source import Interest
from trackio_view.sources.trackio.faults import explain
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.tables.objects import watch_run_objects

NOW = 1_772_359_300.0
_PROJECT = ProjectId("", "p")
_AT_ONCE = 10_000.0
"""The speed of a replay, which is so high that the replay takes no time."""


class Kind(NamedTuple):
    """A kind of input."""

    name: str
    check: Callable[[Random, Path], None]
    """Makes an input in an empty folder and tries it. Raises where anything is wrong."""


def check_database(random: Random, folder: Path) -> None:
    """Print a random project by a random command."""
    write_database(random, folder / "p.db")
    way = random.choice(
        (
            ["--once"],
            ["--once", "--format", "json"],
            ["--once", "--format", "csv"],
            ["--once", "--format", "csv", "--points", "9"],
            ["--once", "--zoom", "3"],
            ["--once", "--since", "2026-03-02"],
            ["--once", "--gpu-db", "--project", "p"],
            ["--once", "--gpu-db", "--project", "p", "--format", "json"],
            ["--once", "--output", str(folder / "picture.svg")],
            ["--list"],
            ["--until", "loss < 0", "--timeout", "0s", "--project", "p"],
        )
    )
    run(["--dir", str(folder), *way])


def check_screen(random: Random, folder: Path) -> None:
    """Read a random project as the live screen does, and look at it under random keys."""
    path = folder / "p.db"
    write_database(random, path)
    show(random, anyio.run(_read_project, path), NOW)


async def _read_project(path: Path) -> list[DataEvent]:
    """Return the events of a first look at a project, without notices about a faulty file."""
    follower = Follower(_PROJECT, 1.0, Notices(_PROJECT))
    try:
        with contextlib.closing(open_at_rest(str(path))) as connection:
            while not follower.read(connection):
                pass
    except Exception as error:
        if explain(error) is None:
            raise
    events = follower.take()
    send, receive = anyio.create_memory_object_stream[DataEvent](math.inf)
    with send, receive:
        runs = [batch.run_id for event in events for batch in getattr(event, "batches", ())]
        for run_id in list(dict.fromkeys(runs))[:2]:
            with anyio.move_on_after(0.2) as waiting:
                await _first_page(path, run_id, send)
            if not waiting.cancelled_caught:
                events += _taken(receive)
    return events


async def _first_page(path: Path, run_id: str, send: MemoryObjectSendStream[DataEvent]) -> None:
    inner, receive = anyio.create_memory_object_stream[DataEvent](math.inf)
    with inner, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch_run_objects, str(path), _PROJECT, run_id, 60.0, inner)
            async for event in receive:
                await send.send(event)
                if isinstance(event, RunObjectsLoaded):
                    break
            tasks.cancel_scope.cancel()


def _taken(receive: object) -> list[DataEvent]:
    events = []
    while receive.statistics().current_buffer_used:  # type: ignore[attr-defined]
        events.append(receive.receive_nowait())  # type: ignore[attr-defined]
    return events


def check_traces(random: Random, folder: Path) -> None:
    """Read the traces of a random project: lists of them, and each that is listed."""
    path = folder / "p.db"
    write_database(random, path)
    run_ids: list[str] = []
    with contextlib.closing(sqlite3.connect(path)) as database:
        for column in ("run_id", "run_name"):
            # The project may be garbled, or of a release without traces or without run ids.
            with contextlib.suppress(sqlite3.Error):
                query = f"SELECT DISTINCT {column} FROM traces LIMIT 5"
                run_ids += [run for (run,) in database.execute(query) if isinstance(run, str)]
    read_traces(random, path, run_ids)


def check_recording(random: Random, folder: Path) -> None:
    """Replay a random recording on the live screen."""
    path = folder / "recording"
    path.write_bytes(recording(random))
    try:
        header = read_header(path)
    except Unrecordable:
        return
    show(random, anyio.run(_replay, Replay(path, header, _AT_ONCE)), NOW)


async def _replay(replay: Replay) -> list[DataEvent]:
    send, receive = anyio.create_memory_object_stream[DataEvent](math.inf)
    with send, receive, anyio.move_on_after(2.0):
        await replay.list(send, Interest)
        return _taken(receive)
    return []


def check_log(random: Random, folder: Path) -> None:
    """Print a random log, or look at it under random keys."""
    path = folder / "a.log"
    path.write_bytes(log(random))
    way = random.choice((None, [], ["--format", "json"], ["--format", "csv"], ["--zoom", "2"]))
    if way is not None:
        run(["--once", "--log", str(path), *way])
        return
    reader, events = TrainingLog(path), list[DataEvent]()
    for _ in range(5):
        events += reader.read_new()
    show(random, events, NOW)


def check_settings(random: Random, folder: Path) -> None:
    """Read a random settings' file, whose unusable parts must become sentences instead of
    exceptions."""
    path = folder / "settings.toml"
    path.write_bytes(settings_file(random))
    settings = read_settings(path)
    for name, value in settings.thresholds.items():
        if not math.isfinite(value) or value < 0:
            raise Wrong(f"the threshold {name} is {value}")


def check_sysroot(random: Random, folder: Path) -> None:
    """Sample the GPUs of a random machine: as text, as JSON, or on the live screen."""
    write_sysroot(random, folder)
    way = random.choice((None, [], ["--format", "json"]))
    if way is not None:
        run(["--gpu", "--once", "--sysroot", str(folder), *way])
        return
    # A second look would wait for the clock. Only the command shows rates.
    sampled: GpusSampled = sample_once(Roots.captured(folder), 2.0)
    show(random, [sampled, sampled], NOW)


def check_command_line(random: Random, folder: Path) -> None:
    """Run a random command on a small project."""
    write_database(random, folder / "p.db")
    (folder / "a.log").write_bytes(log(random))
    arguments = command_line(random, folder)
    if random.random() < 0.05:
        # The live screen does the most with both.
        run_closed(arguments if random.random() < 0.6 else arguments[:2])
    else:
        run(arguments)


KINDS: tuple[Kind, ...] = (
    Kind("database", check_database),
    Kind("screen", check_screen),
    Kind("traces", check_traces),
    Kind("recording", check_recording),
    Kind("log", check_log),
    Kind("settings", check_settings),
    Kind("sysroot", check_sysroot),
    Kind("command", check_command_line),
)
