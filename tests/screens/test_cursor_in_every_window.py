"""Keys move the cursor to the points that a look at each row finds: under every window, along every
axis, logarithmic and smoothed or not. It tells what was logged there, and the window follows it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pressing import press
from tests.screens.test_every_window_and_axis import (
    AXES,
    SMOOTHINGS,
    Logged,
    rows_in,
    runs,
    windows,
)
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import Between, WindowChoice, is_held
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.charts.charted_runs import cursor_x, x_span_of
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import format_step

P = ProjectId("", "p")
NOW = 1_700_000_100.0
KEYS = ("left", "right", "shift_left", "shift_right", "home", "end")


class Told(NamedTuple):
    """A value of the metric that has a place on the axis."""

    x: float
    row: int


def known_along(logged: Logged, axis: XAxis) -> list[Told]:
    """Return the points that a cursor can stand on: of those that share a place the newest row."""
    newest: dict[float, int] = {}
    for row, x in enumerate(logged.xs[axis]):
        if logged.losses[row] is not None and math.isfinite(x):
            newest[x] = row
    return [Told(*both) for both in sorted(newest.items())]


def dashboard_of(logged: Logged, framing: Framing) -> Dashboard:
    made = Dashboard(width=160, height=12)
    made.watch(P)
    made.apply(ProjectsListed("", [ProjectSummary(P, 1, 1, NOW, 4096)]))
    made.apply(LoadStarted(P, 0, len(logged.losses)))
    columns = {name: column for name, column in logged.batch.columns.items() if column.rows}
    batch = logged.batch._replace(columns=columns)
    made.apply(RowsLoaded(P, 0, [batch], len(logged.losses)))
    made.apply(LoadFinished(P, 0))
    made.view.charts.framing = framing
    made.view.focus = made.metrics.index("loss")
    return made


def shown_of(logged: Logged, window: WindowChoice, axis: XAxis) -> tuple[float, float] | None:
    """Return where the charts begin and end, from each of the window's rows."""
    if isinstance(window, Between) and window.axis == axis:
        every = [x for x in logged.xs[axis] if math.isfinite(x)]
        right = max(every, default=-math.inf) if window.right is None else window.right
        return window.left, max(window.left, right)
    inside = [x for row in rows_in(logged, window) if math.isfinite(x := logged.xs[axis][row])]
    every = [x for x in logged.xs[axis] if math.isfinite(x)]
    chosen = inside or every
    return (min(chosen), max(chosen)) if chosen else None


def moved(
    key: str, x: float, points: list[Told], shown: tuple[float, float], newest: float
) -> float:
    """Return where a key puts the cursor: where it is already, if there is no such point."""
    every = [point.x for point in points]
    before, beyond = [own for own in every if own < x], [own for own in every if own > x]
    if key == "home":
        return every[0]
    if key == "end":
        return newest
    if key == "left":
        return max(before, default=x)
    if key == "right":
        return min(beyond, default=x)
    far = (shown[1] - shown[0]) / 10
    if key == "shift_left":
        return max((own for own in before if own <= x - far), default=min(before, default=x))
    return max((own for own in beyond if own <= x + far), default=min(beyond, default=x))


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    logged=runs(),
    axis=AXES,
    logarithmic=st.booleans(),
    smoothing=st.sampled_from([None, *SMOOTHINGS]),
    keys=st.lists(st.sampled_from(KEYS), max_size=8),
)
def test_the_cursor_goes_along_the_points_and_the_window_with_it(
    data: st.DataObject,
    logged: Logged,
    axis: XAxis,
    logarithmic: bool,
    smoothing: object,
    keys: list[str],
) -> None:
    points = known_along(logged, axis)
    window = data.draw(windows(logged))
    if not points:
        return
    framing = Framing(window, axis, smoothing=smoothing)  # type: ignore[arg-type]
    if logarithmic:
        framing = framing._replace(logarithmic=frozenset({"loss"}))
    dashboard = dashboard_of(logged, framing)
    composer = Composer()
    press(dashboard, "v")
    shown = shown_of(logged, window, axis)
    assert shown is not None
    expected: float | None = points[-1].x
    if is_held(window):
        expected = max((point.x for point in points if point.x <= shown[1]), default=None)
    check(dashboard, composer, logged, axis, points, expected)
    for key in keys:
        span = x_span_of(dashboard)
        assert span is not None
        press(dashboard, key)
        if expected is None:
            continue
        newest = points[-1].x
        before, expected = expected, moved(key, expected, points, span.shown, newest)
        check(dashboard, composer, logged, axis, points, expected)
        after = x_span_of(dashboard)
        assert after is not None
        if expected != before:
            assert after.shown[0] <= expected <= after.shown[1], "it is on screen"
        if key == "end":
            assert not is_held(dashboard.view.charts.window), "it goes along with the newest rows"


def check(
    dashboard: Dashboard,
    composer: Composer,
    logged: Logged,
    axis: XAxis,
    points: list[Told],
    expected: float | None,
) -> None:
    """Compare what is on screen with the point on which the cursor stands."""
    assert cursor_x(dashboard) == expected
    frame = "\n".join(composer.compose(dashboard, NOW).lines())
    if expected is None:
        return
    row = next(point.row for point in points if point.x == expected)
    step = format_step(logged.xs[STEPS][row])
    title = next(line for line in frame.splitlines() if "─ loss ─" in line)
    assert f" @{step} ─" in title
    told = title.partition("─ loss ─")[2].partition(" @")[0].strip("─ ").split(" ≈ ")[0]
    value = logged.losses[row]
    assert value is not None
    assert float(told) == value or math.isnan(value) == (told == "NaN")
