"""Events of every kind, with all that they may hold."""

import math
import typing
from array import array
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from trackio_view.model.alerts import LEVELS, Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    OriginUnheard,
    PreviewLoaded,
    ProgramOrigin,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
    Severity,
    SystemRowsLoaded,
)
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
    LoggedKind,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    RunObjects,
    TableMedium,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.model.traces import LoggedTraces
from trackio_view.series.series import MetricColumn

ANY_FLOATS = st.floats(allow_nan=True, allow_infinity=True)


# Half a surrogate pair can stand in JSON, and so in a metric's name.
TEXTS = st.text(st.characters())


PROJECTS = st.builds(ProjectId, TEXTS, TEXTS)


ORIGINS = st.builds(ProjectOrigin, PROJECTS) | st.sampled_from(ProgramOrigin)


COUNTS = st.integers(0, 2**63)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


# Times that a calendar can write, or an unknown one.
MOMENTS = st.floats(-6.2e10, 2.5e11) | st.just(math.nan)


@st.composite
def columns(draw: st.DrawFn, row_count: int) -> MetricColumn:
    rows = draw(st.sets(st.integers(0, row_count - 1), min_size=1))
    values = st.lists(ANY_FLOATS, min_size=len(rows), max_size=len(rows))
    exact = st.dictionaries(st.integers(0, len(rows) - 1), st.integers(), max_size=3)
    return MetricColumn(array("I", sorted(rows)), array("d", draw(values)), draw(exact))


@st.composite
def batches(draw: st.DrawFn) -> RunRows:
    count = draw(st.integers(1, 5))
    return RunRows(
        run_id=draw(TEXTS),
        run_name=draw(TEXTS),
        last_id=draw(st.integers()),
        steps=array("d", draw(st.lists(ANY_FLOATS, min_size=count, max_size=count))),
        times=array("d", draw(st.lists(MOMENTS, min_size=count, max_size=count))),
        columns=draw(st.dictionaries(TEXTS, columns(count), max_size=3)),
        last_step=draw(ANY_FLOATS | st.integers()),
    )


ROWS = batches()


BATCHES = st.lists(ROWS, max_size=2) | st.lists(ROWS, max_size=2).map(tuple)


DETAILS = st.builds(
    RunDetails, TEXTS, TEXTS, st.none() | st.dictionaries(TEXTS, JSON), st.none() | TEXTS
)


SUMMARIES = st.builds(
    ProjectSummary,
    PROJECTS,
    st.none() | COUNTS,
    st.none() | COUNTS,
    st.none() | MOMENTS,
    COUNTS,
    st.none() | TEXTS,
    st.none() | ANY_FLOATS,
)


ALERTS = st.builds(
    Alert,
    row_id=COUNTS,
    run_id=TEXTS,
    run_name=TEXTS,
    title=TEXTS,
    text=st.none() | TEXTS,
    level=st.sampled_from(LEVELS),
    step=st.none() | ANY_FLOATS | st.integers(),
    time=MOMENTS,
)


_HINTS = typing.get_type_hints(GpuSample)


def sample_of(values: Mapping[str, Any]) -> GpuSample:
    return GpuSample(**values)


SAMPLES = st.fixed_dictionaries(
    {
        "identity": st.from_type(GpuIdentity),
        "time": MOMENTS,
    },
    optional={
        name: st.from_type(_HINTS[name])
        for name in GpuSample._fields
        if name not in ("identity", "time", "processes", "reasons")
    }
    | {
        "processes": st.lists(st.from_type(GpuProcess), max_size=2).map(tuple),
        "reasons": st.dictionaries(TEXTS, st.sampled_from(Absence)),
    },
).map(sample_of)


GPUS_SAMPLED = st.builds(
    GpusSampled,
    st.lists(SAMPLES, max_size=2).map(tuple),
    st.lists(st.from_type(VendorReport), max_size=2).map(tuple),
    TEXTS,
    st.none() | MOMENTS,
)


