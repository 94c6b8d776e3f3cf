"""What is kept between frames is never outdated, and is bounded."""

from __future__ import annotations

import tracemalloc
from array import array
from collections.abc import Callable, Sequence

import pytest

from tests.pressing import press
from tests.screens.conftest import count_pictures
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    LoadStarted,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunKey, RunRows
from trackio_view.model.windows import Between
from trackio_view.model.x_axis import ELAPSED, STEPS
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

NOW = 1_700_000_000.0
PROJECT = ProjectId("", "my-experiment")
KEYS = [RunKey(PROJECT, f"id{number}") for number in range(3)]


def alert(row_id: int, step: int | None, level: str = "warn") -> DataEvent:
    found = Alert(row_id, "id2", "brave-forest-2", "Loss spike", None, level, step, NOW - 9)
    return AlertsLoaded(PROJECT, 0, [found], False)


CHANGES: dict[str, Callable[..., Sequence[DataEvent | KeyPressed]]] = {
    "an alert": lambda batch: [alert(1, 700)],
    "another alert": lambda batch: [alert(1, 700), alert(2, 1400, "error")],
    "an alert at no step": lambda batch: [alert(1, None)],
    "a row": lambda batch: [rows(batch, 0.25)],
    "a value that is not finite": lambda batch: [rows(batch, float("nan"))],
    "another name": lambda batch: [
        DetailsLoaded(PROJECT, 0, [RunDetails("id2", "renamed", {"lr": 1}, None)])
    ],
    "the same project anew": lambda batch: [
        LoadStarted(PROJECT, 1, 1),
        RowsLoaded(PROJECT, 1, [batch({"train/loss": [7.0]}, run_id="id2")], 1),
    ],
    "a zoom": lambda batch: [KeyPressed("+")],
    "another focus": lambda batch: [KeyPressed("right")],
    "a run that is marked": lambda batch: [KeyPressed("space"), KeyPressed("space")],
}


def charts_drawn(composer: Composer) -> int:
    return sum(isinstance(key, tuple) and key[0] == "chart" for key in composer.memo._results)


def rows(batch, value: float, step: int = 2000) -> DataEvent:
    more = batch({"train/loss": [value]}, steps=[step], run_id="id2", first_id=9000)
    return RowsLoaded(PROJECT, 0, [more], 6001)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "keys",
    [(), ("enter",), ("t",), ("w",)],
    ids=["page", "enlarged", "table of runs", "wall"],
)
@pytest.mark.parametrize("compares", [False, True], ids=["one run", "runs compared"])
def test_a_frame_with_what_was_kept_is_the_one_made_without(
    dashboard: Dashboard, batch, change: str, keys: Sequence[str], compares: bool
) -> None:
    if compares:
        dashboard.view.marks.mark(KEYS)
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    composer.compose(dashboard, NOW)
    press(dashboard, *keys)
    composer.compose(dashboard, NOW)
    for event in CHANGES[change](batch):
        if isinstance(event, KeyPressed):
            respond(dashboard, event)
        else:
            dashboard.apply(event)
        kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
        assert kept.lines() == fresh.lines()
        # Only its colour may tell the mark of an alert.
        assert kept.styles == fresh.styles


@pytest.mark.parametrize(
    ("end", "drawn_anew"),
    # The first new row lies outside the window, as do the newest point and its mark from then on.
    [(1500, [0, 0, 0]), (2000, [1, 0, 0])],
    ids=["before the newest", "up to the newest"],
)
def test_rows_that_come_after_a_window_that_is_held_draw_no_chart_anew(
    dashboard: Dashboard,
    batch,
    monkeypatch: pytest.MonkeyPatch,
    end: int,
    drawn_anew: Sequence[int],
) -> None:
    run = dashboard.run
    assert run is not None
    held = run.window(None)._replace(first=100, end=end, x_range=(100, end), follows=False)
    monkeypatch.setattr(Run, "window", lambda *_: held)
    respond(dashboard, Resized(100, 40))
    composer = Composer()
    composer.compose(dashboard, NOW)
    counts = []
    for number, value in enumerate((0.25, float("nan"), 1e9)):
        before = charts_drawn(composer)
        dashboard.apply(rows(batch, value, step=2000 + number))
        kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
        assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)
        counts.append(charts_drawn(composer) - before)
    assert counts == drawn_anew


