"""The screen of a run's machine, as a person sees it."""

from __future__ import annotations

import math
import unicodedata

import pytest

from tests.pressing import press
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import Between, Last
from trackio_view.model.x_axis import CLOCK
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.actions import Mode
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond
from trackio_view.view.shown_machine import shown_machine, system_charts, system_layout

EXPERIMENT = ProjectId("", "my-experiment")
P = ProjectId("", "p")

NOW = 1_700_000_000.0
SAMPLES = 60


pytestmark = pytest.mark.usefixtures("utc")


def gpu_columns(count: int) -> dict[str, list[float]]:
    """Return the rows that a training logs of its GPUs: busy, warming up, now and then idle."""
    columns: dict[str, list[float]] = {}
    for device in range(count):

        def busy(row: int, device: int = device) -> float:
            return round(88 + 10 * math.sin(row / 5 + device)) if row % 20 else 12.0

        rows = range(SAMPLES)
        prefix = f"gpu/{device}/"
        columns[prefix + "utilization"] = [busy(row) for row in rows]
        columns[prefix + "memory_usage"] = [0.6 + device / 20 + row / 600 for row in rows]
        columns[prefix + "allocated_memory"] = [48 + 4 * device + row / 7.5 for row in rows]
        columns[prefix + "temp"] = [55 + device + row // 6 for row in rows]
        columns[prefix + "power"] = [300 + 4 * busy(row) for row in rows]
        columns[prefix + "sm_clock"] = [1755.0 if row % 20 else 1200.0 for row in rows]
    utilization = [columns[f"gpu/{device}/utilization"] for device in range(count)]
    columns["gpu/mean_utilization"] = [sum(row) / count for row in zip(*utilization, strict=True)]
    columns["cpu/utilization"] = [20.0 + row % 7 for row in range(SAMPLES)]
    columns["memory/percent"] = [40.0] * SAMPLES
    columns["temp/own sensor"] = [41.5] * SAMPLES
    return columns


@pytest.fixture
def machine(batch) -> Dashboard:
    """Two GPUs, sampled every ten seconds beside a training of 600 steps of a second each."""
    made = Dashboard()
    made.watch(EXPERIMENT)
    steps = range(600)
    times = [NOW - 600 + step for step in steps]
    training = batch({"loss": [3 / (1 + step) for step in steps]}, times=times, run_name="brave")
    stamps = [NOW - 600 + 10 * row for row in range(SAMPLES)]
    rows = batch(gpu_columns(2), steps=stamps, times=stamps, run_name="brave")
    made.apply(LoadStarted(EXPERIMENT, 1, 600))
    made.apply(RowsLoaded(EXPERIMENT, 1, [training], 600))
    made.apply(LoadFinished(EXPERIMENT, 1))
    made.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], True))
    return made


def show(dashboard: Dashboard, width: int, height: int, *keys: str, unicode: bool = True):
    respond(dashboard, Resized(width, height))
    press(dashboard, *keys)
    return resolved(
        Composer(Repertoire.BRAILLE if unicode else Repertoire.ASCII).compose(dashboard, NOW),
        Look(repertoire=Repertoire.BRAILLE if unicode else Repertoire.ASCII),
    )


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("system", ("y",)),
        ("system-zoomed", ("y", "+", "+", "+", "right", "down")),
        ("system-enlarged", ("y", "enter")),
    ],
)
def test_golden(machine, golden, name, keys, width, height) -> None:
    golden(f"{name}-{width}x{height}", show(machine, width, height, *keys))


def test_golden_ascii(machine, golden) -> None:
    frame = show(machine, 80, 24, "y", unicode=False)
    assert "".join(frame.lines()).isascii()
    golden("system-ascii-80x24", frame)


def test_eight_gpus_are_told_apart(machine, golden, batch) -> None:
    stamps = [NOW - 600 + 10 * row for row in range(SAMPLES)]
    rows = batch(gpu_columns(8), steps=stamps, times=stamps, run_name="brave")
    machine.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], True))
    golden("system-enlarged-8-120x40", show(machine, 120, 40, "y", "enter"))


