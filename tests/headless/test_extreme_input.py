"""Times outside of the calendar and numbers at the edge of floats, wherever they are shown."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import Options
from trackio_view.pictures import still
from trackio_view.pictures.fonts import find_family, machine_fonts
from trackio_view.pictures.still import still_dashboard
from trackio_view.recording.codec import decode_event, encode_event
from trackio_view.screens.shell.frame import Composer
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.tables.objects import ObjectReader
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond

START = 1_772_359_200.0
"""2026-03-01 10:00 UTC."""
NOW, LATER = "2026-03-01T10:00:00+00:00", "2026-03-01T10:00:40+00:00"

ZONES = ("America/Los_Angeles", "Pacific/Kiritimati")

ZERO_TIME = "0001-01-01T00:00:00+00:00"
TIMES: dict[str, tuple[Any, ...]] = {
    "the zero time": (ZERO_TIME,),
    "the zero time of a clock": ("0001-01-01 00:00", "9999-12-31T23:59:59"),
    "the last second": ("9999-12-31T23:59:59Z",),
    "the first and last days": (
        *(f"0001-01-0{day}T12:00:00Z" for day in (1, 2, 3, 4, 5)),
        *(f"9999-12-{day}T12:00:00Z" for day in (27, 28, 29, 30, 31)),
    ),
    "beyond the calendar": (
        *("0001-01-01T00:00:00+14:00", "0000-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z"),
    ),
    "both ends and now": (ZERO_TIME, NOW, "9999-12-31T23:59:59Z", LATER),
    "far and known": ("0005-06-07T00:00:00Z", NOW, "9998-01-01T00:00:00Z"),
    "numbers and words": (1e300, -1e300, 10**18, 0, 1.5, "inf", "nan", "-inf", "1e999", ""),
}
"""Values in the place of the time of a row, an alert or a system row."""

HUGE = 10**400
NUMBERS: dict[str, tuple[Any, ...]] = {
    "the largest floats": (1e308, 1.7e308, 1.5e308),
    "largest and lowest": (1.7e308, -1.7e308, 1.7e308),
    "the smallest floats": (5e-324, 1e-310, 0.0),
    "beyond floats, and not": (1.5, HUGE, -2.5),
    "the largest that are written": (9 * 10**4299, -9 * 10**4299),
    "beyond 64 bits": (2**64, -(2**64), 2**70),
    "infinite, and not": (1.0, "Infinity", 2.0, "NaN"),
    "everything": (1, "NaN", -1.7e308, 1.7e308, HUGE, "Infinity", 5e-324, -HUGE, 3),
}
"""Values in the place of a metric, a GPU's reading, a part of a config, or a histogram."""

STEPS: dict[str, tuple[Any, ...]] = {
    "the largest integers": (2**63 - 1, 2**63 - 1),
    "both ends": (-(2**63), 2**63 - 1),
    "the largest floats": (-1.7e308, 1.7e308),
    "infinite": (1e999, -1e999),
    "texts": ("1" * 400, "9" * 5000, "nan"),
}

SYSTEM_TABLE = (
    "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
    " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL)"
)
RUNS = ("run", "other")


def write(
    project: Any,
    times: tuple[Any, ...] = (NOW, LATER),
    numbers: tuple[Any, ...] = (1.0, 2.0),
    steps: tuple[Any, ...] = (0, 1, 2),
) -> Any:
    """Log two runs with everything that a run can log; the given values take turns."""
    count = 3 * max(len(times), len(numbers), len(steps))
    table: dict[str, Any] = {"_type": "trackio.table", "_value": [{"a": it} for it in numbers]}
    histogram = {
        "_type": "trackio.histogram",
        "bins": [numbers[at % len(numbers)] for at in range(61)],
        "values": [numbers[at % len(numbers)] for at in range(60)],
    }
    system, rows = [], []
    for run in RUNS:
        config: dict[str, Any] = {f"number_{at}": number for at, number in enumerate(numbers)}
        config |= {"_Created": times[0], "max_steps": numbers[0], "epochs": numbers[-1]}
        project.configure({**config, "list": list(numbers), "nested": {"a": numbers[0]}}, run)
        for row in range(count):
            number, moment = numbers[row % len(numbers)], times[row % len(times)]
            document = {"loss": number, "accuracy": number, "sparsity": number, "lr": number}
            document |= {"tokens": number, "epoch": number, "cpu/utilization": number}
            if row == 1:
                document |= {"table": table, "histogram": histogram}
            step = steps[row % len(steps)]
            rows.append((f"id-of-{run}", moment, run, step, json.dumps(document).encode()))
            readings = {
                f"gpu/{gpu}/{key}": number
                for gpu in range(2)
                for key in ("utilization", "allocated_memory", "memory_usage", "power", "temp")
            }
            readings |= {"gpu/mean_utilization": number, "cpu/percent": number, "own": number}
            system.append((f"id-of-{run}", moment, run, json.dumps(readings).encode()))
    project.execute(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        rows,
    )
    project.execute(SYSTEM_TABLE, [()])
    project.execute(
        "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        system,
    )
    project.execute(
        "INSERT INTO alerts(run_id, timestamp, run_name, title, level, text, step)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [("id-of-run", it, "run", "title", "warn", "text", steps[0]) for it in times],
    )
    return project


