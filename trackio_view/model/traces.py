"""The traces that a run logged: how many there are, and what a list tells of each."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.series import Number


class TraceSummary(NamedTuple):
    """What a list tells of a `trackio.Trace` that a run logged."""

    number: int
    """The first that was logged is 1; where they are searched, the first that was found is."""
    row: int
    """Where it lies: by this its source is asked for it."""
    key: str
    step: Number
    place: int | None = None
    """Its place among those that were logged at once under its key."""
    request: str = ""
    """The beginning of what a user said first; empty where none said anything."""
    message_count: int | None = None
    """`None` where there is too much of them to be counted."""
    span_count: int | None = None
    """Without spans, the calls of tools are told."""
    duration: float | None = None
    """In seconds, `None` where nothing tells it, like what follows."""
    tokens: int | None = None
    cost: float | None = None
    """In US dollars."""
    error: str = ""
    """What went wrong, nothing where nothing did."""


class LoggedTraces(NamedTuple):
    """The traces that a run logged: how many, and the newest of them."""

    total: int = 0
    newest: Sequence[TraceSummary] = ()
    """The newest one first."""
    within_rows: bool = False
    """Whether they lie within rows of metrics, as TrackIO 0.25 wrote them: a row is one trace."""
    waiting: int = 0
    """How many wait for a server in the inbox beside these."""
