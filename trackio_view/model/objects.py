"""What a run logged beside numbers: read when its page is opened, and not before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trackio_view.model.run import RunKey
from trackio_view.series.series import Number


@dataclass(frozen=True, slots=True)
class LoggedText:
    """A `trackio.Markdown` that a run logged."""

    key: str
    step: Number
    text: str
    omitted: int = 0
    """How many characters of it are left out: none shows a page."""


@dataclass(frozen=True, slots=True)
class LoggedTable:
    """A `trackio.Table` that a run logged: its newest under a key."""

    key: str
    step: Number
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Cells as text; media in a cell are named by where they lie."""
    row_count: int
    """How many rows were logged; `rows` may hold fewer."""


@dataclass(frozen=True, slots=True)
class LoggedHistogram:
    """A `trackio.Histogram` that a run logged: its newest under a key."""

    key: str
    step: Number
    edges: tuple[float, ...]
    """One more than there are counts."""
    counts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LoggedMedia:
    """An image, video, sound, page or object that a run logged."""

    key: str
    step: Number
    kind: str
    path: str
    """Where the file lies; relative to the folder of media where that is unknown."""
    caption: str


@dataclass(frozen=True, slots=True)
class RunObjects:
    """All that a run logged beside its numbers, the newest of each key."""

    texts: Sequence[LoggedText] = ()
    tables: Sequence[LoggedTable] = ()
    histograms: Sequence[LoggedHistogram] = ()
    media: Sequence[LoggedMedia] = ()


@dataclass(slots=True)
class RunPageView:
    """Which run's page is open, and how far down it is looked at."""

    key: RunKey | None = None
    offset: int = 0
    objects: dict[RunKey, RunObjects] = field(default_factory=dict)
    """What was read for pages, by run."""

    def rename_project(self, name: str, new_name: str) -> None:
        """Stay on the page of a run whose project got another name."""
        if self.key is not None and self.key.project == name:
            self.key = self.key._replace(project=new_name)
        self.objects = {
            key._replace(project=new_name) if key.project == name else key: found
            for key, found in self.objects.items()
        }
