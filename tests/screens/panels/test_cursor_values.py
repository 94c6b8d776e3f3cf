"""The charts tell the values at the cursor with all logged digits, in titles and in words."""

from __future__ import annotations

import math
import re
import statistics
from typing import Any

import pytest

from tests.screens.conftest import EXPERIMENT, ROWS, count_pictures
from trackio_view.charts.palette import MUTED, VALUE
from trackio_view.model.alerts import Alert
from trackio_view.model.events import AlertsLoaded, RowsLoaded
from trackio_view.model.run import Run, RunKey
from trackio_view.model.x_axis import STEPS, XAxis, XKind
from trackio_view.screens.panels.cursor_values import (
    AskedPlace,
    asked_of,
    places_in,
    reading_pieces,
    told_at,
)
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.terminal.cells import Frame
from trackio_view.view.charts.chart_points import Point
from trackio_view.view.charts.charted_runs import AskedRun, cursor_x
from trackio_view.view.charts.charts_view import Framing, Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import format_exact, format_value

SMOOTHING = Smoothing(Way.BY_POINTS, 0.5)


def title(show: Any, metric: str, *keys: str) -> str:
    lines: list[str] = show(200, 50, *keys).lines()
    return next(line for line in lines if f"─ {metric} ─" in line)


def status(show: Any, *keys: str) -> str:
    return str(show(160, 40, *keys).lines()[-2])


def test_golden_ascii(show: Any, golden: Any) -> None:
    show(80, 24, "enter", *["shift_left"] * 7)
    golden("cursor-one-ascii-80x24", show(80, 24, "down", unicode=False))


def test_titles_tell_every_metric_to_its_last_digit(show: Any, dashboard: Any) -> None:
    show(200, 50, "v")
    dashboard.view.charts.cursor = Spot(1200.0, STEPS)
    lines = "\n".join(show(200, 50, "home").lines())
    assert "@0 " in lines
    dashboard.view.charts.cursor = Spot(1200.0, STEPS)
    lines = "\n".join(show(200, 50).lines())
    for metric, series in dashboard.run.series.items():
        rows = list(series.rows)
        assert f"{format_exact(series.number(rows.index(1200)))} @1,200" in lines, metric


def test_a_metric_without_any_point_up_to_there_says_so() -> None:
    told = told_at(None, 3.0, VALUE)
    assert (told.text, told.style) == ("nothing yet", MUTED)


def test_why_there_is_no_point_at_the_cursor_is_said(show: Any, dashboard: Any) -> None:
    dashboard.view.charts.change(Framing(axis=XAxis(XKind.METRIC, "gone")))
    assert "the run logged no gone" in status(show, "v")
    assert reading_pieces(dashboard, 0.0)[0].text == "the run logged no gone"


def test_a_metric_without_a_point_there_tells_the_one_before(show: Any, dashboard: Any) -> None:
    show(200, 50, "v")
    dashboard.view.charts.cursor = Spot(1234.0, STEPS)
    assert "@1,200" in title(show, "val/loss")
    assert "@1,234" in title(show, "train/loss")
    assert "step 1,234" in status(show)
    dashboard.view.focus = dashboard.metrics.index("val/loss")
    assert "step 1,200" in status(show)
    assert "the last one before here" in status(show)


def test_a_whole_number_beside_a_long_name_is_told_as_it_was_logged(
    show: Any, dashboard: Any, batch: Any
) -> None:
    name = "layer/" + "x" * 60
    rows = batch({name: [3.0, 4.0]}, steps=[1, 2], run_id="id2", first_id=3 * ROWS + 1)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6002))
    dashboard.view.focus = dashboard.metrics.index(name)
    assert re.search("x ─ 4 @2 ─╮", show(40, 12, "v").lines()[1])


