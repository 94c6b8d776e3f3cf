"""Gives memory that is no longer used back to the system."""

from __future__ import annotations

import contextlib
import gc

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""`M_ARENA_MAX`, `M_MMAP_THRESHOLD` and `M_TRIM_THRESHOLD` of mallopt(3)."""
_OUTSIDE_THE_HEAP = 1 << 18
"""Bytes from which on a block lies outside the heap."""
_KEPT_AT_THE_END = 1 << 22
"""Bytes that may lie free at the end of the heap: drawing a frame takes less."""


def use_one_heap() -> None:
    """Have threads share the main thread's heap, and keep large blocks out of it.

    Where the C library lets each thread begin a heap of its own, a thread uses nothing that another
    one gave back: a thousand runs take 5 MB more. And it puts ever larger blocks into the heap, in
    which columns that grow leave holes: 200,000 rows take 5 MB more while they are read. To be
    called before threads begin. Source: mallopt(3).
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _OUTSIDE_THE_HEAP)
        mallopt(_TRIM_THRESHOLD, _KEPT_AT_THE_END)


def collect() -> None:
    """Free objects that refer to themselves and were made since the program came to rest."""
    gc.collect()


def keep_loaded() -> None:
    """Keep all present objects until the end of the program, at no cost.

    What was loaded is some 100,000 objects. The first collection would look at them for 50 ms, and
    hold up a key.
    """
    gc.freeze()


def rest() -> None:
    """Free what refers to itself, and keep all else until the end of the program, so that no
    collection looks at it again.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Give back the pages that lie free in the allocator's heap, as far as it has a way to.

    The C library's heap only shrinks from its end, and something that is in use always lies there.
    Blocks for some milliseconds, without the interpreter's lock. Source: malloc_trim(3).
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
