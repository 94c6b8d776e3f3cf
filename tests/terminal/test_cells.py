"""Drawing into a frame is clipped at its edges and leaves no half of a wide character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trackio_view.terminal.cells import CONTINUATION, Frame, Rect
from trackio_view.terminal.style import PLAIN, Style
from trackio_view.terminal.text import clusters, text_width

BOLD = Style(bold=True)
TEXTS = st.text(st.sampled_from("ab 漢字🚀é\u0301\x1b"), max_size=8)
PUTS = st.tuples(st.integers(-5, 12), st.integers(-1, 4), TEXTS, st.none() | st.integers(-1, 9))


def assert_whole(frame: Frame) -> None:
    """Every row is full, and every wide glyph has both its halves."""
    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        assert len(glyphs) == len(styles) == frame.width
        assert sum(text_width(glyph) for glyph in glyphs) == frame.width
        for x, glyph in enumerate(glyphs):
            wide = glyph != CONTINUATION and text_width(glyph) == 2
            assert wide == (glyphs[x + 1 : x + 2] == [CONTINUATION])


@given(st.integers(1, 9), st.integers(1, 4), st.lists(PUTS, max_size=8))
def test_whatever_is_put_the_frame_stays_whole(
    width: int, height: int, puts: list[tuple[int, int, str, int | None]]
) -> None:
    frame = Frame(width, height)
    for x, y, text, limit in puts:
        frame.put(x, y, text, BOLD, limit=limit)
        assert_whole(frame)


@given(st.lists(PUTS, max_size=4), st.lists(PUTS, max_size=4), st.integers(0, 5))
def test_a_frame_copied_into_another_leaves_it_whole(
    below: list[tuple[int, int, str, int | None]],
    above: list[tuple[int, int, str, int | None]],
    x: int,
) -> None:
    frame, source = Frame(10, 3), Frame(5, 2)
    for target, puts in ((frame, below), (source, above)):
        for column, y, text, limit in puts:
            target.put(column, y, text, limit=limit)
    frame.blit(source, x, 1)
    assert_whole(frame)
    assert frame.glyphs[1][x : x + 5] == source.glyphs[0]


def test_a_frame_copied_over_half_of_a_wide_glyph_leaves_no_other_half() -> None:
    frame, source = Frame(5, 1), Frame(3, 1)
    for x in (0, 3):
        frame.put(x, 0, "漢")
    source.put(0, 0, "abc")
    frame.blit(source, 1, 0)
    assert frame.glyphs[0] == [" ", "a", "b", "c", " "]


@given(st.lists(PUTS, max_size=4), st.lists(PUTS, max_size=4), st.integers(0, 2))
def test_whole_rows_are_copied_and_stay_apart_from_their_source(
    below: list[tuple[int, int, str, int | None]],
    above: list[tuple[int, int, str, int | None]],
    y: int,
) -> None:
    frame, source = Frame(9, 4), Frame(9, 2)
    for x, row, text, limit in below:
        frame.put(x, row, text, limit=limit)
    for x, row, text, limit in above:
        source.put(x, row, text, BOLD, limit=limit)
    source.regions.append((Rect(1, 1, 3, 1), "what"))
    others = [list(row) for row in frame.glyphs]
    others[y : y + 2] = glyphs = [list(row) for row in source.glyphs]
    styles = [list(row) for row in source.styles]
    frame.blit(source, 0, y)
    assert_whole(frame)
    assert (frame.glyphs, frame.styles[y : y + 2]) == (others, styles)
    assert frame.region(2, y + 1) == "what"
    frame.put(0, y, "x" * 9)
    frame.restyle(Rect(0, y, 9, 2), PLAIN)
    assert (source.glyphs, source.styles) == (glyphs, styles)


@given(st.integers(0, 20), TEXTS, st.integers(0, 20))
def test_put_returns_the_column_after_and_touches_nothing_else(
    x: int, text: str, limit: int
) -> None:
    frame = Frame(20, 1)
    end = frame.put(x, 0, text, BOLD, limit=limit)
    assert x <= end <= min(20, x + limit) or end == x
    assert [style is BOLD for style in frame.styles[0]] == [
        x <= column < end for column in range(20)
    ]
    drawn = "".join(frame.glyphs[0][x:end])
    assert "".join(glyph for glyph, _ in clusters(text)).startswith(drawn)


def test_clipping_at_both_edges() -> None:
    frame = Frame(4, 1)
    frame.put(-2, 0, "abcdefgh")
    assert frame.lines() == ["cdef"]
    frame = Frame(4, 1)
    frame.put(-1, 0, "漢b漢漢")
    # Half of the first character is outside, and so would be half of the last.
    assert frame.glyphs == [[" ", "b", "漢", CONTINUATION]]
    frame = Frame(4, 1)
    frame.put(1, 0, "漢漢")
    assert frame.glyphs == [[" ", "漢", CONTINUATION, " "]]


def test_overwriting_half_of_a_wide_character_clears_the_other_half() -> None:
    for x, row in ((1, [" ", "x", "字", CONTINUATION]), (2, ["漢", CONTINUATION, "x", " "])):
        frame = Frame(4, 1)
        frame.put(0, 0, "漢字")
        frame.put(x, 0, "x")
        assert frame.glyphs == [row]


def test_outside_of_the_frame_nothing_is_drawn() -> None:
    frame = Frame(3, 2)
    for x, y in ((0, -1), (0, 2), (3, 0), (-9, 0)):
        frame.put(x, y, "漢x")
        frame.put(x, y, "xx")
    assert frame.lines() == ["", ""]


def test_restyle_leaves_glyphs() -> None:
    frame = Frame(3, 2)
    frame.put(0, 0, "abc")
    frame.restyle(Rect(1, 0, 2, 2), BOLD)
    assert frame.lines() == ["abc", ""]
    assert frame.styles == [[PLAIN, BOLD, BOLD]] * 2


def test_of_a_frame_with_rows_of_its_own_nothing_drawn_there_shows_in_the_other() -> None:
    frame = Frame(9, 3)
    frame.put(0, 1, "before", BOLD)
    frame.regions.append((Rect(0, 1, 6, 1), "word"))
    own = frame.with_own_rows(range(1, 2))
    assert (own.lines(), own.styles, own.regions) == (frame.lines(), frame.styles, frame.regions)
    own.put(0, 1, "after", PLAIN)
    own.regions.clear()
    assert (own.width, own.height, own.lines()) == (9, 3, ["", "aftere", ""])
    assert frame.lines() == ["", "before", ""]
    assert frame.styles[1][:6] == [BOLD] * 6
    assert frame.region(0, 1) == "word"
    # Nothing else was copied.
    assert own.glyphs[0] is frame.glyphs[0]


def test_a_part_is_a_copy_with_what_is_pointed_at_in_it() -> None:
    frame = Frame(8, 4)
    frame.put(2, 1, "loss", BOLD)
    frame.regions = [(Rect(2, 1, 4, 1), "name"), (Rect(0, 0, 1, 1), "corner")]
    part = frame.part(Rect(2, 1, 5, 2))
    assert (part.width, part.height, part.lines()) == (5, 2, ["loss", ""])
    assert part.styles[0] == [*[BOLD] * 4, PLAIN]
    assert part.regions == [(Rect(0, 0, 4, 1), "name")]
    part.put(0, 0, "lost")
    assert frame.lines()[1] == "  loss"
