"""Whether numpy is used: the one place where its price and its profit are weighed.

Importing it costs 80 ms and 12 MB; once it is there, long columns are many times faster in it and
short ones slower. Two kinds of work always use it: charts of several runs (`series.curves`,
`charts.overlay`), for which it is imported as soon as a run is marked, and the demo, which trains
with it in a process of its own. Where numpy is not installed, all else is worked on without it.
"""

from __future__ import annotations

import sys
from functools import lru_cache

WORTH_IMPORTING = 250_000
"""From so many values on, looking at all of them is worth the import, which takes as long as six
such looks without numpy."""

WORTH_USING = 1_000
"""From so many values on, numpy is faster where it is already imported."""

ROWS_WORTH_IMPORTING = 20_000
"""From so many rows of a project on, its charts are worth the import where that delays no chart:
they draw several metrics at every zoom level."""

VALUES_AT_ONCE = 1 << 18
"""So many values numpy works on at a time where it needs a few times their memory beside them."""


def numpy_pays(count: int) -> bool:
    """Return whether `count` values are better worked on by numpy than by plain Python."""
    return _pays(count, WORTH_IMPORTING)


def numpy_pays_for_blocks(count: int) -> bool:
    """Return whether the bounds of `count` blocks are better compared by numpy."""
    # Python's own `min` is fast over columns, so only many more blocks than usual pay.
    return _pays(count, 20 * WORTH_USING)


def _pays(count: int, alone: int) -> bool:
    if count < min(alone, WORTH_USING):
        return False
    if count < alone and "numpy" not in sys.modules:
        return False
    return has_numpy()


@lru_cache(maxsize=1)
def has_numpy() -> bool:
    """Return whether numpy can be used here; imports it."""
    import importlib

    try:
        importlib.import_module("numpy")
    except ImportError:
        return False
    return True


def import_for_rows(count: int) -> None:
    """Import numpy if `count` rows are worth it; called off the event loop, so that no key waits
    for the import.
    """
    if count >= ROWS_WORTH_IMPORTING:
        import_ahead()


def import_ahead() -> None:
    """Import numpy off the event loop, as charts of several runs are about to need it."""
    has_numpy()
