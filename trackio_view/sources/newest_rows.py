"""What `--until` asks of a source: the newest rows, look by look, without an event loop."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from trackio_view.model.events import DataEvent


class Reach(enum.Enum):
    """How far the last look has come."""

    PRESENT = enum.auto()
    """All that was there is known; more may come."""
    MORE = enum.auto()
    """More is there to be read at once: what is known is not the newest."""
    LOADING = enum.auto()
    """What is known is not the newest; the rest comes with time."""
    END = enum.auto()
    """All is known, and nothing more will come."""


class Clock(NamedTuple):
    """Where the time comes from, and how it is waited for."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Following(Protocol):
    """One project that is looked at again and again.

    Its events are those of a watch, though a load may hold no more than the newest rows.
    """

    @property
    def project(self) -> str | None:
        """The name of the project; `None` where it is the first of which rows are found."""

    @property
    def clock(self) -> Clock | None:
        """The clock of what was recorded, which needs no waiting; `None` for the world's."""

    @property
    def reach(self) -> Reach:
        """How far the last look has come."""

    def look(self) -> Iterable[DataEvent]:
        """Return what is new, which may be nothing.

        What keeps it from being read is a notice of an error, and taken back once it passes.
        Raises SourceFault where nothing can come any more.
        """

    def left_out(self) -> Sequence[str]:
        """Return a sentence for each kind of thing that could not be read so far."""
