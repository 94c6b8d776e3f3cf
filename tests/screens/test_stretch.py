"""The part of a run that is on screen, and what is told and drawn of it where lines are
smoothed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import make_batch
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey, RunRows
from trackio_view.model.windows import Between
from trackio_view.model.x_axis import CLOCK, LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.screens import metrics
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.stretch import beside_smoothed, stretch_of
from trackio_view.series import logarithms, smoothed
from trackio_view.series.series import Series
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
EXPERIMENT = ProjectId("", "my-experiment")
NOW = 1_700_000_300.0
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]
SMOOTHING = Smoothing(Way.BY_POINTS, 0.6)


@pytest.fixture
def by_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the last digits independent of whether numpy was imported before."""
    for room in (smoothed, logarithms):
        monkeypatch.setattr(room, "numpy_pays", lambda count: False)


@pytest.mark.usefixtures("by_plain_python")
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("smooth", ("s", "s")),
        ("smooth-zoomed", ("+", "+", "s", "s")),
        ("smooth-cursor", ("+", "+", "s", "s", "v", "home")),
        ("smooth-one", ("+", "+", "s", "s", "s", "enter")),
        ("log", ("L", "right", "L")),
        ("log-smooth-cursor", ("L", "s", "s", "v")),
        ("log-x", ("X", "home", "down", "enter")),
    ],
)
def test_golden(show, golden, name, keys, width, height) -> None:
    golden(f"{name}-{width}x{height}", show(width, height, *keys))


@pytest.mark.usefixtures("by_plain_python")
def test_golden_ascii(show, golden) -> None:
    frame = show(80, 24, "+", "+", "s", "s", unicode=False)
    assert "".join(frame.lines()).isascii()
    golden("smooth-ascii-80x24", frame)


@pytest.mark.usefixtures("by_plain_python")
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_golden_of_several_runs(dashboard, show, golden, width, height) -> None:
    dashboard.view.marks.mark([RunKey(EXPERIMENT, f"id{number}") for number in range(3)])
    golden(f"smooth-compared-{width}x{height}", show(width, height, "+", "+", "s", "s"))


def test_off_again_is_the_frame_before(show) -> None:
    before = show(120, 40).lines()
    assert show(120, 40, "s", "s").lines() != before
    after = show(120, 40, "S", "S").lines()
    assert "not smoothed" in after[-2], "what the key did is said once"
    assert after[:-2] == before[:-2]


def test_a_cursor_tells_both_values(noisy: tuple[Project, Run, Dashboard]) -> None:
    _, _, dashboard = noisy
    for key in ("s", "v", "end", "left"):
        respond(dashboard, KeyPressed(key))
    lines = Composer().compose(dashboard, NOW).lines()
    assert "8 ≈ 6.5000 @3" in lines[1]
    assert "logged 8   smoothed 6.5000" in lines[-2]
    respond(dashboard, KeyPressed("end"))
    lines = Composer().compose(dashboard, NOW).lines()
    assert "NaN @4" in lines[1]


def test_a_hurried_frame_smooths_no_more_than_its_charts(
    noisy: tuple[Project, Run, Dashboard], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, run, dashboard = noisy
    monkeypatch.setattr(metrics, "NEW_POINTS_A_FRAME", 1)
    respond(dashboard, KeyPressed("s"))
    rows = {f"m{number}": [1.0, 2.0] for number in range(3)}
    dashboard.apply(RowsLoaded(P, 0, [make_batch(rows, first_id=6, steps=[5, 6])], 7))
    respond(dashboard, Resized(200, 50))
    composer = Composer()
    hurried = composer.compose(dashboard, NOW, hurried=True)
    unsmoothed = [run.unsmoothed(STEPS, metric, SMOOTHING) for metric in dashboard.metrics]
    assert unsmoothed.count(0) == 1, "the focused chart alone"
    assert composer.compose(dashboard, NOW) != hurried
    assert not any(run.unsmoothed(STEPS, metric, SMOOTHING) for metric in dashboard.metrics)


@pytest.fixture
def noisy(batch: Callable[..., RunRows]) -> tuple[Project, Run, Dashboard]:
    """A run that logged 4, 8, 4, 8 and a NaN, on screen."""
    made = Dashboard()
    respond(made, Resized(100, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 5))
    made.apply(RowsLoaded(P, 0, [batch({"loss": [4.0, 8.0, 4.0, 8.0, float("nan")]})], 5))
    made.apply(LoadFinished(P, 0))
    assert made.project is not None
    assert made.run is not None
    return made.project, made.run, made


def test_the_latest_value_stands_beside_its_smoothed_one(
    noisy: tuple[Project, Run, Dashboard],
) -> None:
    project, run, _ = noisy
    plain = stretch_of(project, run, Framing())
    assert plain.smoothed("loss") is None
    assert plain.unsmoothed("loss") == 0
    assert plain.latest_text("loss", "8") == "8"
    smooth = stretch_of(project, run, Framing(smoothing=SMOOTHING))
    assert smooth.unsmoothed("loss") == 5
    assert smooth.latest_text("loss", "NaN") == "NaN", "there is nothing beside a NaN"
    assert smooth.unsmoothed("loss") == 0
    kept = smooth.smoothed("loss")
    assert kept is not None
    average = (8 + 4 * 0.6 + 8 * 0.6**2 + 4 * 0.6**3) / (1 + 0.6 + 0.6**2 + 0.6**3)
    assert kept.values[3] == pytest.approx(average)
    assert beside_smoothed("8", kept, 3) == "8 ≈ 6.5000"
    assert isinstance(kept, Series)
    assert run.smoothed(plain.axis, "loss", SMOOTHING) is kept, "it is kept"


def test_values_without_a_place_on_a_logarithmic_x_axis_are_counted(
    noisy: tuple[Project, Run, Dashboard],
) -> None:
    project, run, dashboard = noisy
    run.append(make_batch({"loss": [1.0, 1.0]}, steps=[-5, 7], first_id=6))
    stretch = stretch_of(project, run, Framing(axis=LOG_STEPS))
    assert stretch.without_place("loss") == 2, "of steps 0 and -5"
    assert stretch_of(project, run, Framing()).without_place("loss") == 0
    epochs = make_batch({"epoch": [1.0]}, steps=[8], first_id=8)
    run.append(epochs)
    along_epochs = Framing(axis=XAxis(XKind.METRIC, "epoch"))
    assert stretch_of(project, run, along_epochs).without_place("loss") == 7, "logged before it"
    assert stretch_of(project, run, along_epochs).why_without_place == "without an x"
    assert stretch_of(project, run, Framing(axis=CLOCK)).why_without_place == "without a time"
    assert stretch.x_text(2.0) == "100"
    times = [NOW - 2, NOW - 1]
    rows = make_batch({"loss": [1.0, 2.0]}, steps=[0, 1], times=times, run_id="new", first_id=9)
    dashboard.apply(RowsLoaded(P, 0, [rows], 9))
    dashboard.view.charts.change(Framing(axis=LOG_STEPS))
    lines = Composer().compose(dashboard, NOW).lines()
    assert any("─ 1 at step 0 or less not drawn ─" in line for line in lines)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (XKind.ELAPSED, "without a time"),
        (XKind.CLOCK, "without a time"),
        (XKind.LOG_STEP, "at step 0 or less"),
        (XKind.METRIC, "without an x"),
    ],
)
def test_why_a_value_has_no_place_is_said_of_each_axis(kind: XKind, words: str) -> None:
    run = Run("r", "r")
    run.append(make_batch({"loss": [1.0], "epoch": [1.0]}, run_id="r"))
    axis = XAxis(kind, "epoch" if kind is XKind.METRIC else "")
    assert stretch_of(Project(P), run, Framing(axis=axis)).why_without_place == words


