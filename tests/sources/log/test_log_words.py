"""The words before a number are a metric's name, or prose; some names count, others tell totals."""

from __future__ import annotations

import pytest

from trackio_view.model.progress import TOTAL_EPOCHS, TOTAL_STEPS
from trackio_view.sources.log.log_words import (
    COUNTER_NAMES,
    IGNORED_NAMES,
    SHARE_NAMES,
    TIME_NAMES,
    TOTAL_EPOCH_NAMES,
    TOTAL_NAMES,
    is_of_training,
    name_in,
)


@pytest.mark.parametrize(
    ("words", "separator", "name"),
    [
        ("train loss", " ", "train_loss"),
        ("loss is", " ", "loss"),
        ("loss", "=", "loss"),
        ("the new best loss", ": ", "loss"),
        ("and val loss", ": ", "val_loss"),
        ("new loss", "=", "loss"),
        ("a step of many words", " ", None),
        ("took", " ", None),
        ("loss below", " ", None),
        ("file.py", ":", None),
        ("pid", "=", None),
        ("LOCAL_RANK", "=", None),
    ],
)
def test_the_words_before_a_number_name_a_metric_or_none(
    words: str, separator: str, name: str | None
) -> None:
    assert name_in(words, separator) == name


@pytest.mark.parametrize("name", ["step", "Epoch", "val_loss", "gnorm", "top_acc@5", "tokens/s"])
def test_counters_and_metrics_speak_of_training(name: str) -> None:
    assert is_of_training(name)


@pytest.mark.parametrize("name", ["pass", "margin", "files", "pid", "version"])
def test_words_of_any_sentence_do_not_speak_of_training(name: str) -> None:
    assert not is_of_training(name)


def test_a_name_has_one_meaning() -> None:
    meanings = [COUNTER_NAMES, TOTAL_NAMES, TOTAL_EPOCH_NAMES, SHARE_NAMES, IGNORED_NAMES]
    names = [name for meaning in (*meanings, TIME_NAMES) for name in meaning]
    assert len(names) == len(set(names))
    assert set(TOTAL_STEPS) > TOTAL_NAMES
    assert set(TOTAL_EPOCHS) > TOTAL_EPOCH_NAMES
