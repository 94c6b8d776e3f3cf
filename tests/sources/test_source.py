"""The questions that every source answers: parts of projects, as events that load no library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trackio_view.sources.source import Content, Part

REPOSITORY = Path(__file__).parents[2]


def test_everything_is_asked_for_unless_less_is_named() -> None:
    assert Part().content == Content.EVERYTHING
    assert Part().is_whole
    assert not Part(distinct_steps=50).is_whole
    assert not Part(since=0.0).is_whole
    for content in (Content.ROWS, Content.MACHINE_ROWS, Content.ALERTS, Content.DETAILS):
        assert content in Content.EVERYTHING
    # The list of runs is for callers that choose among them, and is no event of a live screen.
    for content in (Content.RUNS, Content.NEWEST_RUN, Content.MACHINE_RUNS):
        assert content not in Content.EVERYTHING


@pytest.mark.parametrize("library", ["asyncio", "anyio"])
def test_the_protocol_and_its_events_load_next_to_nothing(library: str) -> None:
    script = f"import sys, trackio_view.sources.source; sys.exit({library!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(REPOSITORY)}, check=False
    )
    assert done.returncode == 0
