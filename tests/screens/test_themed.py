"""Every theme on the screens that people look at most: golden frames of text and of styles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.styled_frames import styled_text
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import Color, Meaning, Style
from trackio_view.terminal.themes import MONO, THEMES
from trackio_view.view.dashboard import Dashboard

NOW = 1_700_000_000.0
OF_ONE_RUN = {"charts": "", "enlarged": "enter", "cursor": "enter shift_left shift_left"}
"""Names of screens, and the keys that lead to them."""
OF_MARKED_RUNS = {"overlay": "", "overlay-enlarged": "enter", "runs": "t down"}
SCREENS = {**OF_ONE_RUN, **OF_MARKED_RUNS}

SHOWN = {
    **{name: pair.dark for name, pair in THEMES.items()},
    **{f"{name}-on-light": THEMES[name].light for name in ("contrast", "blind")},
}


def seen(glyph: str, style: Style) -> Style:
    """Return the visible part of a style: a blank only shows its background."""
    if glyph != " " or style.reverse or style.underline:
        return style
    return Style(background=style.background)


def described(style: Style) -> str:
    """Return a style in words: `#5cb8f2 bold`."""
    words = []
    for place, color in (("", style.foreground), ("on ", style.background)):
        assert not isinstance(color, Meaning), "a theme has a colour for each meaning"
        if isinstance(color, Color):
            words.append(f"{place}#{color.rgb:06x}/{color.xterm}/{color.ansi}")
    attributes = ("bold", "dim", "italic", "underline", "reverse")
    return " ".join([*words, *(name for name in attributes if getattr(style, name))])


def shown_screen(compared: Dashboard, show: Any, name: str) -> Frame:
    """Return a screen at 80 x 24, of the marked runs or of one of them."""
    if name in OF_ONE_RUN:
        compared.view.marks.clear()
    frame: Frame = show(80, 24, *SCREENS[name].split())
    return frame


@pytest.mark.parametrize("theme", SHOWN)
@pytest.mark.parametrize("name", SCREENS)
def test_screens_of_runs(
    compared: Dashboard, show: Any, golden_text: Callable[[str, str], None], theme: str, name: str
) -> None:
    frame = shown_screen(compared, show, name)
    golden_text(f"theme-{name}-{theme}", styled_text(frame, described, SHOWN[theme].styled))


@pytest.mark.parametrize("theme", SHOWN)
def test_the_screen_of_gpus(
    gpus_sampled: Any, golden_text: Callable[[str, str], None], theme: str
) -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.show_gpus()
    for second in range(120):
        dashboard.apply(gpus_sampled(4, float(second)))
    frame = resolved(Composer().compose(dashboard, 0.0), Look())
    golden_text(f"theme-gpus-{theme}", styled_text(frame, described, SHOWN[theme].styled))


@pytest.mark.parametrize("name", SCREENS)
def test_without_colours_attributes_tell_what_matters(
    compared: Dashboard, show: Any, name: str
) -> None:
    frame = shown_screen(compared, show, name)
    shown = [
        seen(glyph, MONO.styled(style))
        for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
        for glyph, style in zip(glyphs, styles, strict=True)
    ]
    assert all(style.foreground is None and style.background is None for style in shown)
    assert any(style.bold for style in shown)
    # Borders are dim.
    assert (name != "runs") == any(style.dim for style in shown)
    # The line under the table's cursor is reversed, and so is the run in front in a legend.
    assert any(style.reverse for style in shown) == (name in ("runs", "overlay-enlarged"))
