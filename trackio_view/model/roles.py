"""Which metric plays which part: one table of names, used for order, statistics and `--once`."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

from trackio_view.light_typing import NamedTuple


class Role(enum.IntEnum):
    """The part a metric plays in a training; the order is that of the charts."""

    LOSS = 0
    VALIDATION_LOSS = 1
    QUALITY = 2
    LEARNING_RATE = 3
    GRADIENT = 4
    SPARSITY = 5
    OTHER = 6


class Direction(enum.Enum):
    """Which way a metric should go."""

    LOW_IS_GOOD = "low"
    HIGH_IS_GOOD = "high"
    NEUTRAL = "neutral"


class MetricKind(NamedTuple):
    """What a word of a metric's name tells of it."""

    role: Role
    direction: Direction
    words: frozenset[str]
    """Whole words of the name, in lower case; a word matches with digits after it, too."""
    parts: tuple[str, ...] = ()
    """Beginnings and ends of words: `loss` knows `trainloss` and `losses`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OTHER = MetricKind(Role.OTHER, Direction.NEUTRAL, frozenset())

METRIC_KINDS: tuple[MetricKind, ...] = (
    # Words of metrics that are named after something good or bad and are neither: AMP's loss scale,
    # spreads, counts, times.
    MetricKind(
        Role.OTHER,
        Direction.NEUTRAL,
        _words("scale std var stddev count num time seconds sec duration steps samples tokens"),
    ),
    MetricKind(
        Role.LEARNING_RATE, Direction.NEUTRAL, _words("lr lrs learningrate"), ("learningrate",)
    ),
    MetricKind(Role.GRADIENT, Direction.NEUTRAL, _words("grad grads gradient gradients gradnorm")),
    MetricKind(
        Role.LOSS,
        Direction.LOW_IS_GOOD,
        _words("nll ppl bpb bpc"),
        ("loss", "losses", "perplexity"),
    ),
    MetricKind(
        Role.QUALITY,
        Direction.LOW_IS_GOOD,
        _words("err mse rmse mae mape wer cer fid kl elbo bits regret"),
        ("error", "divergence"),
    ),
    MetricKind(Role.SPARSITY, Direction.HIGH_IS_GOOD, frozenset(), ("sparsity",)),
    MetricKind(
        Role.QUALITY,
        Direction.HIGH_IS_GOOD,
        _words("acc f auc auroc auprc roc map iou miou dice bleu rouge meteor em top r psnr ssim")
        | _words("fbeta mcc pass"),
        (
            "accuracy",
            "accuracies",
            "precision",
            "recall",
            "reward",
            "score",
            "success",
            "winrate",
            "margin",
        ),
    ),
)
"""The first kind that knows a word of a metric's name decides; `OTHER` where none does."""

_HELD_OUT_WORDS = _words("val valid validation eval evaluation test dev holdout")

# A camel-case hump starts a word; digits end one: `top5`, `f1` and `valLoss2` are as expected.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONGEST_NAME = 1_000
"""A longer name is a text that someone logged as a name, and its words tell nothing."""
_NEEDS_DIGITS = {
    "f": r"(?<![a-z])f_?(?:1|2|0\.5|beta|score)",
    "r": r"(?<![a-z])r_?2(?![0-9])",
    "top": r"(?<![a-z])top[-_]?\d",
}
"""Words that only count with the digits or the letters that belong to them, which tell `f1` from
`f`. The patterns are compiled at first use, which keeps a start short."""

TRAINING_SECTIONS = frozenset(
    {"train", "training", "trainer", "training_args", "args", "hparams", "hyperparameters"}
)
"""What a section is called, of a config or of metrics, that is about the training as a whole."""

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
_LOSSES = (Role.LOSS, Role.VALIDATION_LOSS)


@lru_cache(maxsize=16_384)
def kind_of(metric: str) -> MetricKind:
    """Return what the metric's name tells of it, by `METRIC_KINDS`.

    A loss on held-out data has the role of a validation loss.
    """
    metric = metric[:_LONGEST_NAME]
    words = [word.lower() for word in _WORD.findall(metric)]
    # `grad_norm` is one word in two; two letters of their own, as in `l/r`, are none.
    pairs = [one + other for one, other in pairwise(words) if len(one) > 1 and len(other) > 1]
    kind = _first_kind(metric, [*words, *pairs])
    if kind.role is Role.LOSS and is_held_out(metric):
        return kind._replace(role=Role.VALIDATION_LOSS)
    return kind


def is_held_out(name: str) -> bool:
    """Return whether a name, or a section of names, says that it is about held-out data."""
    words = _WORD.findall(name[:_LONGEST_NAME])
    return not _HELD_OUT_WORDS.isdisjoint(word.lower() for word in words)


def _first_kind(metric: str, words: list[str]) -> MetricKind:
    for kind in METRIC_KINDS:
        for word in words:
            if word in kind.words:
                wanted = _NEEDS_DIGITS.get(word)
                if wanted is None or re.search(wanted, metric, re.IGNORECASE):
                    return kind
            if kind.parts and (word.startswith(kind.parts) or word.endswith(kind.parts)):
                return kind
    return OTHER


def role_of(metric: str) -> Role:
    """Return the part that a metric plays, judged by its name."""
    return kind_of(metric).role


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


def has_usual_loss(metrics: Iterable[str]) -> bool:
    """Return whether a metric has one of `LOSS_NAMES`."""
    return any(name.lower() in LOSS_NAMES for name in metrics)


def is_loss(metric: str) -> bool:
    """Return whether a metric's own name says that it is a loss."""
    return kind_of(metric).role in _LOSSES


def first_of(metrics: Mapping[str, object], role: Role) -> str | None:
    """Return the first metric logged that plays `role`, or `None`."""
    return next((name for name in metrics if role_of(name) is role), None)


def chart_order(metrics: Mapping[str, object]) -> list[str]:
    """Return the metrics in the order of their charts: the loss, then by role, then as logged."""
    loss = main_loss(metrics)
    return sorted(metrics, key=lambda metric: (metric != loss, role_of(metric)))
