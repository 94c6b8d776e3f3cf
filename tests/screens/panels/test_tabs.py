"""The line that tells which group of charts is on screen."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.screens.memo import Memo
from trackio_view.screens.panels import tabs
from trackio_view.screens.panels.tabs import nothing_chosen, tab_pieces
from trackio_view.terminal.text import text_width
from trackio_view.view.actions import Action
from trackio_view.view.charts.chart_choice import ChartChoice, choose
from trackio_view.view.keys.input_events import OnTab
from trackio_view.view.places import View

MANY = [f"group-{number}/metric" for number in range(40)] + ["loss"]


def line(choice: ChartChoice, width: int, metrics: list[str] = MANY) -> str:
    pieces = tab_pieces(choose(metrics, choice), choice, width, Memo())
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_groups_of_charts(show: Any, golden: Any, size: tuple[int, int]) -> None:
    width, height = size
    golden(f"tabs-{width}x{height}", show(width, height, "tab", "tab"))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_a_filter_of_charts(show: Any, golden: Any, size: tuple[int, int]) -> None:
    width, height = size
    golden(f"chart-filter-{width}x{height}", show(width, height, "/", *"loss -val"))
    kept = show(width, height, "enter")
    golden(f"chart-filter-kept-{width}x{height}", kept)
    show(width, height, "/", "escape", "/", *"zzz", "enter")
    golden(f"chart-filter-nothing-{width}x{height}", show(width, height))


def test_all_signs_have_twins(show: Any, golden: Any) -> None:
    golden("tabs-ascii-80x24", show(80, 24, "F", "shift_tab", "D", unicode=False))


@pytest.mark.parametrize("tab", [0, 1, 20, 39, 40])
@pytest.mark.parametrize("width", [24, 40, 76, 120, 400])
def test_the_group_on_screen_is_always_on_the_line(tab: int, width: int) -> None:
    key = [f"group-{number}" for number in range(40)] + [""]
    shown = line(ChartChoice(tab=key[tab]), width)
    # Where no other group has room, the line is left out while all charts are on screen.
    assert f"▸{key[tab] or 'all'} " in shown or (not key[tab] and not shown and width < 40)
    assert text_width(shown) <= width


def test_what_is_told_without_groups_before_it_begins_at_the_edge() -> None:
    choice = ChartChoice()
    chosen = choose(MANY, choice, dropped={"loss"})

    def told(width: int) -> str:
        return "".join(piece.text for piece in tab_pieces(chosen, choice, width, Memo()))

    assert told(24) == "1 off the screen"
    assert told(60).startswith("▸all 40 ")
    assert told(60).endswith("   1 off the screen")


def test_only_groups_near_the_one_on_screen_are_measured(monkeypatch: Any) -> None:
    made: list[str] = []
    name = tabs.tab_name
    monkeypatch.setattr(tabs, "tab_name", lambda *of: (made.append(of[0]), name(*of))[1])
    metrics = [f"group-{number}/{'x' * 280}" for number in range(5000)]
    assert "group-2500" in line(ChartChoice(tab="group-2500"), 200, metrics)
    assert len(made) < 100


def test_a_long_name_of_a_group_and_one_with_escapes(show: Any) -> None:
    metrics = [f"{'x' * 300}/a", "\x1b[31mred/b", "c"]
    shown = line(ChartChoice(), 120, metrics)
    assert "\x1b" not in shown
    assert text_width(shown) <= 120
    assert "all 3" in shown


def test_groups_of_long_names_are_told_apart() -> None:
    metrics = [f"model-of-many-layers-{at}-of-the-encoder/loss" for at in range(4)]
    told = line(ChartChoice(), 120, metrics)
    names = [word for word in told.split() if len(word.strip("▸…")) > 3]
    assert len(names) == len(set(names)) == 4
    assert all(not name.endswith("…") for name in names)


def test_keys_that_bring_charts_back_are_told() -> None:
    choice = ChartChoice()
    dropped = choose(["loss"], choice, {"loss"})
    dropping = Action.DISMISS
    assert nothing_chosen(dropped, choice, View().key_of, dropping, Memo()) == [
        "All charts are off the screen.",
        "u brings back the last one.",
    ]
    choice.set_filter("zzz")
    chosen = choose(["loss"], choice)
    assert nothing_chosen(chosen, choice, View().key_of, dropping, Memo()) == [
        "None of 1 chart is named like",
        "zzz",
        "",
        "/ changes the filter,",
        "Esc drops it.",
    ]


def test_the_sentence_about_two_runs_goes_before_groups_until_one_is_chosen(show: Any) -> None:
    compared = show(80, 24, "t", "space", "down", "space", "v").lines()[-2]
    assert "lower" in compared or "higher" in compared
    assert "all 7" not in compared
    assert "▸train 1" in show(80, 24, "tab").lines()[-2]


def test_titles_leave_out_what_the_group_tells(show: Any) -> None:
    assert any("─ val/loss " in line for line in show(120, 40).lines())
    turned = (show(120, 40, "tab") for _ in range(9))
    shown = next(frame for frame in turned if "▸val" in frame.lines()[-2])
    titles = [line for line in shown.lines() if "╭─" in line]
    assert all(any(f"╭─ {name} " in line for line in titles) for name in ("loss", "accuracy"))
    assert not any("val/" in line for line in titles)
    # The line also stands above overlaid runs, and above an enlarged chart.
    compared = show(120, 40, "t", "space", "down", "space", "t").lines()
    assert any("╭─ loss " in line and "2 runs" in line for line in compared)
    one = show(80, 24, "enter").lines()[1]
    assert one.startswith(("╭─ loss ", "╭─ accuracy "))


def test_no_dots_stand_where_all_groups_have_room() -> None:
    metrics = ["train/loss", "val/loss", "val/accuracy", "lr"]
    whole = "▸all 4   train 1   val 2   charts 1"
    assert line(ChartChoice(), len(whole), metrics) == whole
    assert line(ChartChoice(), len(whole) - 1, metrics) == "▸all 4   train 1   val 2  …"


def test_a_click_on_the_dots_leads_to_the_next_group_there() -> None:
    choice = ChartChoice(tab="group-20")
    pieces = tab_pieces(choose(MANY, choice), choice, 76, Memo())
    shown = [piece.on.tab for piece in pieces if isinstance(piece.on, OnTab)]
    numbers = [int(key.removeprefix("group-")) for key in shown]
    assert [pieces[0].text, pieces[-1].text] == ["… ", "  …"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] < 20 < numbers[-1]


def test_groups_are_shown_evenly_on_both_sides_of_the_one_on_screen() -> None:
    shown = line(ChartChoice(tab="group-20"), 76)
    places = [int(word.removeprefix("group-")) for word in shown.replace("▸", " ").split()[1:-1:2]]
    assert places == list(range(places[0], places[-1] + 1))
    assert places[0] < 20 < places[-1]
    assert abs((20 - places[0]) - (places[-1] - 20)) <= 1
