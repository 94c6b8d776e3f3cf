"""How typed values of options are read, at the bounds of what is allowed."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from trackio_view.options import values as option_values


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (option_values.interval, "0.1", 0.1),
        (option_values.interval, "3600", 3600.0),
        (option_values.speed, "0.01", 0.01),
        (option_values.speed, "1e4", 10_000.0),
        (option_values.zoom_level, "6", 6),
        (option_values.smoothing, "time:0.9", "time:0.9"),
        (option_values.smoothing, "off", "off"),
        (option_values.points, "4", 4),
        (option_values.picture_file, "a/b.SVG", Path("a/b.SVG")),
        (option_values.size, "40x12", (40, 12)),
        (option_values.size, "400X100", (400, 100)),
        (option_values.duration, "90s", 90.0),
        (option_values.one_of("nan"), "nan", "nan"),
        (option_values.matchers, 'cluster="a"', 'cluster="a"'),
        (option_values.matchers, ' a!="x\\"y", b=~"c.*" ', 'a!="x\\"y", b=~"c.*"'),
    ],
)
def test_a_value_within_bounds_is_read(read, text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (option_values.interval, "0.0999"),
        (option_values.matchers, ""),
        (option_values.matchers, "cluster=a"),
        (option_values.matchers, 'a="b"} or up{c="d"'),
        (option_values.matchers, 'a="b",'),
        (option_values.interval, "3600.1"),
        (option_values.interval, "nan"),
        (option_values.interval, "-1"),
        (option_values.speed, "0"),
        (option_values.speed, "inf"),
        (option_values.zoom_level, "7"),
        (option_values.zoom_level, "²"),
        (option_values.smoothing, "1.5"),
        (option_values.smoothing, "much"),
        (option_values.points, "3"),
        (option_values.points, "٣٣"),
        (option_values.picture_file, "picture"),
        (option_values.size, "39x12"),
        (option_values.size, "400x101"),
        (option_values.size, "120x101"),
        (option_values.size, "120x11"),
        (option_values.size, "401x40"),
        (option_values.size, "120"),
        (option_values.size, "1e2x40"),
        (option_values.duration, "soon"),
        (option_values.since, "yesterday"),
        (option_values.condition, "loss"),
        (option_values.one_of("nan"), "inf"),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(read, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"\w \w"):
        read(text)


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (option_values.interval, "soon", "not a number of seconds: 'soon'"),
        (option_values.interval, "0", "0 is not between 0.1 and 3600 seconds"),
        (option_values.speed, "fast", "not a number: 'fast'"),
        (option_values.speed, "0", "0 is not between 0.01 and 10000"),
    ],
)
def test_the_sentence_tells_the_unit_of_a_number_that_has_one(
    read, text: str, sentence: str
) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"^{sentence}$"):
        read(text)
