"""The events of a run, compared with a look at every value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_batch
from trackio_view.model import chart_events
from trackio_view.model.alerts import Alert
from trackio_view.model.chart_events import (
    ChartEvent,
    Trend,
    best_of,
    look_on,
    look_on_alerts,
    notable,
    trend_of,
)
from trackio_view.model.run import Run, RunRows
from trackio_view.model.x_axis import CLOCK, STEPS, XAxis, XKind
from trackio_view.series.series import Series
from trackio_view.series.smoothing import Smoothing, Way


def next_events(
    runs: Sequence[tuple[Run, Sequence[Alert]]],
    metrics: Sequence[str],
    axis: XAxis,
    x: float,
    direction: int,
) -> list[ChartEvent]:
    """Look at all that is new, then find the next events."""
    assert look_on([run for run, _ in runs], metrics, axis, start=0) is None
    assert look_on_alerts(runs, axis) == 1
    return chart_events.next_events(runs, metrics, axis, x, direction)


def alert(step: float | None, title: str, row_id: int = 1) -> Alert:
    return Alert(row_id, "run", "run", title, None, "warn", step, math.nan)


def all_events(
    runs: Sequence[tuple[Run, Sequence[Alert]]], metrics: Sequence[str], direction: int
) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    x = -math.inf if direction > 0 else math.inf
    while events := next_events(runs, metrics, STEPS, x, direction):
        found += [(event.x, event.what) for event in events]
        x = events[0].x
    return found


def test_an_alert_is_met_at_the_step_that_its_time_tells() -> None:
    """The training counts 0, 500, 1000 in the rows 0, 1, 2: a person may mean either by a 1."""
    run = Run("run", "run")
    logged = {"step": [0.0, 500.0, 1000.0], "loss": [3.0, 2.0, 1.0]}
    run.append(make_batch(logged, steps=[0, 1, 2], times=[100.0, 200.0, 300.0]))
    assert run.step_metric == "step"
    alerts = [alert(1, "counted")._replace(time=201.0), alert(1, "named")._replace(time=101.0)]
    events = all_events([(run, alerts)], [], 1)
    met = [event for event in events if event[1] != "last row"]
    assert [x for x, _ in met] == [0.0, 500.0]


value = st.floats(-5, 5) | st.just(math.nan) | st.none()


@pytest.mark.parametrize("by_numpy", [False, True], ids=["plain", "numpy"])
@given(values=st.lists(value, min_size=1, max_size=40), cut=st.integers(0, 40))
def test_every_event_is_met_once_forwards_and_backwards(
    values: list[float | None], cut: int, by_numpy: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chart_events, "numpy_pays", lambda count: by_numpy and count > 0)
        check_events(values, cut)


def check_events(values: list[float | None], cut: int) -> None:
    run = Run("run", "run")
    for start, part in ((0, values[:cut]), (cut, values[cut:])):
        if part:
            steps = range(start, start + len(part))
            run.append(make_batch({"loss": part, "lr": [1.0] * len(part)}, steps=steps))
            next_events([(run, [])], ["loss"], STEPS, 0, 1)
    logged = [(step, own) for step, own in enumerate(values) if own is not None]
    expected = [(float(len(values) - 1), "last row")]
    finite = [(own, step) for step, own in logged if math.isfinite(own)]
    if finite:
        lowest = min(own for own, _ in finite)
        expected.append((float(min(at for own, at in finite if own == lowest)), "best loss"))
    before = 0.0
    for step, own in logged:
        if math.isnan(own) and math.isfinite(before):
            expected.append((float(step), "NaN in loss"))
        before = own
    assert sorted(all_events([(run, [])], ["loss"], 1)) == sorted(expected)
    assert sorted(all_events([(run, [])], ["loss"], -1)) == sorted(expected)


@pytest.fixture
def run(batch: Callable[..., RunRows]) -> Run:
    made = Run("run", "one")
    times = [1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3]
    made.append(batch({"loss": [5.0, 4.0, 3.0, 2.0]}, times=times, run_name="one"))
    again = batch({"loss": [3.5, 2.5]}, steps=[1, 2], times=[1e9 + 9, 1e9 + 10], run_name="one")
    made.append(again)
    return made


def test_alerts_resumes_and_ends_are_events(run: Run) -> None:
    alerts = [alert(1, "slow"), alert(None, "nowhere"), alert(99, "late"), alert(-5, "early")]
    assert all_events([(run, alerts)], ["loss"], 1) == [
        (1, "resumed"),
        (1, "alert: slow"),
        (3, "best loss"),
        (3, "alert: late"),
        (3, "last row"),
    ]
    alerts.append(alert(2, "again"))
    assert (2.0, "alert: again") in all_events([(run, alerts)], ["loss"], -1)
    # A reload brings them again in another list.
    told = [what for _, what in all_events([(run, [alert(2, "other")])], ["loss"], 1)]
    assert [what for what in told if what.startswith("alert")] == ["alert: other"]


def test_spikes_and_infinities_are_events_under_their_names(batch: Callable[..., RunRows]) -> None:
    run = Run("run", "one")
    losses = [1.0 + step % 7 / 10 for step in range(300)]
    losses[120], losses[121], losses[200] = 90.0, 80.0, math.inf
    run.append(batch({"loss": losses, "lr": [0.1] * 300}, run_name="one"))
    assert all_events([(run, [])], ["loss", "lr"], 1) == [
        (0, "best loss"),
        (120, "spike of loss"),
        (200, "infinity in loss"),
        (299, "last row"),
    ]
    run.append(batch({"loss": [70.0, 1.0]}, steps=[300, 301], first_id=301, run_name="one"))
    assert (300, "spike of loss") in all_events([(run, [])], ["loss"], -1)


def test_along_the_clock_they_are_where_they_happened(run: Run) -> None:
    (resumed,) = next_events([(run, [])], ["loss"], CLOCK, 1e9 + 4, 1)
    assert resumed == ChartEvent(1e9 + 9, "resumed")


def test_several_runs_say_whose_it_is(run: Run, batch: Callable[..., RunRows]) -> None:
    other = Run("other", "two")
    other.append(batch({"loss": [1.0] * 9}, run_name="two"))
    found = all_events([(run, []), (other, [])], ["loss"], 1)
    assert found[0] == (0, "best loss of two")
    assert found[-1] == (8, "last row of two")
    assert (3.0, "last row of one") in found


def test_the_best_value_is_kept_while_none_is_better(
    batch: Callable[..., RunRows],
) -> None:
    run = Run("run", "run")
    run.append(batch({"loss": [3.0, 1.0, 2.0], "val/accuracy": [0.1, 0.9, 0.9], "lr": [1.0] * 3}))
    assert best_of(run, "lr", STEPS) is None
    best, accuracy = best_of(run, "loss", STEPS), best_of(run, "val/accuracy", STEPS)
    assert best is not None
    assert accuracy is not None
    assert (best.value, best.step, accuracy.step) == (1.0, 1, 1)
    run.append(batch({"loss": [0.5, math.nan]}, steps=[3, 4], first_id=4))
    best = best_of(run, "loss", STEPS)
    assert best is not None
    assert (best.value, best.step) == (0.5, 3)


@pytest.mark.parametrize(("metric", "better"), [("loss", min), ("val/accuracy", max)])
@given(
    pieces=st.lists(
        st.lists(
            st.integers(-3, 3).map(float) | st.sampled_from([math.nan, math.inf, -math.inf]),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_the_best_value_is_the_first_of_the_best_ones(
    metric: str, better: Callable[[list[float]], float], pieces: list[list[float]]
) -> None:
    run = Run("run", "run")
    logged: list[float] = []
    for piece in pieces:
        first = len(logged)
        steps = list(range(first, first + len(piece)))
        run.append(make_batch({metric: piece}, steps=steps, first_id=first + 1))
        logged += piece
        best, finite = best_of(run, metric, STEPS), list(filter(math.isfinite, logged))
        if not finite:
            assert best is None
        else:
            assert best is not None
            assert best.value == better(finite)
            assert best.step == best.position == logged.index(best.value)


def test_a_million_events_cost_a_bisect(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("run", "run")
    values = [math.nan if at % 2 else 1.0 for at in range(40_000)]
    run.append(make_batch({"loss": values}))
    alerts = [alert(step, "again", step + 1) for step in range(0, 40_000, 10)]
    next_events([(run, alerts)], ["loss"], STEPS, 5, 1)
    assert len(notable(run, "loss", STEPS).breaks) == 20_000
    monkeypatch.setattr(Series, "number", lambda *_: pytest.fail("a value is looked at"))
    monkeypatch.setattr(Run, "step_at", lambda *_: pytest.fail("an alert is looked at"))
    assert [event.x for event in next_events([(run, alerts)], ["loss"], STEPS, 20_000, 1)] == [
        20_001
    ]


def test_a_run_without_rows_has_no_events() -> None:
    for axis in (STEPS, CLOCK, XAxis(XKind.METRIC, "epoch")):
        assert next_events([(Run("run", "one"), [alert(3.0, "odd")])], ["loss"], axis, 0.0, 1) == []


def test_an_event_without_a_place_along_the_axis_is_passed_over() -> None:
    run = Run("run", "one")
    epochs = [math.nan, math.nan, 1.0, 2.0]
    run.append(make_batch({"loss": [1.0, 2.0, 3.0, 4.0], "epoch": epochs}))
    axis = XAxis(XKind.METRIC, "epoch")
    # The best loss was logged before the first epoch.
    events = next_events([(run, [])], ["loss"], axis, 0.0, 1)
    assert [(event.x, event.what) for event in events] == [(2.0, "last row")]
    assert next_events([(run, [])], ["loss"], axis, 2.0, 1) == []


@given(
    values=st.lists(st.lists(value, min_size=1, max_size=30), min_size=1, max_size=6),
    most=st.integers(0, 200),
)
def test_looked_at_bit_by_bit_the_same_happened(
    values: list[list[float | None]], most: int
) -> None:
    count = max(map(len, values))
    columns = {
        f"m{number}": [*own, *[None] * (count - len(own))] for number, own in enumerate(values)
    }
    runs = [Run("a", "a"), Run("b", "b")]
    others = [Run("a", "a"), Run("b", "b")]
    for run in (*runs, *others):
        run.append(make_batch(columns, steps=range(count)))
    # A metric that one run lacks.
    metrics = [*columns, "none"]
    number: int | None = 0
    while number is not None:
        before = number
        number = look_on(runs, metrics, STEPS, number, most)
        assert number is None or number > before
    for direction in (1, -1):
        expected = all_events([(run, []) for run in others], metrics, direction)
        x = -math.inf if direction > 0 else math.inf
        found: list[tuple[float, str]] = []
        pairs: list[tuple[Run, Sequence[Alert]]] = [(run, []) for run in runs]
        while events := chart_events.next_events(pairs, metrics, STEPS, x, direction):
            found += [(event.x, event.what) for event in events]
            x = events[0].x
        assert found == expected


def test_a_look_is_bounded_whatever_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    find = chart_events.notable

    def count(run: Run, metric: str, axis: XAxis) -> chart_events.Notable:
        looked.append(metric)
        return find(run, metric, axis)

    monkeypatch.setattr(chart_events, "notable", count)
    run = Run("run", "run")
    metrics = [f"m{number}" for number in range(300)]
    run.append(make_batch({metric: [1.0] * 100 for metric in metrics}))
    number: int | None = 0
    looks = []
    while number is not None:
        looked.clear()
        number = look_on([run], metrics, STEPS, number, 3000)
        looks.append(len(looked))
    assert sum(looks) == 300, "each once"
    assert max(looks) <= 3000 // 100
    looked.clear()
    assert look_on([run], metrics, STEPS, 0, 3000) is None
    assert not looked, "nothing came"
    run.append(make_batch({"m7": [math.nan]}, steps=[100], first_id=101))
    assert look_on([run], metrics, STEPS, 0, 3000) is None
    assert looked == ["m7"]


def logged(metrics: dict[str, list[float]], steps: list[int] | None = None) -> Run:
    made = Run("run", "run")
    made.append(make_batch(metrics, steps=steps))
    return made


def test_a_trend_is_told_by_steps_and_found_again_once_rows_came() -> None:
    values = [10.0 - at for at in range(9)] + [2.0 + at for at in range(1, 9)]
    steps = [100 + 10 * at for at in range(17)]
    made = logged({"loss": values}, steps)
    assert trend_of(made, "loss", STEPS, None) == Trend(180, 8.0, exact=True)
    assert trend_of(made, "loss", CLOCK, None) == Trend(180, 8.0, exact=True)
    made.append(make_batch({"loss": [30.0, math.nan]}, steps=[270, 280]))
    assert trend_of(made, "loss", STEPS, None) is None
    made.append(make_batch({"loss": [40.0]}, steps=[290]))
    assert trend_of(made, "loss", STEPS, None) == Trend(180, 38.0, exact=True)


def test_a_trend_of_smoothed_values_is_told_about() -> None:
    made = logged({"loss": [abs(at - 600) / 10 + math.sin(at * at) for at in range(1000)]})
    found = trend_of(made, "loss", STEPS, Smoothing(Way.BY_POINTS, 0.9))
    assert found is not None
    assert (found.exact, found.change > 30) == (False, True)
    assert found.step == pytest.approx(600, abs=48)


def test_many_alerts_are_looked_at_in_pieces() -> None:
    run = Run("run", "run")
    run.append(make_batch({"loss": [1.0] * 9}))
    alerts = [alert(step % 4, f"again {step % 3}", step + 1) for step in range(1000)]
    runs = [(run, alerts)]
    shares: list[float] = []
    while not shares or shares[-1] < 1:
        shares.append(look_on_alerts(runs, STEPS, 300))
    assert shares == [0.3, 0.6, 0.9, 1.0]
    # A place with alerts of one title is one place.
    places = run.kept.notable[STEPS, 0]
    assert len(places.found) == 12  # type: ignore[attr-defined]
    assert look_on_alerts([], STEPS) == look_on_alerts([(run, [])], STEPS) == 1
