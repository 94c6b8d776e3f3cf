"""What is asked of the traces that a run logged, and what came of it: a list, or one whole."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.model.run import RunKey
from trackio_view.model.traces import TraceSummary

if TYPE_CHECKING:
    from trackio_view.model.objects import LoggedMedia


class TraceListRequest(NamedTuple):
    """Some of a run's traces, in the order in which they were logged."""

    page: RunKey
    """The run that logged them."""
    search: str = ""
    """The text that each of them has to hold, whatever its case; empty for all of them."""
    first: int | None = None
    """The number of the first that is wanted, among those with the text; `None` for the newest."""
    most: int = 0
    """How many are wanted at most."""
    known: int = 0
    """How many traces the run had logged when this was asked; with more, it is asked anew."""
    within_rows: bool = False
    """Whether they lie within rows of metrics."""


class TraceList(NamedTuple):
    """What was found of what was asked for."""

    total: int = 0
    """How many traces hold what was searched for."""
    traces: Sequence[TraceSummary] = ()
    """Those that were wanted, the first that was logged first."""
    fault: str = ""
    """Why they are not known, as a sentence."""


class TraceListLoaded(NamedTuple):
    """Traces that were asked for have come, or will not."""

    request: TraceListRequest
    content: TraceList


class TraceRequest(NamedTuple):
    """One trace that is looked at."""

    page: RunKey
    row: int
    """Where it lies, as its summary tells."""
    within_rows: bool = False


class PartKind(enum.Enum):
    """What a piece of a message is; the values are its words for a person."""

    TEXT = "text"
    THOUGHT = "thought"
    CALL = "call"
    MEDIUM = "medium"
    OTHER = "other"


class MessagePart(NamedTuple):
    """A piece of a message, or something that a span tells of itself."""

    kind: PartKind
    text: str
    name: str = ""
    """What is called, or what a span calls it."""
    omitted: int = 0
    """How many characters of it are left out, as no page shows them."""
    medium: LoggedMedia | None = None


class TraceMessage(NamedTuple):
    """A message of a conversation."""

    role: str
    parts: Sequence[MessagePart] = ()
    name: str = ""
    """The name of its author where it has one, such as that of the tool that answers."""


class TraceSpan(NamedTuple):
    """Something that was done for a trace, and how long it took."""

    name: str
    depth: int
    """How many others it is a part of."""
    kind: str = ""
    model: str = ""
    start: float | None = None
    """In seconds after the first of the trace, `None` where that is unknown."""
    duration: float | None = None
    """In seconds."""
    tokens: int | None = None
    cost: float | None = None
    """In US dollars."""
    error: str = ""
    details: Sequence[MessagePart] = ()
    """What went in, what came out, and the rest that was logged of it."""


class TraceContent(NamedTuple):
    """One trace, as far as a page shows it."""

    summary: TraceSummary | None = None
    """As it is told in the list."""
    time: float | None = None
    """When it was logged, in seconds since the epoch."""
    metadata: Sequence[tuple[str, str]] = ()
    """Leaves by their keys, nested ones joined by dots."""
    messages: Sequence[TraceMessage] = ()
    spans: Sequence[TraceSpan] = ()
    """Each behind the one that it is a part of."""
    left_out: Sequence[str] = ()
    """What is not shown of it, a sentence each."""
    fault: str = ""
    """Why it is not known, as a sentence."""

    @property
    def media(self) -> list[LoggedMedia]:
        """The media in its messages."""
        parts = (part for message in self.messages for part in message.parts)
        return [part.medium for part in parts if part.medium is not None]


class TraceLoaded(NamedTuple):
    """A trace that was asked for has come, or will not."""

    request: TraceRequest
    content: TraceContent
