"""A metric that was named and is not there gets a sentence, or is wrong usage."""

from __future__ import annotations

import pytest

from trackio_view.headless.missing_metric import missing_metric
from trackio_view.options.command_line import Options, WrongUsage


def test_metrics_that_are_near_are_offered() -> None:
    options = Options(metric=("train/los",))
    assert missing_metric("r", options, ["train/loss"]).endswith("Did you mean: train/loss?")


def test_a_metric_that_is_neither_name_nor_expression_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="neither a name"):
        missing_metric("r", Options(metric=("a(b\x1b",)), [])
