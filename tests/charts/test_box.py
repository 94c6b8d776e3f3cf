"""A box keeps its corners, whatever text it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.box import (
    blank_out,
    draw_bottom,
    draw_box,
    draw_top,
    inside,
    middle,
)
from trackio_view.charts.palette import BORDER, BORDER_FOCUSED, GOOD, TITLE, VALUE
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import PLAIN, StyledText

FACTS = (StyledText("3.7359", VALUE), StyledText("▼ 0.0412", GOOD))


def boxed(width: int, height: int, title: str = "train/loss", **options: object) -> list[str]:
    frame = Frame(width, height)
    draw_box(frame, Rect(0, 0, width, height), title=title, right=FACTS, **options)  # type: ignore[arg-type]
    return frame.lines()


def test_rounded() -> None:
    assert boxed(40, 3) == [
        "╭─ train/loss ────── 3.7359  ▼ 0.0412 ─╮",
        "│                                      │",
        "╰──────────────────────────────────────╯",
    ]


def test_ascii() -> None:
    frame = Frame(24, 2)
    draw_box(frame, Rect(0, 0, 24, 2), title="train/loss", right=FACTS)
    assert resolved(frame, Look(repertoire=Repertoire.ASCII)).lines() == [
        "+- train/lo~ - 3.7359 -+",
        "+----------------------+",
    ]


def test_facts_give_way_from_the_end_and_then_the_title_is_cut() -> None:
    assert boxed(26, 2)[0] == "╭─ train/loss ── 3.7359 ─╮"
    assert boxed(18, 2)[0] == "╭─ train/loss ───╮"
    assert boxed(14, 2)[0] == "╭─ train/l… ─╮"
    assert boxed(4, 2) == ["╭──╮", "╰──╯"]


def test_a_title_keeps_what_tells_it_from_others() -> None:
    """The name gets room before the change, because a change without a name tells little."""
    named = {"title": "layer.0/weight_norm"}
    assert boxed(44, 2, **named)[0] == "╭─ layer.0/weight_norm ─ 3.7359  ▼ 0.0412 ─╮"
    assert boxed(40, 2, **named)[0] == "╭─ layer.0/weight… ─ 3.7359  ▼ 0.0412 ─╮"
    assert boxed(34, 2, **named)[0] == "╭─ layer.0/weight_norm ─ 3.7359 ─╮"


def test_styles() -> None:
    frame = Frame(40, 3)
    draw_box(frame, Rect(0, 0, 40, 3), title="loss", right=FACTS, focused=True)
    assert frame.styles[0][0] == frame.styles[2][39] == BORDER_FOCUSED
    assert frame.styles[0][3] == TITLE
    assert VALUE in frame.styles[0]
    assert GOOD in frame.styles[0]
    draw_box(frame, Rect(0, 0, 40, 3))
    assert frame.styles[1][0] == BORDER


@given(
    width=st.integers(0, 50),
    height=st.integers(0, 6),
    title=st.text(max_size=30),
    facts=st.lists(st.text(max_size=12), max_size=3),
)
def test_any_size_and_any_text(width: int, height: int, title: str, facts: list[str]) -> None:
    frame = Frame(width + 2, height + 2)
    segments = [StyledText(fact, VALUE) for fact in facts]
    draw_box(frame, Rect(1, 1, width, height), title=title, right=segments)
    edges = [frame.glyphs[0], frame.glyphs[-1], *([row[0], row[-1]] for row in frame.glyphs)]
    assert all(glyph == " " for edge in edges for glyph in edge), "nothing outside of its place"
    if width > 1 and height > 1:
        corners = "╭╮╰╯"
        drawn = (
            frame.glyphs[1][1]
            + frame.glyphs[1][width]
            + frame.glyphs[height][1]
            + frame.glyphs[height][width]
        )
        assert drawn == corners


@pytest.mark.parametrize("facts", [(), FACTS[:1], FACTS])
@pytest.mark.parametrize("title", ["", "train/loss", "損失", "train/" + "loss" * 9])
def test_an_upper_side_that_is_drawn_anew_is_that_of_a_box_with_these_facts(
    title: str, facts: tuple[StyledText, ...]
) -> None:
    anew, whole = Frame(30, 3), Frame(30, 3)
    rect = Rect(0, 0, 30, 3)
    draw_box(anew, rect, title=title, right=[StyledText("before", GOOD), *FACTS])
    draw_top(anew, rect, title, facts, None)
    draw_box(whole, rect, title=title, right=facts)
    assert (anew.glyphs, anew.styles) == (whole.glyphs, whole.styles)


def test_inside() -> None:
    assert inside(Rect(2, 3, 10, 5)) == Rect(3, 4, 8, 3)
    assert inside(Rect(0, 0, 1, 1)) == Rect(1, 1, 0, 0)


@given(*[st.integers(0, 30)] * 6)
def test_a_box_in_the_middle_has_equal_room_on_both_sides(
    x: int, y: int, width: int, height: int, wanted_width: int, wanted_height: int
) -> None:
    rect = middle(Rect(x, y, width, height), wanted_width, wanted_height)
    assert rect.width == min(width, wanted_width)
    assert rect.height == min(height, wanted_height)
    left, above = rect.x - x, rect.y - y
    assert left >= 0
    assert width - rect.width - left - left in (0, 1)
    assert above >= 0
    assert height - rect.height - above - above in (0, 1)


def test_blanking_out_takes_glyphs_and_colours_within_the_place_alone() -> None:
    frame = Frame(5, 4)
    for row in range(4):
        frame.put(0, row, "#####", GOOD)
    blank_out(frame, Rect(1, 1, 3, 2))
    assert frame.lines() == ["#####", "#   #", "#   #", "#####"]
    assert {frame.styles[y][x] for y in (1, 2) for x in (1, 2, 3)} == {PLAIN}
    assert frame.styles[1][0] == frame.styles[1][4] == frame.styles[0][2] == GOOD


def test_a_box_takes_away_what_can_be_pointed_at_below_it() -> None:
    frame = Frame(20, 4)
    below, beside = StyledText("below", VALUE, on="below"), StyledText("beside", VALUE, on="beside")
    draw_bottom(frame, Rect(0, 0, 20, 2), [beside])
    draw_bottom(frame, Rect(0, 0, 20, 4), [below])
    blank_out(frame, Rect(0, 2, 20, 2))
    assert [what for _, what in frame.regions] == ["beside"]


def test_pieces_without_room_are_counted() -> None:
    frame = Frame(24, 3)
    draw_box(frame, Rect(0, 0, 24, 3))
    pieces = [StyledText(text, PLAIN) for text in ("9 beyond 15", "30 NaN", "resumed")]
    draw_bottom(frame, Rect(0, 0, 24, 3), pieces)
    assert frame.lines()[2] == "╰─ 9 beyond 15  +2 ────╯"


@pytest.mark.parametrize(
    ("width", "border"),
    [
        (44, "╰─ 9 beyond 15  30 NaN  resumed at 5k ─────╯"),
        (33, "╰─ 9 beyond 15  30 NaN  ╎ 1 ────╯"),
        (26, "╰─ ▴ 9  30 NaN  ╎ 1 ─────╯"),
        (21, "╰─ ▴ 9  30 NaN  +1 ─╯"),
        (13, "╰─ ▴ 9  +2 ─╯"),
        (8, "╰──────╯"),
    ],
)
def test_a_piece_of_a_border_takes_its_short_form_before_it_is_left_out(
    width: int, border: str
) -> None:
    frame = Frame(width, 3)
    draw_box(frame, Rect(0, 0, width, 3))
    pieces = [
        StyledText("9 beyond 15", PLAIN, "▴ 9"),
        StyledText("30 NaN", PLAIN),
        StyledText("resumed at 5k", PLAIN, "╎ 1"),
    ]
    draw_bottom(frame, Rect(0, 0, width, 3), pieces)
    assert frame.lines()[2] == border
