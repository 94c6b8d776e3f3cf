"""The facts that all charts of compared runs share: groups, their members, and when they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.alerts import Alert
from trackio_view.model.events import AlertsLoaded, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.windows import Between
from trackio_view.model.x_axis import STEPS
from trackio_view.screens.compared_page import (
    MANY,
    ComparedMember,
    members_of,
    prepare_page,
)
from trackio_view.screens.memo import Memo
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.table import Arrangement

P = ProjectId("", "my-experiment")
NOW = 1_700_000_000.0


def told(members: list[ComparedMember]) -> list[tuple[str, Any, bool, bool]]:
    return [(it.one.run.run_id, it.number, it.is_front, it.is_best) for it in members]


@pytest.fixture
def many(dashboard: Dashboard, batch: Callable[..., RunRows]) -> Callable[[int], Dashboard]:
    """Return a function that marks a number of runs; later runs have lower losses."""

    def make(count: int) -> Dashboard:
        rows = [
            batch({"loss": [9.0, 8.0 - number]}, run_id=f"m{number}", first_id=7000 + 2 * number)
            for number in range(count)
        ]
        dashboard.apply(RowsLoaded(P, 0, rows, 7100))
        dashboard.view.marks.mark([RunKey(P, f"m{number}") for number in range(count)])
        dashboard.view.run_id = "m0"
        return dashboard

    return make


def test_members_stand_by_their_values_and_the_one_in_front_is_told(
    many: Callable[[int], Dashboard],
) -> None:
    page = prepare_page(many(3), NOW, Memo())
    assert told(members_of(page, "loss")) == [
        ("m2", 6.0, False, True),
        ("m1", 7.0, False, False),
        ("m0", 8.0, True, False),
    ]
    assert members_of(page, "nobody logs this") == []
    # All values at the first step are equal, so the run in front comes first.
    first = members_of(page, "loss", 0.0)
    assert told(first)[0] == ("m0", 9.0, True, False), "none of equal ones is the best"
    assert [it.point is not None and it.point.x for it in first] == [0.0] * 3
    assert all(it.number is None and it.point is None for it in members_of(page, "loss", -1.0))


@pytest.mark.parametrize(("count", "dim"), [(MANY - 1, 0), (MANY, MANY - 2)])
def test_from_so_many_on_all_but_the_front_and_the_best_are_dim(
    many: Callable[[int], Dashboard], count: int, dim: int
) -> None:
    members = members_of(prepare_page(many(count), NOW, Memo()), "loss")
    assert sum(it.is_dim for it in members) == dim
    assert not members[0].is_dim
    assert not next(it for it in members if it.is_front).is_dim


def test_runs_are_grouped_as_the_table_groups_them(compared: Dashboard) -> None:
    memo = Memo()
    assert prepare_page(compared, NOW, memo).group_names == []
    compared.view.spread = True
    page = prepare_page(compared, NOW, memo)
    groups = {
        one.run.run_id: page.group_names[it]
        for one, it in zip(page.compared, page.groups, strict=True)
    }
    assert groups == {"id0": "a", "id1": "a", "id2": "b"}
    assert len(set(page.group_looks)) == 2
    compared.view.runs.arrangement = Arrangement(group="config:momentum")
    page = prepare_page(compared, NOW, memo)
    assert sorted(page.group_names) == ["0.9", "no momentum"]
    by_momentum = page.version
    compared.view.runs.arrangement = Arrangement(group="config:lr")
    assert prepare_page(compared, NOW, memo).version != by_momentum, "its means are others"
    compared.view.runs.arrangement = Arrangement(group="config:momentum")
    # A group looks the same in whatever order its runs were marked.
    looks = dict(zip(page.group_names, page.group_looks, strict=True))
    compared.view.marks.mark([one.key for one in reversed(page.compared)])
    again = prepare_page(compared, NOW, memo)
    assert dict(zip(again.group_names, again.group_looks, strict=True)) == looks


def test_a_version_changes_with_what_all_charts_show_and_with_nothing_else(
    compared: Dashboard, batch: Callable[..., RunRows]
) -> None:
    memo = Memo()
    before = prepare_page(compared, NOW, memo)
    assert prepare_page(compared, NOW + 1, memo).version == before.version
    # The runs log no more, so that their values are told apart.
    settled = prepare_page(compared, NOW + 60, memo)
    assert (len(before.settled), len(settled.settled)) == (0, 3)
    assert settled.version != before.version
    # Nor is the end of a window that is held another one in a moment.
    charts = compared.view.charts
    follows = charts.framing
    charts.change(follows._replace(window=Between(STEPS, 0.0, 50.0)))
    assert len(prepare_page(compared, NOW, memo).settled) == 3
    charts.change(follows)
    alert = Alert(2, "id2", "brave-forest-2", "NaN", "", "warn", 3, NOW)
    compared.apply(AlertsLoaded(P, 0, [alert], False))
    alerted = prepare_page(compared, NOW, memo)
    assert alerted.version != before.version
    compared.apply(RowsLoaded(P, 0, [batch({"x": [1.0]}, run_id="id0", first_id=7000)], 7000))
    assert prepare_page(compared, NOW, memo).version != alerted.version
    low, high = before.x_range or (0.0, 0.0)
    assert low < high


def test_a_line_costs_its_points_and_as_much_as_fifteen_hundred_more(
    many: Callable[[int], Dashboard],
) -> None:
    assert prepare_page(many(2), NOW, Memo()).points == [1_502, 1_502]
