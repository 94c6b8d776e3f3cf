"""Pictures, taken apart again and compared with their frames cell by cell."""

from __future__ import annotations

import io
import random
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.options.values import PICTURES
from trackio_view.pictures import png as png_module
from trackio_view.pictures.fonts import (
    find_family,
    fonts_with,
    machine_fonts,
)
from trackio_view.pictures.formats import PICTURE_FORMATS
from trackio_view.pictures.html import html
from trackio_view.pictures.png import PictureFault, png
from trackio_view.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, shapes_of
from trackio_view.pictures.svg import svg
from trackio_view.pictures.text import ansi_text, plain_text
from trackio_view.pictures.theme import BACKGROUND, FOREGROUND, Ink, ink_of
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.style import PLAIN, Color, ColorDepth, Style
from trackio_view.view.dashboard import Dashboard

BOXES = "─│┌┐└┘├┤┬┴┼╴╵╶╷━┃╸╺╭╮╰╯"
BLOCKS = "▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▀▐▔▕▘▝▖▗▚▞▙▟▛▜"
SHADES = "░▒▓"
MARKS = "●○▲▼▶◀▸◂▴▾"
BRAILLE = "".join(map(chr, range(0x2800, 0x2900)))
SHAPED = BOXES + BLOCKS + SHADES + MARKS + BRAILLE
TEXT = "".join(map(chr, range(0x21, 0x7F))) + "←→°…é–"
CLUSTERS = ("e\u0301\u0323", "日", "🚀", "\u2421", "x\u0302")
COLORS = [Color(0x5CB8F2, 75, 14), Color(0xF0635E, 203, 9), Color(0x101010, 0, 0)]

needs_font = pytest.mark.skipif(
    find_family(machine_fonts()) is None, reason="no monospace font on this machine"
)


def random_frame(seed: int, width: int = 24, height: int = 8) -> Frame:
    chance = random.Random(seed)
    frame = Frame(width, height)
    for y in range(height):
        x = 0
        while x < width:
            color, background = (chance.choice([None, *COLORS]) for _ in range(2))
            style = Style(color, background, *(chance.random() < 0.15 for _ in range(5)))
            alphabet = chance.choice([TEXT, TEXT, SHAPED, BRAILLE, " ", CLUSTERS])
            for _ in range(chance.randint(1, 6)):
                x = frame.put(x, y, chance.choice(alphabet), style, limit=width - x)
                if x >= width - 1:
                    x = width
                    break
    return frame


