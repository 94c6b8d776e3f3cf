"""A frame as SVG is parsed again: every cell has its background, its shapes or its text."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

from trackio_view.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, shapes_of
from trackio_view.pictures.svg import svg
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.themes import DARK

SVG = "{http://www.w3.org/2000/svg}"


def number_of(color: str) -> int:
    return int(color.removeprefix("#"), 16)


@pytest.fixture
def check_svg(check_shapes, cells_of) -> Callable[[Frame], None]:
    """Return a function that fails unless the SVG of a frame shows all of it."""

    def check(frame: Frame) -> None:
        root = ElementTree.fromstring(svg(frame))
        check_shapes(frame, root)
        rect = root.find(f"{SVG}rect")
        assert rect is not None
        assert number_of(rect.get("fill", "")) == DARK.background
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

    return check


@pytest.mark.parametrize("seed", range(3))
def test_svg_is_the_frame(seed: int, random_frame, check_svg) -> None:
    check_svg(random_frame(seed))


def test_svg_draws_every_shape(shapes_frame, check_svg) -> None:
    check_svg(shapes_frame)


def test_svg_of_real_screens(training_frame, gpu_frame, check_svg) -> None:
    check_svg(gpu_frame)
    check_svg(training_frame)
    assert len(svg(training_frame)) < 60_000
    assert b">train/loss<" in svg(training_frame)


def test_svg_takes_what_xml_does_not() -> None:
    frame = Frame(4, 1)
    frame.put_glyphs(0, 0, ["\uffff", "\ufffe", "<", "&"])
    assert ElementTree.fromstring(svg(frame)).find(f".//{SVG}text").text == "��<&"  # type: ignore[union-attr]


def test_a_phrase_is_one_text_and_blanks_between_phrases_are_left_out() -> None:
    frame = Frame(30, 1)
    frame.put(0, 0, "step 1,999 of")
    frame.put(20, 0, "12 steps")
    texts = [element.text for element in ElementTree.fromstring(svg(frame)).iter(f"{SVG}text")]
    assert texts == ["step 1,999 of", "12 steps"]
