"""The lines of a legend of compared runs: what they tell, and how many values are read for them."""

from __future__ import annotations

import pytest

from trackio_view.screens.compared_page import members_of, prepare_page
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.compared_legend import compact_legend, legend_entries
from trackio_view.series.series import Series
from trackio_view.view.dashboard import Dashboard

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
    entries = compact_legend(page, "val/loss", members, 3).entries
    assert not any(entry.style.bold or entry.style.dim for entry in entries)
    some = [member._replace(is_dim=place > 0) for place, member in enumerate(members)]
    entries = compact_legend(page, "val/loss", some, 3).entries
    assert [entry.style.bold for entry in entries] == [True, False, False]
    assert not any(entry.style.dim for entry in entries)
