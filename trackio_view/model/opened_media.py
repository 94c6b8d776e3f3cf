"""What is asked of the file of a medium that was opened, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import RunKey

if TYPE_CHECKING:
    from trackio_view.series.picture import PicturePixels


class MediaRequest(NamedTuple):
    """A file that is looked at, and the place that it is looked at in."""

    page: RunKey
    """The run that logged it."""
    file: str
    """Its place below the folder of media, as it was logged."""
    kind: str
    """Such as `image`."""
    columns: int = 0
    """The pixels that there is room for, 0 where none are drawn."""
    rows: int = 0


class MediaFile(NamedTuple):
    """What was read of a file."""

    size: int
    """In bytes, of all of it."""
    data: bytes
    """As much of it from its beginning as was asked for."""


class MediaFact(NamedTuple):
    """Something that a file tells of itself."""

    name: str
    text: str


class MediaContent(NamedTuple):
    """What is shown of a file."""

    facts: Sequence[MediaFact] = ()
    picture: PicturePixels | None = None
    fault: str = ""
    """Why nothing is drawn of what could be, as a sentence."""


class MediaLoaded(NamedTuple):
    """A file that was asked for has come, or will not."""

    request: MediaRequest
    content: MediaContent
