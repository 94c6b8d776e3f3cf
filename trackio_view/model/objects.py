"""What a run logged beside numbers: read when its page is opened, and not before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trackio_view.series.series import Number


@dataclass(frozen=True, slots=True)
class LoggedText:
    """A `trackio.Markdown` that a run logged."""

    key: str
    step: Number
    text: str
    omitted: int = 0
    """How many characters of it are left out, as no page shows them."""


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