def shapes_frame() -> Frame:
    frame = Frame(32, 12)
    for place, glyph in enumerate(SHAPED):
        frame.put(place % 32, place // 32, glyph, Style(COLORS[place % 2]))
    return frame


def training_frame(batch: Callable[..., RunRows]) -> Frame:
    dashboard = Dashboard(width=120, height=40)
    dashboard.watch(ProjectId("", "日本 <b>&amp;"))
    metrics = {
        "train/loss": [5 / (step + 1) for step in range(300)],
        "val/accuracy": [step / 300 for step in range(300)],
    }
    dashboard.apply(LoadStarted(ProjectId("", "日本 <b>&amp;"), 0, 300))
    dashboard.apply(RowsLoaded(ProjectId("", "日本 <b>&amp;"), 0, [batch(metrics)], 300))
    dashboard.apply(LoadFinished(ProjectId("", "日本 <b>&amp;"), 0))
    return Composer().compose(dashboard, 1_700_000_300.0)


def gpu_frame(gpus_sampled: Callable[..., GpusSampled]) -> Frame:
    dashboard = Dashboard(width=100, height=30)
    dashboard.show_gpus()
    for second in range(20):
        dashboard.apply(gpus_sampled(4, float(second)))
    return Composer().compose(dashboard, 0.0)


def cells_of(frame: Frame) -> Iterator[tuple[int, int, str, Ink]]:
    for y, (glyphs, styles) in enumerate(zip(frame.glyphs, frame.styles, strict=True)):
        for x, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            yield x, y, glyph, ink_of(style)


_COUNTS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN")
_EIGHTHS = {word: count for count, word in enumerate(_COUNTS, 1)}


def covered_points(glyph: str) -> dict[tuple[float, float], bool]:
    """Return whether points of a cell, 12 x 24, are covered, as the character's name says."""
    name = unicodedata.name(glyph)
    if name == "BRAILLE PATTERN BLANK":
        dots = ""
    elif name.startswith("BRAILLE"):
        dots = name.rpartition("-")[2]
    if name.startswith("BRAILLE"):
        places = {1: (3, 3), 2: (3, 9), 3: (3, 15), 7: (3, 21)}
        places |= {4: (9, 3), 5: (9, 9), 6: (9, 15), 8: (9, 21)}
        return {place: str(dot) in dots for dot, place in places.items()}
    if name.startswith("BOX"):
        words = set(name.split())
        arms = {
            (0.5, 12.0): words & {"LEFT", "HORIZONTAL"},
            (11.5, 12.0): words & {"RIGHT", "HORIZONTAL"},
            (6.0, 0.5): words & {"UP", "VERTICAL"},
            (6.0, 23.5): words & {"DOWN", "VERTICAL"},
        }
        corners = {(x, y): False for x in (1.0, 11.0) for y in (1.0, 23.0)}
        return {point: bool(arm) for point, arm in arms.items()} | corners
    if glyph in MARKS:
        center = (5.5, 12.5)
        edges = {(0.5, 0.5): False, (11.5, 0.5): False, (0.5, 23.5): False, (11.5, 23.5): False}
        return {center: not name.startswith("WHITE"), **edges}
    grid = [(0.75 + 1.5 * column, 1.5 + 3 * row) for column in range(8) for row in range(8)]
    return {(x, y): _block_covers(name, x / 12, y / 24) for x, y in grid}


def _block_covers(name: str, across: float, down: float) -> bool:
    if name == "FULL BLOCK" or name.endswith("SHADE"):
        return True
    if name.startswith("QUADRANT"):
        half = ("UPPER" if down < 0.5 else "LOWER") + (" LEFT" if across < 0.5 else " RIGHT")
        return half in name
    part = 0.5 if "HALF" in name else next(v for k, v in _EIGHTHS.items() if k in name) / 8
    if "QUARTER" in name:
        part *= 2
    side = {"LEFT": across, "RIGHT": 1 - across, "UPPER": down, "LOWER": 1 - down}
    return next(place for word, place in side.items() if word in name) < part


# --- SVG ---------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"
Polygon = list[tuple[float, float]]


class Area:
    """The area of a path's subpaths, arcs taken as their chords, circles as circles."""

    def __init__(self, path: str, *, even_odd: bool = False) -> None:
        self._even_odd = even_odd
        self.polygons: dict[int, list[Polygon]] = {}
        """By the rows of cells that they touch."""
        self.circles: list[tuple[float, float, float]] = []
        for subpath in re.findall(r"M[^M]*", path):
            number = r"(-?[\d.]+)"
            circle = re.fullmatch(rf"M{number} {number}a{number} .*z", subpath)
            if circle:
                x, y, radius = map(float, circle.groups())
                self.circles.append((x + radius, y, radius))
            else:
                polygon = list(_corners(subpath))
                levels = [y for _, y in polygon]
                for row in range(
                    int(min(levels)) // CELL_HEIGHT, int(max(levels)) // CELL_HEIGHT + 1
                ):
                    self.polygons.setdefault(row, []).append(polygon)

    def covers(self, x: float, y: float) -> bool:
        inside = sum((x - at) ** 2 + (y - level) ** 2 < r * r for at, level, r in self.circles)
        near = self.polygons.get(int(y) // CELL_HEIGHT, [])
        layers = inside + sum(_is_inside(polygon, x, y) for polygon in near)
        return layers % 2 == 1 if self._even_odd else layers > 0


def _corners(subpath: str) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for command, text in re.findall(r"([MhvVA])([-\d. ]*)", subpath):
        numbers = [float(number) for number in text.split()]
        if command == "M":
            for x, y in zip(numbers[::2], numbers[1::2], strict=True):
                yield x, y
            continue
        if command == "h":
            x += numbers[0]
        elif command == "v":
            y += numbers[0]
        elif command == "V":
            y = numbers[0]
        else:
            x, y = numbers[-2:]
        yield x, y


def _is_inside(polygon: Polygon, x: float, y: float) -> bool:
    inside = False
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def number_of(color: str) -> int:
    return int(color.removeprefix("#"), 16)


def check_shapes(frame: Frame, root: ElementTree.Element) -> None:
    """Check backgrounds, and what is drawn in each cell: its glyph's shape, else nothing."""
    assert root.get("viewBox") == f"0 0 {frame.width * CELL_WIDTH} {frame.height * CELL_HEIGHT}"
    backgrounds: list[tuple[int, Area]] = []
    fills: list[tuple[int, float, Area]] = []
    dots: dict[tuple[float, float], int] = {}
    for path in root.iter(f"{SVG}path"):
        data = path.get("d", "")
        if path.get("class") == "background":
            backgrounds.append((number_of(path.get("fill", "")), Area(data)))
        elif path.get("class") == "dots":
            for x, y in re.findall(r"M([\d.]+) ([\d.]+)h\.01", data):
                dots[float(x), float(y)] = number_of(path.get("stroke", ""))
        else:
            opacity = float(path.get("fill-opacity", "1"))
            area = Area(data, even_odd=path.get("fill-rule") == "evenodd")
            fills.append((number_of(path.get("fill", "")), opacity, area))
    for x, y, glyph, ink in cells_of(frame):
        left, top = x * CELL_WIDTH, y * CELL_HEIGHT
        under = [color for color, area in backgrounds if area.covers(left + 6, top + 12)]
        assert (under or [BACKGROUND]) == [ink.background]
        if shapes_of(glyph) is None:
            for point in ((6, 12), (0.5, 12), (6, 0.5), (11, 23)):
                assert not any(area.covers(left + point[0], top + point[1]) for *_, area in fills)
            continue
        for (across, down), covered in covered_points(glyph).items():
            at = (left + across, top + down)
            if glyph in BRAILLE:
                assert dots.pop(at, None) == (ink.foreground if covered else None)
                continue
            found = [(color, opacity) for color, opacity, area in fills if area.covers(*at)]
            opacity = {"░": 0.25, "▒": 0.5, "▓": 0.75}.get(glyph, 1.0)
            assert found == ([(ink.foreground, opacity)] if covered else []), (glyph, at)
    assert dots == {}


def check_svg(frame: Frame) -> None:
    root = ElementTree.fromstring(svg(frame))
    check_shapes(frame, root)
    rect = root.find(f"{SVG}rect")
    assert rect is not None
    assert number_of(rect.get("fill", "")) == BACKGROUND
    texts: dict[tuple[int, int], tuple[str, int, bool, bool, bool]] = {}
    for group in root.iter(f"{SVG}g"):
        look = (
            number_of(group.get("fill", "")),
            group.get("font-weight") == "bold",
            group.get("font-style") == "italic",
            group.get("text-decoration") == "underline",
        )
        for element in group.iter(f"{SVG}text"):
            row, rest = divmod(int(element.get("y", "")), CELL_HEIGHT)
            assert 0 < rest < CELL_HEIGHT
            places = [int(place) for place in element.get("x", "").split()]
            glyphs = [element.text or ""] if len(places) == 1 else list(element.text or "")
            for place, glyph in zip(places, glyphs, strict=True):
                assert place % CELL_WIDTH == 0
                texts[place // CELL_WIDTH, row] = (glyph, *look)
    for x, y, glyph, ink in cells_of(frame):
        text = texts.pop((x, y), None)
        if glyph == " " and not ink.underline:
            assert text is None or text[0] == " "
        elif shapes_of(glyph) is not None:
            assert text is None
        elif glyph not in (CONTINUATION, " "):
            assert text == (glyph, ink.foreground, ink.bold, ink.italic, ink.underline)
    assert texts == {}


@pytest.mark.parametrize("seed", range(3))
def test_svg_is_the_frame(seed: int) -> None:
    check_svg(random_frame(seed))


def test_svg_draws_every_shape() -> None:
    check_svg(shapes_frame())


def test_svg_of_real_screens(batch, gpus_sampled) -> None:
    check_svg(gpu_frame(gpus_sampled))
    frame = training_frame(batch)
    check_svg(frame)
    assert len(svg(frame)) < 60_000
    assert b">train/loss<" in svg(frame)


def test_svg_takes_what_xml_does_not() -> None:
    frame = Frame(4, 1)
    frame.put_glyphs(0, 0, ["\uffff", "\ufffe", "<", "&"])
    assert ElementTree.fromstring(svg(frame)).find(f".//{SVG}text").text == "��<&"  # type: ignore[union-attr]


# --- HTML --------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects the characters of the `<pre>` with their classes, and the widths of boxes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, str]]] = [[]]
        self.columns: list[int] = [0]
        self._inside, self._class, self._width = False, "", 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "link", "img"}
        self._inside = self._inside or tag == "pre"
        if tag == "span":
            given = dict(attributes)
            self._class = given.get("class") or ""
            width = re.fullmatch(r"width:(\d+)ch", given.get("style") or "")
            self._width = int(width[1]) if width else 0

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._inside = False
        self._class, self._width = "", 0

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        # A browser drops the newline after <pre>; the parser does not.
        for character in data:
            if character == "\n":
                self.rows.append([])
                self.columns.append(0)
                continue
            self.rows[-1].append((character, self._class))
            if not self._width:
                assert character.isascii()
                self.columns[-1] += 1
        self.columns[-1] += self._width


def check_html(frame: Frame) -> None:
    text = html(frame).decode()
    page = Page(text)
    rows, columns = page.rows[1:-1], page.columns[1:-1]
    rules = dict(re.findall(r"^\.(s\d+) \{ (.*) \}$", text, re.MULTILINE))

    def look(character: str, name: str) -> tuple[object, ...]:
        if name == "drawn":
            return (character, "drawn")
        rule = rules.get(name, "")
        color = re.search(r"(?:^| )color: #(\w+);", rule)
        if character == " " and "underline" not in rule:
            return (" ",)
        foreground = int(color[1], 16) if color else FOREGROUND
        return character, foreground, "bold" in rule, "italic" in rule, "underline" in rule

    def expected_look(character: str, glyph: str, ink: Ink) -> tuple[object, ...]:
        if shapes_of(glyph) is not None:
            return (character, "drawn")
        if character == " " and not ink.underline:
            return (" ",)
        return character, ink.foreground, ink.bold, ink.italic, ink.underline

    assert ".drawn { color: transparent;" in text
    assert columns == [frame.width] * frame.height
    for y, row in enumerate(rows):
        expected = [
            expected_look(character, glyph, ink_of(style))
            for glyph, style in zip(frame.glyphs[y], frame.styles[y], strict=True)
            for character in glyph
        ]
        assert [look(character, name) for character, name in row] == expected
    drawn = re.search(r"<svg .*</svg>", text, re.DOTALL)
    assert drawn is not None
    check_shapes(frame, ElementTree.fromstring(drawn[0]))
    # The drawing is as large as the text: so many columns, and each line 1.2 times the size.
    assert f"width: {frame.width}ch; }}" in text
    assert "svg { position: absolute; width: 100%; height: 100%; }" in text
    assert 'preserveAspectRatio="none"' in drawn[0]


@pytest.mark.parametrize("seed", range(5))
def test_html_is_the_frame(seed: int) -> None:
    check_html(random_frame(seed))


def test_html_draws_every_shape() -> None:
    check_html(shapes_frame())


def test_html_of_real_screens(batch, gpus_sampled) -> None:
    check_html(training_frame(batch))
    check_html(gpu_frame(gpus_sampled))


# --- text --------------------------------------------------------------------------------------


def test_plain_text_is_the_glyphs(batch) -> None:
    frame = training_frame(batch)
    assert plain_text(frame).decode().split("\n") == [*frame.lines(), ""]


def check_ansi(frame: Frame) -> None:
    screen = pyte.Screen(frame.width, frame.height)
    text = ansi_text(frame).decode()
    assert text.count("\n") == frame.height
    pyte.Stream(screen).feed(text.removesuffix("\n").replace("\n", "\r\n"))
    for y, (glyphs, styles) in enumerate(zip(frame.glyphs, frame.styles, strict=True)):
        for x, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            shown = screen.buffer[y][x]
            assert shown.data == unicodedata.normalize("NFC", glyph)
            if glyph == CONTINUATION:
                continue
            foreground, background = (
                "default" if color is None else f"{color.rgb:06x}"
                for color in (style.foreground, style.background)
            )
            assert (shown.fg, shown.bg) == (foreground, background)
            looks = (shown.bold, shown.italics, shown.underscore, shown.reverse)
            assert looks == (style.bold, style.italic, style.underline, style.reverse)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 32))
