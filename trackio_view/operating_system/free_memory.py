"""Gives memory that is no longer used back to the system."""

from __future__ import annotations

import contextlib
import gc

_ARENA_MAX = -8
"""`M_ARENA_MAX` of mallopt(3)."""


def use_one_heap() -> None:
    """Have threads share the main thread's heap, where the C library lets each begin its own.

    What one thread gives back another one then uses: a thousand runs take 5 MB less. To be called
    before threads begin. Source: mallopt(3).
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


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
