"""The lines that a run's page is made of."""

from __future__ import annotations

from trackio_view.charts.palette import VALUE
from trackio_view.charts.text_table import LinePlace, TableColumn, table
from trackio_view.screens.page_parts import OpeningLine, PageLine
from trackio_view.screens.panels.page_lines import (
    draw_lines,
    fact_lines,
    opening_line,
    section,
    segments_of,
    table_as_lines,
)
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import FOLDED, UNFOLDED
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import text_width
from trackio_view.view.folding import Fold
from trackio_view.wording.names import Names

LABELS = [f"model.encoder.layers.{at}.attention.dropout" for at in range(3)]


def text_of(line: PageLine) -> str:
    return "".join(segment.text for segment in segments_of(line))


def test_a_line_that_opens_says_whether_it_is_open() -> None:
    fold = Fold("config")
    closed, opened = (opening_line(fold, "more", is_open=it) for it in (False, True))
    assert text_of(closed) == f"{FOLDED} more"
    assert text_of(opened) == f"{UNFOLDED} more"
    assert closed.fold == opened.fold == fold


def test_a_section_without_lines_has_no_heading_either() -> None:
    assert list(section("media", [], 40)) == []


def test_a_heading_that_is_too_long_is_broken_and_not_cut() -> None:
    line = [StyledText("text", VALUE)]
    blank, *lines = section("word " * 20, [line], 30)
    assert blank == ()
    assert all(text_width(text_of(one)) <= 30 for one in lines)
    assert "".join(map(text_of, lines)).count("word") == 20
    assert lines[-1] == line


def test_labels_that_are_cut_are_told_apart() -> None:
    value = StyledText("0.1", VALUE)
    names = Names(LABELS)
    cut = [text_of(fact_lines(40, label, value, labels=names)[0]) for label in LABELS]
    assert len(set(cut)) == 3
    # A label is cut at its end where no other stands beside it.
    assert len({text_of(fact_lines(40, label, value)[0]) for label in LABELS}) == 1


def test_a_table_becomes_lines_with_its_styles() -> None:
    frame = table([TableColumn("a"), TableColumn("b")], [["1", "2"]], 6, 2)
    title, row = table_as_lines(frame)
    assert text_of(title).rstrip() == "  a  b"
    assert text_of(row).rstrip() == "  1  2"
    assert not isinstance(row, OpeningLine)


def test_lines_that_are_clicked_are_counted_from_the_one_that_keys_are_about() -> None:
    frame, place = Frame(30, 9), Rect(2, 3, 20, 4)
    lines = [[StyledText(str(number), VALUE)] for number in range(4)]
    draw_lines(frame, place, lines, 1)
    assert [frame.region(5, y) for y in range(3, 7)] == [LinePlace(at) for at in (-1, 0, 1, 2)]
    assert frame.region(25, 4) is None
    draw_lines(frame := Frame(30, 9), place, lines)
    assert frame.region(5, 4) is None


def test_pieces_of_a_line_follow_each_other_up_to_the_end_of_its_place() -> None:
    frame = Frame(16, 2)
    pieces = [StyledText(text, VALUE) for text in ("one ", "two ", "three and more", "never")]
    draw_lines(frame, Rect(1, 0, 14, 2), [pieces[:2], pieces])
    assert frame.lines() == ["  one two", "  one two thre"]
