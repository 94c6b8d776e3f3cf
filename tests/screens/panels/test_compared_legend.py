"""The lines of a legend of compared runs: what they tell, and how many values are read for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackio_view.model.events import RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.compared_page import members_of, prepare_page
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.compared_legend import compact_legend, legend_entries
from trackio_view.series.series import Series
from trackio_view.view.dashboard import Dashboard

EXPERIMENT = ProjectId("", "my-experiment")
NOW = 1_700_000_000.0


def test_without_ranges_all_else_is_told_and_no_value_is_looked_at(
    compared: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = prepare_page(compared, NOW, Memo())
    with_ranges = legend_entries(page, "val/loss", with_ranges=True, x=None)
    assert [entry.low is not None for entry in with_ranges] == [True] * 3
    last = [entry.last for entry in with_ranges if entry.last is not None]
    assert last == sorted(last)
    assert len(last) == 3

    def look(*_: object) -> None:
        pytest.fail("a look at every value on screen")

    monkeypatch.setattr(Series, "summary", look)
    told = [entry._replace(low=None, high=None) for entry in with_ranges]
    assert legend_entries(page, "val/loss", with_ranges=False, x=None) == told


def test_a_run_without_a_value_on_screen_tells_none(compared: Dashboard) -> None:
    page = prepare_page(compared, NOW, Memo())
    stretches = [
        stretch._replace(window=stretch.window._replace(first=1999)) for stretch in page.stretches
    ]
    page = page._replace(stretches=stretches)
    for with_ranges in (True, False):
        entries = legend_entries(page, "val/loss", with_ranges=with_ranges, x=None)
        assert [entry[2:5] for entry in entries] == [(None, None, None)] * 3


def test_entries_of_dim_lines_in_a_border_are_legible_and_the_others_bold(
    compared: Dashboard,
) -> None:
    page = prepare_page(compared, NOW, Memo())
    members = members_of(page, "val/loss")
    entries = compact_legend(page, "val/loss", members, 60).entries
    assert not any(entry.style.bold or entry.style.dim for entry in entries)
    some = [member._replace(is_dim=place > 0) for place, member in enumerate(members)]
    entries = compact_legend(page, "val/loss", some, 60).entries
    assert [entry.style.bold for entry in entries] == [True, False, False]
    assert not any(entry.style.dim for entry in entries)


def test_counts_have_no_decimals_in_any_legend(
    compared: Dashboard, batch: Callable[..., RunRows]
) -> None:
    rows = [
        batch({"epoch": [1.0, 2.0 + number]}, run_id=f"id{number}", steps=[9000, 9001], first_id=99)
        for number in range(3)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    page = prepare_page(compared, NOW, Memo())
    told = legend_entries(page, "epoch", with_ranges=True, x=None)
    assert [repr(number) for number in told[0][2:5]] == [
        repr(told[0].last),
        "1",
        repr(told[0].last),
    ]
    border = compact_legend(page, "epoch", members_of(page, "epoch"), 60).entries
    assert sorted(entry.text[-1] for entry in border) == ["2", "3", "4"]
    # One run that counts something else makes numbers of all.
    rows = [batch({"epoch": [2.5]}, run_id="id0", steps=[9002], first_id=199)]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9001))
    page = prepare_page(compared, NOW, Memo())
    border = compact_legend(page, "epoch", members_of(page, "epoch"), 60).entries
    assert sorted(entry.text[-6:] for entry in border) == ["2.5000", "3.0000", "4.0000"]


def test_close_values_in_a_border_are_told_apart_once_they_stay(
    compared: Dashboard, batch: Callable[..., RunRows]
) -> None:
    rows = [
        batch({"close": [1.5, 1.00001 + number / 1e5]}, run_id=f"id{number}", first_id=99)
        for number in range(2)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    for later, texts in ((0, ["1.0000", "1.0000"]), (60, ["1.00001", "1.00002"])):
        page = prepare_page(compared, NOW + later, Memo())
        border = compact_legend(page, "close", members_of(page, "close"), 60).entries
        assert sorted(entry.text.split()[-1] for entry in border) == texts
    page = prepare_page(compared, NOW, Memo())
    for x, is_settled in ((None, False), (1.0, True)):
        told = legend_entries(page, "close", with_ranges=False, x=x)
        assert {entry.is_settled for entry in told if entry.last is not None} == {is_settled}
    page = prepare_page(compared, NOW + 60, Memo())
    # Without room all are told, though they look alike.
    border = compact_legend(page, "close", members_of(page, "close"), 25).entries
    assert [entry.text.split()[-1] for entry in border] == ["1.0000", "1.0000"]
