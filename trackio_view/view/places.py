"""What the person looks at: a stack of places, and what all places have in common.

A place is a screen with its own state. Opening a place lays it on top of the stack, and going back
takes it away. The places below stay as they were left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeVar

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey
from trackio_view.model.selection import Selection
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice import ChartChoice
from trackio_view.view.charts.charts_view import ChartsView, Spot
from trackio_view.view.config_diff import DiffView
from trackio_view.view.finding import FindView
from trackio_view.view.fleet import FleetView
from trackio_view.view.folding import PageSeen
from trackio_view.view.gpus import GpuView
from trackio_view.view.keys.bindings import DEFAULT_KEYS, KeyTable
from trackio_view.view.marks import Marks
from trackio_view.view.run_page import RunPageView
from trackio_view.view.runs.cursor import RunsView
from trackio_view.view.runs.table import RunsTable
from trackio_view.view.scrolling import ScrolledText
from trackio_view.view.text_entry import TypedLine

State = TypeVar("State")

CHARTS = (Mode.METRICS, Mode.CURSOR, Mode.ENLARGED)
"""What lies at the bottom of the stack: the charts, over them the cursor, and one that fills the
screen."""


_HELP = (Mode.HELP, Mode.HELP_SEARCH)
_TYPED_BELOW = (Mode.GO_TO, Mode.CHART_FILTER, Mode.EXPORT)
"""What is typed in the last line, below whatever else is on screen."""


class Place(NamedTuple):
    """A screen with its own state, on the stack of screens."""

    mode: Mode
    state: object = None
    """The state of this screen alone; `None` for a screen without state."""


class Seen(NamedTuple):
    """What the newest frame showed, to which the next keys refer."""

    now: float = 0.0
    """The time for which it was drawn, in seconds since the epoch."""
    mode: Mode | None = None
    """What lay on top."""
    furthest: int | None = None
    """The first line from which the text on top shows its end; `None` where no text was."""
    page: PageSeen | None = None
    """What was seen of a run's page; `None` where none was."""
    frame: int = 0
    """Its number, in the order in which frames are composed."""


UNSEEN = Seen()
"""What was seen before the first frame: nothing."""


@dataclass(slots=True, eq=False, repr=False)
class HelpView(ScrolledText):
    """How far down the help is scrolled, and what is searched for in it."""

    search: TypedLine = field(default_factory=TypedLine)


@dataclass(slots=True, eq=False, repr=False)
class PickerView:
    """The picker's line."""

    selected: int = 0


@dataclass(slots=True, eq=False, repr=False)
class AxesView:
    """The line of the list of x axes."""

    selected: int = 0


@dataclass(slots=True, eq=False, repr=False)
class SystemView:
    """Which chart of a run's machine has the focus, and whether it fills the screen."""

    focus: int = 0
    enlarged: bool = False


@dataclass(slots=True, eq=False, repr=False)
class ExportView:
    """The name of the file to write, while it is typed. Only the live screen can write the file."""

    typing: TypedLine = field(default_factory=TypedLine)
    wanted: str = ""
    """The name of the file that is to be written now; empty where there is none."""
    replaces: bool = False
    """Whether it may replace the file of that name."""
    asked: str = ""
    """The name of the file that the person was asked whether to replace."""
    ending: str = ".png"
    """The ending of the proposed name, which is that of the last file."""


class WallChart(NamedTuple):
    """One chart of the wall."""

    project: Project
    run: Run
    metric: str | None
    """`None` where the run has none to show."""

    @property
    def key(self) -> RunKey:
        return RunKey(self.project.id, self.run.run_id)


class WallCharts(NamedTuple):
    """The charts on all pages of the wall."""

    charts: Sequence[WallChart]
    places: Mapping[RunKey | ProjectId, int]
    """The place of each by what it is of."""
    table: RunsTable | None = None
    """The table whose runs they are of."""
    made_of: object = None
    """What else they follow from."""


@dataclass(slots=True, eq=False, repr=False)
class WallView:
    """What the wall shows, and which of its charts has the focus."""

    metric: str | None = None
    """The metric that was chosen; `None` is the main loss of each run."""
    by_project: bool | None = None
    """Whether each project has a chart, instead of each run; `None` until the person chooses."""
    on: RunKey | ProjectId | None = None
    """What the focused chart shows. The focus stays on it while others come and go."""
    place: int = 0
    """Where that chart was last."""
    cursor: Spot | None = None
    """Where the charts tell their values; `None` tells the newest ones."""
    known: WallCharts = field(default_factory=lambda: WallCharts((), {}))
    """The charts as they were made last."""

    def rename_project(self, project: ProjectId, renamed: ProjectId) -> None:
        """Keep the focus on what it is on, though its project got another name."""
        if self.on == project:
            self.on = renamed
        elif isinstance(self.on, RunKey) and self.on.project == project:
            self.on = self.on._replace(project=renamed)


@dataclass(slots=True, eq=False, repr=False)
class PointerView:
    """What the mouse did so far, as far as its next report depends on it."""

    frame: int = 0
    """The frame that the newest press was about."""
    moved: int = 0
    """How many lines the cursor of its list went since."""
    outdated: int = -1
    """The newest frame after which a key or the wheel moved what stands in it."""
    start: float | None = None
    """Where on the x axis the button was pressed; `None` where nothing can be dragged."""
    opens: bool = False
    """Whether letting the button go opens what it was pressed on."""
    drags: bool = False
    """Whether a stretch is being dragged."""
    clicked: tuple[int, float] | None = None
    """The chart whose lines were clicked last, and at which share of their width; `None` after
    anything else."""
    puts_away: bool = False
    """Whether the cursor goes away when the drag ends, because the drag brought it."""


