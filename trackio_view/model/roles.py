"""Which metric plays which part: one table of names, used for order, statistics and `--once`."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache


class Role(enum.IntEnum):
    """The part a metric plays in a training; the order is that of the charts."""

    LOSS = 0
    VALIDATION_LOSS = 1
    QUALITY = 2
    LEARNING_RATE = 3
    GRADIENT = 4
    SPARSITY = 5
    OTHER = 6


# Words of a metric's name, split at anything but letters and digits, e.g. `train/lm_loss`.
_HELD_OUT_WORDS = frozenset({"val", "valid", "validation", "eval", "evaluation", "test", "dev"})
_LOSS_WORDS = frozenset({"loss", "losses", "nll", "perplexity", "ppl", "bpb", "cost", "objective"})
_QUALITY_WORDS = frozenset(
    {"acc", "accuracy", "f1", "auc", "bleu", "rouge", "map", "miou", "reward", "score", "recall"}
    | {"precision", "return", "top1", "top5"}
)
_LEARNING_RATE_WORDS = frozenset({"lr"})
_GRADIENT_WORDS = frozenset({"grad", "gradient", "gradnorm"})
_SPARSITY_WORDS = frozenset({"sparsity"})

LOSS_NAMES = (
    "loss",
    "train/loss",
    "train_loss",
    "training/loss",
    "training_loss",
    "loss/train",
    "train/total_loss",
    "total_loss",
)
"""The names of "the loss" of a run, the first that was logged wins."""


@lru_cache(maxsize=16_384)
def role_of(metric: str) -> Role:
    """Return the part that a metric plays, judged by the words of its name."""
    words = set(re.findall(r"[a-z0-9]+", metric.lower()))
    if words & _LOSS_WORDS or any(word.endswith("loss") for word in words):
        return Role.VALIDATION_LOSS if words & _HELD_OUT_WORDS else Role.LOSS
    if words & _LEARNING_RATE_WORDS or {"learning", "rate"} <= words:
        return Role.LEARNING_RATE
    if words & _GRADIENT_WORDS:
        return Role.GRADIENT
    if words & _SPARSITY_WORDS:
        return Role.SPARSITY
    return Role.QUALITY if words & _QUALITY_WORDS else Role.OTHER


def main_loss(metrics: Iterable[str]) -> str | None:
    """Return the metric that is "the loss" of a run, or `None` where nothing was logged.

    The first of `LOSS_NAMES` that was logged (in any case); else the first training loss, else
    the first validation loss in the order logged; else the first metric.
    """
    names = list(metrics)
    lowered = {name.lower(): name for name in reversed(names)}
    for candidate in LOSS_NAMES:
        if candidate in lowered:
            return lowered[candidate]
    for role in (Role.LOSS, Role.VALIDATION_LOSS):
        for name in names:
            if role_of(name) is role:
                return name
    return names[0] if names else None


def is_loss(metric: str) -> bool:
    """Return whether a metric's own name says that it is a loss."""
    return role_of(metric) in (Role.LOSS, Role.VALIDATION_LOSS)


def first_of(metrics: Mapping[str, object], role: Role) -> str | None:
    """Return the first metric logged that plays `role`, or `None`."""
    return next((name for name in metrics if role_of(name) is role), None)


def chart_order(metrics: Mapping[str, object]) -> list[str]:
    """Return the metrics in the order of their charts: the loss, then by role, then as logged."""
    loss = main_loss(metrics)
    return sorted(metrics, key=lambda metric: (metric != loss, role_of(metric)))
