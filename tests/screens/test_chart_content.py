"""What is in a chart: its heading, its legend, and its lines at any size."""

from __future__ import annotations

import pytest

from tests.screens.charts_by_hand import a_spec
from trackio_view.charts.palette import LABEL
from trackio_view.screens.chart_content import (
    AS_THEY_ARE,
    ChartSpec,
    Heading,
    Legend,
    Picture,
    Titles,
    picture_of,
)
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.terminal.style import StyledText
from trackio_view.wording.names import Names

BOX = Rect(2, 1, 80, 20)
"""Where the charts of these tests would lie; their pictures begin at 0."""


def only(
    spec: ChartSpec, box: Rect = BOX, repertoire: Repertoire = Repertoire.BRAILLE
) -> tuple[Frame, Picture]:
    """Return the picture of a chart, and its frame."""
    picture = picture_of(spec, box, repertoire, AS_THEY_ARE)
    return picture.frame, picture


def test_a_title_is_known_by_its_names_only_where_it_has_to_be_cut() -> None:
    titles = Titles(Names(["a/loss", "a/" + "x" * 90]), "a/")
    assert titles.shown("a/loss") == "loss"
    assert titles.shown("a/") == "(no name)"
    assert titles.key("a/loss", 60) == ("loss", None)
    assert titles.key("a/" + "x" * 90, 60) == ("x" * 90, titles.names and titles.names.identity)


def test_a_chart_at_the_front_has_a_star_and_another_drawing() -> None:
    titles = Titles(None, "a/", frozenset({"a/loss"}))
    glyphs = shown_by(Repertoire.BRAILLE)
    assert "".join(glyphs[sign] for sign in titles.shown("a/loss")) == "★ loss"
    assert titles.shown("a/rate") == "rate"
    assert titles.key("a/loss", 60) != titles._replace(front=frozenset()).key("a/loss", 60)


def test_the_first_heading_that_fits_is_drawn_and_the_last_in_any_case() -> None:
    named = [StyledText(f"{word} 100", LABEL) for word in ("graphics", "memory")]
    values = [StyledText("100", LABEL)] * 2
    headings = [Heading("clocks (MHz)", named), Heading("clocks", named), Heading("clocks", values)]
    wanted = {
        60: "clocks (MHz) ─",
        45: "clocks (MHz) ─",
        44: "clocks ─",
        39: "clocks ─",
        38: "─ 100  100 ─",
        12: "clo",
    }
    for width, text in wanted.items():
        frame, _ = only(ChartSpec(headings, []), Rect(0, 0, width, 8))
        border = frame.lines()[0]
        assert text in border, border
        assert ("graphics" in border) == (width >= 39), border


def test_a_legend_stands_in_the_border_or_takes_rows_of_the_plot() -> None:
    entries = [StyledText(f"● run {number}", LABEL) for number in range(9)]
    plain, without = only(a_spec())
    border, beside = only(a_spec()._replace(legend=Legend(entries)))
    assert (beside.area, beside.plot) == (without.area, without.plot)
    assert "● run 0  ● run 1" in border.lines()[BOX.height - 1]
    below, shortened = only(a_spec()._replace(legend=Legend(entries, below=True)))
    assert shortened.area is not None
    assert without.area is not None
    assert shortened.area.height == without.area.height - 2
    lines = below.lines()
    # Of nine entries, each nine columns wide, eight stand side by side.
    assert lines[BOX.height - 3].count("● run") == 8
    assert "● run 8" in lines[BOX.height - 2]
    assert lines[BOX.height - 1] == plain.lines()[BOX.height - 1]
    low = Rect(0, 0, 20, 8)
    _, drawn = only(a_spec()._replace(legend=Legend(entries, below=True)), low)
    assert drawn.area is not None, "the plot keeps what it needs"


@pytest.mark.parametrize("repertoire", list(Repertoire))
def test_any_size_is_allowed(repertoire) -> None:
    entries = [StyledText("one", LABEL)]
    for width in range(12):
        for height in range(8):
            for below in (False, True):
                spec = a_spec()._replace(legend=Legend(entries, below))
                only(spec, Rect(3, 2, width, height), repertoire)
