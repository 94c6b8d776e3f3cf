"""The panel beside the charts tells what the run logged, and its place among the runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.charts.palette import ACCENT, BAD, GOOD
from trackio_view.model.events import LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey, RunRows
from trackio_view.screens.panels.run_state import STATE_STYLES
from trackio_view.screens.panels.statistics import RunFact, run_facts
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import FALLS
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond
from trackio_view.wording.moments import clock_time

P = ProjectId("", "p")
NOW = 1_700_000_000.0
MakeRun = Callable[..., Run]


def facts_of(run: Run) -> list[dict[str, RunFact]]:
    """Return the panel's facts by label, a dictionary a group."""
    groups = run_facts(run, lambda metric: run.series[metric].summary(), NOW)
    return [{fact.label: fact for fact in group} for group in groups]


def test_the_loss_in_numbers(run: MakeRun) -> None:
    training, _ = facts_of(run({"train/loss": [4.0, 0.5, 8.0, 1.5]}))
    assert {label: fact.value for label, fact in training.items()} == {
        "Iteration": "3",
        "Loss": "1.5000",
        "Change": f"{FALLS}2.5000",
        "Min": "0.5000",
        "Max": "8.0000",
    }
    assert training["Change"].style == GOOD, "a loss that falls is well"
    rising, _ = facts_of(run({"train/loss": [1.0, 2.0]}))
    assert rising["Change"].style == BAD


def test_a_loss_that_is_never_a_number_has_no_smallest_one(run: MakeRun) -> None:
    training, _ = facts_of(run({"loss": [math.nan, math.nan]}))
    assert training["Loss"].value == training["Min"].value == training["Max"].value == "NaN"
    assert training["Change"].value == "–", "it is not known"


def test_counts_are_written_without_decimals(run: MakeRun) -> None:
    training, _ = facts_of(run({"loss": [9.0, 7.0, 3.0]}))
    assert [training[label].value for label in ("Loss", "Min", "Max")] == ["3", "3", "9"]


def test_learning_rate_and_sparsity_where_they_are_logged(run: MakeRun) -> None:
    training, _ = facts_of(run({"learning_rate": [1e-3, 5e-4], "sparsity": [0.1, 0.25]}))
    assert training["Learning rate"].value == "0.0005000"
    assert training["Sparsity"].value == "25.0%"
    assert "Loss" not in training


def test_without_a_loss_the_first_metric_stands_under_its_own_name(run: MakeRun) -> None:
    training, _ = facts_of(run({"size": [2.0, 1.0]}))
    assert training["size"].value == "1"
    assert "Loss" not in training


def test_rows_pace_start_and_duration(run: MakeRun) -> None:
    times = [NOW - 100 + 10 * row for row in range(10)]
    made = run({"loss": [1.0] * 10}, steps=[5 * row for row in range(10)], times=times)
    made.group = "sweep"
    _, progress = facts_of(made)
    assert {label: fact.value for label, fact in progress.items()} == {
        "Rows": "10",
        "Pace": "30.0/min",
        "Started": clock_time(NOW - 100, NOW),
        "Duration": "1:30",
        "Group": "sweep",
    }


def test_a_log_without_times_tells_neither_start_nor_duration(run: MakeRun) -> None:
    _, progress = facts_of(run({"loss": [1.0, 2.0]}, times=[math.nan, NOW]))
    assert set(progress) == {"Rows"}


def panel_of(frame: Frame) -> list[str]:
    """Return the lines of the panel, which is the last box of the first row."""
    left = frame.lines()[1].rindex("╭")
    return [line[left:] for line in frame.lines()]


