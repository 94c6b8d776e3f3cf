"""Decodes rows of the tables `metrics` and `system_metrics` into columns of numbers."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter

from trackio_view.light_typing import Any, NamedTuple
from trackio_view.model.clock import iso_moment, unix_moment
from trackio_view.model.run import RunRows, unknown_times
from trackio_view.series.series import (
    LARGEST_EXACT_FLOAT_INTEGER,
    MOST_FLOAT_BITS,
    MetricColumn,
    Number,
)
from trackio_view.sources.trackio.run_identity import run_of
from trackio_view.sources.trackio.tables.json_reading import read_json

RawRow = tuple[Any, ...]
"""Id, run identity, run name, step, timestamp, metrics, as the database has them."""
RunRow = tuple[Any, ...]
"""Id, step, timestamp, metrics: a row of a run that is known."""
Document = dict[str, Any]

NONFINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How TrackIO writes, since 0.3.3, the numbers that JSON has no words for."""


class DecodedRows(NamedTuple):
    """The content of rows of several runs, a batch a run."""

    batches: list[RunRows]
    broken: int
    """Rows that are left out because their metrics are not a JSON object."""


def broken_rows_sentence(count: int, word: str = "row") -> str:
    """Return the notice of rows that are left out, at least one."""
    if count == 1:
        return f"1 {word} is left out: its metrics are not readable JSON."
    return f"{count:,} {word}s are left out: their metrics are not readable JSON."


def decode(rows: Sequence[RawRow]) -> DecodedRows:
    """Return the columns of `rows`, which come in id order, grouped by run.

    Only numbers make columns: texts, booleans, lists and TrackIO's own objects are passed over,
    while a metric that is a number in some rows keeps those. No input raises.
    """
    intact, documents = _intact(rows)
    return DecodedRows(decode_documents(intact, documents), len(rows) - len(intact))


def decode_documents(rows: Sequence[RawRow], documents: Sequence[Document]) -> list[RunRows]:
    """Return the columns of rows whose metrics are parsed, as `decode` does, a batch a run."""
    if not rows:
        return []
    identities = [row[1] for row in rows]
    if identities.count(identities[0]) == len(identities):
        return [_batch(rows, documents)]
    members: dict[object, list[int]] = {}
    for position, identity in enumerate(identities):
        members.setdefault(identity, []).append(position)
    return [
        _batch([rows[at] for at in positions], [documents[at] for at in positions])
        for positions in members.values()
    ]


def decode_run(rows: Sequence[RunRow], run_id: str) -> DecodedRows:
    """Return the columns of rows of one run, as `decode` does; its name is left empty."""
    intact, documents = _intact(rows)
    broken = len(rows) - len(intact)
    if not intact:
        return DecodedRows([], broken)
    ids, steps, stamps, _ = zip(*intact, strict=True)
    return DecodedRows([_in_columns(run_id, "", ids[-1], steps, stamps, documents)], broken)


def decode_system(rows: Sequence[RawRow]) -> DecodedRows:
    """Return the columns of rows of `system_metrics`: times stand in for the steps they lack."""
    decoded = decode(rows)
    return decoded._replace(batches=with_times_for_steps(decoded.batches))


def with_times_for_steps(batches: Iterable[RunRows]) -> list[RunRows]:
    """Return batches of rows that have no step of their own."""
    return [batch._replace(steps=batch.times, last_step=batch.times[-1]) for batch in batches]


