"""The measurements of an NVIDIA GPU within a tick, each asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
UNSIGNED_INT, SIGNED_INT, UNSIGNED_SHORT = 1, 5, 6
"""A value of `nvmlValueType_t`."""
NO_NUMBER = 7
"""The stand-in's word for a float that is not a number."""


@pytest.mark.parametrize("type_of_value", [UNSIGNED_INT, SIGNED_INT])
def test_a_count_of_32_bits_that_begins_anew_is_measured_in_a_short_window(
    ask_nvidia: Ask, type_of_value: int
) -> None:
    # An H200 had 59 GB/s into the GPU and half of it out. A second of that is beyond 32 bits, and
    # the window begins just before the counter overflows.
    answer = ask_nvidia(
        """
        put("pcie", 2000)
        sampler = discover(roots, clock).samplers[0]
        def pause(seconds):
            global now
            now += seconds
            put("pcie", 2000 + 738)
        sampler.pause = pause
        first = sampler.sample(Tier.ALL)
        put("pcie", 2000 + 29_500)
        second = sampler.sample(Tier.FAST)
        answer = [round(first.pcie_read / 1e9, 3), round(first.pcie_write / 1e9, 3),
                  round((now - 1000) / 0.025)]
        """,
        narrow=type_of_value,
    )
    assert answer == [59.04, 29.52, 2]


@pytest.mark.parametrize("type_of_value", [UNSIGNED_SHORT, NO_NUMBER])
def test_a_count_that_tells_nothing_is_no_rate(ask_nvidia: Ask, type_of_value: int) -> None:
    answer = ask_nvidia(
        """
        put("pcie", 2000)
        sampler = discover(roots, clock).samplers[0]
        sampler.pause = lambda seconds: put("pcie", 2100)
        sampler.sample(Tier.ALL)
        now += 1.0
        sample = sampler.sample(Tier.ALL)
        answer = [sample.pcie_read, sample.pcie_write, words(sample)["pcie_read"]]
        """,
        narrow=type_of_value,
    )
    assert answer == [None, None, "UNSUPPORTED"]
