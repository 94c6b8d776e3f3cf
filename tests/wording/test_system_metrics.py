"""Readings of a machine are written in few digits, and its devices by their numbers."""

from __future__ import annotations

import math
from array import array

import pytest

from trackio_view.model.machine import SystemChart, SystemLine
from trackio_view.model.machine_keys import describe
from trackio_view.series.series import Number, Series
from trackio_view.wording.system_metrics import format_reading, line_name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (94.0, "94"),
        (3.4127, "3.41"),
        (0.01234, "0.012"),
        (1755.0, "1,755"),
        (1755, "1,755"),
        (10**30, f"{10**30:,}"),
        (2e9, "2e9"),
        (math.nan, "NaN"),
        (-math.inf, "-inf"),
    ],
)
def test_a_reading_is_written_in_few_digits(value: Number, text: str) -> None:
    assert format_reading(value) == text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("gpu/3/utilization", "GPU 3"),
        ("gpu/mean_utilization", "mean"),
        ("cpu/5/utilization", "core 5"),
        ("rank1/gpu/2/utilization", "GPU 2 of rank 1"),
        ("rank1/gpu/mean_utilization", "mean of rank 1"),
    ],
)
def test_a_device_is_called_by_its_part_and_number(key: str, name: str) -> None:
    known = describe(key)
    line = SystemLine(key, known, array("d"), Series())
    assert line_name(SystemChart("", "%", known.group, None, (line,)), line) == name