def test_the_panel_is_drawn_once_until_a_row_or_the_time_changes_it(
    dashboard: Dashboard, batch
) -> None:
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    composer.compose(dashboard, NOW)
    before = composer.memo.computed
    for key in ("right", "down", "left"):
        respond(dashboard, KeyPressed(key))
        composer.compose(dashboard, NOW + 0.1)
    assert composer.memo.computed == before
    # The listed runs get older, and the run on screen gets a row.
    for days, step in ((1, None), (400, None), (400, 2000)):
        if step is not None:
            dashboard.apply(rows(batch, 0.25, step))
        now = NOW + days * 86_400
        kept, fresh = composer.compose(dashboard, now), Composer().compose(dashboard, now)
        assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)


def test_a_fraction_after_a_window_that_is_held_changes_no_count_in_it(batch) -> None:
    dashboard = Dashboard(width=100, height=40)
    dashboard.watch(PROJECT)
    dashboard.apply(LoadStarted(PROJECT, 0, 3000))
    counts = batch({"tokens": [float(100 + row) for row in range(3000)]}, run_id="id2")
    dashboard.apply(RowsLoaded(PROJECT, 0, [counts], 3000))
    dashboard.view.charts.framing = Framing(Between(STEPS, 100.0, 1500.0))
    composer = Composer()
    before = composer.compose(dashboard, NOW).lines()
    assert any("1,600" in line for line in before)
    more = batch({"tokens": [0.5]}, steps=[3000], run_id="id2", first_id=9000)
    dashboard.apply(RowsLoaded(PROJECT, 0, [more], 3001))
    kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
    assert kept.lines() == fresh.lines()
    box = slice(1, -2)
    assert [line[:70] for line in kept.lines()[box]] == [line[:70] for line in before[box]]


def test_rows_that_come_after_windows_that_are_held_draw_no_compared_run_anew(
    dashboard: Dashboard, batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard.view.marks.mark(KEYS)
    run = dashboard.run
    assert run is not None
    held = run.window(None)._replace(first=100, end=1500, x_range=(100, 1500), follows=False)
    monkeypatch.setattr(Run, "window", lambda *_: held)
    respond(dashboard, Resized(100, 40))
    dashboard.apply(rows(batch, 0.25))
    composer, drawn = Composer(), count_pictures(monkeypatch)
    composer.compose(dashboard, NOW)
    for number, value in enumerate((0.25, 0.5, 0.125)):
        dashboard.apply(rows(batch, value, step=2001 + number))
        drawn.clear()
        kept = composer.compose(dashboard, NOW)
        assert not drawn
        fresh = Composer().compose(dashboard, NOW)
        assert drawn
        assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)
    dashboard.apply(rows(batch, float("nan"), step=2010))
    kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
    assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)


def test_a_held_window_warns_of_what_came_after_it_as_long_as_its_run_is_marked(
    dashboard: Dashboard, batch
) -> None:
    dashboard.view.marks.mark(KEYS)
    dashboard.view.charts.framing = Framing(Between(STEPS, 100.0, 1500.0))
    respond(dashboard, Resized(120, 40))
    dashboard.apply(rows(batch, 0.25))
    composer = Composer()

    def is_warned() -> bool:
        kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
        assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)
        return "▲" in kept.lines()[1]

    assert not is_warned()
    dashboard.apply(rows(batch, float("nan"), step=2001))
    assert is_warned()
    dashboard.view.marks.unmark(KEYS[2:])
    assert not is_warned()
    dashboard.view.marks.mark(KEYS[2:])
    assert is_warned()


def test_a_run_that_ended_is_no_longer_warned_of_as_one_that_gets_no_better(batch) -> None:
    dashboard, composer = Dashboard(width=120, height=40), Composer()
    dashboard.watch(PROJECT)
    dashboard.apply(LoadStarted(PROJECT, 0, 0))
    for number in range(2):
        times = [NOW - 3_000 + second for second in range(3_000)]
        values = [9.0, *[1.0] * 2_999]
        stuck = batch({"loss": values}, times=times, run_id=f"id{number}", first_id=1)
        dashboard.apply(RowsLoaded(PROJECT, 0, [stuck], 0))
    dashboard.view.marks.mark(KEYS[:2])
    for now, is_warned in ((NOW, True), (NOW + 90_000, False)):
        kept, fresh = composer.compose(dashboard, now), Composer().compose(dashboard, now)
        assert kept.lines() == fresh.lines()
        assert ("▲" in kept.lines()[1]) == is_warned


