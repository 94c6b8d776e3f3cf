"""Which theme the live screen has: the one that was chosen, or the one for the background."""

from __future__ import annotations

from typing import Any

from trackio_view.charts.palette import ACCENT
from trackio_view.terminal.background import Background
from trackio_view.terminal.look import Look, rendition, themed
from trackio_view.terminal.style import THEME_NAMES


def accent(theme: str, background: Background | None = None) -> bytes:
    """Return what selects a theme's accent, whatever style was selected before."""
    selected = rendition(ACCENT, themed(Look(), theme, background))
    return selected.removeprefix("\x1b[0;").encode()


def test_themes_are_gone_through_and_keep_the_text(start: Any, folder: Any) -> None:
    folder.train(50)
    console = start(COLORTERM="truecolor")
    console.wait_for("3.9510")
    accents = []
    for name in (*THEME_NAMES[1:], THEME_NAMES[0]):
        accents.append(accent(name))
        before = len(console.received)
        console.press("T", f"theme: {name}", "3.9510")
        assert accents[-1] in console.received[before:], name
    assert len(set(accents)) > 2


def test_a_terminal_without_colours_says_that_themes_change_nothing(
    start: Any, folder: Any
) -> None:
    folder.train(50)
    console = start(NO_COLOR="1")
    console.wait_for("3.9510")
    console.press("T", "theme: light, but this terminal shows no colours")


def test_the_theme_is_for_the_background_that_the_terminal_tells_of(
    start: Any, folder: Any
) -> None:
    folder.train(50)
    console = start(COLORTERM="truecolor")
    console.wait_for("3.9510")
    light = accent("light")
    assert light not in console.received
    # The answer counts long after the first frame, too.
    console.type("\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
    console.wait_until(lambda: light in console.received)
    # A chosen theme for any background has the colours for this one, too.
    on_light = accent("contrast", Background.LIGHT)
    assert on_light not in console.received
    console.press("T", "theme: contrast", "3.9510")
    assert on_light in console.received
    for said in ("blind", "mono", "dark, but this terminal is light", "light", "contrast"):
        console.press("T", f"theme: {said} ", "3.9510")
    assert console.foreign_bytes() == []
    console.type("\x1b]11;rgb:0000/0000/0000\x1b\\")
    console.press("?", "─ keys ─")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_a_theme_that_was_asked_for_stays(start: Any, folder: Any) -> None:
    folder.train(50)
    console = start("--theme", "dark", COLORTERM="truecolor", COLORFGBG="0;15")
    console.wait_for("3.9510")
    console.press("\x1b]11;rgb:ffff/ffff/ffff\x1b\\?", "─ keys ─")
    assert accent("light") not in console.received


def test_a_theme_for_another_background_is_told_of_at_the_start(start: Any, folder: Any) -> None:
    folder.train(50)
    told = "The theme is dark, but this terminal is light: T changes it."
    for environment, answer in (
        ({}, "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"),
        ({"COLORFGBG": "0;15"}, ""),
    ):
        console = start("--theme", "dark", COLORTERM="truecolor", **environment)
        console.wait_for("3.9510")
        console.press(answer, told)
        # The next theme is for this terminal.
        console.press("T", "theme: light")
        assert told not in console.text
        assert "1 notice" not in console.text
        for name in ("contrast", "blind", "mono"):
            console.press("T", f"theme: {name}")
        # A person who chose it by the key was told already.
        console.press("T", "theme: dark, but this terminal is light")
        assert "1 notice" not in console.text


def test_where_the_terminal_is_mute_its_environment_tells(start: Any, folder: Any) -> None:
    folder.train(50)
    console = start(COLORTERM="truecolor", COLORFGBG="0;default;15", answers=False)
    console.wait_for("Enter enlarge")
    assert accent("light") in console.received


def test_a_theme_that_was_asked_for_has_its_colours_for_the_background(
    start: Any, folder: Any
) -> None:
    folder.train(50)
    console = start("--theme", "blind", COLORTERM="truecolor", COLORFGBG="0;15")
    console.wait_for("Enter enlarge")
    assert accent("blind", Background.LIGHT) in console.received
