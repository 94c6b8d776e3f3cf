"""Running sums of the values beyond limits, block by block."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from trackio_view.series import numpy_policy
from trackio_view.series.block_counts import BlockCounts, Blocks, count_beyond
from trackio_view.series.medians import BLOCK

LIMITS = (-1.0, 1.0)
COUNT = 40


@pytest.fixture(params=[1, 10**9], ids=["numpy", "plain"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Blocks:
    """Blocks of noise about levels within, at and beyond the limits, some without a number."""
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", request.param)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", request.param)
    noise = random.Random(1)
    values = array("d")
    for block in range(COUNT):
        level = (0.0, 1.0, -1.0, 5.0, -5.0)[block % 5]
        values.extend(level + noise.uniform(-0.5, 0.5) for _ in range(BLOCK))
    for place in range(0, len(values), 37):
        values[place] = noise.choice([math.nan, math.inf, -math.inf])
    parts = [
        list(filter(math.isfinite, values[at : at + BLOCK])) for at in range(0, len(values), BLOCK)
    ]
    gaps = array("Q", (at for at, value in enumerate(values) if not math.isfinite(value)))
    return Blocks(values, array("d", map(min, parts)), array("d", map(max, parts)), gaps)


def counted(blocks: Blocks, first: int, last: int) -> tuple[int, int]:
    return count_beyond(blocks.values, first * BLOCK, last * BLOCK, LIMITS)


def test_any_part_of_what_was_summed_up_is_told_exactly(blocks: Blocks) -> None:
    counts = BlockCounts()
    for first, last in ((10, 20), (12, 31), (10, 11), (30, 31), (0, COUNT), (3, 3), (0, 1)):
        assert counts.between(blocks, first, last, LIMITS) == counted(blocks, first, last)


def test_only_blocks_that_the_limits_cut_are_read_and_each_once(blocks: Blocks) -> None:
    counts = BlockCounts()
    counts.between(blocks, 0, 20, LIMITS)
    assert counts.read == 20 * 2 // 5 * BLOCK, "two levels in five lie at a limit"
    counts.between(blocks, 5, COUNT, LIMITS)
    counts.between(blocks, 0, COUNT, LIMITS)
    assert counts.read == COUNT * 2 // 5 * BLOCK


def test_other_limits_and_earlier_blocks_begin_anew(blocks: Blocks) -> None:
    counts = BlockCounts()
    counts.between(blocks, 20, COUNT, LIMITS)
    assert counts.between(blocks, 0, COUNT, (-9.0, 9.0)) == (0, 0)
    assert counts.between(blocks, 0, COUNT, LIMITS) == counted(blocks, 0, COUNT)


def test_blocks_that_were_taken_back_are_counted_again(blocks: Blocks) -> None:
    counts = BlockCounts()
    counts.between(blocks, 8, COUNT, LIMITS)
    counts.take_back(20)
    for at in range(20 * BLOCK, len(blocks.values)):
        blocks.values[at] = 0.0
    del blocks.gaps[next(n for n, at in enumerate(blocks.gaps) if at >= 20 * BLOCK) :]
    for block in range(20, COUNT):
        blocks.low[block] = blocks.high[block] = 0.0
    assert counts.between(blocks, 8, COUNT, LIMITS) == counted(blocks, 8, 20)
    counts.take_back(2)
    assert counts.between(blocks, 8, COUNT, LIMITS) == counted(blocks, 8, 20)