JOURNEY = (
    *("enter", "+", "-", "escape", "?", "escape", "p", "escape", "i", "end", "escape"),
    *("d", "a", "escape", "y", "enter", "+", "escape", "page_down", "y", "g", "g"),
    *("t", *("right", "s") * 12, "c", "escape", "/", *"age<5d loss>1", "escape"),
    *("*", "G", "down", "enter", "v", "enter", "m", "+", "escape", "d"),
)
"""Keys that lead over every screen."""


def compose_every_screen(folder: Path) -> None:
    options = Options(project=("project",), dir=folder)
    dashboard = still_dashboard(options, 120, 40)
    reader = ObjectReader(str(folder / "media"), "id-of-run")
    with contextlib.closing(open_at_rest(str(folder / "project.db"))) as connection:
        while not reader.read(connection):
            pass
    composer = Composer()
    seen = set()
    for key in JOURNEY:
        respond(dashboard, KeyPressed(key))
        if key == "i":
            dashboard.apply(RunObjectsLoaded(ProjectId("", "project"), "id-of-run", reader.found))
        composer.compose(dashboard, START + 60)
        seen.add(dashboard.view.mode)
    assert seen > {Mode.RUN_PAGE, Mode.CONFIG_DIFF, Mode.SYSTEM, Mode.RUNS, Mode.PROJECTS}
    dashboard.width, dashboard.height = 80, 24
    assert Composer(Repertoire.ASCII).compose(dashboard, START + 60).lines()


class RecordedDashboard(Dashboard):
    """Receives each event as a recording would tell it."""

    def apply(self, event: Any) -> None:
        super().apply(decode_event(encode_event(0.0, event)).event)


Way = Callable[[Any, Path, pytest.MonkeyPatch], None]


def prints(*arguments: str) -> Way:
    """Return a function that runs the command, which must print something and exit with 0."""

    def run(command: Any, folder: Path, _: pytest.MonkeyPatch) -> None:
        ended = command(*arguments)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out
        if "json" in arguments:
            assert ended.json["projects"][0]["runs"]

    return run


def draws(ending: str, *arguments: str) -> Way:
    def run(command: Any, folder: Path, _: pytest.MonkeyPatch) -> None:
        file = folder.parent / f"picture.{ending}"
        assert command("--once", "--output", str(file), *arguments).code == 0
        assert file.stat().st_size

    return run


def lives(command: Any, folder: Path, _: pytest.MonkeyPatch) -> None:
    compose_every_screen(folder)


def replays(command: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "Dashboard", RecordedDashboard)
    compose_every_screen(folder)


MACHINE = ("--gpu-db", "--project", "project")
# A fresh machine may have no font for a PNG.
PICTURE = "svg" if find_family(machine_fonts()) is None else "png"
WAYS: dict[str, Way] = {
    "once": prints("--once"),
    "json of the machine": prints("--once", "--format", "json", *MACHINE),
    "csv of some": prints("--once", "--format", "csv", "--points", "4"),
    "list": prints("--list"),
    "the machine": prints("--once", *MACHINE),
    "the machine of late": prints("--once", *MACHINE, "--zoom", "4"),
    "picture of the machine": draws(PICTURE, *MACHINE),
    "live": lives,
    "replay": replays,
}


Show = Callable[[str], None]


@pytest.fixture
def show(command: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    return lambda way: WAYS[way](command, folder, monkeypatch)


# Each zone is tried with half of the times, and both with the two that used to fail.
PLACES = sorted(
    {(times, ZONES[number % 2]) for number, times in enumerate(TIMES)}
    | {(times, place) for times in ("the zero time", "the last second") for place in ZONES}
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("times", "place"), PLACES)
def test_times(
    new_project: Callable[..., Any],
    zone: Callable[[str], None],
    show: Show,
    times: str,
    place: str,
    way: str,
) -> None:
    zone(place)
    write(new_project(), times=TIMES[times])
    show(way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("numbers", NUMBERS)
def test_numbers(new_project: Callable[..., Any], show: Show, numbers: str, way: str) -> None:
    write(new_project(), numbers=NUMBERS[numbers])
    show(way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("steps", STEPS)
def test_steps(new_project: Callable[..., Any], show: Show, steps: str, way: str) -> None:
    write(new_project(), steps=STEPS[steps])
    show(way)
