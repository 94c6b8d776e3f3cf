"""Why a file that a run logged is not read. This room is sent to a machine behind SSH."""

from __future__ import annotations

GONE = "The file is gone."
OUTSIDE = "It lies outside the media directory and is not opened."


class MediaUnread(Exception):
    """A file that a run logged cannot be read; the text is a sentence."""
