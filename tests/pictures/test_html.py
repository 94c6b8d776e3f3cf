"""A frame as an HTML page is parsed again: its text has its colours, above its shapes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from trackio_view.pictures.html import html
from trackio_view.pictures.shapes import shapes_of
from trackio_view.pictures.theme import Ink, ink_of
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.themes import DARK


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


@pytest.fixture
def check_html(check_shapes) -> Callable[[Frame], None]:
    """Return a function that fails unless the page of a frame shows all of it."""

    def check(frame: Frame) -> None:
        text = html(frame).decode()
        page = Page(text)
        rows, columns = page.rows[1:-1], page.columns[1:-1]
        rules = dict(re.findall(r"^\.(s\d+) \{ (.*) \}$", text, re.MULTILINE))

        def look(character: str, name: str) -> tuple[object, ...]:
            if name == "drawn":
                return (character, "drawn")
            rule = rules.get(name, "")
            color = re.search(r"(?:^| )color: #(\w+);", rule)
            underlined = "text-decoration: underline;" in rule
            if character == " " and not underlined:
                return (" ",)
            foreground = int(color[1], 16) if color else DARK.foreground
            bold, italic = "font-weight: bold;" in rule, "font-style: italic;" in rule
            return character, foreground, bold, italic, underlined

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
                expected_look(character, glyph, ink_of(style, DARK))
                for glyph, style in zip(frame.glyphs[y], frame.styles[y], strict=True)
                for character in glyph
            ]
            assert [look(character, name) for character, name in row] == expected
        drawn = re.search(r"<svg .*</svg>", text, re.DOTALL)
        assert drawn is not None
        check_shapes(frame, ElementTree.fromstring(drawn[0]))
        # The drawing is as large as the text: the same columns, and lines of 1.2 times the font
        # size.
        assert f"width: {frame.width}ch; }}" in text
        assert "svg { position: absolute; width: 100%; height: 100%; }" in text
        assert 'preserveAspectRatio="none"' in drawn[0]

    return check


@pytest.mark.parametrize("seed", range(5))
def test_html_is_the_frame(seed: int, random_frame, check_html) -> None:
    check_html(random_frame(seed))


def test_html_draws_every_shape(shapes_frame, check_html) -> None:
    check_html(shapes_frame)


def test_html_of_real_screens(training_frame, gpu_frame, check_html) -> None:
    check_html(training_frame)
    check_html(gpu_frame)