@dataclass(slots=True, eq=False, repr=False)
class View:
    """What the person looks at."""

    places: list[Place] = field(default_factory=lambda: [Place(Mode.METRICS)])
    """The stack, what lies on top last; never empty."""
    project: ProjectId | None = None
    """The project on screen; `None` until one is there."""
    selection: Selection = field(default_factory=Selection)
    """What was asked for at the start: which metrics, which run, since when."""
    run_id: str | None = None
    """The run on screen; `None` follows the newest row of the runs selected."""
    charts: ChartsView = field(default_factory=ChartsView)
    """What of all charts is looked at."""
    keys: KeyTable = DEFAULT_KEYS
    """Which keys do what: a person may have chosen others."""
    choice: ChartChoice = field(default_factory=ChartChoice)
    """Which of them are on screen, and in which order."""
    focus: int = 0
    """Which chart has the focus, counted over all pages."""
    marks: Marks = field(default_factory=Marks)
    """The runs that are compared."""
    said: str = ""
    """Why the newest key could do nothing, or a sentence about what it did."""
    acted: bool = False
    """Whether a key did something of which nothing was said, and no frame has shown it yet."""
    copies: int = 0
    """How often in a row the key was pressed that copies: first a value, then a table."""
    to_copy: bool = False
    """Whether the copying is still to be done. Only the terminal can do it."""
    spread: bool = False
    """Whether the marked runs are drawn as the mean and spread of their groups."""
    theme: str | None = None
    """The theme that was chosen; `None` goes by the settings and by the terminal."""
    to_press: Sequence[str] = ()
    """Keys that were found by what they do, and are to be pressed."""
    to_change_theme: bool = False
    """Whether the next theme is wanted. Only the terminal's side knows the themes."""
    pointer: PointerView = field(default_factory=PointerView)
    # The state of places that are found again as they were left.
    gpus: GpuView = field(default_factory=GpuView)
    fleet: FleetView = field(default_factory=FleetView)
    system: SystemView = field(default_factory=SystemView)
    wall: WallView = field(default_factory=WallView)
    runs: RunsView = field(default_factory=RunsView)
    diff: DiffView = field(default_factory=DiffView)
    help_search: TypedLine = field(default_factory=TypedLine)
    """What is searched for in the help, with what was before."""
    go_to: TypedLine = field(default_factory=TypedLine)
    """Where to go on the charts, as it is typed."""
    find: FindView = field(default_factory=FindView)
    export: ExportView = field(default_factory=ExportView)

    @property
    def mode(self) -> Mode:
        """The mode of the place on top, which keys go to."""
        return self.places[-1].mode

    @property
    def modes(self) -> Iterator[Mode]:
        """What lies upon one another, from the bottom."""
        return (place.mode for place in self.places)

    @property
    def screen(self) -> Mode:
        """The mode of the highest place that is not the help."""
        return next(place.mode for place in reversed(self.places) if place.mode not in _HELP)

    def state(self, kind: type[State]) -> State | None:
        """Return the state of that kind that lies highest, `None` where no such place is open."""
        states = (place.state for place in reversed(self.places))
        return next((state for state in states if isinstance(state, kind)), None)

    def open(self, mode: Mode, state: object = None) -> None:
        """Lay a place upon the others."""
        self.places.append(Place(mode, state))

    def key_of(self, action: Action) -> str:
        """Return how the key is written that does something where one is."""
        return self.keys.label(self.mode, action)

    def back(self) -> None:
        """Take away what lies on top, down to the charts."""
        del self.places[max(1, len(self.places) - 1) :]

    def back_to(self, *modes: Mode) -> None:
        """Leave every place but those at the bottom that are of the given modes."""
        self.places = list(takewhile(lambda place: place.mode in modes, self.places))

    def reduce(self) -> None:
        """Put an enlarged chart back among the others, on whichever screen the person is."""
        self.places = [place for place in self.places if place.mode is not Mode.ENLARGED]
        self.system.enlarged = False

    @property
    def page(self) -> RunPageView:
        """Which run's page is open, and how it is looked at."""
        return self.state(RunPageView) or RunPageView()

    @property
    def enlarged(self) -> bool:
        """Whether the focused chart fills the screen, also while a list lies over it."""
        return Mode.ENLARGED in self.modes

    @property
    def has_cursor(self) -> bool:
        """Whether the charts tell their values at the cursor."""
        return Mode.CURSOR in self.modes or self.enlarged

    @property
    def tells_stretch(self) -> bool:
        """Whether the facts of a stretch stand below the charts. While one is dragged, charts stay
        as high as they are.
        """
        modes = (place.mode for place in reversed(self.places))
        on_top = next(mode for mode in modes if mode not in _TYPED_BELOW)
        is_asked = on_top in (Mode.CURSOR, Mode.ENLARGED) and self.charts.anchor is not None
        return is_asked and not self.pointer.drags

    def rename_project(self, project: ProjectId, renamed: ProjectId) -> None:
        """Go on looking at a project that got another name."""
        if self.project == project:
            self.project = renamed
        self.marks.rename_project(project, renamed)
        self.runs.rename_project(project, renamed)
        self.wall.rename_project(project, renamed)
        page = self.state(RunPageView)
        if page is not None and page.key is not None and page.key.project == project:
            page.key = page.key._replace(project=renamed)
