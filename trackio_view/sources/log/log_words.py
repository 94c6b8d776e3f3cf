"""The words of training logs: names that count steps or tell how many there will be, names of no
metric, and which words before a number are a metric's name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from trackio_view.model.progress import TOTAL_EPOCHS, TOTAL_STEPS
from trackio_view.model.roles import METRIC_KINDS, Role, role_of
from trackio_view.model.training_step import STEP_NAMES

BATCH_NAMES = ("batch", "batches", "batch_idx", "minibatch")
EPOCH_NAMES = ("epoch", "epochs", "train_epoch")
"""Batches are counted anew in each epoch."""

COUNTER_NAMES: tuple[str, ...] = (
    *("trainer/global_step", "train/global_step"),
    *STEP_NAMES,
    *("it", "update", "updates", "completed_step"),
    *BATCH_NAMES,
    *EPOCH_NAMES,
)
"""Names of counters of steps, in any case, the best first. Without a counter, lines are counted."""

TOTAL_NAMES = frozenset(
    name for name in TOTAL_STEPS if name.startswith(("total_", "max_", "num_"))
) - {"total_timesteps"}
"""Beside a step, these names say how many steps there will be. The other names of a config's total
may count the steps so far in a log, and so does `total_timesteps` of stable-baselines3.
"""

TOTAL_EPOCH_NAMES = frozenset(TOTAL_EPOCHS) - {"epochs", "n_epochs"}
"""These names say how many epochs there will be, on any line: they may stand in the config at a
log's beginning. `epochs` counts them in a log, and `n_epochs` may count anything.
"""

SHARE_NAMES = frozenset({"percentage", "percent", "progress"})
"""Beside a step and the number of steps, these names only repeat both."""

TIME_NAMES = frozenset({"timestamp", "_timestamp", "time", "ts", "asctime", "created", "datetime"})
"""In a dictionary, a value under these names is the line's time and no metric, where it is a
moment.
"""

IGNORED_NAMES = frozenset(
    {"v_num", "cuda", "localhost", "pid", "port", "rank", "local_rank", "world_size", "eta"}
)
"""Names of numbers that tell a process, a place or the remaining time, and do not measure the
training.
"""

_EVERYDAY_WORDS = frozenset({"pass", "success", "margin", "bits", "em", "meteor"})
"""Words of metrics that stand before numbers in any sentence, too."""
_METRIC_WORDS = frozenset(
    word
    for kind in METRIC_KINDS
    if kind.role is not Role.OTHER
    for word in (*kind.words, *kind.parts)
    if word not in _EVERYDAY_WORDS
)
"""The words that give a metric a role. A line with one of them as the last word of a name speaks of
training.
"""
_FURTHER_METRICS = frozenset(
    {
        *("learning_rate", "gnorm", "norm", "entropy", "return", "mfu"),
        *("throughput", "tokens/s", "tok/s", "wps"),
    }
)
"""Metrics whose last word gives them no role."""

_JOINING_WORDS = frozenset({"is", "of", "was", "at", "a", "the", "with", "after", "and", "by"})
_PROSE_WORDS = frozenset(
    {"from", "to", "in", "for", "on", "than", "below", "above", "until", "every", "took", "last"}
)


@lru_cache(maxsize=1024)
def name_in(text: str, separator: str) -> str | None:
    """Return the metric's name in the words before a number, or `None` where it is none."""
    words = [word.rstrip(".-/%@") for word in text.split(" ")]
    explicit = separator.strip() != ""
    if separator == ":" and "." in words[-1]:
        return None  # file.py:12, host.name:8080
    if explicit and (len(words) > 3 or separator.strip() == "="):
        words = words[-1:]
    while len(words) > explicit and words[0].casefold() in _JOINING_WORDS | _PROSE_WORDS:
        del words[0]
    while len(words) > explicit and words[-1].casefold() in _JOINING_WORDS:
        del words[-1]
    if not words or (not explicit and len(words) > 2):
        return None
    if not explicit and any(word.casefold() in _PROSE_WORDS for word in words):
        return None
    name = "_".join(words)
    return None if name.casefold() in IGNORED_NAMES or not name else name


@lru_cache(maxsize=1024)
def is_of_training(name: str) -> bool:
    """Return whether a line with a metric of this name speaks of training.

    It does if the name, or its last word, is one of a counter or of a metric.
    """
    folded = name.casefold()
    last_word = re.split(r"[_/]", folded)[-1]
    if folded in COUNTER_NAMES or not _FURTHER_METRICS.isdisjoint({folded, last_word}):
        return True
    word = last_word.rstrip("@0123456789")
    return word in _METRIC_WORDS and role_of(last_word) is not Role.OTHER