def test_nothing_logged_says_how_to_log_it(golden, batch) -> None:
    dashboard = Dashboard()
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 1, 1))
    dashboard.apply(RowsLoaded(P, 1, [batch({"loss": [1.0]}, run_name="quiet")], 1))
    dashboard.apply(LoadFinished(P, 1))
    frame = show(dashboard, 80, 24, "y")
    assert "trackio.init(..., auto_log_gpu=True)" in "\n".join(frame.lines())
    golden("system-nothing-80x24", frame)


def test_the_empty_screen_tells_what_it_waits_for() -> None:
    dashboard = Dashboard(directory="/data/trackio")

    def told() -> str:
        return " ".join("\n".join(show(dashboard, 100, 24).lines()[1:-2]).split())

    show(dashboard, 100, 24, "y")
    assert told() == "Looking for projects"
    dashboard.apply(ProjectsListed("", []))
    assert told() == "Waiting for a TrackIO project in /data/trackio"
    dashboard.watch(P)
    assert told() == "Waiting for the project p"
    dashboard.apply(LoadStarted(P, 1, 1))
    assert told() == "Reading p"


def test_keys_of_the_screen(machine) -> None:
    respond(machine, Resized(80, 24))
    press(machine, "y")
    assert machine.view.mode is Mode.SYSTEM
    press(machine, "right", "down", "page_down", "home", "end")
    assert machine.view.system.focus == len(system_charts(machine)) - 1
    press(machine, "enter")
    assert machine.view.system.enlarged
    assert system_layout(machine, len(system_charts(machine))).page_size == 1
    press(machine, "?", "escape")
    assert machine.view.mode is Mode.SYSTEM
    press(machine, "escape")
    assert not machine.view.system.enlarged
    press(machine, "+")
    assert machine.view.charts.window == Last(1)
    press(machine, "g")
    assert machine.view.mode is Mode.GPUS
    press(machine, "y")
    assert machine.view.mode is Mode.SYSTEM
    press(machine, "escape")
    assert machine.view.mode is Mode.METRICS
    assert machine.view.focus == 0


def test_the_zoom_is_the_trainings_own(machine) -> None:
    found = shown_machine(machine)
    assert found is not None
    show(machine, 80, 24, "y", "+", "+", "+", "+")
    assert found.times_of(machine.view.charts.window) == (NOW - 50, NOW - 1)


def test_another_run_is_a_key_away(machine, batch) -> None:
    other = batch({"loss": [1.0]}, run_id="quiet", first_id=9000, times=[NOW])
    machine.apply(RowsLoaded(EXPERIMENT, 1, [other], 601))
    text = "\n".join(show(machine, 80, 24, "y").lines())
    assert "brave" in text, "the newest run logged nothing of its machine: the other is shown"
    text = "\n".join(show(machine, 80, 24, "r").lines())
    assert "No system metrics of run quiet" in text
    assert "1 other run logged some" in text
    assert "GPU utiliz" in "\n".join(show(machine, 80, 24, "R").lines())


def test_a_focus_move_draws_no_chart_anew(machine) -> None:
    show(machine, 120, 40, "y")
    composer = Composer()
    composer.compose(machine, NOW)
    computed = composer.memo.computed
    assert computed
    respond(machine, KeyPressed("right"))
    composer.compose(machine, NOW)
    assert composer.memo.computed == computed


def test_new_rows_are_drawn(machine, batch) -> None:
    before = show(machine, 80, 24, "y").lines()
    more = batch({"gpu/0/utilization": [3.0]}, steps=[NOW], times=[NOW], first_id=500)
    machine.apply(SystemRowsLoaded(EXPERIMENT, 1, [more], False))
    after = show(machine, 80, 24).lines()
    assert before != after
    assert any("0 3" in line for line in after)


