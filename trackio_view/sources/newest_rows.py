"""The part of a source that `--until` uses: it brings the newest rows, look by look, without an
event loop.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from trackio_view.model.events import DataEvent

STEP = "step"
"""The name of the run's step in a condition, unless the run logs a metric of that name."""


class Reach(enum.Enum):
    """How far the last look has come."""

    PRESENT = enum.auto()
    """All present rows are known, and more may come."""
    MORE = enum.auto()
    """More rows can be read at once, so the known rows are not the newest."""
    LOADING = enum.auto()
    """The known rows are not the newest. The rest comes with time."""
    END = enum.auto()
    """All rows are known, and no more will come."""


class WaitingClock(NamedTuple):
    """Tells the time, and waits for it to pass."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Following(Protocol):
    """One project that is looked at again and again.

    Its events are those of a watch, though a load may hold no more than the newest rows.
    """

    @property
    def project(self) -> str | None:
        """The name of the project; `None` means the first project with rows."""

    @property
    def clock(self) -> WaitingClock | None:
        """The clock of a recording, which needs no waiting; `None` for real time."""

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
