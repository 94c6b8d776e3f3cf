"""The wall as a person sees it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.plot import Plot
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.pace import RunState
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.model.x_axis import STEPS
from trackio_view.screens import wall
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.stretch import Stretch, stretch_of
from trackio_view.view.charts.charts_view import Framing, Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond
from trackio_view.view.runs.table import Arrangement

pytestmark = pytest.mark.usefixtures("utc")
NOW = 1_700_000_000.0
SWEEP = ProjectId("", "sweep")
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


def fill(dashboard: Dashboard, project: ProjectId, batch: Any, count: int, rows: int = 50) -> None:
    dashboard.meet(project)
    dashboard.apply(LoadStarted(project, 0, count * rows))
    batches = []
    for run in range(count):
        losses = [0.2 + run / 20 + math.exp(-row / 9) for row in range(rows)]
        if run == 4 and rows > 9:
            losses[-9:] = [math.nan] * 9
        ago = 5.0 if run % 3 else 90_000.0
        times = [NOW - ago - rows + row for row in range(rows)]
        name = f"adam-lr{run // 2}-seed{run % 2}"
        batches.append(
            batch(
                {"train/loss": losses, "lr": [0.1] * rows},
                run_id=f"id{run:03}",
                run_name=name,
                times=times,
                first_id=run * rows + 1,
            )
        )
    dashboard.apply(RowsLoaded(project, 0, batches, count * rows))
    dashboard.apply(LoadFinished(project, 0))


@pytest.fixture
def dashboard(batch: Any) -> Dashboard:
    """A sweep of 18 runs, of which some are done and one diverged."""
    made = Dashboard()
    fill(made, SWEEP, batch, 18)
    made.watch(SWEEP)
    return made


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_eighteen_runs(
    dashboard: Dashboard, show: Any, golden: Any, width: int, height: int
) -> None:
    frame = show(width, height, "w")
    if (width, height) != (40, 12):
        # All runs are on screen at once.
        assert "of 18" not in "\n".join(frame.lines())
        assert sum(line.count("╭") for line in frame.lines()) == 18
    assert "18 runs · train/loss" in frame.lines()[0]
    golden(f"wall-{width}x{height}", frame)


def test_the_filter_of_the_table_is_told_where_it_leaves_runs_out(
    dashboard: Dashboard, show: Any
) -> None:
    name = next(iter(dashboard.known.projects[SWEEP].runs.values())).name
    assert name is not None
    header = show(120, 40, "t", "/", *name, "enter", "w").lines()[0]
    assert f"1 of 18 runs  filter {name} · train/loss" in header
    assert show(40, 12).lines()[0].startswith(" 1 of 18 runs · train/loss")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_three_projects(
    dashboard: Dashboard, show: Any, golden: Any, batch: Any, width: int, height: int
) -> None:
    for name in ("bert", "vision-transformer"):
        fill(dashboard, ProjectId("", name), batch, 2)
    dashboard.watch_all = True
    frame = show(width, height, "w")
    assert "3 projects" in frame.lines()[0]
    golden(f"wall-projects-{width}x{height}", frame)


def test_the_header_names_what_stands_beside_the_metric_of_the_wall(
    dashboard: Dashboard, show: Any, batch: Any
) -> None:
    other = ProjectId("", "bert")
    dashboard.meet(other)
    dashboard.apply(LoadStarted(other, 0, 2))
    rows = batch({"eval/loss": [2.0, 1.0]}, run_id="one", run_name="one", times=[NOW - 9, NOW - 8])
    dashboard.apply(RowsLoaded(other, 0, [rows], 2))
    dashboard.watch_all = True
    frame = show(120, 40, "w")
    assert "2 projects · train/loss or main loss" in frame.lines()[0]
    assert "one · eval/loss" in "\n".join(frame.lines())
    dashboard.view.wall.metric = None
    assert "2 projects · main loss" in show(120, 40).lines()[0]


def test_in_ascii(dashboard: Dashboard, show: Any, golden: Any) -> None:
    frame = show(80, 24, "w", unicode=False)
    assert "".join(frame.lines()).isascii()
    golden("wall-ascii-80x24", frame)


def test_names_without_what_all_have_in_common_and_newest_values_are_told(
    dashboard: Dashboard, show: Any
) -> None:
    text = "\n".join(show(120, 40, "w").lines())
    for run in range(18):
        assert f" lr{run // 2}-seed{run % 2} " in text
    assert "12 live" in show(120, 40).lines()[0]
    series = dashboard.known.projects[SWEEP].runs["id003"].series["train/loss"]
    assert f"{series.values[-1]:.4f}" in text


def axes_of(dashboard: Dashboard, width: int, height: int) -> list[Plot]:
    respond(dashboard, Resized(width, height))
    composer = Composer()
    composer.compose(dashboard, NOW)
    return [chart.plot for chart in composer.hits.page.charts if chart.plot is not None]


def of_lengths(dashboard: Dashboard, project: ProjectId, batch: Any, **rows: int) -> None:
    """Put runs with given numbers of steps into a project; their values fall from that number to
    zero."""
    dashboard.meet(project)
    dashboard.apply(LoadStarted(project, 0, 1_000))
    batches = [
        batch(
            {"train/loss": [float(count - row) for row in range(count)]},
            run_id=f"{project.name}-{name}",
            run_name=name,
            steps=list(range(count)),
            times=[NOW - count + row for row in range(count)],
        )
        for name, count in rows.items()
    ]
    dashboard.apply(RowsLoaded(project, 0, batches, 1_000))
    dashboard.apply(LoadFinished(project, 0))


@pytest.mark.parametrize("size", [(120, 40), (80, 12)])
def test_a_shorter_run_is_seen_to_be_shorter(batch: Any, size: tuple[int, int]) -> None:
    dashboard = Dashboard()
    of_lengths(dashboard, SWEEP, batch, short=10, long=101)
    dashboard.watch(SWEEP)
    respond(dashboard, KeyPressed("w"))
    plots = axes_of(dashboard, *size)
    assert [plot.x_range for plot in plots] == [(0.0, 100.0)] * 2
    assert len({plot.y_range for plot in plots}) == 2
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(shared=True))
    (y_range,) = {plot.y_range for plot in axes_of(dashboard, *size)}
    assert y_range is not None
    assert y_range[1] >= 101


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_the_same_steps_are_as_long_in_the_last_row(batch: Any, size: tuple[int, int]) -> None:
    dashboard = Dashboard()
    of_lengths(dashboard, SWEEP, batch, one=50, two=50, three=50)
    dashboard.watch(SWEEP)
    respond(dashboard, Resized(*size))
    respond(dashboard, KeyPressed("w"))
    composer = Composer()
    composer.compose(dashboard, NOW)
    widths = {chart.box.width for chart in composer.hits.page.charts}
    assert len(widths) == 1 or max(widths) - min(widths) == 1


def test_axes_that_are_not_drawn_and_differ_have_their_ends_in_the_border(
    batch: Any, show: Any, dashboard: Dashboard
) -> None:
    of_lengths(dashboard, ProjectId("", "other"), batch, one=1_001, two=10)
    dashboard.view.runs.all_projects = True
    dashboard.view.wall.by_project = False
    text = "\n".join(show(160, 24, "w").lines())
    assert "0 to 1k" in text
    assert "0 to 50" in text
    dashboard.view.wall.by_project = True
    assert " to 1k" not in "\n".join(show(160, 24).lines()), "they have room for axes"


def test_a_run_without_the_metric_says_so(dashboard: Dashboard, show: Any, batch: Any) -> None:
    rows = batch({"other": [1.0]}, run_id="odd", times=[NOW], first_id=9_999)
    dashboard.apply(RowsLoaded(SWEEP, 0, [rows], 10_000))
    dashboard.view.run_id = "id001"
    assert "not logged" in "\n".join(show(120, 40, "w").lines())


def test_of_a_thousand_runs_a_page_is_drawn_and_a_move_draws_none_anew(
    batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = Dashboard()
    fill(dashboard, SWEEP, batch, 1_000, rows=3)
    dashboard.watch(SWEEP)
    drawn: list[object] = []
    monkeypatch.setattr(
        "trackio_view.screens.chart_content.line_chart",
        lambda *args, **more: (drawn.append(args), line_chart(*args, **more))[1],
    )
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    composer.compose(dashboard, NOW)
    drawn.clear()
    respond(dashboard, KeyPressed("w"))
    composer.compose(dashboard, NOW)
    assert 18 <= len(drawn) <= 60
    drawn.clear()
    for key in ("left", "up", "home", "right", "down", "down"):
        respond(dashboard, KeyPressed(key), composer.seen)
        composer.compose(dashboard, NOW)
    pages = len(drawn)
    assert pages <= 60, "home is another page"
    respond(dashboard, KeyPressed("up"), composer.seen)
    composer.compose(dashboard, NOW)
    assert len(drawn) == pages


def test_a_hurried_frame_leaves_the_rest_to_the_next(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackio_view.screens.wall.NEW_POINTS_A_FRAME", 1)
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("w"))
    composer = Composer()
    composer.compose(dashboard, NOW, hurried=True)
    assert not composer.whole
    while not composer.whole:
        frame = composer.compose(dashboard, NOW, hurried=True)
    assert frame.lines() == Composer().compose(dashboard, NOW).lines()


def test_nothing_there_yet(show: Any) -> None:
    empty = Dashboard()
    respond(empty, Resized(80, 24))
    respond(empty, KeyPressed("w"))
    assert any(
        "Waiting for the first row" in line for line in Composer().compose(empty, NOW).lines()
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_all_charts_tell_their_values_at_the_cursor(
    dashboard: Dashboard, show: Any, golden: Any, width: int, height: int
) -> None:
    show(width, height, "w")
    dashboard.view.wall.cursor = Spot(40.0, STEPS)
    frame = show(width, height)
    golden(f"wall-cursor-{width}x{height}", frame)
    assert "\n".join(frame.lines()).count("@40") == sum(line.count("╭") for line in frame.lines())
    assert "@40" not in "\n".join(show(width, height, "escape").lines())


def test_a_frame_looks_once_for_what_of_each_run_is_on_screen(
    dashboard: Dashboard, show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for = []

    def count(project: Project, run: Run, framing: Framing) -> Stretch:
        looked_for.append(run.run_id)
        return stretch_of(project, run, framing)

    monkeypatch.setattr(wall, "stretch_of", count)
    show(120, 40, "w")
    assert sorted(looked_for) == [f"id{run:03}" for run in range(18)]


def test_the_mark_of_a_run_that_lives_no_more_changes_though_nothing_came(
    dashboard: Dashboard,
) -> None:
    respond(dashboard, Resized(200, 50))
    respond(dashboard, KeyPressed("w"))
    composer = Composer()
    for later, live in ((0.0, 12), (3600.0, 0), (0.0, 12)):
        lines = composer.compose(dashboard, NOW + later).lines()
        titles = "".join(line for line in lines if "╭" in line)
        marks = [titles.count(state_mark(state)) for state in (RunState.LIVE, RunState.STALE)]
        assert marks == [live, 18 - live]


def test_a_run_whose_newest_value_exceeds_every_float_is_drawn(
    dashboard: Dashboard, show: Any, batch: Any
) -> None:
    grown = batch({"train/loss": [0.5, 10**400]}, run_id="vast", run_name="vast", first_id=9_000)
    dashboard.apply(RowsLoaded(SWEEP, 0, [grown], 2))
    assert "vast" in "\n".join(show(200, 50, "w").lines())


def test_where_it_gets_tight_the_metric_is_told_longest(dashboard: Dashboard, show: Any) -> None:
    show(48, 12, "w")
    dashboard.view.wall.metric = "validation/accuracy"
    assert show(40, 12).lines()[0] == " 18 runs · validation/accuracy  12 live"
    dashboard.view.wall.metric = "validation/accuracy-of-5"
    assert show(40, 12).lines()[0] == " 18 runs · validation/accuracy-of-5"


def test_runs_that_end_while_the_wall_is_looked_at_are_live_no_more(
    dashboard: Dashboard, show: Any
) -> None:
    show(120, 40, "w")
    composer = Composer()
    for later, live in ((0.0, 12), (10.0, 12), (3600.0, 0), (0.0, 12)):
        frame = composer.compose(dashboard, NOW + later)
        header = frame.lines()[0]
        assert f"{live} live" in header
        # The colour of live runs says that some are live.
        assert (frame.styles[0][header.index("live")] == STATE_STYLES[RunState.LIVE]) == (live > 0)


def test_counts_are_told_without_decimals(dashboard: Dashboard, show: Any, batch: Any) -> None:
    rows = batch({"tokens": [4.0, 79.0]}, run_id="counts", run_name="counts", first_id=9_000)
    dashboard.apply(RowsLoaded(SWEEP, 0, [rows], 2))
    show(200, 50, "w")
    dashboard.view.wall.metric = "tokens"
    text = "\n".join(show(200, 50).lines())
    assert " 79 " in text
    assert "79.0" not in text


def test_each_chart_keeps_its_name_where_the_time_changes_the_order(batch: Any) -> None:
    dashboard, composer = Dashboard(width=80, height=24), Composer()
    dashboard.watch(SWEEP)
    dashboard.apply(LoadStarted(SWEEP, 0, 0))
    for number, (name, pause) in enumerate((("slow", 3_600.0), ("quick", 1.0))):
        times = [NOW - (9 - row) * pause for row in range(10)]
        rows = batch(
            {"loss": [1.0 + row for row in range(10)]}, times=times, run_id=name, run_name=name
        )
        dashboard.apply(RowsLoaded(SWEEP, 0, [rows._replace(last_id=10 + number)], 20))
    dashboard.apply(LoadFinished(SWEEP, 0))
    dashboard.view.runs.arrangement = Arrangement(sort="state")
    respond(dashboard, KeyPressed("w"))
    first = []
    for now in (NOW + 1, NOW + 7_200):
        kept, fresh = composer.compose(dashboard, now), Composer().compose(dashboard, now)
        assert kept.lines() == fresh.lines()
        first.append(kept.lines()[1].split()[1])
    assert first == ["quick", "slow"]