def test_arrows_go_from_point_to_point_of_the_focused_chart(show: Any, dashboard: Any) -> None:
    assert "step 1,998" in status(show, "v", "left")
    dashboard.view.focus = dashboard.metrics.index("val/loss")
    assert "step 1,950" in status(show, "left"), "val/loss is logged every 50 steps"
    assert "step 1,900" in status(show, "left")
    assert "step 1,950" in status(show, "right")
    assert "the newest point of val/loss" in status(show, "right", "right")
    assert "step 0 " in status(show, "home")
    assert "the first point of val/loss" in status(show, "left")
    assert "step 1,950" in status(show, "end")
    assert dashboard.view.charts.cursor is None


def test_the_cursor_follows_the_newest_point_and_pushes_at_the_edge(
    show: Any, dashboard: Any, batch: Any
) -> None:
    assert "step 1,999" in status(show, "+", "v")
    rows = batch({"train/loss": [0.25]}, steps=[ROWS], run_id="id2", first_id=3 * ROWS + 1)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6001))
    assert "step 2,000" in status(show)
    assert "logged 0.25" in status(show)
    assert "Last 500" in status(show, "left")
    pushed = status(show, *["shift_left"] * 11)
    assert "held" in pushed
    assert "Last 500" in status(show, "u"), "pushing is one change"


def test_keys_that_do_nothing_say_why(show: Any) -> None:
    assert "always on" in status(show, "enter", "v")
    assert "Esc goes back" in status(show, "enter")
    assert "step" not in status(show, "escape")


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([0, 1, 2], ""),
        ([0, 1, 1], "last of 2 in a row"),
        ([1, 0, 1], ""),
        ([1] * 1500, "last of 1,000 or more in a row"),
    ],
)
def test_points_at_one_step_are_counted(
    show: Any, dashboard: Any, batch: Any, steps: list[int], told: str
) -> None:
    values = [float(number) for number in range(len(steps))]
    rows = batch({"m": values}, steps=steps, run_id="z", first_id=9000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6000 + len(steps)))
    dashboard.show_run(RunKey(EXPERIMENT, "z"))
    line = status(show, "v")
    assert f"logged {len(steps) - 1}" in line
    assert told in line
    assert ("in a row" in line) == bool(told)


def test_a_value_that_is_no_number_is_told(show: Any, dashboard: Any, batch: Any) -> None:
    rows = batch({"train/loss": [math.nan]}, steps=[ROWS], run_id="id2", first_id=3 * ROWS + 1)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6001))
    assert "NaN @2,000" in title(show, "train/loss", "v")


