"""The differ, judged by an emulator: the new frame is shown, whatever was shown before."""

from __future__ import annotations

import unicodedata

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.charts.palette import SELECTED
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.diff import diff
from trackio_view.terminal.glyphs import NEWEST, Repertoire
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import PLAIN, Color, ColorDepth, Style, select_graphic_rendition
from trackio_view.terminal.text import signed
from trackio_view.terminal.themes import MONO

# The first characters take one column each, the second two columns. Marks combine with either.
NARROW = ["a", "Z", "7", "~", "é", "│", "⣿", "▁", "→"]
WIDE = ["漢", "字", "🚀", "한"]
MARKED = ["e\u0301\u0323", "x\u0302", "漢\u0301"]

RED = Color(rgb=0xF03020, xterm=203, ansi=9)
BLUE = Color(rgb=0x2040C0, xterm=26, ansi=4)
NEARLY_BLUE = Color(rgb=0x2040C1, xterm=26, ansi=4)
STYLES = [
    PLAIN,
    Style(RED),
    Style(BLUE, bold=True),
    Style(NEARLY_BLUE, bold=True),
    Style(None, BLUE),
    Style(BLUE, RED, italic=True, underline=True),
    Style(reverse=True),
    Style(RED, dim=True),
]


@pytest.fixture(autouse=True)
def emulator_knows_dim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let dim show as blinking: pyte ignores dim, and the program never blinks."""
    monkeypatch.setitem(pyte.graphics.TEXT, 2, "+blink")


@st.composite
def frames(draw: st.DrawFn, width: int, height: int) -> Frame:
    """Return a frame of texts, blanks and coloured areas, drawn over each other."""
    frame = Frame(width, height, draw(st.sampled_from(STYLES[:1] * 3 + STYLES)))
    for _ in range(draw(st.integers(0, 6))):
        text = "".join(
            draw(st.lists(st.sampled_from(NARROW + WIDE + MARKED + [" ", " " * 12]), max_size=12))
        )
        frame.put(
            draw(st.integers(-2, width)),
            draw(st.integers(0, height - 1)),
            text,
            draw(st.sampled_from(STYLES)),
        )
    return frame


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Frame, Frame]:
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 5))
    previous = draw(frames(width, height))
    if draw(st.booleans()):
        return previous, draw(frames(width, height))
    current = copied(previous)
    for _ in range(draw(st.integers(0, 4))):
        x, y = draw(st.integers(-1, width)), draw(st.integers(0, height - 1))
        text = draw(st.sampled_from([*NARROW, *WIDE, *MARKED, " ", " " * 9, "abc"]))
        current.put(x, y, text, draw(st.sampled_from(STYLES)))
    return previous, current


def copied(frame: Frame) -> Frame:
    copy = Frame(frame.width, frame.height)
    copy.blit(frame, 0, 0)
    return copy


class Emulator(pyte.Screen):
    """A pyte screen on which a mark on the last column's glyph stays there, as in real
    terminals, and which takes back dim where bold is taken back."""

    def select_graphic_rendition(self, *attributes: int) -> None:
        # Code 22 takes bold and dim back. The second is shown as blinking here.
        if attributes[:1] == (22,):
            attributes = (22, 25, *attributes[1:])
        super().select_graphic_rendition(*attributes)

    def draw(self, data: str) -> None:
        for character in data:
            if unicodedata.combining(character) and self.cursor.x == self.columns:
                row = self.buffer[self.cursor.y]
                cell = row[self.columns - 1]
                text = unicodedata.normalize("NFC", cell.data + character)
                row[self.columns - 1] = cell._replace(data=text)
            else:
                super().draw(character)


def emulator(width: int, height: int, *, autowrap: bool) -> tuple[pyte.Screen, pyte.Stream]:
    screen = Emulator(width, height)
    stream = pyte.Stream(screen)
    if not autowrap:
        stream.feed("\x1b[?7l")
    return screen, stream


def shown(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    return [[seen(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    """Return the visible part of a cell: a blank shows neither a foreground colour nor weight."""
    if cell.data == " " and cell.bg == "default" and not (cell.underscore or cell.reverse):
        cell = pyte.screens.Char(" ")
    return tuple(cell)


def expected(frame: Frame, depth: ColorDepth) -> list[list[tuple[object, ...]]]:
    """Return the emulator's cells after each cell was drawn alone, in its own style."""
    rows = []
    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        row: list[tuple[object, ...]] = []
        for x, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            # The second half of a wide character looks like the first. pyte adds marks to it.
            worn = style
            if glyph == CONTINUATION:
                worn, glyph = styles[x - 1], glyphs[x - 1][1:]
            elif glyphs[x + 1 : x + 2] == [CONTINUATION]:
                glyph = glyph[0]
            pen = pyte.Screen(1, 1)
            pyte.Stream(pen).feed(select_graphic_rendition(worn, depth))
            text = unicodedata.normalize("NFC", glyph)
            row.append(seen(pen.cursor.attrs._replace(data=text)))
        rows.append(row)
    return rows