def test_the_run_on_screen_is_among_those_listed(show: Any, dashboard: Dashboard) -> None:
    for keys, position in (((), 3), (("r",), None), (("r",), None)):
        frame = show(120, 40, *keys)
        lines = panel_of(frame)
        assert dashboard.run is not None
        current = [line for line in lines if f" {dashboard.run.name} " in line]
        assert len(current) == 1
        y = lines.index(current[0])
        left = frame.lines()[1].rindex("╭")
        assert frame.styles[y][left + 4] == ACCENT
        if position is not None:
            assert any(f"Run {position} of 3" in line for line in lines)


def test_a_run_is_listed_with_the_mark_and_colour_of_its_state(
    show: Any, dashboard: Dashboard
) -> None:
    frame = show(120, 40)
    y, line = next((y, line) for y, line in enumerate(panel_of(frame)) if "forest-2" in line)
    left = frame.lines()[1].rindex("╭")
    assert line[2] == "●"
    assert frame.styles[y][left + 2] in STATE_STYLES.values()
    assert frame.styles[y][left + 2] == GOOD


@pytest.mark.parametrize("height", range(12, 40, 3))
def test_facts_without_room_are_left_out_from_the_end(show: Any, height: int) -> None:
    whole = [line.strip("│ ") for line in panel_of(show(120, 40))[2:]]
    shown = [line.strip("│ ") for line in panel_of(show(120, height))[2:]]
    inside = shown[: next(y for y, line in enumerate(shown) if "╰" in line)]
    facts = [line for line in inside if line and "Run" not in line and "forest" not in line]
    assert facts == [line for line in whole if line][: len(facts)]
    assert len(facts) > 3
    border = next(line for line in panel_of(show(120, height))[2:] if "╰" in line)
    assert set(border.strip()) == set("╰─╯"), "nothing is written over the border"


def test_of_many_runs_those_around_the_one_on_screen_are_listed(
    batch: Callable[..., RunRows],
) -> None:
    dashboard = Dashboard(width=120, height=24)
    dashboard.watch(P)
    rows = [batch({"loss": [2.0, 1.0]}, run_id=f"run-{n:02}", first_id=2 * n) for n in range(40)]
    dashboard.apply(LoadStarted(P, 0, 80))
    dashboard.apply(RowsLoaded(P, 0, rows, 80))
    for shown in (0, 20, 39):
        dashboard.show_run(RunKey(P, f"run-{shown:02}"))
        text = "\n".join(panel_of(Composer().compose(dashboard, NOW)))
        listed = sorted({int(number) for number in re.findall(r" run-(\d\d) ", text)})
        assert shown in listed
        assert listed == list(range(listed[0], listed[-1] + 1))
        assert f"Run {shown + 1} of 40" in text


@pytest.mark.parametrize(("common", "shown"), [("exp", "exp-sgd-1"), ("experiment-" * 2, "sgd-1")])
def test_names_without_room_leave_out_what_all_have_in_common(
    batch: Callable[..., RunRows], common: str, shown: str
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.watch(P)
    names = [f"{common}-{name}" for name in ("sgd-1", "adam-2")]
    rows = [
        batch({"loss": [2.0, 1.0]}, run_id=name, run_name=name, first_id=2 * at)
        for at, name in enumerate(names)
    ]
    dashboard.apply(LoadStarted(P, 0, 4))
    dashboard.apply(RowsLoaded(P, 0, rows, 4))
    lines = panel_of(Composer().compose(dashboard, NOW))
    assert any(line[2:].startswith(("● " + shown + " ", "○ " + shown + " ")) for line in lines), (
        lines
    )


def test_on_the_next_day_a_run_began_on_another_one(dashboard: Dashboard, utc: None) -> None:
    respond(dashboard, Resized(160, 40))
    composer = Composer()
    composer.compose(dashboard, NOW)
    kept = composer.compose(dashboard, NOW + 86_400)
    assert panel_of(kept) == panel_of(Composer().compose(dashboard, NOW + 86_400))
    assert dashboard.run is not None
    (line,) = (line for line in panel_of(kept) if "Started" in line)
    assert clock_time(dashboard.run.first_time, NOW + 86_400) in line