def test_escape_codes_show_the_frame(seed: int) -> None:
    check_ansi(random_frame(seed))


def test_escape_codes_of_a_monochrome_file() -> None:
    frame = Frame(6, 1)
    frame.put(0, 0, "abc", Style(COLORS[0], bold=True))
    assert ansi_text(frame, ColorDepth.MONOCHROME) == b"\x1b[0;1mabc\x1b[m\n"


def test_no_color_is_heeded(monkeypatch) -> None:
    frame = Frame(6, 1)
    frame.put(0, 0, "abc", Style(COLORS[0]))
    assert b"38;2;92;184;242" in PICTURE_FORMATS[".ans"](frame)
    monkeypatch.setenv("NO_COLOR", "1")
    assert PICTURE_FORMATS[".ans"](frame) == b"abc\n"


# --- PNG ---------------------------------------------------------------------------------------


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def mixed(color: int, ground: int, share: float) -> tuple[int, ...]:
    return tuple(
        round((ground >> shift & 255) + ((color >> shift & 255) - (ground >> shift & 255)) * share)
        for shift in (16, 8, 0)
    )


def check_png(frame: Frame) -> Image.Image:
    original = opened(png(frame))
    image = original.convert("RGB")
    assert image.size == (frame.width * CELL_WIDTH, frame.height * CELL_HEIGHT)
    for x, y, glyph, ink in cells_of(frame):
        left, top = x * CELL_WIDTH, y * CELL_HEIGHT
        if glyph == CONTINUATION:
            continue
        cell = image.crop((left, top, left + CELL_WIDTH, top + CELL_HEIGHT))
        colors = {color for _, color in cell.getcolors() or []}
        ground, full = mixed(0, ink.background, 0), mixed(ink.foreground, ink.background, 1)
        if ink.underline:
            assert cell.getpixel((6, 20)) == full
        elif glyph == " ":
            assert colors == {ground}
        elif shapes_of(glyph) is None:
            # Text: drawn, wholly within its cell, and in no colour but those between the two.
            assert len(colors) > 1 or ink.foreground == ink.background
            assert colors <= {mixed(ink.foreground, ink.background, n / 15) for n in range(16)}
        else:
            share = {"░": 4 / 15, "▒": 8 / 15, "▓": 11 / 15}.get(glyph, 1.0)
            for (across, down), covered in covered_points(glyph).items():
                pixel = cell.getpixel((int(across), int(down)))
                assert pixel == (mixed(ink.foreground, ink.background, share * covered)), glyph
    return original