def test_a_key_draws_no_chart_anew(
    show: Any, dashboard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trackio_view.screens.shell.frame import Composer
    from trackio_view.view.keys.input_events import KeyPressed
    from trackio_view.view.responses import respond

    # The footer offers other keys once the cursor has moved.
    show(120, 40, "v", "left")
    composer, drawn = Composer(), count_pictures(monkeypatch)
    composer.compose(dashboard, 0.0)
    assert len(drawn) > 2
    drawn.clear()
    for key in ("left", "shift_left", "right", "up", "down"):
        respond(dashboard, KeyPressed(key))
        composer.compose(dashboard, 0.0)
        assert not drawn, key


def test_the_cursor_is_sought_once_by_the_key_once_for_all_charts_and_once_for_the_line_of_words(
    show: Any, dashboard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[float | None] = []

    def count(dashboard: Dashboard, asked: AskedRun | None = None) -> float | None:
        sought.append(cursor_x(dashboard, asked))
        return sought[-1]

    for room in ("screens.panels.cursor_values", "view.charts.charted_runs"):
        monkeypatch.setattr(f"trackio_view.{room}.cursor_x", count)
    show(120, 40, "v")
    sought.clear()
    show(120, 40, "left")
    assert len(dashboard.metrics) > 3
    assert len(sought) == 3


def test_a_title_is_written_as_often_as_it_has_room_and_drawn_in_one_piece(
    show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that moves the cursor costs little more than one that moves the focus."""
    rounded: list[object] = []
    put = Frame.put_glyphs

    def write(*arguments: Any) -> str:
        rounded.append(arguments)
        return format_value(*arguments)

    show(200, 50, "v", "left")
    drawn: list[int] = []

    def count(self: Frame, x: int, y: int, *arguments: Any) -> int:
        if self.height == 50:
            drawn.append(y)
        return put(self, x, y, *arguments)

    monkeypatch.setattr("trackio_view.screens.panels.cursor_values.format_value", write)
    monkeypatch.setattr(Frame, "put_glyphs", count)
    lines = show(200, 50, "left").lines()
    tops = [y for y, line in enumerate(lines) if line.startswith("╭─ ") and y]
    titles = sum(lines[y].count("╭─ ") for y in tops)
    assert titles > 6
    # All of them have room for their digits. Only the best value of the other line is rounded.
    assert len(rounded) == 1
    assert sum(drawn.count(y) for y in tops) <= titles


def test_the_facts_of_a_stretch_go_before_which_charts_are_on_screen(
    show: Any, dashboard: Any
) -> None:
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(columns=1))
    keys = ["home", *["shift_right"] * 3, "a", *["shift_right"] * 3]
    assert "charts 1" in show(150, 24, "v").lines()[-2]
    line = show(150, 24, *keys, "+").lines()[-2]
    assert "/1k" in line
    assert "held" in line
    assert "charts 1" not in line


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("window", ["", "+ +", "5 0 0 - 1 5 0 0 enter"])
def test_no_fact_of_a_stretch_gives_way(show: Any, width: int, height: int, window: str) -> None:
    before = len([line for line in show(width, height, "v").lines() if line.startswith("╭")])
    keys = [*window.split(), "left", "shift_left", "a", "shift_left", "shift_left"]
    lines = show(width, height, *keys).lines()
    told = "  ".join(line.strip() for line in lines if not line.startswith(("╭", "│", "╰")))
    for fact in ("–", "▼|▲", r"mean \S+ ± ", r"min \S+ @", r"max \S+ @", r"slope \S+/1k"):
        assert re.search(fact, told), fact
    assert len([line for line in lines if line.startswith("╭")]) == before, "the same charts"


def test_a_stretch_is_told_in_words(show: Any, dashboard: Any) -> None:
    keys = ["enter", "home", *["shift_right"] * 3, "a", *["shift_right"] * 3]
    line = str(show(200, 50, *keys).lines()[-2])
    values = list(dashboard.run.series["train/loss"].values)
    first, last = (int(text.replace(",", "")) for text in line.split()[0].split("–"))
    own = values[first : last + 1]
    assert f"{format_value(statistics.fmean(own))} ± {format_value(statistics.stdev(own))}" in line
    assert f"min {min(own):.4f} @{first + own.index(min(own))}" in line.replace(",", "")
    assert f"max {max(own):.4f} @{first + own.index(max(own))}" in line.replace(",", "")
    assert "/1k" in line
    assert f"{abs(own[-1] - own[0]):.4f}"[:6] in line


def test_values_of_a_stretch_that_are_no_numbers_are_counted_beside_its_mean(
    show: Any, dashboard: Any, batch: Any
) -> None:
    values = [math.nan, 0.5, math.inf, 0.7]
    rows = batch(
        {"train/loss": values}, steps=range(ROWS, ROWS + 4), run_id="id2", first_id=3 * ROWS + 1
    )
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6004))
    line = show(200, 50, "enter", "v", "left", "left", "left", "a", "right", "right", "right")
    told = line.lines()[-2]
    assert "mean 0.6000" in told
    assert "without 2 NaN or infinite" in told


def test_the_best_value_is_told(show: Any, dashboard: Any) -> None:
    line = show(200, 50, "enter").lines()[-2]
    values = list(dashboard.run.series["train/loss"].values)
    assert f"best {min(values):.4f} @{values.index(min(values)):,}" in line


@pytest.mark.parametrize(("keys", "labels"), [("x", "min│"), ("xx", "22:11")])
def test_time_is_labelled_and_said(show: Any, keys: str, labels: str) -> None:
    frame = "\n".join(show(120, 40, *keys).lines())
    assert labels in frame
    assert "x: " in frame


def test_alerts_stand_where_they_were_along_the_clock(show: Any, dashboard: Any) -> None:
    alert = Alert(1, "id2", "brave-forest-2", "now", None, "warn", 1000, math.nan)
    dashboard.apply(AlertsLoaded(EXPERIMENT, 0, [alert], False))
    places = []
    for keys in ("enter", "x", "x"):
        lines = show(120, 40, keys).lines()
        places.append(next(line.index("▲") for line in lines if "└" in line and "▲" in line))
    assert max(places) - min(places) <= 1, "rows were written evenly, so the middle is the middle"


def test_among_groups_the_reading_names_the_run_that_it_reads(show: Any, dashboard: Any) -> None:
    lines = show(160, 40, *"t*tv").lines()
    assert " by " not in lines[-2], "the header names the run in front"
    line = str(show(160, 40, "m").lines()[-2])
    name = dashboard.compared[-1].run.name
    assert f" by {name} " in line
    assert f" of {name} " in status(show, "a", "shift_left")


def test_a_metric_that_one_run_alone_has_is_told_among_several(
    show: Any, dashboard: Any, batch: Any
) -> None:
    rows = batch({"alone": [1.5, 2.5]}, steps=[0, 1], run_id="id1", first_id=9000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6002))
    lines = "\n".join(show(200, 50, *"t*tv").lines())
    assert "2.5 @1 " in lines


def test_since_when_a_metric_rises_or_falls_is_told(
    show: Any, dashboard: Any, batch: Any, golden: Any
) -> None:
    """The loss of this validation is best at step 3,000, and rises since then."""
    own = [
        0.44 - 0.113 * at / 30 if at < 30 else 0.327 + 0.027 * (at - 30) / 30 for at in range(61)
    ]
    rows = batch({"eval/loss": own}, run_id="turns", first_id=3 * ROWS + 1)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6061))
    dashboard.view.run_id = "turns"
    line = show(120, 24, "enter", "home").lines()[-2]
    assert "best 0.3270 @30" in line
    assert "rising since 30 (+0.027)" in line
    golden("trend-80x24", show(80, 24))
    golden("trend-40x12", show(40, 12))
    golden("trend-120x40", show(120, 40))
    golden("trend-200x50", show(200, 50))
    assert "rising since" not in show(120, 24, "a").lines()[-2]


@pytest.mark.parametrize(("count", "is_smoothed"), [(10_000, True), (10_001, False)])
def test_a_reading_of_the_cursor_smooths_no_more_than_so_many_values(
    batch: Any, count: int, is_smoothed: bool
) -> None:
    run = Run("run", "run")
    run.append(batch({"loss": [1.0, 3.0] * (count // 2) + [1.0] * (count % 2)}))
    framing = Framing(smoothing=SMOOTHING)
    place = AskedPlace(2.0, None)
    for _ in range(2):
        asked = asked_of(framing, place, places_in(place, [(run, VALUE)], framing), "loss")
        assert asked is not None
        texts = list(asked.texts)
        assert ("≈" in texts[0]) is is_smoothed, texts
        # Once a chart has smoothed its line, a reading costs nothing.
        run.smoothed(STEPS, "loss", SMOOTHING)
        is_smoothed = True


def test_a_count_at_the_cursor_has_no_decimals() -> None:
    point = Point(0, 0, 1.0, 1.0, math.nan, 79.0)
    assert told_at(point, 1.0, VALUE).text == "79.000 @1"
    assert told_at(point, 1.0, VALUE, counts=True).text == "79 @1"


@pytest.mark.parametrize(("unicode", "sign"), [(True, "± "), (False, "+-")])
def test_the_spread_of_a_stretch_has_a_sign_in_every_repertoire(
    show: Any, unicode: bool, sign: str
) -> None:
    frame = show(160, 40, "enter", "a", *["left"] * 3, unicode=unicode)
    assert re.search(rf"mean \S+ {re.escape(sign)}\S+  min", frame.lines()[-2])
