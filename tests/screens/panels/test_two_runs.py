"""The sentence that compares two marked runs."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from tests.screens.conftest import EXPERIMENT, ROWS
from trackio_view.model.events import DetailsLoaded, RowsLoaded
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.model.x_axis import STEPS
from trackio_view.screens.panels.two_runs import two_runs
from trackio_view.view.actions import Mode
from trackio_view.view.charts.charts_view import Spot


@pytest.fixture
def pair(dashboard: Any, batch: Any) -> Any:
    """Two marked runs, the second one in front and two steps further."""
    rows = [
        batch({"train/loss": [3.0, 1.0, 2.0]}, run_id="a", first_id=7000),
        batch({"train/loss": [4.0, 3.0, 0.5, 0.4, 0.8]}, run_id="b", first_id=8000),
    ]
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, rows, 3 * ROWS + 8))
    configs = [{"lr": 0.1, "seed": 1}, {"lr": 0.3, "seed": 1, "warmup": 10}]
    details = [
        RunDetails(key, key, config, None) for key, config in zip("ab", configs, strict=True)
    ]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    dashboard.view.marks.mark([RunKey(EXPERIMENT, key) for key in "ab"])
    dashboard.view.marks.pin(RunKey(EXPERIMENT, "b"))
    return dashboard


def said(dashboard: Any) -> list[str]:
    clauses = two_runs(dashboard, "train/loss")
    # The marks of the two runs stand for them.
    return ["".join(text if len(text) > 1 else "*" for text, _, *_ in clause) for clause in clauses]


def test_they_are_compared_where_both_have_been(pair: Any) -> None:
    assert said(pair) == [
        "* 0.5000 @2 is 1.5000 (75.0%) lower than * 2.0000",
        "; best * 0.4000 @3, * 1.0000 @1",
        "; differ in lr 0.3, 0.1; warmup 10, none",
    ]


def test_a_cursor_says_where(pair: Any, show: Any) -> None:
    show(120, 40, "v")
    pair.view.charts.cursor = Spot(0.0, STEPS)
    assert said(pair)[0] == "* 4.0000 @0 is 1.0000 (33.3%) higher than * 3.0000"
    pair.view.charts.cursor = Spot(4.0, STEPS)
    # The other one ended before.
    assert said(pair)[0] == "* 0.8000 @4 is 1.2000 (60.0%) lower than * 2.0000 @2"


def test_values_that_are_not_finite_stand_beside_each_other(pair: Any, batch: Any) -> None:
    more = batch({"train/loss": [math.nan]}, run_id="a", first_id=9000, steps=[3])
    pair.apply(RowsLoaded(EXPERIMENT, 0, [more], 3 * ROWS + 9))
    assert said(pair)[0] == "* 0.4000 @3 beside * NaN"


def test_nothing_is_said_of_others_than_two(pair: Any) -> None:
    assert two_runs(pair, "no/such") == []
    pair.view.spread = True
    assert said(pair) == []
    pair.view.spread = False
    pair.view.marks.mark([RunKey(EXPERIMENT, "id0")])
    assert said(pair) == []


@pytest.mark.parametrize("has_it", ["a", "b"])
@pytest.mark.parametrize("front", ["a", "b"])
def test_nothing_is_said_of_a_metric_that_one_of_them_lacks(
    pair: Any, batch: Any, has_it: str, front: str
) -> None:
    more = batch({"rare": [5.0]}, run_id=has_it, first_id=9000, steps=[9])
    pair.apply(RowsLoaded(EXPERIMENT, 0, [more], 3 * ROWS + 9))
    pair.view.marks.pin(RunKey(EXPERIMENT, front))
    assert two_runs(pair, "rare") == []


def test_where_one_of_them_has_begun_later_nothing_is_said_of_before(pair: Any, batch: Any) -> None:
    for number, (run_id, begins) in enumerate((("a", 10), ("b", 20))):
        more = batch({"rare": [5.0]}, run_id=run_id, first_id=9000 + number, steps=[begins])
        pair.apply(RowsLoaded(EXPERIMENT, 0, [more], 3 * ROWS + 9 + number))
    for front in "ab":
        pair.view.marks.pin(RunKey(EXPERIMENT, front))
        for x, is_said in ((9.0, False), (15.0, False), (20.0, True)):
            pair.view.charts.cursor = Spot(x, STEPS)
            pair.view.open(Mode.CURSOR)
            assert bool(two_runs(pair, "rare")) is is_said, (front, x)
            pair.view.back()


def test_the_first_few_configs_that_differ_are_told_and_the_rest_is_counted(pair: Any) -> None:
    details = [
        RunDetails(key, key, {name: f"{name}{key}" for name in names}, None)
        for key, names in (("a", "uvwxyz"), ("b", "zyx"))
    ]
    pair.apply(DetailsLoaded(EXPERIMENT, 0, details))
    assert said(pair)[-1] == "; differ in z zb, za; y yb, ya; x xb, xa and 3 more"
    pair.apply(DetailsLoaded(EXPERIMENT, 0, [RunDetails(key, key, {}, None) for key in "ab"]))
    assert said(pair)[-1] == "; neither has a config"
    same = [RunDetails(key, key, {"lr": 1}, None) for key in "ab"]
    pair.apply(DetailsLoaded(EXPERIMENT, 0, same))
    assert said(pair)[-1] == "; their configs are the same"


def test_values_of_both_that_differ_look_different(pair: Any, batch: Any) -> None:
    for number, (run_id, value) in enumerate((("a", 1.00001), ("b", 1.00002))):
        more = batch({"close": [1.0, value]}, run_id=run_id, first_id=9000 + number, steps=[8, 9])
        pair.apply(RowsLoaded(EXPERIMENT, 0, [more], 3 * ROWS + 9 + number))
    text = "".join(text for clause in two_runs(pair, "close") for text, *_ in clause)
    assert " 1.00002 @9 " in text
    assert " 1.00001" in text


def test_a_metric_that_counts_in_both_runs_has_no_decimals(pair: Any, batch: Any) -> None:
    def told(metric: str, *values: float) -> str:
        for run_id, value in zip("ab", values, strict=True):
            rows = {metric: [2.0, value], "accuracy": [2.0, value]}
            more = batch(rows, run_id=run_id, first_id=9000, steps=[8, 9])
            pair.apply(RowsLoaded(EXPERIMENT, 0, [more], 3 * ROWS + 9))
        return "".join(text for clause in two_runs(pair, metric)[:1] for text, *_ in clause)

    assert " 79 @9 " in told("epoch", 3.0, 79.0)
    assert "; best " in (best := "".join(text for text, *_ in two_runs(pair, "accuracy")[1]))
    assert " 79 @9" in best
    assert " 79.000 @9 " in told("other", 3.5, 79.0)


def test_it_stands_in_the_panel_or_in_the_status_line(pair: Any, show: Any) -> None:
    wide, narrow = show(120, 40).lines(), show(80, 24).lines()
    assert any("lower than" in line[92:] for line in wide)
    assert "lower than" not in wide[-2]
    assert "is 1.5000 (75.0%) lower than" in narrow[-2]
    assert "All data" in narrow[-2]


@pytest.mark.parametrize("keys", ["", "v"])
@pytest.mark.parametrize("width", range(40, 80))
def test_where_it_has_no_room_it_is_not_cut(pair: Any, show: Any, width: int, keys: str) -> None:
    told = " ".join(show(width, 24, *keys).lines()[-2:])
    assert re.search(r" is [01]", told) is None or re.search(r"lower than . 2\.0000", told)


def test_golden(pair: Any, show: Any, golden: Any) -> None:
    golden("compared-two-120x40", show(120, 40))
    golden("compared-two-80x24", show(80, 24))
    golden("compared-two-one-120x40", show(120, 40, "enter"))
