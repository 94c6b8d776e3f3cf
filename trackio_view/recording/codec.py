"""Events as lines of JSON, and back, without the loss of a digit.

A line is an object of three: `at`, seconds since the recording began; `kind`, the event's class;
`event`, its fields by their names. A value that JSON cannot write is an object with one of these
keys:

    {"$float": "NaN"}                  NaN, Infinity, -Infinity
    {"$int": "20000000000001"}         integers beyond 2^53, in hexadecimal digits
    {"$array": "d", "values": [...]}   a column of numbers; those not finite as texts
    {"$same": 3}                       the column with that number in this event, counted from 0
    {"$tuple": [...]}                  {"$pairs": [[key, value], ...]} for keys that are no texts
    {"$enum": "Absence.LOST"}          {"$type": "RunRows", ...fields}

A line of the kind `FleetChanged` tells what changed of a fleet since the `FleetSampled` of the
moment `since`, as `changes` has it.

Types are known by the tables below and by nothing else: no line can name code to be run.
"""

from __future__ import annotations

import enum
import json
import math
from array import array
from collections.abc import Mapping
from typing import Any, get_args

from trackio_view.light_typing import NamedTuple
from trackio_view.model import alerts, events, fleet, gpu, objects, project_id, run, summary, traces
from trackio_view.model.events import (
    DataEvent,
    ProgramOrigin,
    ProjectEvent,
    ProjectOrigin,
    ProjectsListed,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import (
    GpuIdentity,
    GpuProcess,
    GpuSample,
    GpusRemembered,
    GpusSampled,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.summary import ProjectSummary
from trackio_view.recording.changes import ChangesReader, ChangesWriter
from trackio_view.recording.check import field_names, is_whole, with_known_moments
from trackio_view.series import series
from trackio_view.series.series import BEYOND_WRITING, LARGEST_EXACT_FLOAT_INTEGER

VERSION = 2
"""The number grows only for a format whose lines older programs would misread."""

EVENT_TYPES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (*get_args(ProjectEvent), GpusSampled, GpusRemembered, FleetSampled)
}
"""Every event that a source sends, by the name of its class."""

_FLEET_CHANGED = "FleetChanged"
"""The kind of a line that tells of a fleet by what changed."""

_MODULES = (alerts, events, fleet, gpu, run, objects, project_id, series, summary, traces)
_VALUE_TYPES: dict[str, type[Any]] = {
    name: found
    for module in _MODULES
    for name, found in vars(module).items()
    if isinstance(found, type) and (issubclass(found, enum.Enum) or hasattr(found, "_fields"))
}
_ABOUT_PROJECTS = {
    kind
    for kind in (*EVENT_TYPES.values(), ProjectOrigin, GpuProcess)
    if "project" in field_names(kind)
}
"""The events that are about one project, which their field `project` names."""
_DEFAULTS: dict[type[Any], Mapping[str, object]] = {
    kind: kind._field_defaults for kind in (GpuSample, GpuIdentity)
}
"""The values of a GPU's fields that are not written, because a missing field means them."""
_LONGEST_SECONDS = 100 * 366 * 86_400.0
"""A century in seconds. A recording is never longer."""
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Recorded(NamedTuple):
    """A line of a recording."""

    at: float
    """Seconds since the recording began."""
    event: DataEvent


class UnknownKind(Exception):
    """An event of a kind that this program does not know; the text is its name."""


class BrokenLine(Exception):
    """A line that holds no event; the text says why."""


def encode_event(at: float, event: DataEvent, changes: ChangesWriter | None = None) -> bytes:
    """Return an event as a line, a newline at its end.

    With `changes`, which knows the lines before, a fleet is told by what changed.
    """
    kind, body = type(event).__name__, _Encoder().fields(event)
    if changes is not None and isinstance(event, FleetSampled):
        change = changes.change(at, body)
        kind, body = (kind, body) if change is None else (_FLEET_CHANGED, change)
    return json_line({"at": at, "kind": kind, "event": body})


def decode_event(line: bytes, origin: str = "", changes: ChangesReader | None = None) -> Recorded:
    """Return the event of a line. Raises UnknownKind, or BrokenLine for any other fault.

    Projects of lines that do not say from where they come are of `origin`. `changes` knows the
    lines before.
    """
    document = parse_line(line)
    at, kind, body = document.get("at"), document.get("kind"), document.get("event")
    if not isinstance(at, int | float) or not isinstance(kind, str) or not isinstance(body, dict):
        raise BrokenLine("it is no event")
    if not abs(at) <= _LONGEST_SECONDS:
        raise BrokenLine("its time is none of a recording")
    if kind not in EVENT_TYPES and kind != _FLEET_CHANGED:
        raise UnknownKind(kind)
    try:
        if kind == _FLEET_CHANGED:
            kind = FleetSampled.__name__
            body = (changes or ChangesReader()).whole(body)
        elif kind == FleetSampled.__name__ and changes is not None:
            changes.take(at, body)
        body = _with_origin(body) if kind == "Notice" else body
        return Recorded(float(at), _Decoder(origin).made(EVENT_TYPES[kind], body))
    except (
        TypeError,
        ValueError,
        LookupError,
        OverflowError,
        RecursionError,
        AttributeError,
    ) as error:
        raise BrokenLine(f"its {kind} is not whole") from error


def _with_origin(notice: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a notice, as read from a line, with its origin.

    Older recordings have no origins; they name a project, or the source in the place of a project.
    """
    source = notice.get("source")
    if "origin" in notice or not isinstance(source, str):
        return notice
    subject = notice.get("subject", "")
    if (source, subject) == ("projects", "directory"):
        return {**notice, "origin": ProgramOrigin.DATA_DIRECTORY, "subject": ""}
    return {**notice, "origin": {"$type": "ProjectOrigin", "project": source}}


def parse_line(line: bytes) -> dict[str, Any]:
    """Return the object of a line. Raises BrokenLine where there is none."""
    try:
        document = _loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenLine("it is no JSON") from error
    if not isinstance(document, dict):
        raise BrokenLine("it is no object")
    return document


def _loads(line: bytes) -> object:
    try:
        import orjson

        return orjson.loads(line)
    except (ImportError, ValueError):
        # Names may hold half a surrogate pair, which only the parser of the standard library reads.
        return json.loads(line)


def json_line(document: object) -> bytes:
    """Return a document as a line of JSON, its end included."""
    try:
        import orjson

        return orjson.dumps(document) + b"\n"
    except (ImportError, TypeError):
        text = json.dumps(document, allow_nan=False, separators=(",", ":"))
        return f"{text}\n".encode("ascii")


def _integer(digits: str) -> int:
    """Return an integer of hexadecimal digits. Raises ValueError for one too long to be shown."""
    number = int(digits, 16)
    if abs(number) >= BEYOND_WRITING:
        raise ValueError("an integer of more digits than Python writes")
    return number


class _Encoder:
    """Encodes one event; columns that several metrics share are written once."""

    def __init__(self) -> None:
        self._columns: dict[int, int] = {}

    def fields(self, value: object) -> dict[str, Any]:
        named = ((name, getattr(value, name)) for name in field_names(type(value)))
        # Most fields of a GPU have their default values, and a fleet has many GPUs.
        untold = _DEFAULTS.get(type(value))
        if untold is None:
            return {name: self.encoded(it) for name, it in named}
        return {
            name: self.encoded(it)
            for name, it in named
            if not (name in untold and it == untold[name])
        }

    def encoded(self, value: object) -> Any:
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, enum.Enum):
            return {"$enum": f"{type(value).__name__}.{value.name}"}
        if isinstance(value, int):
            exact = abs(value) <= LARGEST_EXACT_FLOAT_INTEGER
            return value if exact else {"$int": f"{value:x}"}
        if isinstance(value, float):
            return value if math.isfinite(value) else {"$float": _word(value)}
        if isinstance(value, array):
            return self._column(value)
        if hasattr(value, "_fields"):
            return {"$type": type(value).__name__, **self.fields(value)}
        if isinstance(value, tuple):
            return {"$tuple": [self.encoded(item) for item in value]}
        if isinstance(value, list):
            return [self.encoded(item) for item in value]
        if isinstance(value, Mapping):
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: self.encoded(item) for key, item in value.items()}
            pairs = [[self.encoded(key), self.encoded(item)] for key, item in value.items()]
            return {"$pairs": pairs}
        raise TypeError(f"no way to record {type(value).__name__}")

    def _column(self, column: array[Any]) -> dict[str, Any]:
        number = self._columns.get(id(column))
        if number is not None:
            return {"$same": number}
        self._columns[id(column)] = len(self._columns)
        numbers: list[Any] = column.tolist()
        if column.typecode in "df" and not all(map(math.isfinite, numbers)):
            numbers = [it if math.isfinite(it) else _word(it) for it in numbers]
        return {"$array": column.typecode, "values": numbers}


def _word(number: float) -> str:
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


class _Decoder:
    """Decodes one event."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._columns: list[array[Any]] = []

    def made(self, kind: type[Any], body: Mapping[str, Any]) -> Any:
        """Return a value of its fields; those that this program does not know are left out."""
        known = field_names(kind)
        body = self._with_project(kind, body)
        made = kind(**{name: self.decoded(body[name]) for name in body if name in known})
        if not is_whole(made):
            raise TypeError(f"no {kind.__name__}")
        return with_known_moments(made)

    def _with_project(self, kind: type[Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return fields as read from a line, with what their project is known by.

        Recordings of version 1 tell its name alone.
        """
        if kind is ProjectsListed:
            return {"origin": self._origin, **body}
        if kind is ProjectSummary and "id" not in body:
            return {**body, "id": ProjectId(self._origin, body["name"])}
        if kind in _ABOUT_PROJECTS and isinstance(body.get("project"), str):
            return {**body, "project": ProjectId(self._origin, body["project"])}
        return body

    def decoded(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decoded(item) for item in value]
        if not isinstance(value, dict):
            return value
        mark = next(iter(value), "")
        if not mark.startswith("$"):
            return {key: self.decoded(item) for key, item in value.items()}
        content = value[mark]
        if mark == "$array":
            return self._column(content, value["values"])
        if mark == "$same":
            return self._columns[content]
        if mark == "$type":
            return self.made(_VALUE_TYPES[content], value)
        if mark == "$int":
            return _integer(content)
        if mark == "$float":
            return _WORDS[content]
        if mark == "$enum":
            kind, _, name = content.partition(".")
            return _VALUE_TYPES[kind].__members__[name]
        if mark == "$tuple":
            return tuple(map(self.decoded, content))
        if mark == "$pairs":
            return {self.decoded(key): self.decoded(item) for key, item in content}
        raise ValueError(f"no such mark: {mark}")

    def _column(self, typecode: str, values: list[Any]) -> array[Any]:
        numbers = [_WORDS[it] if isinstance(it, str) else it for it in values]
        column = array(typecode, numbers)
        self._columns.append(column)
        return column