@pytest.mark.parametrize(
    ("axis", "said", "at_the_cursor"),
    [
        (XAxis(XKind.METRIC, "tokens"), "no value has tokens", "the run logged no tokens"),
        (LOG_STEPS, "all values are at step 0 or less", "nothing is logged up to here"),
    ],
)
def test_where_no_value_has_a_place_the_chart_says_why(
    axis: XAxis, said: str, at_the_cursor: str
) -> None:
    dashboard = Dashboard()
    dashboard.watch(P)
    respond(dashboard, Resized(80, 24))
    dashboard.apply(LoadStarted(P, 0, 2))
    rows = make_batch({"loss": [1.0, 2.0]}, steps=[-2, -1], run_id="r")
    dashboard.apply(RowsLoaded(P, 0, [rows], 2))
    dashboard.apply(LoadFinished(P, 0))
    dashboard.view.charts.change(Framing(axis=axis))
    text = "\n".join(Composer().compose(dashboard, NOW).lines())
    assert said in text
    assert "no finite values" not in text
    respond(dashboard, KeyPressed("v"))
    assert at_the_cursor in Composer().compose(dashboard, NOW).lines()[-2]


@pytest.mark.parametrize(
    ("kind", "unit"), [(XKind.STEP, "steps"), (XKind.ELAPSED, "s"), (XKind.METRIC, "loss")]
)
def test_labels_of_each_axis_begin_at_its_start_and_tell_its_unit(kind: XKind, unit: str) -> None:
    run = Run("r", "r")
    run.append(make_batch({"train/loss": [1.0]}, run_id="r"))
    axis = XAxis(kind, "train/loss" if kind is XKind.METRIC else "")
    labels = stretch_of(Project(P), run, Framing(axis=axis)).x_labels(0.0, 4.0, 80, 0)
    assert (labels[0].tick, labels[0].text) == (0, "0")
    assert [label.text for label in labels if label.tick is None] == [unit]


def test_in_a_held_window_without_a_value_the_newest_of_all_is_told_as_rows_come(
    batch: Callable[..., RunRows],
) -> None:
    run = Run("r", "r")
    run.append(batch({"loss": [1.0]}, steps=[5], run_id="r"))
    held = Framing(Between(STEPS, 10.0, 20.0))
    before = stretch_of(Project(P), run, held)
    assert not before.has_values("loss")
    assert before.new_points("loss") == 0
    told, version = before.latest("loss"), before.version("loss")
    run.append(batch({"loss": [2.0]}, steps=[30], run_id="r", first_id=2))
    after = stretch_of(Project(P), run, held)
    assert not after.has_values("loss")
    assert (told, after.latest("loss")) == (1.0, 2.0)
    assert version != after.version("loss")


def test_a_held_window_marks_its_newest_point_no_more_once_a_row_comes(dashboard, batch) -> None:
    respond(dashboard, Resized(120, 40))
    last = dashboard.run.last_step
    dashboard.view.charts.change(Framing(Between(STEPS, last - 100, last)))
    composer = Composer()
    before = composer.compose(dashboard, NOW).lines()
    rows = batch(
        {"train/loss": [0.4]}, steps=[last + 50], run_id=dashboard.run.run_id, first_id=7_000
    )
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6_001))
    after = composer.compose(dashboard, NOW).lines()
    assert after == Composer().compose(dashboard, NOW).lines()
    assert sum(line.count("●") for line in after) < sum(line.count("●") for line in before)
