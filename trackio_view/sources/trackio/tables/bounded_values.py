"""What is kept for a screen of a JSON object that may be of any size."""

from __future__ import annotations

from collections.abc import Collection

from trackio_view.light_typing import Any
from trackio_view.model.config import TOO_DEEP
from trackio_view.sources.trackio.tables.rows import Document, bounded

MOST_VALUES = 5_000
"""Names and values of a config that are kept for a screen: more than a model's names of classes."""
_DEEPEST = 100
"""How many levels are kept. Python's own recursion ends at some hundred."""


def bounded_values(document: Document) -> Document:
    """Return a JSON object with each text in it `bounded`, names included, so many values, and so
    many levels.

    TrackIO's own names come first. What else is left out is counted in the place of its names.
    """
    left = MOST_VALUES

    def kept(value: Any, depth: int) -> Any:
        nonlocal left
        if depth == _DEEPEST and isinstance(value, dict | list):
            value = TOO_DEEP
        if isinstance(value, dict):
            return within(value.items(), depth)
        left -= 1
        if isinstance(value, str):
            return bounded(value)
        if not isinstance(value, list):
            return value
        items: list[Any] = []
        for item in value:
            if left <= 0:
                return [*items, f"({len(value) - len(items):,} more values)"]
            items.append(kept(item, depth + 1))
        return items

    def within(members: Collection[tuple[str, Any]], depth: int) -> Document:
        nonlocal left
        some: Document = {}
        for position, (name, value) in enumerate(members):
            if left <= 0:
                some[f"({len(members) - position:,} more names)"] = ""
                break
            left -= 1
            some[bounded(name)] = kept(value, depth + 1)
        return some

    own_first = sorted(document.items(), key=lambda member: not member[0].startswith("_"))
    return within(own_first, 0)
