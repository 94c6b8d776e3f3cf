"""The status line tells which part of the data is on screen, and how it is drawn."""

from __future__ import annotations

from typing import Any

from trackio_view.charts.palette import KEY


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


def test_words_of_the_state_begin_with_the_key_that_changes_them(show: Any) -> None:
    frame = show(120, 40, "s", "L", "x", "x", "left")
    y = next(y for y, line in enumerate(frame.lines()) if "smooth 0.6" in line)
    line, styles = frame.lines()[y], frame.styles[y]
    for text in ("smooth 0.6", "log y", "x: clock"):
        place = line.index(text)
        assert styles[place] == KEY != styles[place + 1]


def test_words_of_the_state_stand_before_keys_where_both_share_a_line(show: Any) -> None:
    assert show(40, 12).lines()[-1].rstrip() == " v read  ? help  q quit  All data · 1/7"
    line = show(40, 12, "s", "right", "right").lines()[-1].strip()
    assert line == "? help  q quit   All data · smooth 0.6"
    line = show(40, 12, "L", "left").lines()[-1].strip()
    assert line == "? help  q quit   All data · smooth 0.6", "as many words as have room"