@pytest.mark.parametrize("key", ["\x1b[2J", "gpu/1/\n\x07", "日本/0/語", "", "temp/\u202eevil"])
@pytest.mark.parametrize("height", [12, 24])
def test_no_key_reaches_a_cell_as_a_control_character(key, height, batch) -> None:
    dashboard = Dashboard(width=60, height=height)
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 1, 0))
    rows = batch({key: [1.0, 2.0], "gpu/0/temp": [math.nan, math.inf]}, run_name=key)
    dashboard.apply(SystemRowsLoaded(P, 1, [rows], True))
    dashboard.apply(LoadFinished(P, 1))
    composer = Composer()
    for pressed in ("y", "enter", "right"):
        respond(dashboard, KeyPressed(pressed))
        for row in resolved(composer.compose(dashboard, NOW), Look()).glyphs:
            assert not any(unicodedata.category(char)[0] == "C" for char in "".join(row))


def test_every_size_gives_a_whole_frame(machine) -> None:
    respond(machine, KeyPressed("y"))
    for width in (1, 2, 9, 27, 40, 79, 121):
        for height in (1, 2, 5, 11, 23, 47):
            for key in ("enter", "end", "escape"):
                frame = show(machine, width, height, key)
                assert [len(row) for row in frame.glyphs] == [width] * height
                machine.show_system()


def test_a_gpu_that_is_logged_no_more_has_no_newest_value(machine: Dashboard, batch) -> None:
    columns = {
        key: [*values[:20], *[None] * (SAMPLES - 20)] if key.startswith("gpu/1/") else values
        for key, values in gpu_columns(2).items()
    }
    stamps = [NOW - 600 + 10 * row for row in range(SAMPLES)]
    rows = batch(columns, steps=stamps, times=stamps, run_name="brave")
    machine.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], True))
    text = "\n".join(show(machine, 120, 40, "y").lines())
    assert "GPU temperature (°C) ─── 0 64  1 – ─╮" in text
    enlarged = "\n".join(show(machine, 120, 40, "enter").lines())
    assert "● GPU 1 not logged since 2023-11-14 22:06:30 (12–98)" in enlarged


def test_the_only_chart_of_a_machine_has_its_legend_once_it_is_enlarged(
    machine: Dashboard, batch
) -> None:
    stamps = [NOW - 600 + 10 * row for row in range(SAMPLES)]
    columns = {f"gpu/{gpu}/temp": [50.0 + gpu] * SAMPLES for gpu in range(2)}
    rows = batch(columns, steps=stamps, times=stamps, run_name="brave")
    machine.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], True))
    respond(machine, Resized(120, 40))
    press(machine, "y")
    composer = Composer()
    for key, has_legend in (("up", False), ("enter", True), ("escape", False)):
        press(machine, key)
        kept, fresh = composer.compose(machine, NOW), Composer().compose(machine, NOW)
        assert kept.lines() == fresh.lines()
        assert any("GPU 1 51 (51–51)" in line for line in kept.lines()) == has_legend


def test_a_gpu_ends_in_a_window_of_the_past_too(machine: Dashboard, batch) -> None:
    composer = Composer(Repertoire.BRAILLE)

    def shown() -> str:
        return "\n".join(resolved(composer.compose(machine, NOW), Look()).lines())

    stamps = [NOW - 600 + 10 * row for row in range(SAMPLES)]
    fan = {"gpu/0/temp": [50.0] * SAMPLES, "gpu/1/fan_speed": [33.0] * SAMPLES}
    rows = batch(fan, steps=stamps, times=stamps, run_name="brave")
    machine.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], True))
    respond(machine, Resized(120, 40))
    press(machine, "y")
    machine.view.charts.change(Framing(Between(CLOCK, NOW - 300, NOW - 100)))
    assert "─ 33 ─╮" in shown()
    later = [NOW + 10 * row for row in range(9)]
    rows = batch(
        {"gpu/0/temp": [50.0] * 9}, steps=later, times=later, run_name="brave", first_id=SAMPLES + 1
    )
    machine.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], False))
    # Its own line did not grow, nor did the window move.
    assert "─ – ─╮" in shown()
