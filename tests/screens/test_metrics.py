"""The charts of one run: headings tell about the window, and a sentence tells what is waited
for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.pressing import press
from trackio_view.charts.palette import BAD, GOOD, LEVEL_STYLES
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.selection import Selection
from trackio_view.model.windows import Last
from trackio_view.screens.memo import Memo
from trackio_view.screens.metrics import step_marks
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.stretch import stretch_of
from trackio_view.series.window import EVERY_ROW
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import ALERT
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard

P = ProjectId("", "p")
NOW = 1_700_000_300.0
Fill = Callable[..., Dashboard]


@pytest.fixture
def fill(batch: Callable[..., RunRows]) -> Fill:
    """Return a function that makes a dashboard of one run that logged these metrics."""

    def make(metrics: dict[str, list[float]], *keys: str, width: int = 100) -> Dashboard:
        dashboard = Dashboard(width=width, height=24)
        dashboard.watch(P)
        count = len(next(iter(metrics.values())))
        dashboard.apply(LoadStarted(P, 0, count))
        dashboard.apply(RowsLoaded(P, 0, [batch(metrics)], count))
        dashboard.apply(LoadFinished(P, 0))
        press(dashboard, *keys)
        return dashboard

    return make


def shown(dashboard: Dashboard) -> Frame:
    return Composer().compose(dashboard, NOW)


def heading(dashboard: Dashboard, metric: str) -> str:
    line = next(line for line in shown(dashboard).lines() if f"─ {metric} " in line)
    return next(part for part in line.split("╭") if metric in part)


def test_the_heading_has_the_newest_value_and_its_change_over_the_window(fill: Fill) -> None:
    losses = [9.0] * 100 + [4.5] * 99 + [3.5]
    assert "3.5000  ▼ 5.5000" in heading(fill({"loss": losses}), "loss")
    assert "3.5000  ▼ 1.0000" in heading(fill({"loss": losses}, "+", "+", "+"), "loss")
    assert "5  ▲ 3 " in heading(fill({"tokens": [2.0, 5.0]}), "tokens"), "counts are whole"


def test_a_value_that_is_no_number_is_told_in_red(fill: Fill) -> None:
    dashboard = fill({"loss": [1.0, math.nan]})
    frame = shown(dashboard)
    y = next(y for y, line in enumerate(frame.lines()) if "─ loss " in line)
    line = frame.lines()[y]
    assert frame.styles[y][line.index("NaN")] == BAD
    falling = shown(fill({"loss": [2.0, 1.0]}))
    assert falling.styles[1][falling.lines()[1].index("▼")] == GOOD


def test_a_metric_without_a_value_in_the_window_keeps_its_newest(fill: Fill) -> None:
    rows: list[float | None] = [1.25] + [None] * 199
    dashboard = fill({"loss": [1.0] * 200, "val/loss": rows}, "+", "+", "+")
    text = heading(dashboard, "val/loss")
    assert "1.2500" in text
    assert not {"▼", "▲", "="} & set(text), "and no change, as there is none to tell"


def test_one_value_has_no_change(fill: Fill) -> None:
    rows: list[float | None] = [1.25] + [None] * 198
    assert "1.2500 ─" in heading(fill({"val/loss": [*rows, None]}), "val/loss")
    assert "1.2500       = 0" in heading(fill({"val/loss": [*rows, 1.25]}), "val/loss")


def test_alerts_are_marked_at_their_steps_in_their_levels_colour(fill: Fill) -> None:
    dashboard = fill({"loss": [1.0] * 50})
    alerts = [
        Alert(1, "run", "run", "odd", "", "warn", 0, NOW),
        Alert(2, "run", "run", "bad", "", "error", 20, NOW),
        Alert(3, "run", "run", "no step", "", "info", None, NOW),
        Alert(4, "other", "other", "another run's", "", "error", 30, NOW),
    ]
    dashboard.apply(AlertsLoaded(P, 0, alerts, False))
    project, run = dashboard.project, dashboard.run
    assert project is not None
    assert run is not None
    assert [tuple(mark) for mark in step_marks(project, run, EVERY_ROW)] == [
        (0.0, LEVEL_STYLES["warn"], ALERT),
        (20.0, LEVEL_STYLES["error"], ALERT),
    ]


def test_a_finding_that_has_no_room_leaves_out_the_metric_before_the_step(fill: Fill) -> None:
    dashboard = fill({"train/loss": [*([1.0] * 150), math.nan]})

    def told(width: int) -> str:
        dashboard.width = width
        return next(line for line in shown(dashboard).lines() if "became NaN" in line)

    assert "▲ train/loss became NaN at step 150 " in told(100)
    assert "▲ became NaN at step 150 " in told(40)


def test_many_alerts_are_counted_below_one_chart(fill: Fill) -> None:
    dashboard = fill({"loss": [1.0] * 50, "other": [2.0] * 50})
    alerts = [Alert(step, "run", "run", "odd", "", "warn", step, NOW) for step in range(8)]
    dashboard.apply(AlertsLoaded(P, 0, alerts, False))
    run = dashboard.run
    assert run is not None

    def count_of_lines_with(text: str) -> int:
        # At that time no warning stands in the border: the run is not idle.
        return sum(text in line for line in Composer().compose(dashboard, run.last_time).lines())

    assert count_of_lines_with("alerts") == 0
    more = Alert(9, "run", "run", "odd", "", "warn", 9, NOW)
    dashboard.apply(AlertsLoaded(P, 0, [more], False))
    assert count_of_lines_with("▲ 9 alerts") == 1


def test_a_run_that_was_resumed_more_often_than_is_marked_is_told_of_as_it_was(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    dashboard = fill({"loss": [1.0] * 10})
    for time in range(300):
        again = batch({"loss": [1.0] * 10}, times=[1e9 + 100 * time] * 10, first_id=20 * time + 20)
        dashboard.apply(RowsLoaded(P, 0, [again], 10))
    project, run = dashboard.project, dashboard.run
    assert project is not None
    assert run is not None
    count = len(run.order.restarts)
    assert count > 256 == len(step_marks(project, run, EVERY_ROW))
    assert any(f"resumed {count} times" in line for line in shown(dashboard).lines())


def test_where_it_was_resumed_is_told_below_windows_that_have_it(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    dashboard = fill({"loss": [1.0] * 90})
    again = batch({"loss": [1.0] * 100}, steps=list(range(60, 160)), first_id=91)
    dashboard.apply(RowsLoaded(P, 0, [again], 190))
    assert any("resumed at 60" in line for line in shown(dashboard).lines())
    press(dashboard, "+", "+", "+", "+")
    assert not any("resumed" in line for line in shown(dashboard).lines())


def test_the_key_of_a_stretch_is_another_whenever_what_is_in_it_is(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    dashboard = fill({"loss": [float(step) for step in range(300)]})
    project, run = dashboard.project, dashboard.run
    assert project is not None
    assert run is not None
    last_50 = Framing(Last(4))
    whole, last = stretch_of(project, run, Framing()), stretch_of(project, run, last_50)
    assert whole.key != last.key
    memo = Memo()
    summary = last.summary("loss", memo)
    assert summary is not None
    assert (summary.value_count, summary.minimum, summary.maximum) == (50, 250, 299)
    assert last.summary("loss", memo) is summary
    more = batch({"loss": [1000.0]}, steps=[300], first_id=301)
    dashboard.apply(RowsLoaded(P, 0, [more], 301))
    later = stretch_of(project, run, last_50)
    assert later.key != last.key
    newer = later.summary("loss", memo)
    assert newer is not None
    assert (newer.minimum, newer.maximum) == (251, 1000)


def test_projects_that_come_while_another_is_awaited_are_named() -> None:
    dashboard, composer = Dashboard(width=100, height=24, directory="/data/trackio"), Composer()
    dashboard.watch(P)
    for names in (["zebra"], ["zebra", "pp"], ["zebra"]):
        listed = [ProjectSummary(ProjectId("", name), 1, 1, 1.0, 1) for name in names]
        dashboard.apply(ProjectsListed("", listed))
        kept = composer.compose(dashboard, NOW).lines()
        assert any("Did you mean: pp?" in line for line in kept) == ("pp" in names)
        assert kept == shown(dashboard).lines()


def waiting(dashboard: Dashboard) -> str:
    return " ".join("\n".join(shown(dashboard).lines()[1:-2]).split())


def test_the_empty_screen_tells_whole_why_a_place_cannot_be_read() -> None:
    dashboard = Dashboard(width=60, height=24, directory="box")
    sentence = "box:9999 refuses connections: start `trackio show` there, or correct the address."
    dashboard.apply(Notice(ProgramOrigin.DATA_DIRECTORY, sentence, subject="silence of box"))
    assert waiting(dashboard) == f"Looking for projects {sentence}"
    dashboard.watch(P)
    dashboard.watch(P)
    assert waiting(dashboard) == f"Reading p {sentence}"
    dashboard.apply(Notice(ProgramOrigin.DATA_DIRECTORY, None, subject="silence of box"))
    assert waiting(dashboard) == "Reading p"


def test_the_empty_screen_tells_that_a_folder_is_not_there() -> None:
    dashboard = Dashboard(width=60, height=24, directory="/data")
    dashboard.apply(ProjectsListed("/data", [], ["There is no such folder yet."]))
    assert waiting(dashboard).endswith("shows a small real one. There is no such folder yet.")
    dashboard.apply(ProjectsListed("/data", []))
    assert waiting(dashboard).endswith("shows a small real one.")


def test_the_empty_screen_tells_what_it_waits_for(batch: Callable[..., RunRows]) -> None:
    dashboard = Dashboard(width=100, height=24, directory="/data/trackio")
    assert waiting(dashboard) == "Looking for projects"
    dashboard.apply(ProjectsListed("", []))
    assert "Waiting for a TrackIO project in /data/trackio" in waiting(dashboard)
    dashboard.watch(P)
    awaited = "Waiting for the project p in /data/trackio"
    assert waiting(dashboard) == awaited
    dashboard.apply(Notice(ProjectOrigin(P), "There is no such project yet."))
    assert waiting(dashboard) == awaited
    dashboard.apply(Notice(ProjectOrigin(P), None))
    others = [ProjectSummary(ProjectId("", name), 1, 1, 1.0, 1) for name in ("pp", "zebra")]
    dashboard.apply(ProjectsListed("", others))
    told = f"{awaited} Did you mean: pp? p picks from the 2 that are there."
    assert waiting(dashboard) == told
    press(dashboard, "i", "end")
    assert waiting(dashboard) == f"{told} Typed for then: i End (Esc drops it)"
    press(dashboard, "t")
    assert waiting(dashboard).endswith("Waiting for the project p")
    press(dashboard, "j")
    assert waiting(dashboard).endswith("Typed for then: j (Esc drops it)")
    press(dashboard, "escape", "y")
    assert waiting(dashboard) == "Waiting for the project p"
    press(dashboard, "y", "t")
    dashboard.apply(ProjectsListed("", [ProjectSummary(P, 0, 0, None, 1)]))
    assert waiting(dashboard) == "Reading p"
    dashboard.apply(Notice(ProgramOrigin.SETTINGS, "no such colour"))
    assert waiting(dashboard) == "Reading p", "what is said of the settings keeps nothing from it"
    dashboard.apply(Notice(ProgramOrigin.DEMO, "no numpy"))
    assert waiting(dashboard) == "No rows yet of p"
    dashboard.apply(LoadStarted(P, 0, 0))
    assert waiting(dashboard) == "Reading p"
    dashboard.apply(LoadFinished(P, 0))
    assert waiting(dashboard) == "Waiting for the first row of p"
    machine = batch({"gpu/0/utilization": [5.0]}, run_id="w", run_name="warm", times=[NOW])
    dashboard.apply(SystemRowsLoaded(P, 0, [machine], replaces=True))
    told = "Waiting for the first row of p warm logs its machine so far: y shows it."
    assert waiting(dashboard) == told
    dashboard.apply(RowsLoaded(P, 0, [batch({}, steps=[1], times=[NOW])], 1))
    told = "run logged no numbers in p i shows what else it logged."
    assert waiting(dashboard) == told
    dashboard.view.selection = Selection(run="other")
    assert waiting(dashboard) == "Waiting for the run other in p"


def test_charts_are_of_the_newest_run_with_numbers(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    dashboard = fill({"loss": [1.0]})
    evaluation = batch({}, steps=[0], times=[NOW], run_id="lm-eval", first_id=9)
    dashboard.apply(RowsLoaded(P, 0, [evaluation], 2))
    assert dashboard.run is not None
    assert dashboard.run.name == "run"
    assert dashboard.metrics == ["loss"]


def test_a_metric_that_no_run_has_is_named(fill: Fill) -> None:
    dashboard = fill({"loss": [1.0]})
    dashboard.view.selection = Selection(metrics=("accuracy",))
    assert "accuracy" in waiting(dashboard)


def lines_with(dashboard: Dashboard, sentence: str) -> list[int]:
    return [y for y, line in enumerate(shown(dashboard).lines()) if f"▲ {sentence}" in line]


def test_a_finding_stands_on_the_chart_of_its_metric(fill: Fill) -> None:
    dashboard = fill({"loss": [1.0, 1.0], "val/loss": [1.0, math.nan]})
    project, run = dashboard.project, dashboard.run
    assert project is not None
    assert run is not None
    (finding,) = [one for one in dashboard.findings(project, run, NOW) if one.metric]
    assert finding.metric == "val/loss"
    (y,) = lines_with(dashboard, finding.sentence[:12])
    boxes = [at for at, line in enumerate(shown(dashboard).lines()) if "─ val/loss " in line]
    assert boxes[0] <= y


def test_a_finding_of_the_whole_run_stands_on_the_first_chart_alone(fill: Fill) -> None:
    """The run logged every second, and then nothing for four minutes."""
    dashboard = fill({"loss": [2.0] * 50, "val/loss": [1.0] * 50})
    (y,) = lines_with(dashboard, "no row for 4 min")
    line = shown(dashboard).lines()[y]
    assert line.index("no row for 4 min") < line.index("╯"), "the other chart stands on its right"


@pytest.mark.parametrize("width", [40, 45, 46, 47, 80])
def test_a_finding_without_room_tells_its_beginning(fill: Fill, width: int) -> None:
    dashboard = fill(
        {"loss": [2.0] * 50, "inf": [math.inf] * 50}, "/", *"loss", "enter", width=width
    )
    line = shown(dashboard).lines()[lines_with(dashboard, "no row for 4 min")[0]]
    whole = "╰─ ▲ no row for 4 min, usually one each 1 s ─"
    assert line.startswith(whole) == (width >= 46)
    assert ("…" in line) == (width < 46)


@pytest.mark.parametrize(
    ("width", "has_change"), [(46, True), (44, True), (43, False), (40, False)]
)
def test_a_change_gives_way_to_a_name_that_is_whole_without_it(
    fill: Fill, width: int, has_change: bool
) -> None:
    dashboard = fill({"train/learning_rate": [1.0, 0.25]}, width=width)
    border = shown(dashboard).lines()[1]
    assert border.startswith("╭─ train/learning_rate ─")
    assert " 0.2500 " in border
    assert ("0.7500" in border) is has_change


def test_a_name_without_room_is_cut_beside_value_and_change(fill: Fill) -> None:
    border = shown(fill({"train/" + "x" * 40: [1.0, 0.25]}, width=40)).lines()[1]
    assert "…" in border
    assert "0.7500" in border


def test_the_panel_stands_beside_the_charts_where_there_is_room(fill: Fill) -> None:
    wide: Any = fill({"loss": [1.0, 2.0]}, "b", width=120)
    narrow = fill({"loss": [1.0, 2.0]}, "b", width=60)
    assert "─ run ─" in shown(wide).lines()[1]
    assert "─ run ─" not in "".join(shown(narrow).lines())


def test_a_key_shows_all_values_where_a_spike_does_not_set_the_axis(fill: Fill) -> None:
    values = [1.0 + step % 7 / 10 for step in range(2000)]
    values[900] = 5000.0
    limited = fill({"loss": values})
    assert any("▴ 1 beyond" in text for text in shown(limited).lines())
    everything = fill({"loss": values}, "o")
    assert not any("beyond" in text for text in shown(everything).lines())
    assert any("5k ┤" in text or "4k ┤" in text for text in shown(everything).lines())


def test_drawn_columns_stand_still_until_the_axis_grows(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    """Between two frames of all data, only cells right of the first one's last column change."""

    def loss(step: int) -> float:
        return 1.0 + 3.0 / (1 + step / 50) + step * step % 7 / 20

    dashboard = fill({"loss": [loss(step) for step in range(1300)]}, width=120)
    before = shown(dashboard)
    more = {"loss": [None] * 1300 + [loss(step) for step in range(1300, 1380)]}
    dashboard.apply(RowsLoaded(P, 0, [batch(more)], 1380))
    after = shown(dashboard)
    axis = next(y for y, text in enumerate(before.lines()) if "└┬" in text)
    left = before.lines()[axis].index("└") + 1
    width = before.lines()[axis].index("│", left) - left
    last = left + int(1299 / 1500 * (width - 1))
    for y in range(2, axis + 2):
        assert before.glyphs[y][left - 1 : last - 1] == after.glyphs[y][left - 1 : last - 1]
    assert any(before.glyphs[y][last:] != after.glyphs[y][last:] for y in range(2, axis))


