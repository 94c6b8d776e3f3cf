"""`scripts/soak` recognises a trend, and its report is true."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOAKING = Path(__file__).parents[1] / "scripts/soaking"


@pytest.fixture(scope="module")
def trend() -> ModuleType:
    spec = importlib.util.spec_from_file_location("soaking_trend", SOAKING / "trend.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def samples(trend, seconds: int, memory=80.0, descriptors=14.0, threads=6.0, cpu=5.0) -> list[Any]:
    """Return a sample for each five seconds. A value that is a function is called with the
    minute."""
    given = (memory, descriptors, threads, cpu)
    return [
        trend.Sample(time, *(it(time / 60) if callable(it) else it for it in given))
        for time in range(5, seconds, 5)
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, []),
        ({"memory": lambda minute: 76 + 25 * minute / 30}, ["memory"]),
        ({"memory": lambda minute: 76 + 3 * minute / 30}, []),
        ({"memory": lambda minute: 40 + min(40, 20 * minute)}, []),
        ({"memory": lambda minute: 80 + 5 * (int(minute * 6) % 2)}, []),
        ({"memory": lambda minute: 120 - minute}, []),
        ({"descriptors": lambda minute: 14 + int(minute)}, ["descriptors"]),
        ({"threads": lambda minute: 5 + int(minute / 3)}, ["threads"]),
        ({"cpu": lambda minute: 4 + minute / 2}, ["cpu"]),
        ({"cpu": lambda minute: 4 + 6 * (minute % 3 < 0.2)}, []),
    ],
)
def test_only_what_keeps_growing_is_a_trend(trend, fields, told) -> None:
    found = trend.trends(samples(trend, 1800, **fields))
    assert [sentence.partition(":")[0] for sentence in found] == told


def test_a_share_counts_for_what_is_large(trend) -> None:
    def slow(minute: float) -> float:
        return 2000 + minute

    assert trend.trends(samples(trend, 1800, memory=slow)) == []
    assert trend.trends(samples(trend, 1800, memory=lambda minute: 2000 + 10 * minute))


@pytest.mark.parametrize("seconds", [0, 10, 40, 70])
def test_a_short_run_has_no_trend(trend, seconds: int) -> None:
    assert trend.trends(samples(trend, seconds, memory=lambda minute: 40 + 500 * minute)) == []


def test_the_line_is_that_of_least_squares(trend) -> None:
    times = [1.0, 2.0, 4.0, 7.0]
    begin, rises = trend.rise(times, [3 * time + 2 for time in times])
    assert (begin, rises) == (pytest.approx(5.0), pytest.approx(18.0))
    assert trend.rise([], []) == (0.0, 0.0)
    assert trend.rise([5.0, 5.0, 5.0], [1.0, 2.0, 3.0]) == (2.0, 0.0)


def test_every_field_of_a_sample_but_its_time_is_judged(trend) -> None:
    assert ("time", *(bound.name for bound in trend.BOUNDS)) == trend.Sample._fields


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "soon"])
def test_no_minutes_are_refused(minutes: str) -> None:
    command = [sys.executable, str(SOAKING / "run.py"), minutes]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