def as_text(value: object) -> str:
    """Return a name as text, whatever type a column without rules holds."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


MOST_TEXT = 4_900
"""Characters of a text that are kept for a screen: a page shows no more of any."""


def bounded(text: str, length: int | None = None) -> str:
    """Return `text`, cut where it is too long for any page, with what is missing counted.

    `length` is that of the whole, where `text` is a part of it.
    """
    length = len(text) if length is None else length
    if length <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT]} ({length - MOST_TEXT:,} more characters)"


def _intact(rows: Sequence[RawRow]) -> tuple[Sequence[RawRow], list[Document]]:
    """Return the rows that hold a JSON object, their last field, and those objects."""
    documents = _parse([row[-1] for row in rows])
    if None not in documents:
        return rows, documents  # type: ignore[return-value]
    kept = [
        (row, document)
        for row, document in zip(rows, documents, strict=True)
        if document is not None
    ]
    return [row for row, _ in kept], [document for _, document in kept]


def _batch(rows: Sequence[RawRow], documents: Sequence[Document]) -> RunRows:
    _, identity, name, _, _, _ = rows[-1]
    ids, _, _, steps, stamps, _ = zip(*rows, strict=True)
    run_id = as_text(run_of(identity, name))
    return _in_columns(run_id, as_text(name), ids[-1], steps, stamps, documents)


def _in_columns(
    run_id: str,
    run_name: str,
    last_id: int,
    raw_steps: Sequence[Any],
    stamps: Sequence[Any],
    documents: Sequence[Document],
) -> RunRows:
    plain = set(map(type, raw_steps)) == {int}
    return RunRows(
        run_id=run_id,
        run_name=run_name,
        last_id=last_id,
        steps=array("d", raw_steps if plain else map(step_number, raw_steps)),
        times=_times(stamps),
        columns=_columns(documents),
        last_step=raw_steps[-1] if plain else step_number(raw_steps[-1]),
    )


def _times(stamps: Sequence[Any]) -> array[float]:
    if stamps.count(None) == len(stamps):
        return unknown_times(len(stamps))
    return array("d", map(_KnownTimes().__getitem__, stamps))


_GROUP_ROWS = 256
_GROUP_BYTES = 256 << 10


def _parse(texts: Sequence[Any]) -> list[Document | None]:
    """Return the JSON objects in `texts`, `None` for each that is broken.

    Rows are parsed in joined groups: one call for some hundred, yet never so many that the
    interpreter's lock is held for long.
    """
    documents: list[Document | None] = []
    start = 0
    while start < len(texts):
        first = texts[start]
        length = len(first) if isinstance(first, bytes | str) else 1
        group = texts[start : start + max(1, min(_GROUP_ROWS, _GROUP_BYTES // (length + 1)))]
        documents += _parse_joined(group) or map(_parse_one, group)
        start += len(group)
    return documents


def _parse_joined(group: Sequence[Any]) -> list[Document] | None:
    """Return the objects of a group, or `None` where any row asks to be looked at by itself."""
    try:
        # A zero stands between rows, so that a broken row cannot join its neighbour unnoticed.
        parsed = read_json(b"[" + b",0,".join(group) + b"]")
    except (TypeError, ValueError, RecursionError):
        return None
    documents: list[Document] = parsed[::2]
    intact = (
        len(parsed) == 2 * len(group) - 1
        and set(map(type, documents)) == {dict}
        and parsed[1::2].count(0) == len(group) - 1
    )
    return documents if intact else None


def _parse_one(text: object) -> Document | None:
    if not isinstance(text, bytes | str):
        return None
    try:
        document = read_json(text)
    except (ValueError, RecursionError):
        return None
    return document if type(document) is dict else None


BYTES = "bytes:"
"""In front of bytes in hexadecimal, where no bytes could be sent."""


def step_number(raw: object) -> Number:
    """Return a logged step as a number, NaN where it is none.

    numpy's integers lie there as the little-endian bytes of their memory.
    """
    if isinstance(raw, int) and raw.bit_length() > MOST_FLOAT_BITS:
        return math.nan
    if isinstance(raw, int | float):
        return raw
    if isinstance(raw, str) and raw.startswith(BYTES):
        try:
            raw = bytes.fromhex(raw.removeprefix(BYTES))
        except ValueError:
            return math.nan
    if isinstance(raw, bytes) and 0 < len(raw) <= 8:
        return int.from_bytes(raw, "little", signed=True)
    if isinstance(raw, str):
        for convert in (int, float):
            try:
                number: Number = convert(raw)
                if math.isfinite(number):
                    return number
            except (ValueError, OverflowError):
                continue
    return math.nan


_TIMESTAMP = (
    r"\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(?:(?:(Z|UTC)|([+-]\d\d):?(\d\d)?)\s*)?"
)
"""Compiled when first needed: what TrackIO writes is read without it."""
_COUNT = r"\s*\d{10,19}(?:\.\d*)?\s*|\s*\d\.\d{1,20}[eE]\+?\d\d?\s*"
"""Time since 1970, as imports take it from a table: `1700000000.25`, `1.70000000025e+12`."""


def parse_time(stamp: object) -> float:
    """Return a timestamp in seconds since the epoch, NaN where it tells no time that can be.

    Without an offset it is local time, which TrackIO wrote before 0.17. A number counts seconds
    since 1970, or milliseconds and less, as the exports of other trackers have it.
    """
    if isinstance(stamp, bytes):
        stamp = stamp.decode("utf-8", "replace")
    if isinstance(stamp, int | float):
        return unix_moment(stamp)
    if not isinstance(stamp, str):
        return math.nan
    if len(stamp) == 32 and stamp.endswith("+00:00"):
        return iso_moment(stamp)
    matched = re.fullmatch(_TIMESTAMP, stamp, re.IGNORECASE)
    if matched is None:
        return unix_moment(float(stamp)) if re.fullmatch(_COUNT, stamp) else math.nan
    day, minute, second, fraction, utc, hours, minutes = matched.groups()
    # What Python 3.10 reads: six digits of fraction, an offset with a colon.
    offset = "+00:00" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    clock = f"{minute or '00:00'}:{second or '00'}.{(fraction or '0')[:6]:0<6}"
    return iso_moment(f"{day}T{clock}{offset}")


class _KnownTimes(dict[object, float]):
    """Times by timestamp: all rows of a flush have the same time, as the same text."""

    def __missing__(self, stamp: object) -> float:
        time = self[stamp] = parse_time(stamp)
        return time


_MOST_SHAPES = 32
"""Rows of more different key sets than this are taken apart key by key."""


def _columns(documents: Sequence[Document]) -> dict[str, MetricColumn]:
    """Return a column for each key that holds a number in any document."""
    shapes = list(map(tuple, documents))
    members: dict[tuple[str, ...], list[int]] = {}
    if shapes.count(shapes[0]) == len(shapes):
        members[shapes[0]] = list(range(len(shapes)))
    else:
        for position, shape in enumerate(shapes):
            members.setdefault(shape, []).append(position)
    if len(members) > _MOST_SHAPES:
        return _columns_key_by_key(documents)
    # Which shapes hold a metric, and its values in each, rows in order within a shape.
    homes: dict[str, list[int]] = {}
    values: dict[tuple[int, str], list[Any]] = {}
    for number, (shape, positions) in enumerate(members.items()):
        chosen = documents if len(members) == 1 else [documents[at] for at in positions]
        flat = list(chain.from_iterable(map(dict.values, chosen)))
        for offset, metric in enumerate(shape):
            homes.setdefault(metric, []).append(number)
            values[number, metric] = flat[offset :: len(shape)]
    rows_of_shapes = list(members.values())
    interleavings: dict[tuple[int, ...], _Interleaving] = {}
    columns: dict[str, MetricColumn] = {}
    for metric, numbers in homes.items():
        together = tuple(numbers)
        interleaving = interleavings.get(together)
        if interleaving is None:
            interleaving = _Interleaving([rows_of_shapes[number] for number in together])
            interleavings[together] = interleaving
        found = interleaving.apply([values[number, metric] for number in together])
        column = _column(interleaving.rows, found)
        if column is not None:
            columns[metric] = column
    return columns


_FEW = 8


class _Interleaving:
    """How the rows of several shapes follow each other: worked out once for all their metrics."""

    def __init__(self, pieces: Sequence[list[int]]) -> None:
        joined = list(chain.from_iterable(pieces))
        order = sorted(range(len(joined)), key=joined.__getitem__) if len(pieces) > 1 else []
        self.rows = array("I", sorted(joined) if order else joined)
        self._order = order
        lengths = [len(piece) for piece in pieces]
        self._major = lengths.index(max(lengths))
        self._insertions: list[tuple[int, int, int]] = []
        if order and _FEW * (len(joined) - lengths[self._major]) < len(joined):
            # Few rows among many, such as evaluations, are each put in their place.
            place = {row: rank for rank, row in enumerate(self.rows)}
            self._insertions = sorted(
                (place[row], number, at)
                for number, piece in enumerate(pieces)
                if number != self._major
                for at, row in enumerate(piece)
            )

    def apply(self, pieces: Sequence[list[Any]]) -> Sequence[Any]:
        """Return the values of the pieces, each in its rows' order, in the order of all rows."""
        if not self._order:
            return pieces[0]
        if self._insertions:
            values = list(pieces[self._major])
            for rank, number, at in self._insertions:
                values.insert(rank, pieces[number][at])
            return values
        picked: Sequence[Any] = itemgetter(*self._order)(list(chain.from_iterable(pieces)))
        return picked


