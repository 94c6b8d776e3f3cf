"""What is asked of a place whose projects are read for us there: a server, a machine behind SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from trackio_view.light_typing import NamedTuple
from trackio_view.sources.server_json import IMPOSSIBLE
from trackio_view.sources.trackio.faults import DatabaseFault, explain
from trackio_view.sources.trackio.files.access import Signature
from trackio_view.sources.trackio.reader import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from trackio_view.sources.trackio.inbox import Inbox


LONGEST_NAME = 300
"""The most characters of a name that such a place tells."""
MOST_PROJECTS = 2_000
Say: TypeAlias = "Callable[[str | None], Coroutine[Any, Any, None]]"
"""Says a sentence, or takes it back."""


def fault_of_answer(error: Exception, unreadable: DatabaseFault) -> DatabaseFault | None:
    """Return the fault of an answer that raised `error`, `None` where that is a bug of ours.

    Another program may send anything. What only it can have caused is `unreadable`: no answer ends
    this program.
    """
    known = explain(error)
    return unreadable if known is None and isinstance(error, IMPOSSIBLE) else known


class FilesThere(NamedTuple):
    """What a look at a project's files tells."""

    signature: Signature
    is_settled: bool
    """Whether no later change can go unseen by looking at them."""


class DistantPlace(Protocol):
    """Where projects are that are read for us, one question after the other."""

    @property
    def origin(self) -> str:
        """What it is called on screen."""

    @property
    def least_interval(self) -> float:
        """The seconds that are to lie between two looks at least."""

    @property
    def needs_rest(self) -> bool:
        """Whether it does nothing else while it answers us, and is to be left alone in between."""

    @property
    def packs_rows(self) -> bool:
        """Whether it tells of rows sooner where they are asked for as one text."""

    @property
    def inbox(self) -> Inbox | None:
        """What runs logged beside its databases, where that can be looked at."""

    async def tell_silence(self, say: Say) -> None:
        """Say that it leaves a question unanswered, and `None` once it does not.

        Returns at once where each answer has a deadline that says it soon enough.
        """

    def named(self, project: str) -> str:
        """Return the name under which the project is kept there that a person means."""

    def projects(self) -> list[str]:
        """Return the names of the projects there. Raises ServerFault."""

    def files(self, project: str) -> FilesThere | None:
        """Return what a project's files are like.

        `None` where that cannot be told: then its tables are asked. Raises ServerFault.
        """

    def listed_files(self, project: str) -> FilesThere | None:
        """Return what the newest list told of a project's files, `None` where it told nothing."""

    def query(self, project: str, statement: str) -> list[Row]:
        """Return the rows of a statement about a project. Raises ServerFault."""

    def media(self, file: str, most: int) -> tuple[int, bytes]:
        """Return the size of a file that a run logged, and up to `most` bytes from its beginning.

        `file` is its place below the folder of media. Raises MediaUnread or ServerFault.
        """

    def damage(self, project: str) -> str | None:
        """Return what of a project cannot be read there, in one sentence."""

    def distrust(self, project: str) -> bool:
        """From now on, have a copy of the readable part of a project read there; return whether the
        place can do that. The ids of a damaged file may fall, which a copy's do not.
        """

    def fault(self, error: Exception) -> DatabaseFault | None:
        """Return the fault of an answer that raised `error`, `None` where that is a bug."""

    def begin(self) -> None:
        """Answer again after an interruption, once the interrupted question has ended."""

    def interrupt(self) -> None:
        """Let the question that another thread waits for fail, and all others until `begin`."""

    def close(self) -> None:
        """Hang up; the next question connects anew."""


def names_there(place: DistantPlace) -> list[str]:
    """Return the projects of a place, those that only its inbox knows among them."""
    names = place.projects()
    if place.inbox is None:
        return names
    place.inbox.look()
    return sorted({*names, *place.inbox.projects})


def rows_wait(place: DistantPlace, project: str) -> bool:
    """Return whether anything of a project is in the inbox of a place now."""
    return place.inbox is not None and place.inbox.waits_for(project)


def remark_of(place: DistantPlace) -> str | None:
    """Return what is to be said of the inbox of a place, as it was at the last look."""
    return None if place.inbox is None else place.inbox.remark
