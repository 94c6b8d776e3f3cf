"""The status line tells which part of the data is on screen, and how it is drawn."""

from __future__ import annotations

from typing import Any

from trackio_view.charts.palette import KEY
from trackio_view.view.keys.chosen_keys import chosen_keys


def test_the_window_and_the_part_on_screen(show: Any) -> None:
    whole = show(80, 24).lines()[-2]
    assert whole.rstrip().endswith(" All data · follows ▸ · charts 1–4 of 7")
    zoomed = show(80, 24, "+").lines()[-2]
    assert "Last 500" in zoomed
    low = show(80, 12).lines()[-1]
    assert low.rstrip().endswith("/7"), "in the line of the keys there is room for numbers alone"
    assert "charts" not in low
    assert "chart 1 of 7" in show(80, 24, "enter").lines()[-2]


def test_a_window_that_is_held_tells_its_newest_row(show: Any) -> None:
    held = show(120, 24, "+", "[", "[").lines()[-2]
    assert "held ‖ (newest " in held
    assert "follows" not in held


def test_words_of_the_state_stand_behind_the_key_that_changes_them(show: Any) -> None:
    frame = show(120, 40, "s", "L", "x", "x", "left")
    y = next(y for y, line in enumerate(frame.lines()) if "smooth 0.6" in line)
    line, styles = frame.lines()[y], frame.styles[y]
    for text in ("s smooth 0.6", "L log y", "x: clock"):
        place = line.index(text)
        assert styles[place] == KEY != styles[place + 2]


def test_a_key_that_a_person_chose_stands_before_its_word(show: Any, dashboard: Any) -> None:
    dashboard.view.keys = chosen_keys({"smoother": "z", "logarithmic": "s", "next_axis": "A"}).table
    line = show(120, 40, "z", "s", "A", "left").lines()[-2]
    assert line.rstrip().endswith(" A x: time since start · s log y · z smooth 0.6")


def test_no_key_stands_before_a_word_where_it_does_nothing(show: Any) -> None:
    for keys, does_something in ((("x", "x", "left"), True), (("w",), False)):
        frame = show(120, 40, *keys)
        place = frame.lines()[-2].index("x: clock")
        assert (frame.styles[-2][place] == KEY) is does_something


def test_a_word_stays_longer_than_any_key_before_a_word(show: Any) -> None:
    show(120, 24, "o", "L", "s", "left")
    seen = set()
    for width in range(40, 120):
        line = show(width, 24).lines()[-2]
        words = sum(word in line for word in ("y all values", "log y", "smooth 0.6"))
        keys = [key for key in ("o y ", "L log", "s smooth") if key in line]
        assert words == 3 or not keys
        seen.add(len(keys))
    assert seen == {0, 1, 2, 3}, "they give way one by one"


def test_words_of_the_state_stand_before_keys_where_both_share_a_line(show: Any) -> None:
    assert show(40, 12).lines()[-1].rstrip() == " v read  ? help  q quit  All data · 1/7"
    line = show(40, 12, "s", "right", "right").lines()[-1].strip()
    assert line == "? help  q quit   All data · smooth 0.6"
    line = show(40, 12, "L", "left").lines()[-1].strip()
    assert line == "? help  q quit   All data · smooth 0.6", "as many words as have room"