def _columns_key_by_key(documents: Sequence[Document]) -> dict[str, MetricColumn]:
    found: dict[str, tuple[list[int], list[Any]]] = {}
    for position, document in enumerate(documents):
        for metric, value in document.items():
            entry = found.get(metric)
            if entry is None:
                entry = found[metric] = ([], [])
            entry[0].append(position)
            entry[1].append(value)
    columns = {}
    for metric, (rows, values) in found.items():
        column = _column(array("I", rows), values)
        if column is not None:
            columns[metric] = column
    return columns


def _column(rows: array[int], values: Sequence[Any]) -> MetricColumn | None:
    """Return the numbers among `values` as a column, or `None` where there are none."""
    kinds = set(map(type, values))
    if not kinds <= {float, int}:
        numbers = [(row, _number(value)) for row, value in zip(rows, values, strict=True)]
        kept = [(row, number) for row, number in numbers if number is not None]
        if not kept:
            return None
        rows, values = array("I", [row for row, _ in kept]), [number for _, number in kept]
        kinds = set(map(type, values))
    if int not in kinds:
        return MetricColumn(rows, array("d", values))
    exact = {
        position: value
        for position, value in enumerate(values)
        if type(value) is int
        and not -LARGEST_EXACT_FLOAT_INTEGER <= value <= LARGEST_EXACT_FLOAT_INTEGER
    }
    if exact:
        from trackio_view.series.sums import as_float

        return MetricColumn(rows, array("d", map(as_float, values)), exact)
    return MetricColumn(rows, array("d", values))


def _number(value: object) -> Number | None:
    if type(value) is float or type(value) is int:
        return value
    return NONFINITE.get(value) if type(value) is str else None
