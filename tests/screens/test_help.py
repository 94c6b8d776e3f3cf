"""The help tells every key once, grouped by subject, and first the keys of the screen below."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from trackio_view.screens.help import draw_help, help_page, help_parts
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.actions import Mode
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.keys.help_themes import HelpTheme, theme_of
from trackio_view.view.keys.key_labels import keys_label
from trackio_view.view.places import HelpView
from trackio_view.view.screen_table import SCREENS

MODES = [Mode.METRICS, Mode.ENLARGED, Mode.RUNS, Mode.GPUS, Mode.CONFIG_DIFF]
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("mode", MODES)
def test_every_binding_is_told_once(mode: Mode) -> None:
    own, others = help_parts(mode, search="")
    told = [binding for part in (*own, *others) for binding in part.bindings]
    assert len(told) == len(BINDINGS)
    assert {id(binding) for binding in told} == set(map(id, BINDINGS))


@pytest.mark.parametrize("mode", MODES)
def test_other_screens_keys_stand_under_their_name(mode: Mode) -> None:
    own, others = help_parts(mode, search="")
    places = {place.value: place for place in SCREENS}
    for part in own:
        assert {theme_of(binding.action).value for binding in part.bindings} == {part.title}
        assert all(mode in binding.modes for binding in part.bindings)
    for part in others:
        assert all(places[part.title] in binding.modes for binding in part.bindings)
        assert all(mode not in binding.modes for binding in part.bindings)


def test_themes_come_in_their_order_and_have_keys() -> None:
    own, _ = help_parts(Mode.METRICS, search="")
    assert [part.title for part in own] == [theme.value for theme in HelpTheme]
    assert {theme_of(binding.action) for binding in BINDINGS} == set(HelpTheme)


def test_words_begin_near_the_keys_of_their_part() -> None:
    page = help_page(Mode.METRICS, 116, notices=(), arrows=True)
    indents = {(line.keys, line.text): line.indent for row in page.rows for line in row}
    assert indents["r", "next run"] == len("r") + 2
    assert indents["- _", "zoom out: more history"] == len("+ =") + 2
    assert indents["?", "this help"] == len("Ctrl-L") + 2
    assert indents["Home", "first chart or line"] == len("PgDn Space") + 2
    # These keys are longer than others may be.
    assert indents["Esc Backspace", "back"] == len("Esc Backspace") + 2


@pytest.mark.parametrize("width", [8, 20, 36, 76, 116, 196])
@pytest.mark.parametrize("mode", MODES)
def test_columns_have_room_for_their_words_and_cut_no_part(mode: Mode, width: int) -> None:
    page = help_page(mode, width, notices=(), arrows=True)
    told = [line for row in page.rows for line in row]
    assert sum(line.keys.strip() != "" for line in told) == len(BINDINGS) == page.found
    for row in page.rows:
        assert len(row) * page.column_width <= max(width, page.column_width)
    if width > 30:
        for number in range(max(map(len, page.rows))):
            column = [row[number] for row in page.rows if number < len(row)]
            for line, following in pairwise(column):
                # The lines of a part follow its heading without a gap.
                assert line.text or not following.keys


@pytest.mark.parametrize("width", [36, 76, 116])
@pytest.mark.parametrize("mode", MODES)
def test_no_keys_are_cut(mode: Mode, width: int) -> None:
    told = {
        line.keys.strip()
        for row in help_page(mode, width, notices=(), arrows=True).rows
        for line in row
    }
    assert told - {""} == {keys_label(binding.keys) for binding in BINDINGS}


def test_words_are_looked_for_in_keys_and_in_what_they_do() -> None:
    def told(search: str) -> set[str]:
        parts = [part for found in help_parts(Mode.METRICS, search) for part in found]
        return {keys_label(binding.keys) for part in parts for binding in part.bindings}

    assert told("smooth") == {"s", "S"}
    assert told("SMOOTH less") == {"S"}
    assert told("shift-tab") >= {"Shift-Tab"}
    assert told("no key does this") == set()
    assert told("  ") == told("")


def test_notices_stand_above_the_keys_where_none_is_looked_for() -> None:
    def first_texts(search: str) -> list[str]:
        page = help_page(Mode.METRICS, 80, search, notices=("The disk is full.",), arrows=True)
        return [line.text for row in page.rows[:3] for line in row]

    assert "The disk is full." in first_texts("")
    assert "The disk is full." not in first_texts("smooth")


def test_of_very_many_notices_the_rest_is_counted() -> None:
    def told(count: int) -> list[str]:
        notices = tuple(f"Notice {number}." for number in range(count))
        page = help_page(Mode.METRICS, 80, notices=notices, arrows=True)
        return [line.text for row in page.rows for line in row]

    few, many = told(20), told(23)
    assert "Notice 19." in few
    assert not any(text.endswith(" more") and text.startswith("and ") for text in few)
    assert "Notice 20." not in many
    assert "and 3 more" in many


@pytest.mark.parametrize("size", SIZES)
def test_golden_search(show: Any, golden: Any, size: tuple[int, int]) -> None:
    width, height = size
    golden(f"help-search-{width}x{height}", show(width, height, "?", "/", *"axis"))


def test_a_search_is_kept_or_dropped(show: Any) -> None:
    shown = show(120, 40, "?", "down", "/", *"smooth", "enter").lines()
    assert any("smooth more" in line for line in shown)
    assert not any("the next run" in line or "pick a project" in line for line in shown)
    shown = show(120, 40, "/", "escape").lines()
    assert any("pick a project" in line for line in shown)
    shown = show(120, 40, "/", *"zzz").lines()
    assert any("No key matches these words." in line for line in shown)
    assert show(120, 40, "escape", "escape").lines()[1] == show(120, 40).lines()[1]


def test_without_glyphs_keys_have_words() -> None:
    def arrows(repertoire: Repertoire) -> set[str]:
        frame = Frame(120, 40)
        draw_help(frame, Rect(0, 0, 120, 40), Mode.METRICS, HelpView(), repertoire)
        return {glyph for glyph in "".join(frame.lines()) if glyph in "←→↑↓"}

    assert arrows(Repertoire.BRAILLE)
    assert not arrows(Repertoire.ASCII)


@pytest.mark.parametrize("search", ["", "zoom", "nothing like that"])
@pytest.mark.parametrize("mode", list(SCREENS))
def test_the_help_ends_with_its_last_text(mode: Mode, search: str) -> None:
    rows = help_page(mode, 80, search, notices=(), arrows=True).rows
    assert not rows or any(line.text for line in rows[-1]), "one scrolls to no empty lines"
    assert rows or search


def test_more_is_told_of_as_long_as_there_is_any() -> None:
    def has_more(offset: int) -> bool:
        frame = Frame(80, 24)
        draw_help(frame, Rect(0, 0, 80, 24), Mode.METRICS, HelpView(offset), Repertoire.BRAILLE)
        return "more below" in frame.lines()[-1]

    frame = Frame(80, 24)
    furthest = draw_help(frame, Rect(0, 0, 80, 24), Mode.METRICS, HelpView(), Repertoire.BRAILLE)
    assert [has_more(0), has_more(furthest - 1), has_more(furthest)] == [True, True, False]


def test_the_words_of_the_few_keys_that_were_found_have_the_whole_width() -> None:
    texts = [
        row[0].text for row in help_page(Mode.METRICS, 116, "0.97", notices=(), arrows=True).rows
    ]
    assert "smooth more: 0.6, 0.9, 0.97, 0.99, 0.997, mean of 10" in texts
