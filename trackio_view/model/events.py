"""What producers put on the channels: facts, each with its origin.

All events are named tuples, and types that only some events hold are not imported: a command that
prints and ends has no 50 ms to spare for `dataclasses`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple, TypeAlias
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.model.summary import ProjectSummary as ProjectSummary

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert
    from trackio_view.model.fleet import FleetSampled
    from trackio_view.model.gpu import GpusRemembered, GpusSampled
    from trackio_view.model.objects import RunObjects
    from trackio_view.model.opened_media import MediaLoaded
    from trackio_view.model.opened_traces import TraceListLoaded, TraceLoaded


class Severity(enum.Enum):
    """How bad a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ProjectOrigin(NamedTuple):
    """A project that a notice is about; a log is a project of its file's name."""

    project: ProjectId


class ProgramOrigin(enum.Enum):
    """What a notice is about, if it is about no project. A project's name cannot be mistaken for
    one of these.
    """

    DATA_DIRECTORY = "data directory"
    DEMO = "demo"
    FLEET = "fleet"
    KEYBOARD = "keyboard"
    RECORDING = "recording"
    SESSION = "session"
    SETTINGS = "settings"


Origin = ProjectOrigin | ProgramOrigin


class Notice(NamedTuple):
    """A sentence for the person: a fault of a source, or something worth knowing.

    An origin has at most one notice of each `subject` at a time; a newer one replaces it.
    """

    origin: Origin
    text: str | None
    """One sentence, or `None` to take back what was said of `subject`."""
    severity: Severity = Severity.WARNING
    subject: str = ""


class ProjectsListed(NamedTuple):
    """The projects of an origin that exist now, those with the newest data first."""

    origin: str
    projects: Sequence[ProjectSummary]
    remarks: Sequence[str] = ()
    """Sentences about the origin as a whole, for a command that reads it once, and for a screen
    that has no project to show.
    """


class OriginUnheard(NamedTuple):
    """An origin does not answer: nothing that its runs logged since then is known here."""

    origin: str
    since: float | None
    """Seconds since the epoch; `None` once it answers again."""


class LoadStarted(NamedTuple):
    """A project is read from its beginning. What was known of it is replaced when the reading is
    complete.
    """

    project: ProjectId
    generation: int
    """Grows with each load; events of an older generation are stale and ignored."""
    total_rows: int
    """Rows to read, as estimated from the ids; 0 for an empty project."""


class PreviewLoaded(NamedTuple):
    """A quick overview: a sample over all rows plus the newest rows, to draw while loading."""

    project: ProjectId
    generation: int
    batches: Sequence[RunRows]


class RowsLoaded(NamedTuple):
    """Rows in id order. Together, those of a generation are every row of the project, once."""

    project: ProjectId
    generation: int
    batches: Sequence[RunRows]
    loaded_rows: int
    """How many rows of this generation were delivered so far, these included."""


class LoadFinished(NamedTuple):
    """Every row that was there when the load started has been delivered."""

    project: ProjectId
    generation: int


class SystemRowsLoaded(NamedTuple):
    """Rows that runs logged of their machine, in id order; their steps are their times."""

    project: ProjectId
    generation: int
    batches: Sequence[RunRows]
    replaces: bool
    """Whether these rows are the first of a load. Then all that was known of the machine is
    dropped.
    """


class DetailsLoaded(NamedTuple):
    """Names, configs and groups of a project's runs, whole, whenever they changed."""

    project: ProjectId
    generation: int
    runs: Sequence[RunDetails]


class AlertsLoaded(NamedTuple):
    """Alerts in id order. Together, those of a generation are every alert of the project, once."""

    project: ProjectId
    generation: int
    alerts: Sequence[Alert]
    arriving: bool
    """Whether the alerts came while we watched. Else they were there when the load began."""


class RunObjectsLoaded(NamedTuple):
    """What a run logged beside numbers. It is read when a person opens the run's page."""

    project: ProjectId
    run_id: str
    objects: RunObjects


class ProjectVanished(NamedTuple):
    """The project's database is gone. What was read of it stays on screen and is marked as gone."""

    project: ProjectId


class ProjectRenamed(NamedTuple):
    """A project's file has another name now; its origin is the same."""

    project: ProjectId
    new_name: str

    @property
    def renamed(self) -> ProjectId:
        """What the project is known by from now on."""
        return self.project._replace(name=self.new_name)


class HeartbeatsLoaded(NamedTuple):
    """When TrackIO last logged system metrics for each run: a sign of life besides its rows."""

    project: ProjectId
    generation: int
    times: Mapping[str, float]
    """Seconds since the epoch by run id, of the runs that logged some since the last such event."""


ProjectEvent = (
    Notice
    | ProjectsListed
    | OriginUnheard
    | LoadStarted
    | PreviewLoaded
    | RowsLoaded
    | LoadFinished
    | SystemRowsLoaded
    | DetailsLoaded
    | AlertsLoaded
    | RunObjectsLoaded
    | ProjectVanished
    | ProjectRenamed
    | HeartbeatsLoaded
)
"""What a source of projects sends."""

OpenedEvent: TypeAlias = "MediaLoaded | TraceListLoaded | TraceLoaded"
"""What came of something that was opened: nobody but the screen that shows it is told."""

DataEvent: TypeAlias = "ProjectEvent | GpusSampled | GpusRemembered | FleetSampled | OpenedEvent"
"""What any source sends."""