@needs_font
def test_png_draws_every_shape() -> None:
    check_png(shapes_frame())


@needs_font
@pytest.mark.parametrize("seed", range(3))
def test_png_is_the_frame(seed: int) -> None:
    check_png(random_frame(seed))


@needs_font
def test_png_of_real_screens(batch, gpus_sampled) -> None:
    assert check_png(training_frame(batch)).mode == "P"
    check_png(gpu_frame(gpus_sampled))


@needs_font
def test_png_with_more_colors_than_a_palette() -> None:
    frame = Frame(30, 12)
    for place in range(30 * 12):
        color = Color(place * 0x010203 & 0xFFFFFF, 0, 0)
        frame.put(place % 30, place // 30, "█" if place % 2 else "a", Style(color))
    assert check_png(frame).mode == "RGB"


@needs_font
def test_png_text_can_be_read() -> None:
    letters = [letter for letter in TEXT if letter.isalnum()]
    frame = Frame(len(letters), 1)
    frame.put(0, 0, "".join(letters))
    image = opened(png(frame)).convert("L")
    family = find_family(machine_fonts())
    assert family is not None
    font = ImageFont.truetype(family.regular.path, 20, family.regular.number)

    def template(letter: str) -> Image.Image:
        page = Image.new("L", (60, 60))
        ImageDraw.Draw(page).text((20, 20), letter, fill=255, font=font)
        return page.crop(page.getbbox()).resize((12, 24))

    def distance(first: Image.Image, second: Image.Image) -> int:
        pairs = zip(first.tobytes(), second.tobytes(), strict=True)
        return sum(abs(one - other) for one, other in pairs)

    templates = {letter: template(letter) for letter in letters}
    right = 0
    for place, letter in enumerate(letters):
        cell = image.crop((place * CELL_WIDTH, 0, (place + 1) * CELL_WIDTH, CELL_HEIGHT))
        cell = cell.point([max(0, level - 24) for level in range(256)])
        seen = cell.crop(cell.getbbox()).resize((12, 24))
        right += min(letters, key=lambda other: distance(seen, templates[other])) == letter
    # Stretched to one size, a few letters look alike in both cases.
    assert right > 0.8 * len(letters)


@needs_font
@pytest.mark.skipif(not fonts_with("水"), reason="no font with East Asian scripts here")
def test_png_of_wide_glyphs_is_as_large_as_its_other_text() -> None:
    frame = Frame(4, 1)
    frame.put(2, 0, "水", PLAIN)
    image = opened(png(frame)).convert("L").point([max(0, level - 24) for level in range(256)])

    box = image.crop((2 * CELL_WIDTH, 0, 4 * CELL_WIDTH, CELL_HEIGHT)).getbbox()
    assert box is not None
    # Such a character fills its square, whose side is the size of the text: 20.
    assert 0.85 * 20 < box[2] - box[0] <= 2 * CELL_WIDTH


@needs_font
def test_png_draws_a_frame_for_a_glyph_that_no_font_has() -> None:
    frame = Frame(3, 1)
    frame.put_glyphs(0, 0, ["\U0010fffe"])
    image = opened(png(frame)).convert("RGB")
    assert image.getpixel((2, 12)) == mixed(FOREGROUND, 0, 1)
    assert image.getpixel((6, 12)) == mixed(0, BACKGROUND, 0)


@needs_font
@pytest.mark.parametrize("ending", PICTURE_FORMATS)
def test_the_same_frame_gives_the_same_bytes(ending: str) -> None:
    write = PICTURE_FORMATS[ending]
    assert write(random_frame(7)) == write(random_frame(7))
    assert write(random_frame(7)) != write(random_frame(8))


def test_png_without_a_font_says_which_would_do(monkeypatch) -> None:
    monkeypatch.setattr(png_module, "machine_fonts", dict)
    monkeypatch.setattr(png_module, "any_monospace_family", lambda: None)
    with pytest.raises(PictureFault, match=r"DejaVu Sans Mono.*SVG"):
        png(Frame(40, 12))


def test_png_without_pillow_says_so(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(PictureFault, match=r"Pillow.*SVG"):
        png(Frame(40, 12))


# --- shapes, theme, fonts ----------------------------------------------------------------------


def test_the_endings_that_are_taken_are_those_that_are_written() -> None:
    assert set(PICTURES) == set(PICTURE_FORMATS)


def test_every_listed_glyph_has_shapes_and_text_has_none() -> None:
    assert all(shapes_of(glyph) is not None for glyph in SHAPED)
    assert all(shapes_of(glyph) is None for glyph in [*TEXT, *CLUSTERS, " "])


def test_attributes_become_colors() -> None:
    assert ink_of(PLAIN) == Ink(FOREGROUND, BACKGROUND)
    assert ink_of(Style(reverse=True)) == Ink(BACKGROUND, FOREGROUND)
    dim = ink_of(Style(dim=True)).foreground
    assert all(
        (BACKGROUND >> shift & 255) < (dim >> shift & 255) < (FOREGROUND >> shift & 255)
        for shift in (0, 8, 16)
    )
