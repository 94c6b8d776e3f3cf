"""Dark or light, by the answers of terminals and by their environments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.terminal.background import (
    Background,
    background_of,
    may_be_asked,
    told_background,
)
from trackio_view.terminal.style import THEME_NAMES

DARK, LIGHT = Background.DARK, Background.LIGHT


@pytest.mark.parametrize(
    ("color", "background"),
    [
        ("rgb:0000/0000/0000", DARK),
        ("rgb:ffff/ffff/ffff", LIGHT),
        ("rgb:00/2b/36", DARK),
        ("rgb:fdfd/f6f6/e3e3", LIGHT),
        ("rgb:f/f/f", LIGHT),
        ("rgb:282/2a3/360", DARK),
        ("rgba:1e1e/1e1e/1e1e/ffff", DARK),
        ("rgba:ffff/ffff/ffff/0000", LIGHT),
        ("#ffffff", LIGHT),
        ("#1e1e1e", DARK),
        ("#000080", DARK),
        ("rgb:0000/0000/ffff", DARK),
        ("rgb:ffff/ffff/0000", LIGHT),
    ],
)
def test_an_answer_tells_of_dark_or_light(color: str, background: Background) -> None:
    for end in ("\x1b\\", "\x07"):
        assert background_of(f"\x1b]11;{color}{end}") is background


@pytest.mark.parametrize("digit", "0123456789abcdef")
def test_it_makes_no_difference_with_how_many_digits_an_answer_tells_it(digit: str) -> None:
    told = {
        background_of(f"\x1b]11;rgb:{'/'.join([digit * length] * 3)}\x07") for length in range(1, 5)
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\x1b]11;?\x1b\\",
        "\x1b]10;rgb:ffff/ffff/ffff\x07",
        "\x1b]11;rgb:ffff/ffff\x07",
        "\x1b]11;rgb:fffff/ffff/ffff\x07",
        "\x1b]11;rgb:-fff/ffff/ffff\x07",
        "\x1b]11;rgb:ffff/ffff/ffff",
        "\x1b]11;rgb:" + "f" * 60_000 + "/0/0\x07",
        "\x1b]11;#ffff\x07",
        "\x1b]11;white\x07",
        "\x1b]11;rgb:٠٠/٠٠/٠٠\x07",
        "\x1b[?62;22c",
    ],
)
def test_a_wrong_answer_tells_no_background(answer: str) -> None:
    assert background_of(answer) is None


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_lighter_grey_is_never_called_dark_where_a_darker_one_is_light(
    one: int, other: int
) -> None:
    def told(grey: int) -> bool:
        return background_of(f"\x1b]11;rgb:{grey:02x}/{grey:02x}/{grey:02x}\x07") is LIGHT

    assert told(min(one, other)) <= told(max(one, other))


@pytest.mark.parametrize(
    ("told", "background"),
    [
        *(("15;0", DARK), ("0;15", LIGHT), ("0;default;15", LIGHT), ("7;8", DARK), ("0;7", LIGHT)),
        *(("", None), ("15;default", None), ("0;16", None), ("0;-1", None), ("0;٣", None)),
    ],
)
def test_the_environment_tells(told: str, background: Background | None) -> None:
    assert told_background({"COLORFGBG": told}) is background
    assert told_background({}) is None


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/x"}, True),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "xterm", "STY": "1.pts"}, False),
        ({"TERM": "linux"}, False),
        ({}, False),
    ],
)
def test_who_may_be_asked(environment: dict[str, str], asked: bool) -> None:
    assert may_be_asked(environment) is asked


def test_there_is_a_theme_for_each() -> None:
    assert {background.value for background in Background} <= set(THEME_NAMES)
