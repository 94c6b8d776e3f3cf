"""Words for NVIDIA's numbers."""

from __future__ import annotations

import pytest

from trackio_view.sources.gpu.nvidia.words import throttle_words


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (0, ()),
        (0x1, ()),
        (0x4, ("power cap",)),
        (0x1 | 0x8 | 0x40, ("hardware slowdown", "hardware thermal slowdown")),
        (0x2 | 0x400 | 0x1, ("application clocks", "reason 0x400")),
    ],
)
def test_each_reason_has_its_words_and_idle_is_none(bits: int, words: tuple[str, ...]) -> None:
    assert throttle_words(bits) == words
