"""The traces that a run logged: how many there are, and what a list tells of each."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.series import Number


class TraceSummary(NamedTuple):
    """What a list tells of a `trackio.Trace` that a run logged."""

    number: int
    """Its place in the list, the first that was logged being 1; in a search, among those found."""
    row: int
    """The row that it lies in, by which its source is asked for it."""
    key: str
    step: Number
    place: int | None = None
    """Its place among the traces that one row logged under its key."""
    request: str = ""
    """The beginning of what a user said first; empty where none said anything."""
    message_count: int | None = None
    """`None` where they are too long to be counted."""
    span_count: int | None = None
    """How many spans it has, or calls of tools where it has no span; `None` as for messages."""
    duration: float | None = None
    """In seconds. It, the tokens and the cost are `None` where the trace does not tell them."""
    tokens: int | None = None
    cost: float | None = None
    """In US dollars."""
    error: str = ""
    """What went wrong; empty where nothing did."""


class LoggedTraces(NamedTuple):
    """The traces that a run logged: how many, and the newest of them."""

    total: int = 0
    newest: Sequence[TraceSummary] = ()
    """The newest one first."""
    within_rows: bool = False
    """Whether they lie within rows of metrics, as TrackIO 0.25 wrote them: a row is one trace."""
    waiting: int = 0
    """How many wait for a server in the inbox beside these."""
