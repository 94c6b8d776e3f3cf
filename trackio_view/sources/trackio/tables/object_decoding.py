"""Decodes what a run logged beside numbers, from its row into what a page shows."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trackio_view.model.config import json_text
from trackio_view.model.objects import (
    LoggedHistogram,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    TableMedium,
)
from trackio_view.series.series import Number
from trackio_view.series.sums import as_float
from trackio_view.sources.trackio.tables.rows import NONFINITE, as_text, bounded

_MOST_TABLE_ROWS = 500
_MOST_TEXT = 200_000
_MEDIA_KINDS = ("image", "video", "audio", "html", "object3d")

LoggedObject = LoggedText | LoggedTable | LoggedHistogram | LoggedMedia


def decode_object(
    key: str, step: Number, value: Mapping[str, Any], media_directory: str
) -> LoggedObject | None:
    """Return a TrackIO object as it lies in a row, or `None` where it is none that we know.

    Whatever a broken one lacks is left empty; nothing raises.
    """
    kind = value.get("_type")
    if kind == "trackio.markdown":
        text = as_text(value.get("_value"))
        return LoggedText(key, step, text[:_MOST_TEXT], max(0, len(text) - _MOST_TEXT))
    if kind == "trackio.table":
        return _decode_table(key, step, value.get("_value"), media_directory)
    if kind == "trackio.histogram":
        return _decode_histogram(key, step, value)
    found = media_of(value)
    if found is None:
        return None
    return _medium(key, step, value, found, media_directory)


def media_of(value: object) -> tuple[str, str] | None:
    """Return the kind and the place of a media object as logged, `None` for anything else."""
    if not isinstance(value, Mapping):
        return None
    prefix, _, kind = as_text(value.get("_type")).partition(".")
    path = value.get("file_path")
    if prefix != "trackio" or kind not in _MEDIA_KINDS or not isinstance(path, str):
        return None
    return kind, path


def _decode_table(key: str, step: Number, rows: object, directory: str) -> LoggedTable:
    known = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    columns = tuple(dict.fromkeys(as_text(name) for row in known for name in row))
    shown = tuple(
        tuple(_cell(row[name], directory) if name in row else "" for name in columns)
        for row in known[:_MOST_TABLE_ROWS]
    )
    media = tuple(_table_media(step, known[:_MOST_TABLE_ROWS], directory))
    return LoggedTable(key, step, columns, shown, len(known), media=media)


def _table_media(
    step: Number, rows: Sequence[Mapping[str, Any]], directory: str
) -> Iterator[TableMedium]:
    """Yield the media in the cells of rows, each with its place among those of its column."""
    counts: Counter[str] = Counter()
    for number, row in enumerate(rows):
        for name, value in row.items():
            column = as_text(name)
            for one in value if isinstance(value, list) else (value,):
                found = media_of(one)
                if found is None:
                    continue
                counts[column] += 1
                medium = _medium(column, step, one, found, directory)
                yield TableMedium(number, medium._replace(number=counts[column]))


def _medium(
    key: str, step: Number, value: Mapping[str, Any], found: tuple[str, str], directory: str
) -> LoggedMedia:
    kind, file = found
    caption = bounded(as_text(value.get("caption")))
    return LoggedMedia(key, step, kind, os.path.join(directory, file), caption, file)


def _cell(value: object, media: str) -> str:
    if isinstance(value, str):
        return bounded(value)
    found = media_of(value)
    if found is not None:
        return os.path.join(media, found[1])
    if isinstance(value, list) and value and all(media_of(item) for item in value):
        return ", ".join(_cell(item, media) for item in value)
    return bounded(json_text(value))


def _decode_histogram(key: str, step: Number, value: Mapping[str, Any]) -> LoggedHistogram | None:
    edges, counts = _numbers(value.get("bins")), _numbers(value.get("values"))
    if not counts or len(edges) != len(counts) + 1:
        return None
    return LoggedHistogram(key, step, edges, counts)


def _numbers(values: object) -> tuple[float, ...]:
    if not isinstance(values, list):
        return ()
    return tuple(
        as_float(value)
        if isinstance(value, int | float)
        else NONFINITE.get(value, math.nan)
        if isinstance(value, str)
        else math.nan
        for value in values
    )
