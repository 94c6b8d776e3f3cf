"""Random recordings: lines of every kind of event, with some values exchanged and some bytes
garbled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from scripts.fuzzing import readings, values
from trackio_view.model.events import DataEvent
from trackio_view.model.project_id import ProjectId
from trackio_view.recording.codec import encode_event

KINDS = (
    *("Notice", "LoadStarted", "RowsLoaded", "LoadFinished", "SystemRowsLoaded", "DetailsLoaded"),
    *("AlertsLoaded", "RunObjectsLoaded", "HeartbeatsLoaded", "PreviewLoaded", "ProjectVanished"),
    *("ProjectsListed", "ProjectRenamed", "GpusSampled", "GpusRemembered", "FleetSampled", "Later"),
)

_PROJECTS: tuple[Any, ...] = (
    "p",
    {"$type": "ProjectId", "origin": "/data", "name": "p"},
    {"$type": "ProjectId", "origin": "/elsewhere", "name": "p"},
)
"""A project as old recordings have it, and two projects of one name."""
_SAID_BY: tuple[dict[str, Any], ...] = (
    {"origin": {"$type": "ProjectOrigin", "project": "p"}},
    {"origin": {"$type": "ProjectOrigin", "project": _PROJECTS[1]}},
    {"origin": {"$enum": "ProgramOrigin.DATA_DIRECTORY"}},
    {"source": "p"},
)
"""The origins of notices, as recordings have them, and as old ones have them."""


def recording(random: Random) -> bytes:
    """Return a recording with its header, of up to some fifty events."""
    header: dict[str, Any] = {
        "trackio_view_recording": 1,
        "started": 1.7e9,
        "project": "p",
        "screen": "metrics",
    }
    if random.random() < 0.1:
        header[random.choice(list(header))] = values.document(random)
    lines = [header]
    for number in range(random.choice((1, 5, 50))):
        kind = KINDS[number] if number < 4 else random.choice(KINDS)
        lines.append({"at": number / 10, "kind": kind, "event": _event(random, kind, number)})
    written = [json.dumps(_exchanged(random, line)).encode() for line in lines]
    content = b"\n".join(written) + b"\n"
    return values.garbled(random, content) if random.random() < 0.2 else content


_READINGS: Mapping[str, Callable[[Random, float], DataEvent]] = {
    "GpusSampled": readings.gpus_sampled,
    "GpusRemembered": readings.gpus_remembered,
    "FleetSampled": readings.fleet_sampled,
    "RunObjectsLoaded": lambda random, _: readings.run_objects_loaded(random, ProjectId("", "p")),
}
"""Events that are written as the program writes them."""


def _event(random: Random, kind: str, number: int) -> dict[str, Any]:
    if kind in _READINGS:
        written = encode_event(0.0, _READINGS[kind](random, number / 10))
        fields: dict[str, Any] = json.loads(written)["event"]
        return fields
    project = random.choice(_PROJECTS)
    of_project: dict[str, Any] = {"project": project, "generation": random.choice((0, 0, 0, 1))}
    more: dict[str, Any] = {
        "Notice": {
            **random.choice(_SAID_BY),
            "text": values.text(random),
            "severity": {"$enum": "Severity.WARNING"},
            "subject": "",
        },
        "LoadStarted": {"total_rows": 9},
        "RowsLoaded": {"batches": [_batch(random, number)], "loaded_rows": number},
        "PreviewLoaded": {"batches": [_batch(random, number)]},
        "SystemRowsLoaded": {"batches": [_batch(random, number)], "replaces": False},
        "DetailsLoaded": {
            "runs": [
                {
                    "$type": "RunDetails",
                    "run_id": "r0",
                    "run_name": values.text(random),
                    "config": {values.name(random): values.document(random)},
                    "group": None,
                }
            ]
        },
        "AlertsLoaded": {"alerts": [_alert(random)], "arriving": True},
        "HeartbeatsLoaded": {"times": {"r0": values.number(random)}},
        "ProjectRenamed": {"new_name": values.text(random)},
        "ProjectsListed": {"projects": []},
    }.get(kind, {})
    alone = ("Notice", "ProjectsListed", "ProjectVanished", "ProjectRenamed")
    if kind in ("ProjectVanished", "ProjectRenamed"):
        return {"project": "p", **more}
    return more if kind in alone else {**of_project, **more}


def _batch(random: Random, number: int) -> dict[str, Any]:
    count = random.choice((0, 1, 1, 7, 40))
    rows = {"$array": "I", "values": list(range(count))}
    run = random.choice(("r0", "r1"))
    metric = {
        "$type": "MetricColumn",
        "rows": rows,
        "values": _array(random, count),
        "exact": {"$pairs": []},
    }
    return {
        "$type": "RunRows",
        "run_id": run,
        "run_name": values.text(random),
        "last_id": number,
        "steps": {"$array": "d", "values": list(range(count))}
        if random.random() < 0.8
        else _array(random, count),
        "times": {"$array": "d", "values": [1.7e9 + row for row in range(count)]}
        if random.random() < 0.8
        else _array(random, count),
        "columns": {values.name(random): metric},
        "last_step": count - 1,
    }


def _array(random: Random, count: int) -> dict[str, Any]:
    made = [values.number(random) for _ in range(count)]
    return {"$array": "d", "values": [_in_words(number) for number in made]}


def _in_words(number: float) -> float | str:
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return words.get(str(number), number)


def _written(number: float) -> Any:
    word = _in_words(number)
    return {"$float": word} if isinstance(word, str) else word


def _alert(random: Random) -> dict[str, Any]:
    return {
        "$type": "Alert",
        "row_id": 1,
        "run_id": "r0",
        "run_name": "r",
        "title": values.text(random),
        "text": None,
        "level": random.choice(("info", "warn", "error")),
        "step": _written(values.number(random)),
        "time": 1.7e9,
    }


def _exchanged(random: Random, value: Any) -> Any:
    """Return the value with some of its parts replaced by others."""
    if random.random() < 0.01:
        return values.document(random)
    if isinstance(value, dict):
        return {key: _exchanged(random, item) for key, item in value.items()}
    # The numbers of a column are not exchanged here, because columns are made with odd numbers.
    if isinstance(value, list) and len(value) < 4:
        return [_exchanged(random, item) for item in value]
    return value