WAYS = st.sampled_from(["row by row", "style by style"])


def turned(previous: Frame | None, current: Frame, look: Look, way: str) -> str:
    """Return what turns a frame into another, as it is written for many or for few cells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trackio_view.terminal.diff._FEW", 0 if way == "row by row" else 10_000)
        return diff(previous, current, look)


@settings(max_examples=250, deadline=None)
@given(pairs(), st.sampled_from(list(ColorDepth)), st.booleans(), WAYS)
def test_any_frame_turns_into_any_other(
    pair: tuple[Frame, Frame], depth: ColorDepth, autowrap: bool, way: str
) -> None:
    previous, current = pair
    screen, stream = emulator(current.width, current.height, autowrap=autowrap)
    stream.feed("leftovers of whoever had the screen before\x1b[41;1m")
    stream.feed(turned(None, previous, Look(depth), way))
    assert shown(screen) == expected(previous, depth)

    stream.feed(turned(previous, current, Look(depth), way))

    assert shown(screen) == expected(current, depth)
    assert tuple(screen.cursor.attrs) == tuple(pyte.Screen(1, 1).cursor.attrs)


CELLS = st.tuples(st.sampled_from([" ", " ", "a", "⣿"]), st.sampled_from(STYLES))


@settings(max_examples=250, deadline=None)
@given(st.data(), st.integers(0, 3), WAYS)
def test_cells_beside_one_another_in_any_styles(data: st.DataObject, left: int, way: str) -> None:
    previous = Frame(24, 3)
    for y in range(3):
        previous.put(0, y, "abcdefghijklmnopqrstuvwx", data.draw(st.sampled_from(STYLES)))
    current = copied(previous)
    for y in range(3):
        for x, (glyph, style) in enumerate(data.draw(st.lists(CELLS, max_size=21)), left):
            current.put_glyphs(x, y, [glyph], style)
    screen, stream = emulator(24, 3, autowrap=True)
    stream.feed(diff(None, previous, Look(ColorDepth.ANSI)))
    stream.feed(turned(previous, current, Look(ColorDepth.ANSI), way))
    assert shown(screen) == expected(current, ColorDepth.ANSI)


def test_a_plain_letter_behind_a_blank_beside_dots_is_plain() -> None:
    previous, current = Frame(9, 2), Frame(9, 2)
    for y in range(2):
        previous.put(0, y, "abc")
        current.put(0, y, "⣿", Style(RED))
        current.put(1, y, " d")
    assert diff(previous, current, Look(ColorDepth.ANSI)) == (
        "\x1b[1;3Hd\x1b[2;3Hd\x1b[91m\x1b[1H⣿ \x1b[2H⣿ \x1b[m"
    )


def test_a_cell_is_not_jumped_over_where_a_blank_before_it_joins_what_follows() -> None:
    """The blank looks the same in bold, as which the cells on both sides of it are written."""
    bold = Style(bold=True)
    previous, current = Frame(9, 2, Style(underline=True)), Frame(9, 2, bold)
    current.put(1, 0, " ")
    screen, stream = emulator(9, 2, autowrap=False)
    stream.feed(diff(None, previous, Look(ColorDepth.MONOCHROME)))
    written = diff(previous, current, Look(ColorDepth.MONOCHROME))
    stream.feed(written)
    assert shown(screen) == expected(current, ColorDepth.MONOCHROME)
    assert "C" not in written


def test_each_style_of_a_few_cells_is_selected_once() -> None:
    previous, current = Frame(60, 12), Frame(60, 12)
    for y in range(0, 12, 3):
        for x in (4, 24, 44):
            for frame, value, change in ((previous, "1.23", "0.45"), (current, "6.78", "0.91")):
                frame.put(x, y, value, Style(RED, bold=True))
                frame.put(x + 6, y, change, Style(BLUE))
    written = diff(previous, current, Look(ColorDepth.TRUECOLOR))
    assert written.count("m") == 3
    assert [written.count("6.78"), written.count("91")] == [12, 12]


def test_a_page_of_charts_is_written_style_by_style_and_a_page_of_noise_row_by_row() -> None:
    band, line = Style(BLUE), Style(RED)
    for changed, selections in ((1200, 3), (1201, None)):
        previous, current = Frame(60, 40), Frame(60, 40)
        for place in range(changed):
            style = line if place % 9 == 0 else band
            current.put_glyphs(place % 60, place // 60, ["⣿"], style)
        written = diff(previous, current, Look(ColorDepth.TRUECOLOR))
        if selections is not None:
            assert written.count("m") == selections
        else:
            # No row is gone to twice.
            assert written.count("H") == 21


@settings(max_examples=60, deadline=None)
@given(pairs(), st.sampled_from(list(ColorDepth)))
def test_equal_frames_write_nothing(pair: tuple[Frame, Frame], depth: ColorDepth) -> None:
    for frame in pair:
        assert diff(frame, frame, Look(depth)) == ""
        assert diff(frame, copied(frame), Look(depth)) == ""


def test_colours_that_a_depth_cannot_tell_apart_write_nothing() -> None:
    previous, current = Frame(9, 1), Frame(9, 1)
    previous.put(0, 0, "same", Style(BLUE))
    current.put(0, 0, "same", Style(NEARLY_BLUE))
    assert diff(previous, current, Look(ColorDepth.TRUECOLOR)) != ""
    assert diff(previous, current, Look(ColorDepth.XTERM)) == ""
    assert diff(previous, current, Look(ColorDepth.ANSI)) == ""


@settings(max_examples=60, deadline=None)
@given(pairs(), st.tuples(st.integers(-9, 9), st.integers(-4, 4)).filter(any))
def test_another_size_paints_all(pair: tuple[Frame, Frame], larger: tuple[int, int]) -> None:
    _, current = pair
    other = Frame(max(0, current.width + larger[0]), max(0, current.height + larger[1]))
    assert diff(other, current, Look(ColorDepth.ANSI)) == diff(None, current, Look(ColorDepth.ANSI))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 119), st.integers(0, 39)), min_size=1, max_size=12),
    st.sampled_from(["x", "⣿"]),
)
def test_few_changed_cells_cost_few_bytes(places: list[tuple[int, int]], glyph: str) -> None:
    previous = Frame(120, 40)
    for y in range(40):
        previous.put(0, y, "─" * 120, Style(BLUE))
    current = copied(previous)
    for x, y in places:
        current.put(x, y, glyph, Style(RED))
    # A cell takes at most 8 bytes for a move, 21 for a 24-bit style, and 3 for a glyph.
    written = diff(previous, current, Look(ColorDepth.TRUECOLOR)).encode()
    assert len(written) <= len(set(places)) * (8 + 21 + 3) + 3


def row_pair(before: str, after: str, style: Style = PLAIN) -> tuple[Frame, Frame]:
    previous, current = Frame(40, 2), Frame(40, 2)
    previous.put(0, 0, before, style)
    current.put(0, 0, after, style)
    return previous, current


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        ("loss 1.25", "loss 1.35", "\x1b[1;8H3"),
        # Two ASCII cells in between are printed again. Four are jumped over, and so is any braille.
        ("a..a", "b..b", "\x1b[1Hb..b"),
        ("a....a", "b....b", "\x1b[1Hb\x1b[4Cb"),
        ("a⣿a", "b⣿b", "\x1b[1Hb\x1b[Cb"),
        # A row that is blank to its end is erased, where that is shorter.
        ("a" * 20, "a" * 10, "\x1b[1;11H\x1b[K"),
        ("abc", "a", "\x1b[1;2H  "),
        ("a" * 40, "a" * 37, "\x1b[1;38H   "),
        ("a" * 40, "a" * 36, "\x1b[1;37H\x1b[K"),
        # A long run of blanks within a row is erased, where that is shorter than printing it.
        ("a" * 20 + "z", "a" + " " * 19 + "z", "\x1b[1;2H\x1b[19X"),
        ("a" * 20 + "z", "a" + " " * 19 + "y", "\x1b[1;2H\x1b[19X\x1b[19Cy"),
        ("a" * 8 + "z", "a" + " " * 7 + "y", "\x1b[1;2H       y"),
        # A change of either half draws a wide character whole. After it the cursor is placed anew.
        ("ab!", "漢?", "\x1b[1H漢\x1b[1;3H?"),
        ("漢!", "ab!", "\x1b[1Hab"),
        ("e!", "e\u0301?", "\x1b[1He\u0301\x1b[1;2H?"),
    ],
)
def test_the_cheapest_way_is_taken(before: str, after: str, written: str) -> None:
    assert diff(*row_pair(before, after), Look(ColorDepth.XTERM)) == written


def test_coloured_blanks_are_printed_not_erased() -> None:
    """Terminals differ in the colour of an erased cell."""
    written = diff(*row_pair("a" * 30, " " * 30, Style(None, BLUE)), Look(ColorDepth.ANSI))
    assert written == "\x1b[1H\x1b[0;44m" + " " * 30 + "\x1b[m"


def test_a_coloured_blank_before_plain_ones_is_printed() -> None:
    previous, current = row_pair("a" * 30, " " * 20 + "z" * 10)
    current.styles[0][0] = Style(None, BLUE)
    written = diff(previous, current, Look(ColorDepth.ANSI))
    assert written == "\x1b[1H\x1b[0;44m \x1b[m\x1b[19X\x1b[19C" + "z" * 10


@pytest.mark.parametrize(
    ("style", "selections"),
    [
        (Style(RED), 2),
        (Style(RED, bold=True, dim=True, italic=True), 2),
        # In these styles a blank is visible.
        (Style(None, BLUE), 6),
        (Style(RED, underline=True), 6),
        (Style(reverse=True), 6),
    ],
)
def test_few_blanks_between_dots_select_no_style(style: Style, selections: int) -> None:
    previous, current = Frame(40, 1), Frame(40, 1)
    previous.put(0, 0, "-" * 40)
    for x in (0, 2, 6):
        current.put(x, 0, "⣿", style)
    previous.glyphs[0][7:] = current.glyphs[0][7:]
    assert diff(previous, current, Look(ColorDepth.ANSI)).count("m") == selections


def test_dots_that_move_past_blanks_are_written_without_moves() -> None:
    previous, current = Frame(40, 1), Frame(40, 1)
    previous.put(0, 0, "abcdefgh", Style(RED))
    current.put(0, 0, "⣿⣿⣿⣿⣿⣿⣿⣿", Style(RED))
    for frame in (previous, current):
        frame.put(3, 0, " ")
        frame.put(6, 0, " ")
    assert diff(previous, current, Look(ColorDepth.ANSI)) == "\x1b[1H\x1b[91m⣿⣿⣿ ⣿⣿ ⣿\x1b[m"


@pytest.mark.parametrize(
    "style", [Style(None, BLUE), Style(RED, underline=True), Style(reverse=True)]
)
def test_a_blank_between_cells_in_whose_style_it_would_be_seen_is_jumped_over(style: Style) -> None:
    previous, current = row_pair("a a", "b b")
    current.styles[0][0] = current.styles[0][2] = style
    written = diff(previous, current, Look(ColorDepth.ANSI))
    assert written == f"\x1b[1H{select_graphic_rendition(style, ColorDepth.ANSI)}b\x1b[Cb\x1b[m"


@pytest.mark.parametrize("style", [Style(None, BLUE), Style(underline=True), Style(reverse=True)])
def test_a_blank_that_is_seen_is_not_written_over_on_the_way(style: Style) -> None:
    previous, current = row_pair("a a", "b b")
    previous.styles[0][1] = current.styles[0][1] = style
    assert diff(previous, current, Look(ColorDepth.ANSI)) == "\x1b[1Hb\x1b[Cb"


@pytest.mark.parametrize(("blanks", "erased"), [(15, False), (16, True)])
def test_only_many_blanks_leave_a_colour(blanks: int, erased: bool) -> None:
    text = "⣿" + " " * blanks + "⣿"
    previous, current = Frame(40, 1), Frame(40, 1)
    previous.put(0, 0, "-" * len(text))
    for x in (0, blanks + 1):
        current.put(x, 0, "⣿", Style(RED))
    written = diff(previous, current, Look(ColorDepth.ANSI))
    assert ("X" in written) == erased
    assert (text in written) != erased


def test_a_change_of_weight_or_colour_is_told_alone() -> None:
    previous, current = row_pair("-----", "abcde")
    styles = [Style(RED), Style(RED, dim=True), Style(RED, bold=True), Style(RED), Style(BLUE)]
    current.styles[0][:5] = styles
    written = diff(previous, current, Look(ColorDepth.ANSI))
    assert written == "\x1b[1H\x1b[91ma\x1b[2mb\x1b[22;1mc\x1b[22md\x1b[34me\x1b[m"


def test_a_meaning_that_a_theme_shows_in_reverse_is_seen_on_blanks() -> None:
    previous, current = row_pair("-----", "a b a")
    current.styles[0][0] = current.styles[0][4] = SELECTED
    written = diff(previous, current, Look(ColorDepth.MONOCHROME, theme=MONO))
    assert written == "\x1b[1H\x1b[0;1;7ma\x1b[m b \x1b[0;1;7ma\x1b[m"


def test_a_sign_is_written_as_what_the_repertoire_shows() -> None:
    previous, current = row_pair("", "")
    current.put(0, 0, signed("a", NEWEST, "b"))
    for repertoire, text in zip(Repertoire, ("a●b", "a•b", "aob"), strict=True):
        assert diff(previous, current, Look(repertoire=repertoire)) == f"\x1b[1H{text}"


def test_a_change_in_the_second_half_of_a_wide_character_draws_it_whole() -> None:
    previous, current = row_pair("a漢b", "a漢b")
    current.styles[0][2] = Style(RED)
    assert diff(previous, current, Look(ColorDepth.ANSI)) == "\x1b[1;2H漢"


def test_nothing_scrolls_when_the_last_cell_is_drawn() -> None:
    frame = Frame(5, 3)
    for y in range(3):
        frame.put(0, y, "12345")
    screen, stream = emulator(5, 3, autowrap=True)
    stream.feed(diff(None, frame, Look(ColorDepth.ANSI)))
    stream.feed(
        diff(frame, Frame(5, 3), Look(ColorDepth.ANSI))
        + diff(Frame(5, 3), frame, Look(ColorDepth.ANSI))
    )
    assert screen.display == ["12345"] * 3


class NeverCompared(list[str]):
    """Glyphs of a row that must not be compared with any others."""

    def __eq__(self, _: object) -> bool:
        raise AssertionError("a row that both frames have in common was compared")


def test_rows_that_both_frames_have_in_common_cost_nothing() -> None:
    """A key that is answered by one chart leaves most rows of a frame the very same lists."""
    before = Frame(4, 3)
    before.glyphs[0], before.glyphs[2] = NeverCompared("abcd"), NeverCompared("efgh")
    after = before.with_own_rows(range(1, 2))
    after.put(0, 1, "x")
    assert diff(before, after, Look(ColorDepth.TRUECOLOR)) == "\x1b[2Hx"
