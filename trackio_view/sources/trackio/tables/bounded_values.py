"""What is kept for a screen of a JSON object that may be of any size."""

from __future__ import annotations

from collections.abc import Collection

from trackio_view.light_typing import Any
from trackio_view.sources.trackio.tables.rows import Document, bounded

MOST_VALUES = 5_000
"""Names and values of a config that are kept for a screen: more than a model's names of classes."""


def bounded_values(document: Document) -> Document:
    """Return a JSON object with each text in it `bounded`, names included, and so many values.

    TrackIO's own names come first. What else is left out is counted in the place of its names.
    """
    left = MOST_VALUES

    def kept(value: Any) -> Any:
        nonlocal left
        if isinstance(value, dict):
            return within(value.items())
        left -= 1
        if isinstance(value, str):
            return bounded(value)
        if not isinstance(value, list):
            return value
        items: list[Any] = []
        for item in value:
            if left <= 0:
                return [*items, f"({len(value) - len(items):,} more values)"]
            items.append(kept(item))
        return items

    def within(members: Collection[tuple[str, Any]]) -> Document:
        nonlocal left
        some: Document = {}
        for position, (name, value) in enumerate(members):
            if left <= 0:
                some[f"({len(members) - position:,} more names)"] = ""
                break
            left -= 1
            some[bounded(name)] = kept(value)
        return some

    own_first = sorted(document.items(), key=lambda member: not member[0].startswith("_"))
    return within(own_first)
