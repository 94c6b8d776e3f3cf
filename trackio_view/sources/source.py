"""What every origin of projects can be asked, such as a directory, a log or a recording.

Live screens list, watch and open pages: these are producers that send events until they are
cancelled. Callers that only want to know the present state take a snapshot, which needs no event
loop.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias
from trackio_view.model.events import DataEvent, Notice, ProjectsListed
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

    from trackio_view.model.opened_media import MediaFile
    from trackio_view.model.opened_traces import (
        TraceContent,
        TraceList,
        TraceListRequest,
        TraceRequest,
    )
    from trackio_view.model.selection import Selection
    from trackio_view.model.traces import LoggedTraces
    from trackio_view.sources.newest_rows import Following


CALM_SHARE = 0.005
"""The share of time that may go into a list of projects while nobody looks at it."""


class Interest(NamedTuple):
    """What is wanted of a list of projects at the moment."""

    on_screen: bool = True
    """Whether somebody looks at it."""
    watched: Collection[ProjectId] = ()
    """Projects that are read anyway. Of these, only the size is looked at again."""


class Content(enum.Flag):
    """The parts of a project that a snapshot may hold."""

    RUNS = enum.auto()
    """What is known of each run before its rows are read: `RunsFound`."""
    NEWEST_RUN = enum.auto()
    """The same of only the newest run, and no more than its id and name."""
    MACHINE_RUNS = enum.auto()
    """The same of the runs that logged their machine. They may have logged nothing else."""
    NEWEST_ROWLESS = enum.auto()
    """The same of the run that told of its machine, or raised an alert, after the newest row, and
    has none itself; left out where there is no such run, or nobody can tell."""
    ROWS = enum.auto()
    MACHINE_ROWS = enum.auto()
    ALERTS = enum.auto()
    """`AlertsLoaded`, which is left out where the project has no place for alerts."""
    DETAILS = enum.auto()
    KINDS = enum.auto()
    """What one run logged beside numbers, `KindsFound`: left out where nobody can tell."""
    TRACES = enum.auto()
    """How many traces one run logged, and the newest, `TracesFound`: left out where it logged none,
    or nobody can tell."""
    EVERYTHING = ROWS | MACHINE_ROWS | ALERTS | DETAILS
    """All that a live screen is sent of a project."""


class Part(NamedTuple):
    """The part of a project that is asked for. By default it is everything.

    A source may send more rows than these, but none of another run.
    """

    content: Content = Content.EVERYTHING
    run_id: str | None = None
    """The run whose rows are asked for; `None` for all runs."""
    distinct_steps: int | None = None
    """Only the rows of so many of the run's newest distinct steps; `None` for all."""
    since: float | None = None
    """Only the rows back to one from before this moment, in seconds since the epoch; `None` for
    all.
    """
    whole_up_to: int = 0
    """All rows, regardless of the other fields, where the project has no more than so many."""
    first_id: int | None = None
    """The id of the run's first row, if it is known."""
    last_id: int | None = None
    """The id of the newest row that is to be read, if it is known."""
    times: bool = True
    """Whether the times of rows are asked for. Without it they may be unknown, and reading is
    faster.
    """
    name: str = ""
    """The run's name, by which rows from before run ids know it."""

    @property
    def is_whole(self) -> bool:
        """Whether all rows are asked for."""
        return self.distinct_steps is None and self.since is None


class RunFacts(NamedTuple):
    """What is known of a run before its rows are read."""

    run_id: str
    name: str
    row_count: int | None = None
    first_id: int | None = None
    last_id: int | None = None
    first_time: float = math.nan
    """Seconds since the epoch, NaN where unknown, like every time."""
    last_time: float = math.nan
    config: Mapping[str, Any] | None = None
    group: str | None = None


class RunsFound(NamedTuple):
    """The runs of a project, the newest first. Only snapshots send it."""

    project: ProjectId
    runs: Sequence[RunFacts]


class KindsFound(NamedTuple):
    """How many objects of each kind a run logged beside numbers, the most frequent kind first. Only
    snapshots send it.
    """

    project: ProjectId
    run_id: str
    kinds: Mapping[str, int]


class TracesFound(NamedTuple):
    """The traces that a run logged. Only snapshots send it."""

    project: ProjectId
    run_id: str
    traces: LoggedTraces


class RowsLeftOut(NamedTuple):
    """A notice of a snapshot's rows that hold nothing that can be read, and how many they are."""

    notice: Notice
    row_count: int


DATABASE = "database"
"""The subject of a notice that tells what of a project's database cannot be read, or is awaited."""

SnapshotEvent: TypeAlias = "DataEvent | RunsFound | KindsFound | TracesFound | RowsLeftOut"


class SourceFault(Exception):
    """A fault that keeps a project from being read. The text is a sentence that names
    the project.
    """

    def __init__(self, text: str, *, empty: bool = False, replaced: bool = False) -> None:
        super().__init__(text)
        self.empty = empty
        """Whether the reason is that nothing was logged yet."""
        self.replaced = replaced
        """Whether another project has taken its place: reading begins anew with that one."""


class Source(Protocol):
    """A place where projects come from. A fault there becomes a notice, and the source goes on."""

    @property
    def origin(self) -> str:
        """What it reads: the path of a directory, of a log, of a recording."""

    @property
    def project(self) -> ProjectId | None:
        """The only project of the source; `None` where it may have several."""

    @property
    def tells_all(self) -> bool:
        """Whether `list` brings the events of all projects, which are met as they come."""

    def clock(self) -> float:
        """Return the time by which its runs are judged, in seconds since the epoch."""

    def named(self, project: str) -> ProjectId:
        """Return the id, as in events, of the project that a person calls `project`."""

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send which projects there are, and again whenever that changed, until cancelled.

        Ends at once where there is nothing to list, and where nobody receives.
        """

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send all that a project holds, then what is added, until cancelled."""

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send what a run logged beside numbers, and again when that changes, until cancelled."""

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        """Return the size of a file that a run logged, and `most` bytes of it at most.

        `file` is its place as the run's page tells it. Raises MediaUnread.
        """

    async def traces(self, request: TraceListRequest) -> TraceList:
        """Return some of the traces that a run logged; a fault is a part of it."""

    async def trace(self, request: TraceRequest) -> TraceContent:
        """Return one trace of a run; a fault is a part of it."""

    def missing(self, project: str) -> Sequence[str] | None:
        """Return the projects that there are where this one is not, `None` where it is there.

        Raises OSError where that cannot be told.
        """

    def listed(self) -> ProjectsListed:
        """Return which projects there are now. Raises OSError where that cannot be told."""

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what is there now of a project: the events that `watch` begins with, of a part.

        Files that it opens may stay open for the next snapshot, until the source is closed. Raises
        SourceFault.
        """

    def close(self) -> None:
        """Let go of what snapshots opened."""

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        """Return what brings the newest values of a metric, look by look, without an event loop.

        `project` is what a person calls it; without, it is the source's own, or the newest.
        """
