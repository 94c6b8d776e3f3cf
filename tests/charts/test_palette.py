"""The name of a metric decides the meaning of its colours."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.palette import (
    BAD,
    GOOD,
    HIGH_IS_GOOD,
    LABEL,
    LEARNING_RATE,
    LEVEL_STYLES,
    LOW_IS_GOOD,
    NEUTRAL,
    Gradient,
    change_style,
    gradient_for,
)
from trackio_view.model.alerts import LEVELS
from trackio_view.model.roles import Direction, kind_of
from trackio_view.terminal.style import SHADES, Meaning

GRADIENTS = (LOW_IS_GOOD, HIGH_IS_GOOD, LEARNING_RATE, NEUTRAL)


@pytest.mark.parametrize(
    ("metric", "direction", "gradient"),
    [
        ("loss", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("train_loss", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("val/loss", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("trainLoss", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("TRAIN_LOSS", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("loss1", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("perplexity", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("eval/wer", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("error_rate", Direction.LOW_IS_GOOD, LOW_IS_GOOD),
        ("lr", Direction.NEUTRAL, LEARNING_RATE),
        ("lr-AdamW/pg1", Direction.NEUTRAL, LEARNING_RATE),
        ("learning_rate", Direction.NEUTRAL, LEARNING_RATE),
        ("train/learningRate", Direction.NEUTRAL, LEARNING_RATE),
        ("sparsity", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("accuracy", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("mean_token_accuracy", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("val_acc", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("acc5", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("top-1", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("f1", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("macro_f1", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("r2", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("rewards/margins", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("AUC", Direction.HIGH_IS_GOOD, HIGH_IS_GOOD),
        ("loss_scale", Direction.NEUTRAL, NEUTRAL),
        ("reward_std", Direction.NEUTRAL, NEUTRAL),
        ("grad_norm", Direction.NEUTRAL, NEUTRAL),
        ("f", Direction.NEUTRAL, NEUTRAL),
        ("top", Direction.NEUTRAL, NEUTRAL),
        ("epoch", Direction.NEUTRAL, NEUTRAL),
        ("", Direction.NEUTRAL, NEUTRAL),
        ("损失", Direction.NEUTRAL, NEUTRAL),
    ],
)
def test_metric_names(metric: str, direction: Direction, gradient: Gradient) -> None:
    assert kind_of(metric).direction is direction
    assert gradient_for(metric) is gradient


@given(fraction=st.floats(), gradient=st.sampled_from(GRADIENTS))
def test_any_fraction_has_a_color(fraction: float, gradient: Gradient) -> None:
    color = gradient.color(fraction)
    assert color.name == gradient.name
    assert 0 <= color.number < SHADES
    # The differ compares colours by identity first.
    assert gradient.color(fraction) is color


def test_the_ends_of_a_gradient_are_those_of_its_range() -> None:
    assert LOW_IS_GOOD.color(0) == Meaning("low is good", 0)
    assert LOW_IS_GOOD.color(1) == Meaning("low is good", SHADES - 1)
    assert NEUTRAL.color(math.nan) == NEUTRAL.color(0.5)


def test_change_style() -> None:
    assert change_style("loss", -0.1) == GOOD
    assert change_style("loss", 0.1) == BAD
    assert change_style("accuracy", 0.1) == GOOD
    assert change_style("grad_norm", 0.1) == LABEL
    assert change_style("loss", None) == change_style("loss", math.nan) == LABEL
    assert change_style("loss", 0.0) == LABEL


def test_every_level_of_alerts_has_a_style() -> None:
    assert tuple(LEVEL_STYLES) == LEVELS
