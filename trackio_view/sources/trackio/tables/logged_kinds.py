"""What a run logged beside numbers, counted: asked where it logged no number at all."""

from __future__ import annotations

from collections import Counter

from trackio_view.sources.trackio.reader import Fetch
from trackio_view.sources.trackio.run_identity import has_runs, run_identity, run_known_by
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.schema import Schema

_PREFIX = "trackio."
_KINDS = {"markdown": "text", "file": "file"}
"""TrackIO's name of a kind -> our word for it, where the two differ."""
_MOST_ROWS = 10_000
"""The most rows whose values are looked at: beyond that, "many" is enough."""

_FIRST_ROWS = 64
"""Rows that tell, as a rule, whether a run logs numbers: a page asks that after each new row."""


def logged_kinds(fetch: Fetch, schema: Schema, run_id: str, name: str) -> dict[str, int]:
    """Return how many of each kind a run logged, as in `{"trace": 30}`, the most first."""
    found: Counter[str] = Counter()
    for (text,) in fetch(schema.documents_of_run, (run_id, _MOST_ROWS)):
        try:
            document = read_json(text)
        except (TypeError, ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            found.update(filter(None, map(_kind, document.values())))
    # Newer releases keep traces in a table of their own.
    for kind, table in (("trace", "traces"), ("system row", "system_metrics"), ("alert", "alerts")):
        columns = {row[0] for row in fetch(f"SELECT name FROM pragma_table_info('{table}')", ())}
        if has_runs(columns):
            identity = run_identity(columns, schema.identity)
            query = f"SELECT count(*) FROM {table} WHERE {identity} IS ?"
            found[kind] += fetch(query, (run_known_by(identity, run_id, name),))[0][0]
    return {kind: count for kind, count in found.most_common() if count}


def numberless_kinds(fetch: Fetch, schema: Schema, run_id: str) -> tuple[tuple[str, int], ...]:
    """Return how many of each kind a run logged whose first rows hold no number; else nothing."""
    for (text,) in fetch(schema.documents_of_run, (run_id, _FIRST_ROWS)):
        try:
            document = read_json(text)
        except (TypeError, ValueError, RecursionError):
            continue
        if isinstance(document, dict) and any(map(_is_number, document.values())):
            return ()
    return tuple(logged_kinds(fetch, schema, run_id, run_id).items())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: object) -> str | None:
    """Return the word for what a value is, `None` for a number and for nothing."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, list):
        return "list"
    if not isinstance(value, dict):
        return None
    kind = value.get("_type")
    if not isinstance(kind, str) or not kind.startswith(_PREFIX):
        # TrackIO keeps a dictionary within a row as it is, and its numbers are no metrics.
        return "nested value"
    word = kind.removeprefix(_PREFIX)
    return _KINDS.get(word, word)
