"""What a run logged beside numbers: read when its page is opened, and not before."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.model.traces import LoggedTraces
from trackio_view.series.series import Number


class LoggedText(NamedTuple):
    """A `trackio.Markdown` that a run logged."""

    key: str
    step: Number
    text: str
    omitted: int = 0
    """How many characters of it are left out, as no page shows them."""


class LoggedTable(NamedTuple):
    """A `trackio.Table` that a run logged."""

    key: str
    step: Number
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Cells as text; media in a cell are named by where they lie."""
    row_count: int
    """How many rows were logged; `rows` may hold fewer."""
    number: int = 1
    """1 for the first one that was logged under its key, 2 for that of the next step."""
    media: tuple[TableMedium, ...] = ()
    """The media in the cells of `rows`, row by row."""


class LoggedHistogram(NamedTuple):
    """A `trackio.Histogram` that a run logged: its newest under a key."""

    key: str
    step: Number
    edges: tuple[float, ...]
    """The edges of the bins: one more than there are counts."""
    counts: tuple[float, ...]


class LoggedMedia(NamedTuple):
    """An image, video, sound, page or object that a run logged."""

    key: str
    step: Number
    kind: str
    path: str
    """Where the file lies; relative to the folder of media where that is unknown."""
    caption: str
    file: str = ""
    """Its place below the folder of media, as it was logged: by this its source is asked for it."""
    number: int = 1
    """1 for the first one that was logged under its key, 2 for that of the next step."""
    size: int | None = None
    """In bytes; `None` where nobody has looked, or where `fault` says why there is none."""
    fault: str = ""
    """Why it cannot be opened, as a sentence."""


class TableMedium(NamedTuple):
    """A medium in a cell of a table."""

    row: int
    """Counted from 0, as rows of the table are."""
    medium: LoggedMedia
    """Its key is the name of its column. Its number is its place among the column's media."""


class LoggedKind(NamedTuple):
    """How many objects of one kind a run logged."""

    kind: str
    number: int


class RunObjects(NamedTuple):
    """What a run logged beside its numbers: the newest of each key, and what is kept before it."""

    texts: Sequence[LoggedText] = ()
    tables: Sequence[LoggedTable] = ()
    """One key after the other, each with as many steps as there is room for."""
    histograms: Sequence[LoggedHistogram] = ()
    media: Sequence[LoggedMedia] = ()
    """One key after the other, each with as many steps as are kept."""
    traces: LoggedTraces = LoggedTraces()
    kinds: Sequence[LoggedKind] = ()
    """How many of each kind there are, the most first; told of a run without numbers alone."""
