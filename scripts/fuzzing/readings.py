"""Random readings of GPUs, and objects that a run logged: fields of the right types, with odd
values."""

from __future__ import annotations

from random import Random
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from scripts.fuzzing import values
from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.fleet import FleetHost, FleetSampled
from trackio_view.model.gpu import (
    Absence,
    GpuIdentity,
    GpuProcess,
    GpuSample,
    GpusRemembered,
    GpusSampled,
    VendorReport,
)
from trackio_view.model.objects import (
    LoggedHistogram,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    RunObjects,
)
from trackio_view.model.project_id import ProjectId

_HINTS = {
    name: hint
    for name, hint in get_type_hints(GpuSample).items()
    if name not in ("identity", "time", "processes", "reasons", "state")
}
_LARGEST = 2**53
"""A larger integer need not fit a float."""
_MEDIA = ("image", "video", "audio", "html", "object3d", "?")


def gpus_sampled(random: Random, second: float) -> GpusSampled:
    """Return what a machine's GPUs read at some second."""
    report = VendorReport("NVIDIA", 2, values.writable(random))
    return GpusSampled(_samples(random, second), (report,), random.choice(("", "box")), 1.7e9)


def gpus_remembered(random: Random, second: float) -> GpusRemembered:
    """Return what a machine's GPUs read up to some second, if anything is known of it."""
    count = random.choice((0, 1, 5))
    moments = [gpus_sampled(random, second - 30 * number) for number in range(count)]
    return GpusRemembered(random.choice(("", "box")), tuple(reversed(moments)))


def fleet_sampled(random: Random, second: float) -> FleetSampled:
    """Return what the GPUs of a few machines read at some second."""
    hosts = [
        FleetHost(
            values.writable(random) or f"node-{number}",
            (f"node-{number}:9400",),
            _samples(random, second, f"node-{number}"),
            1.7e9 + second,
            random.choice((None, None, 1.7e9)),
            random.random() < 0.9,
        )
        for number in range(random.randrange(4))
    ]
    return FleetSampled("prometheus", tuple(hosts), ("dcgm",), 1.7e9 + second)


def run_objects_loaded(random: Random, project: ProjectId) -> RunObjectsLoaded:
    """Return texts, a table, a histogram and a medium of a run."""
    columns = [values.writable(random) for _ in range(random.randrange(4))]
    rows = [tuple(values.writable(random) for _ in columns) for _ in range(random.randrange(3))]
    counts = [float(_float(random)) for _ in range(random.randrange(30))]
    edges = [float(_float(random)) for _ in range(len(counts) + random.choice((1, 1, 1, 0)))]
    key, step = values.name(random), _float(random)
    found = RunObjects(
        texts=[LoggedText(key, step, values.writable(random, 60))],
        tables=[LoggedTable(key, step, tuple(columns), tuple(rows), random.choice((0, 3, 9)))],
        histograms=[LoggedHistogram(key, step, tuple(edges), tuple(counts))],
        media=[LoggedMedia(key, step, random.choice(_MEDIA), "a/b", values.writable(random))],
    )
    return RunObjectsLoaded(project, "r0", found)


def _samples(random: Random, second: float, host: str = "") -> tuple[GpuSample, ...]:
    return tuple(_sample(random, second, number, host) for number in range(random.randrange(4)))


def _sample(random: Random, second: float, number: int, host: str) -> GpuSample:
    identity = GpuIdentity(
        f"0000:{number:02x}:00.0",
        random.choice(("NVIDIA", "AMD", "Intel", "Jetson")),
        values.writable(random),
        driver=random.choice((None, values.writable(random))),
        host=host,
        workload=random.choice((None, values.writable(random))),
    )
    fields = random.sample(list(_HINTS), random.choice((0, 5, 40)))
    told = {name: _of_type(random, _HINTS[name]) for name in fields}
    if random.random() < 0.1:
        told["state"] = random.choice(list(Absence))
    if random.random() < 0.5:
        process = GpuProcess(random.randrange(99_999), command=values.writable(random))
        told["processes"] = (process,)
    return GpuSample(identity, second, **told)


def _of_type(random: Random, hint: Any) -> Any:
    """Return a value of the type of a field: of `float | None`, a number."""
    hint = next((one for one in get_args(hint) if one is not NoneType), hint)
    if hint is float:
        return _float(random)
    if hint is int:
        return random.choice((0, 1, 7, 80 << 30, random.randrange(10**6)))
    if hint is str:
        return values.writable(random)
    if hint is bool:
        return random.random() < 0.5
    if get_origin(hint) is tuple:
        return tuple(values.writable(random) for _ in range(random.randrange(3)))
    return {values.writable(random): _float(random) for _ in range(random.randrange(3))}


def _float(random: Random) -> float:
    """Return a number that fits a field of floats, mostly a usual one."""
    if random.random() < 0.8:
        return random.uniform(0, 100)
    number = values.number(random)
    return number if isinstance(number, float) else float(max(-_LARGEST, min(number, _LARGEST)))
