"""The answers of Intel's drivers about memory."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.intel import memory as intel_memory
from trackio_view.sources.gpu.sampler import Roots


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


class Kernel:
    """Stands for a driver that answers two questions: the length of its answer, and the answer."""

    def __init__(self, answer: bytes, fault: int = 0) -> None:
        self.answer = answer
        self.fault = fault

    def xe(self, _: int, command: int, asked: bytearray, mutate: bool) -> int:
        question = struct.Struct("<QIIQ16x")
        extensions, query, size, address = question.unpack(asked)
        # DRM_IOCTL_XE_DEVICE_QUERY.
        assert (extensions, query, mutate, command) == (0, 1, True, 0xC028_6440)
        if not address:
            question.pack_into(asked, 0, 0, query, len(self.answer), 0)
        else:
            assert size == len(self.answer)
            ctypes.memmove(address, self.answer, size)
        return 0

    def i915(self, _: int, command: int, asked: bytearray, mutate: bool) -> int:
        count, flags, address = struct.Struct("<IIQ").unpack(asked)
        # DRM_IOCTL_I915_QUERY.
        assert (count, flags, mutate, command) == (1, 0, True, 0xC010_6479)
        item = struct.Struct("<QiIQ")
        query, length, _, answer = item.unpack(ctypes.string_at(address, item.size))
        assert query == 4
        # The kernel takes a length other than 0 for the length of the answer.
        assert bool(length) == bool(answer)
        if answer:
            assert length == len(self.answer)
            ctypes.memmove(answer, self.answer, length)
        told = -self.fault if self.fault else len(self.answer)
        ctypes.memmove(address, item.pack(query, told, 0, answer), item.size)
        return 0


def read(tmp_path: Path, driver: str) -> tuple[int | Absence, int | Absence]:
    (tmp_path / "dev" / "dri").mkdir(parents=True, exist_ok=True)
    (tmp_path / "dev" / "dri" / "renderD128").touch()
    card: Any = SimpleNamespace(
        driver=driver, name="card0", nodes=lambda: ["card0", "renderD129", "renderD128"]
    )
    return intel_memory.read(Roots.captured(tmp_path), card)


def test_each_driver_is_asked_for_the_length_of_its_answer_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(xe_regions((1, 12 << 30, 2 << 30)))
    monkeypatch.setattr(fcntl, "ioctl", kernel.xe)
    assert read(tmp_path, "xe") == (2 << 30, 12 << 30)
    kernel = Kernel(i915_regions((1, 6 << 30, 4 << 30)))
    monkeypatch.setattr(fcntl, "ioctl", kernel.i915)
    assert read(tmp_path, "i915") == (2 << 30, 6 << 30)


def test_a_driver_that_refuses_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(i915_regions((1, 6 << 30, 4 << 30)), errno.EACCES)
    monkeypatch.setattr(fcntl, "ioctl", kernel.i915)
    assert read(tmp_path, "i915") == (Absence.DENIED, Absence.DENIED)
    (tmp_path / "dev" / "dri" / "renderD128").unlink()
    (tmp_path / "dev" / "dri").rmdir()
    card: Any = SimpleNamespace(driver="xe", name="card0", nodes=list)
    lacks = intel_memory.read(Roots.captured(tmp_path), card)
    assert lacks == (Absence.UNSUPPORTED, Absence.UNSUPPORTED)
