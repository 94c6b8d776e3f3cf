"""Lines made of pieces keep the most important ones, and others that fit beside them."""

from __future__ import annotations

from trackio_view.charts.palette import MUTED, VALUE
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import (
    Piece,
    draw_in_middle,
    draw_instead,
    draw_kept_line,
    draw_line,
    draw_rows,
)
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import SPREAD, Signed
from trackio_view.terminal.text import signed


def drawn(width: int, left: list[Piece], right: list[Piece]) -> str:
    frame = Frame(width, 1)
    draw_line(frame, 0, left, right)
    return "".join(frame.glyphs[0])


LEFT = [Piece("zoom  ", rank=2), Piece("enlarge  ", rank=3), Piece("run  ", rank=4)]
RIGHT = [Piece("All data", rank=1)]


def test_all_of_it_where_there_is_room() -> None:
    assert drawn(40, LEFT, RIGHT) == " zoom  enlarge  run            All data "


def test_a_piece_that_is_too_long_gives_way_to_one_that_fits() -> None:
    assert drawn(26, LEFT, RIGHT) == " zoom  run       All data "
    assert drawn(18, LEFT, RIGHT) == " zoom    All data "
    assert drawn(12, LEFT, RIGHT) == "   All data "


def test_pieces_of_one_rank_come_and_go_together() -> None:
    pair = [Piece("+-", rank=2), Piece(" zoom", rank=2)]
    assert drawn(20, pair, RIGHT) == " +- zoom   All data "
    assert drawn(14, pair, RIGHT) == "     All data "


def test_the_first_rank_is_cut_where_it_is_too_long() -> None:
    assert drawn(8, [Piece("a long name")], []) == " a long "
    assert drawn(10, [Piece("a long name")], [Piece("x", rank=1)]) == " a long n "


def test_the_same_pieces_are_laid_out_once() -> None:
    memo, pointed_at = Memo(), Piece("here", on="this")
    frames = [Frame(24, 3) for _ in range(3)]
    for frame, text in zip(frames, ("step 1", "step 1", "step 2"), strict=True):
        draw_kept_line(frame, 1, [pointed_at], [Piece(text, VALUE)], memo)
    assert memo.computed == 2
    assert frames[0].lines() == frames[1].lines() == ["", " here            step 1", ""]
    assert frames[2].lines()[1] == " here            step 2"
    assert frames[1].styles[1][17] == VALUE
    assert frames[1].region(2, 1) == "this"


def test_rows_take_as_many_pieces_as_have_room() -> None:
    frame = Frame(20, 4)
    pieces = [
        *(Piece("500–700"), Piece("  of a run", rank=1)),
        *(Piece(signed("  mean 1 ", SPREAD, "2"), rank=2), Piece("  of 30", rank=2)),
        *(Piece("  min 0", rank=3), Piece("  max 9", rank=4)),
    ]
    left = draw_rows(frame, range(1, 3), pieces)
    assert frame.lines() == ["", " 500–700  of a run", " mean 1 ± 2  of 30", ""]
    assert left == [Piece("min 0", rank=3), Piece("  max 9", rank=4)]
    assert draw_rows(frame, range(3, 4), left) == []
    assert frame.lines()[3] == " min 0  max 9"


def test_a_sign_at_the_beginning_of_a_row_stays_one() -> None:
    frame = Frame(12, 2)
    (piece,) = draw_rows(frame, range(1), [Piece("500–700"), Piece(signed("  ", SPREAD), rank=1)])
    assert isinstance(piece.text, Signed)
    draw_rows(frame, range(1, 2), [piece])
    assert frame.lines()[1] == " ±"


def test_the_first_piece_on_the_right_has_no_separator() -> None:
    left = [Piece("step 1,200")]
    right = [Piece("All data", rank=3), Piece(" · held", rank=2), Piece(" (newest 9)", rank=4)]
    assert drawn(29, left, right) == " step 1,200  All data · held "
    assert drawn(21, left, right) == " step 1,200     held "


def test_a_piece_that_explains_another_goes_with_it() -> None:
    held = [Piece("500–700 · held", rank=2), Piece(" · x: tokens", rank=2)]
    right = [*held, Piece(" (newest 9)", rank=4, needs=2), Piece(" · 1/5", rank=5)]
    whole = " 500–700 · held · x: tokens (newest 9) · 1/5 "
    assert drawn(len(whole) + 2, [], right).strip() == whole.strip()
    assert drawn(23, [Piece("v read", rank=1)], right).split() == ["v", "read", "1/5"]


def test_a_piece_that_explains_another_is_left_out_where_it_has_no_room() -> None:
    right = [Piece("held", rank=2), Piece(" (newest 9)", rank=4, needs=2), Piece(" · 1/5", rank=5)]
    told = {width: drawn(width, [], right) for width in range(14, 26)}
    assert [told[width].strip() for width in (25, 24, 19, 18, 14)] == [
        "held (newest 9) · 1/5",
        "held (newest 9)",
        "held (newest 9)",
        "held · 1/5",
        "held · 1/5",
    ]
    assert all(len(line) == width for width, line in told.items())


def test_sentences_without_room_are_broken_into_lines() -> None:
    frame = Frame(20, 6)
    draw_in_middle(frame, Rect(0, 0, 20, 6), ["no project is there", "", "this is made by --demo"])
    shown = [line.strip() for line in frame.lines()]
    assert shown == ["no project is", "there", "", "this is made by", "--demo", ""]
    assert [frame.styles[row][9] for row in (0, 1, 3)] == [VALUE, VALUE, MUTED]


def test_where_lines_are_few_sentences_are_cut_in_their_long_names() -> None:
    frame = Frame(30, 2)
    draw_instead(frame, ["Reading " + "a" * 30 + "-end", "of a folder that is very far away"])
    first, second = (line.strip() for line in frame.lines())
    assert first.startswith("Reading aa")
    assert first.endswith("…end")
    assert second.endswith("…")