def test_of_a_noisy_run_with_spikes_only_the_newest_columns_change(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    """Bands, medians and limits of earlier rows stay while a live run grows, batch by batch.

    Everything moves only where a value moves the y axis, which is rare.
    """
    noise = random.Random(5)

    def losses(first: int, count: int) -> list[float]:
        return [
            (1 + 3 / (1 + step / 50)) * noise.gauss(1, 0.05) * (1 if step % 400 != 77 else 1e4)
            for step in range(first, first + count)
        ]

    dashboard = fill({"loss": losses(0, 1600)}, width=120)
    before, stood, count = shown(dashboard), 0, 1600
    axis = next(y for y, text in enumerate(before.lines()) if "└┬" in text)
    left = before.lines()[axis].index("└") + 1
    width = before.lines()[axis].index("│", left) - left
    for _ in range(40):
        rows = batch({"loss": losses(count, 7)}, steps=range(count, count + 7), first_id=count + 1)
        dashboard.apply(RowsLoaded(P, 0, [rows], count + 7))
        after, last = shown(dashboard), left + int((count - 1) / 2000 * (width - 1))
        stood += all(before.glyphs[y][:last] == after.glyphs[y][:last] for y in range(2, axis + 1))
        before, count = after, count + 7
    assert stood >= 38


def test_a_key_about_the_window_is_answered_before_all_charts_are_drawn(
    fill: Fill, batch: Callable[..., RunRows]
) -> None:
    metrics = {f"m{number:02}": [number + row / 300 for row in range(300)] for number in range(12)}
    dashboard = fill(metrics, "right", "down", width=160)
    dashboard.height, composer = 40, Composer()

    def drawn(name: str) -> bool:
        """Return whether a chart is the one of a frame that has all of them."""
        charts = composer.hits.page.charts
        box = next(chart.box for chart in charts if name in str(chart.key))
        frames = composer.hits.frame, Composer().compose(dashboard, NOW)
        return len({"".join(frame.part(box).lines()) for frame in frames}) == 1

    def frames() -> list[list[str]]:
        """Return the charts that are drawn in each frame up to the first that has all."""
        found, whole = [], False
        while not whole:
            composer.compose(dashboard, NOW, hurried=True)
            found.append([name for name in metrics if drawn(name)])
            whole = composer.whole
        return found

    assert [len(charts) for charts in frames()] == [12]
    focused = dashboard.metrics[dashboard.focus]
    for key in ("+", "+", "["):
        press(dashboard, key)
        first, *later = frames()
        assert first == [focused]
        assert [len(charts) for charts in later] == [7, 12]
    press(dashboard, "u")
    assert [len(charts) for charts in frames()] == [12], "what was drawn is kept"
    rows = batch({name: [1.0] for name in metrics}, steps=[300], first_id=301)
    dashboard.apply(RowsLoaded(P, 0, [rows], 301))
    assert [len(charts) for charts in frames()] == [12], "rows change all charts at once"
