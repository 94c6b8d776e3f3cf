"""The answers of Intel's drivers about memory."""

from __future__ import annotations

import struct

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.intel import memory as intel_memory


def xe_regions(*regions: tuple[int, int, int]) -> bytes:
    body = b"".join(
        struct.pack("<HHIQQQQ48x", kind, 0, 4096, total, used, 0, 0)
        for kind, total, used in regions
    )
    return struct.pack("<II", len(regions), 0) + body


def i915_regions(*regions: tuple[int, int, int]) -> bytes:
    body = b"".join(
        struct.pack("<HHIQQ64x", kind, 0, 0, total, free) for kind, total, free in regions
    )
    return struct.pack("<I12x", len(regions)) + body


def test_the_answers_of_both_drivers() -> None:
    answer = xe_regions((0, 64 << 30, 5), (1, 12 << 30, 2 << 30), (1, 12 << 30, 1 << 30))
    assert intel_memory.parse_xe(answer) == (3 << 30, 24 << 30)
    answer = i915_regions((0, 64 << 30, 1), (1, 6 << 30, 4 << 30))
    assert intel_memory.parse_i915(answer) == (2 << 30, 6 << 30)


def test_use_that_is_not_told_is_not_zero() -> None:
    assert intel_memory.parse_xe(xe_regions((1, 12 << 30, 0))) == (Absence.DENIED, 12 << 30)
    answer = i915_regions((1, 6 << 30, 6 << 30))
    assert intel_memory.parse_i915(answer) == (Absence.DENIED, 6 << 30)
    unsupported = (Absence.UNSUPPORTED, Absence.UNSUPPORTED)
    assert intel_memory.parse_xe(xe_regions((0, 64 << 30, 5))) == unsupported
    assert intel_memory.parse_i915(i915_regions()) == unsupported


def test_an_answer_that_is_cut_short_ends() -> None:
    answer = xe_regions((1, 12 << 30, 1 << 30), (1, 12 << 30, 1 << 30))
    assert intel_memory.parse_xe(answer[:-1]) == (1 << 30, 12 << 30)


def test_a_region_whose_size_is_not_known_counts_as_none() -> None:
    unknown = (1, (1 << 64) - 1, (1 << 64) - 1)
    answer = i915_regions(unknown, (1, 6 << 30, 4 << 30))
    assert intel_memory.parse_i915(answer) == (2 << 30, 6 << 30)
    unsupported = (Absence.UNSUPPORTED, Absence.UNSUPPORTED)
    assert intel_memory.parse_i915(i915_regions(unknown)) == unsupported