def test_an_axis_of_as_many_seconds_as_steps_has_lines_of_its_own(batch) -> None:
    dashboard, composer = Dashboard(width=80, height=24), Composer()
    dashboard.watch(PROJECT)
    dashboard.apply(LoadStarted(PROJECT, 0, 8))
    times = [NOW - 60 + second for second in (0.0, 2.5, 2.75, 3.0)]
    for number in range(2):
        values = [float((number + row) % 3) for row in range(4)]
        logged = batch({"loss": values}, times=times, run_id=f"id{number}", first_id=1 + 4 * number)
        dashboard.apply(RowsLoaded(PROJECT, 0, [logged], 4))
    dashboard.view.marks.mark(KEYS[:2])
    before = composer.compose(dashboard, NOW).lines()
    dashboard.view.charts.change(Framing(axis=ELAPSED))
    kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
    assert kept.lines() == fresh.lines() != before


def test_a_run_that_goes_on_without_a_metric_is_not_marked_as_ended_in_its_chart(
    dashboard: Dashboard, batch
) -> None:
    dashboard.view.marks.mark(KEYS)
    dashboard.view.run_id = "id0"
    further = batch({"train/loss": [1.0]}, steps=[2500], run_id="id0", first_id=8000)
    dashboard.apply(RowsLoaded(PROJECT, 0, [further], 6001))
    dashboard.view.charts.framing = Framing(Between(STEPS, 100.0, 3000.0))
    respond(dashboard, Resized(100, 40))
    composer = Composer()
    before = composer.compose(dashboard, NOW).lines()
    names = {"id1": "brave-forest-1", "id2": "brave-forest-2"}
    others = [
        batch({"val/loss": [1.0]}, steps=[6000], run_id=run, run_name=name, first_id=9000)
        for run, name in names.items()
    ]
    dashboard.apply(RowsLoaded(PROJECT, 0, others, 6003))
    kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
    assert fresh.lines() != before
    assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)


def test_a_result_is_computed_once_and_kept_for_its_key_alone() -> None:
    memo = Memo()
    made: list[str] = []

    def make(name: str) -> Callable[[], str]:
        return lambda: (made.append(name), name)[1]

    assert memo.get(("chart", 1), make("first")) == "first"
    assert memo.get(("chart", 1), make("again")) == "first"
    assert memo.get(("chart", 2), make("second")) == "second"
    assert made == ["first", "second"]
    assert memo.computed == 2
    assert memo.knows(("chart", 1))
    assert not memo.knows(("chart", 3))


def test_drawings_used_of_late_stay_and_the_rest_goes() -> None:
    memo = Memo()
    for number in range(5_000):
        memo.get("always used", lambda: 0)
        memo.get(number, lambda: 0)
    assert memo.knows("always used")
    assert memo.knows(4_999)
    assert not memo.knows(0)
    assert len(memo._results) < 1_000


def test_a_state_that_was_forgotten_never_gets_anothers_number() -> None:
    memo = Memo()
    numbers = [memo.number_of(("state", number)) for number in range(5_000)]
    assert len(set(numbers)) == len(numbers)
    assert memo.number_of(("state", 4_999)) == numbers[-1]
    assert memo.number_of(("state", 0)) not in numbers


def test_the_newest_result_of_a_name_is_told_while_it_is_kept() -> None:
    memo = Memo()
    memo.get(("chart", 1), lambda: 0)
    memo.remember_newest("loss", ("chart", 1))
    assert memo.newest("loss") == ("chart", 1)
    assert memo.newest("accuracy") is None
    for number in range(5_000):
        memo.get(number, lambda: 0)
    assert memo.newest("loss") is None


def _noise(first: int, count: int) -> DataEvent:
    own, steps = array("I", range(count)), array("d", range(first, first + count))
    values = array("d", [float(step % 97) for step in range(min(count, 1_000))])
    columns = {"loss": MetricColumn(own, values * (count // len(values)))}
    batch = RunRows("r", "r", first + count, steps, steps, columns, first + count - 1)
    return RowsLoaded(PROJECT, 0, [batch], first + count)


def test_a_frame_copies_nothing_of_a_long_series() -> None:
    pytest.importorskip("numpy")
    count = 600_000
    dashboard, composer = Dashboard(), Composer()
    respond(dashboard, Resized(120, 40))
    dashboard.watch(PROJECT)
    dashboard.apply(LoadStarted(PROJECT, 0, count))
    dashboard.apply(_noise(0, count))
    # The first frame, and the first cursor, make what later frames need of earlier rows.
    respond(dashboard, KeyPressed("v"))
    composer.compose(dashboard, NOW)
    dashboard.apply(_noise(count, 1))
    composer.compose(dashboard, NOW)
    dashboard.apply(_noise(count + 1, 1))
    tracemalloc.start()
    try:
        composer.compose(dashboard, NOW)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The memory is less than a byte for each value, so no array over all values was made.
    assert most < count