STEPS = ANY_FLOATS | st.integers()


@st.composite
def tables(draw: st.DrawFn) -> LoggedTable:
    names = draw(st.lists(TEXTS, max_size=3))
    row = st.lists(TEXTS, min_size=len(names), max_size=len(names)).map(tuple)
    rows = draw(st.lists(row, max_size=3))
    media = draw(st.lists(st.from_type(TableMedium), max_size=2))
    more = (draw(COUNTS), draw(COUNTS), tuple(media))
    return LoggedTable(draw(TEXTS), draw(STEPS), tuple(names), tuple(rows), *more)


@st.composite
def histograms(draw: st.DrawFn) -> LoggedHistogram:
    counts = draw(st.lists(ANY_FLOATS, min_size=1, max_size=3))
    edges = draw(st.lists(ANY_FLOATS, min_size=len(counts) + 1, max_size=len(counts) + 1))
    return LoggedHistogram(draw(TEXTS), draw(STEPS), tuple(edges), tuple(counts))


OBJECTS = st.builds(
    RunObjects,
    st.lists(st.from_type(LoggedText), max_size=2),
    st.lists(tables(), max_size=2),
    st.lists(histograms(), max_size=2),
    st.lists(st.from_type(LoggedMedia), max_size=2),
    st.from_type(LoggedTraces),
    st.lists(st.from_type(LoggedKind), max_size=2),
)


HOSTS = st.builds(
    FleetHost,
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(SAMPLES, max_size=2).map(tuple),
    MOMENTS,
    st.none() | MOMENTS,
    st.booleans(),
)


EVENTS: dict[type, st.SearchStrategy[DataEvent]] = {
    Notice: st.builds(Notice, ORIGINS, st.none() | TEXTS, st.sampled_from(Severity), TEXTS),
    ProjectsListed: st.builds(ProjectsListed, TEXTS, st.lists(SUMMARIES, max_size=3)),
    LoadStarted: st.builds(LoadStarted, PROJECTS, COUNTS, COUNTS),
    PreviewLoaded: st.builds(PreviewLoaded, PROJECTS, COUNTS, BATCHES),
    RowsLoaded: st.builds(RowsLoaded, PROJECTS, COUNTS, BATCHES, COUNTS),
    LoadFinished: st.builds(LoadFinished, PROJECTS, COUNTS),
    SystemRowsLoaded: st.builds(SystemRowsLoaded, PROJECTS, COUNTS, BATCHES, st.booleans()),
    DetailsLoaded: st.builds(DetailsLoaded, PROJECTS, COUNTS, st.lists(DETAILS, max_size=2)),
    AlertsLoaded: st.builds(
        AlertsLoaded, PROJECTS, COUNTS, st.lists(ALERTS, max_size=2), st.booleans()
    ),
    RunObjectsLoaded: st.builds(RunObjectsLoaded, PROJECTS, TEXTS, OBJECTS),
    HeartbeatsLoaded: st.builds(
        HeartbeatsLoaded, PROJECTS, COUNTS, st.dictionaries(TEXTS, MOMENTS, max_size=3)
    ),
    OriginUnheard: st.builds(OriginUnheard, TEXTS, st.none() | MOMENTS),
    ProjectVanished: st.builds(ProjectVanished, PROJECTS),
    ProjectRenamed: st.builds(ProjectRenamed, PROJECTS, TEXTS),
    GpusSampled: GPUS_SAMPLED,
    GpusRemembered: st.builds(GpusRemembered, TEXTS, st.lists(GPUS_SAMPLED, max_size=2).map(tuple)),
    FleetSampled: st.builds(
        FleetSampled,
        TEXTS,
        st.lists(HOSTS, max_size=2).map(tuple),
        st.lists(TEXTS, max_size=2).map(tuple),
        MOMENTS,
        TEXTS,
        TEXTS,
    ),
}
