"""Colours mean what the name of a metric says."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts import palette
from trackio_view.charts.palette import (
    BAD,
    BLUE_TO_RED,
    GOOD,
    LABEL,
    LIGHT_BLUE_TO_PINK,
    RED_TO_GREEN,
    TEAL_TO_VIOLET,
    Gradient,
    change_style,
    gradient_for,
)
from trackio_view.model.roles import Direction, kind_of

GRADIENTS = [value for value in vars(palette).values() if isinstance(value, Gradient)]


@pytest.mark.parametrize(
    ("metric", "direction", "gradient"),
    [
        ("loss", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("train_loss", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("val/loss", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("trainLoss", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("TRAIN_LOSS", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("loss1", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("perplexity", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("eval/wer", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("error_rate", Direction.LOW_IS_GOOD, BLUE_TO_RED),
        ("lr", Direction.NEUTRAL, LIGHT_BLUE_TO_PINK),
        ("lr-AdamW/pg1", Direction.NEUTRAL, LIGHT_BLUE_TO_PINK),
        ("learning_rate", Direction.NEUTRAL, LIGHT_BLUE_TO_PINK),
        ("train/learningRate", Direction.NEUTRAL, LIGHT_BLUE_TO_PINK),
        ("sparsity", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("accuracy", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("mean_token_accuracy", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("val_acc", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("acc5", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("top-1", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("f1", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("macro_f1", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("r2", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("rewards/margins", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("AUC", Direction.HIGH_IS_GOOD, RED_TO_GREEN),
        ("loss_scale", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("reward_std", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("grad_norm", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("f", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("top", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("epoch", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("", Direction.NEUTRAL, TEAL_TO_VIOLET),
        ("损失", Direction.NEUTRAL, TEAL_TO_VIOLET),
    ],
)
def test_metric_names(metric: str, direction: Direction, gradient: Gradient) -> None:
    assert kind_of(metric).direction is direction
    assert gradient_for(metric) is gradient


def test_color_blind_set_goes_by_lightness() -> None:
    for metric in ("loss", "accuracy", "lr", "other"):
        gradient = gradient_for(metric, color_blind=True)
        lightness = [palette._to_oklab(gradient.color(step / 20).rgb)[0] for step in range(21)]
        rising = sorted(lightness)
        assert lightness in (rising, rising[::-1])
        assert rising[-1] - rising[0] > 0.2


SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, in linear RGB."""


def _seen(rgb: int, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    channels = [(rgb >> shift & 0xFF) / 255 for shift in (16, 8, 0)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    seen = 0
    for row in matrix:
        mixed = min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True))))
        coded = 12.92 * mixed if mixed <= 0.0031308 else 1.055 * mixed ** (1 / 2.4) - 0.055
        seen = seen << 8 | round(coded * 255)
    return palette._to_oklab(seen)


def _xterm_rgb(number: int) -> int:
    if number >= 232:
        return (8 + 10 * (number - 232)) * 0x10101
    levels, place = (0, 95, 135, 175, 215, 255), number - 16
    return levels[place // 36] << 16 | levels[place // 6 % 6] << 8 | levels[place % 6]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("depth", ["rgb", "xterm"])
def test_any_two_lines_differ_in_colour_however_one_sees(sight: str, depth: str) -> None:
    colors = [
        color.rgb if depth == "rgb" else _xterm_rgb(color.xterm) for color in palette.LINE_COLORS
    ]
    seen = [_seen(color, SIGHTS[sight]) for color in colors]
    nearest = min(math.dist(one, other) for one, other in combinations(seen, 2))
    assert nearest > 0.09
    assert len({color.ansi for color in palette.LINE_COLORS}) == len(colors)


@given(fraction=st.floats(), gradient=st.sampled_from(GRADIENTS))
def test_any_fraction_has_a_color(fraction: float, gradient: Gradient) -> None:
    color = gradient.color(fraction)
    assert 0 <= color.rgb <= 0xFFFFFF
    assert color.xterm in gradient.xterm
    assert color.ansi in gradient.ansi


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_ends_are_the_stops(gradient: Gradient) -> None:
    low, high = gradient.color(0), gradient.color(1)
    assert (low.xterm, high.xterm) == (gradient.xterm[0], gradient.xterm[-1])
    assert (low.ansi, high.ansi) == (gradient.ansi[0], gradient.ansi[-1])
    for color, stop in ((low, gradient.stops[0]), (high, gradient.stops[-1])):
        for shift in (0, 8, 16):
            assert abs((color.rgb >> shift & 0xFF) - (stop >> shift & 0xFF)) <= 1
    assert gradient.color(math.nan) == gradient.color(0.5)


@given(rgb=st.integers(0, 0xFFFFFF))
def test_oklab_there_and_back(rgb: int) -> None:
    back = palette._from_oklab(*palette._to_oklab(rgb))
    assert all(abs((rgb >> shift & 0xFF) - (back >> shift & 0xFF)) <= 1 for shift in (0, 8, 16))


def test_oklab_of_known_colors() -> None:
    """Values of the reference implementation."""
    assert palette._to_oklab(0xFFFFFF) == pytest.approx((1, 0, 0), abs=1e-4)
    assert palette._to_oklab(0xFF0000) == pytest.approx((0.62796, 0.22486, 0.12585), abs=1e-4)


def test_change_style() -> None:
    assert change_style("loss", -0.1) == GOOD
    assert change_style("loss", 0.1) == BAD
    assert change_style("accuracy", 0.1) == GOOD
    assert change_style("grad_norm", 0.1) == LABEL
    assert change_style("loss", None) == change_style("loss", math.nan) == LABEL
    assert change_style("loss", 0.0) == LABEL
