"""The memory of Intel's cards, which only their drivers' queries tell: `i915_drm.h`, `xe_drm.h`."""

from __future__ import annotations

import os
import struct

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.drm import DrmCard
from trackio_view.sources.gpu.kernel.sysfs import absence_of
from trackio_view.sources.gpu.sampler import Roots

_DRM_COMMANDS = 0x40
_I915_QUERY = 0x39
_I915_MEMORY_REGIONS = 4
_XE_DEVICE_QUERY = 0x00
_XE_MEMORY_REGIONS = 1
_DEVICE_MEMORY = 1

_I915_REGIONS = struct.Struct("<I12x")
_I915_REGION = struct.Struct("<HHIQQ64x")
_XE_REGIONS = struct.Struct("<II")
_XE_REGION = struct.Struct("<HHIQQQQ48x")


def _command(number: int, size: int) -> int:
    """Return the number of a DRM driver's read-and-write ioctl with an argument of `size` bytes."""
    return 3 << 30 | size << 16 | ord("d") << 8 | (_DRM_COMMANDS + number)


def parse_i915(answer: bytes) -> tuple[int | Absence, int | Absence]:
    """Return the used and total bytes of the card's regions.

    To those without the privilege the kernel reports all of it as free, so 0 bytes used means that
    the use is not told.
    """
    total = free = 0
    (count,) = _I915_REGIONS.unpack_from(answer)
    for place in range(count):
        offset = _I915_REGIONS.size + place * _I915_REGION.size
        if offset + _I915_REGION.size > len(answer):
            break
        kind, _, _, probed, unallocated = _I915_REGION.unpack_from(answer, offset)
        # All ones: the size is not known.
        if kind == _DEVICE_MEMORY and probed != (1 << 64) - 1:
            total += probed
            free += min(unallocated, probed)
    if not total:
        return Absence.UNSUPPORTED, Absence.UNSUPPORTED
    return (total - free if free < total else Absence.DENIED), total


def parse_xe(answer: bytes) -> tuple[int | Absence, int | Absence]:
    """Return the used and total bytes of the card's regions; older kernels answer 0 used."""
    total = used = 0
    (count, _) = _XE_REGIONS.unpack_from(answer)
    for place in range(count):
        offset = _XE_REGIONS.size + place * _XE_REGION.size
        if offset + _XE_REGION.size > len(answer):
            break
        kind, _, _, size, in_use, _, _ = _XE_REGION.unpack_from(answer, offset)
        if kind == _DEVICE_MEMORY:
            total += size
            used += in_use
    if not total:
        return Absence.UNSUPPORTED, Absence.UNSUPPORTED
    return (used or Absence.DENIED), total


def read(roots: Roots, card: DrmCard) -> tuple[int | Absence, int | Absence]:
    """Return the used and total bytes of a card's own memory."""
    node = next((name for name in sorted(card.nodes()) if name.startswith("renderD")), card.name)
    try:
        file = os.open(roots.dev / "dri" / node, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        reason = absence_of(error)
        return reason, reason
    try:
        return parse_xe(_query_xe(file)) if card.driver == "xe" else parse_i915(_query_i915(file))
    except OSError as error:
        reason = absence_of(error)
        return reason, reason
    except struct.error:
        return Absence.UNSUPPORTED, Absence.UNSUPPORTED
    finally:
        os.close(file)


def _query_xe(file: int) -> bytes:
    import ctypes
    import fcntl

    # struct drm_xe_device_query: extensions, query, size, data, reserved. Asked for its size first.
    query = struct.Struct("<QIIQ16x")
    command = _command(_XE_DEVICE_QUERY, query.size)
    asked = bytearray(query.pack(0, _XE_MEMORY_REGIONS, 0, 0))
    fcntl.ioctl(file, command, asked, True)
    size = query.unpack(asked)[2]
    answer = ctypes.create_string_buffer(max(size, _XE_REGIONS.size))
    asked = bytearray(query.pack(0, _XE_MEMORY_REGIONS, size, ctypes.addressof(answer)))
    fcntl.ioctl(file, command, asked, True)
    return answer.raw


def _query_i915(file: int) -> bytes:
    import ctypes
    import fcntl

    # struct drm_i915_query: count, flags, address of the items; an item: id, length, flags, data.
    item, query = struct.Struct("<QiIQ"), struct.Struct("<IIQ")
    command = _command(_I915_QUERY, query.size)

    def ask(length: int, address: int) -> int:
        held = ctypes.create_string_buffer(
            item.pack(_I915_MEMORY_REGIONS, length, 0, address), item.size
        )
        asked = bytearray(query.pack(1, 0, ctypes.addressof(held)))
        fcntl.ioctl(file, command, asked, True)
        length = item.unpack(held.raw)[1]
        if length < 0:
            raise OSError(-length, os.strerror(-length))
        return int(length)

    answer = ctypes.create_string_buffer(max(ask(0, 0), _I915_REGIONS.size))
    ask(len(answer), ctypes.addressof(answer))
    return answer.raw
