"""A frame as PNG is opened again: every cell has its colours, its shapes, or text within it."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image, ImageDraw, ImageFont

from trackio_view.pictures import png as png_module
from trackio_view.pictures.fonts import Face, find_family, fonts_with, machine_fonts
from trackio_view.pictures.png import PictureFault, png
from trackio_view.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, shapes_of
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.style import PLAIN, Color, Style
from trackio_view.terminal.themes import DARK

needs_font = pytest.mark.skipif(
    find_family(machine_fonts()) is None, reason="no monospace font on this machine"
)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def mixed(color: int, ground: int, share: float) -> tuple[int, ...]:
    return tuple(
        round((ground >> shift & 255) + ((color >> shift & 255) - (ground >> shift & 255)) * share)
        for shift in (16, 8, 0)
    )


@pytest.fixture
def check_png(cells_of, covered_points) -> Callable[[Frame], Image.Image]:
    """Return a function that fails unless the PNG of a frame shows all of it."""

    def check(frame: Frame) -> Image.Image:
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
                # Text is drawn within its cell, and only in colours between foreground and
                # background.
                assert len(colors) > 1 or ink.foreground == ink.background
                assert colors <= {mixed(ink.foreground, ink.background, n / 15) for n in range(16)}
            else:
                share = {"░": 4 / 15, "▒": 8 / 15, "▓": 11 / 15}.get(glyph, 1.0)
                for (across, down), covered in covered_points(glyph).items():
                    pixel = cell.getpixel((int(across), int(down)))
                    assert pixel == (mixed(ink.foreground, ink.background, share * covered)), glyph
        return original

    return check


@needs_font
def test_png_draws_every_shape(shapes_frame, check_png) -> None:
    check_png(shapes_frame)


@needs_font
@pytest.mark.parametrize("seed", range(3))
def test_png_is_the_frame(seed: int, random_frame, check_png) -> None:
    check_png(random_frame(seed))


@needs_font
def test_png_of_real_screens(training_frame, gpu_frame, check_png) -> None:
    assert check_png(training_frame).mode == "P"
    check_png(gpu_frame)


@needs_font
def test_png_with_more_colors_than_a_palette(check_png) -> None:
    frame = Frame(30, 12)
    for place in range(30 * 12):
        color = Color(place * 0x010203 & 0xFFFFFF, 0, 0)
        frame.put(place % 30, place // 30, "█" if place % 2 else "a", Style(color))
    assert check_png(frame).mode == "RGB"


@needs_font
def test_png_text_can_be_read(written) -> None:
    letters = [letter for letter in written if letter.isalnum()]
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
    # A few letters look alike in upper and lower case when they are stretched to one size.
    assert right > 0.8 * len(letters)


@needs_font
@pytest.mark.skipif(not fonts_with("水"), reason="no font with East Asian scripts here")
def test_png_of_wide_glyphs_is_as_large_as_its_other_text() -> None:
    frame = Frame(4, 1)
    frame.put(2, 0, "水", PLAIN)
    image = opened(png(frame)).convert("L").point([max(0, level - 24) for level in range(256)])

    box = image.crop((2 * CELL_WIDTH, 0, 4 * CELL_WIDTH, CELL_HEIGHT)).getbbox()
    assert box is not None
    # Such a character fills a square whose side is the size of the text, 20.
    assert 0.85 * 20 < box[2] - box[0] <= 2 * CELL_WIDTH


@needs_font
def test_png_draws_a_frame_for_a_glyph_that_no_font_has() -> None:
    frame = Frame(3, 1)
    frame.put_glyphs(0, 0, ["\U0010fffe"])
    image = opened(png(frame)).convert("RGB")
    assert image.getpixel((2, 12)) == mixed(DARK.foreground, 0, 1)
    assert image.getpixel((6, 12)) == mixed(0, DARK.background, 0)


@needs_font
def test_a_wide_glyph_takes_both_of_its_cells() -> None:
    frame = Frame(3, 1)
    frame.put_glyphs(0, 0, ["\U0010fffe", CONTINUATION])
    image = opened(png(frame)).convert("RGB")
    ink, ground = mixed(DARK.foreground, 0, 1), mixed(0, DARK.background, 0)
    assert [image.getpixel((x, 12)) for x in (2, 12, 21)] == [ink, ground, ink]


def test_png_without_a_font_says_which_would_do(monkeypatch) -> None:
    monkeypatch.setattr(png_module, "machine_fonts", dict)
    monkeypatch.setattr(png_module, "any_monospace_family", lambda: None)
    with pytest.raises(PictureFault, match=r"DejaVu Sans Mono.*SVG"):
        png(Frame(40, 12))


def test_png_without_pillow_says_so(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(PictureFault, match=r"Pillow.*SVG"):
        png(Frame(40, 12))


@pytest.mark.parametrize(
    ("columns", "widest", "size"),
    [
        (1, 0.52, 24),
        (1, 0.5208, 24),
        (1, 12.5 / 23, 22),
        (1, 12.49 / 23, 23),
        (2, 24.5 / 18, 17),
        (2, 24.49 / 18, 18),
        (1, 9.0, 8),
    ],
)
def test_the_largest_size_is_taken_whose_characters_fit_to_half_a_pixel(
    monkeypatch: pytest.MonkeyPatch, columns: int, widest: float, size: int
) -> None:
    class Font:
        """A font whose characters are so many pixels wide for each pixel of its size."""

        def __init__(self, path: str, size: int, number: int, **_: object) -> None:
            self.size = size

        def getlength(self, _: str) -> float:
            return widest * self.size

        def getmetrics(self) -> tuple[int, int]:
            return CELL_HEIGHT - 4, 4

        def getbbox(self, _: str, **__: object) -> tuple[int, int, int, int]:
            return 0, -2, 9, 2

    monkeypatch.setattr(ImageFont, "truetype", Font)
    font = png_module._fitting(Face("any.ttf", 0), columns)
    assert font is not None
    assert font.size == size


@pytest.mark.parametrize(
    ("size", "ink", "has"), [((9, 9), b"\0", False), ((9, 9), b"\1", True), ((8, 9), b"\0", True)]
)
def test_a_glyph_that_looks_like_the_sign_for_missing_ones_is_missing(
    size: tuple[int, int], ink: bytes, has: bool
) -> None:
    class Mask(bytes):
        size = (9, 9)

    def drawn(character: str) -> Mask:
        mask = Mask(b"\0" if character == png_module._NO_CHARACTER else ink)
        if character != png_module._NO_CHARACTER:
            mask.size = size
        return mask

    font = cast("Any", SimpleNamespace(getmask=drawn))
    assert png_module._has(font, "x") is has
