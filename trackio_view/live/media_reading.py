"""Reads the file of the medium on screen once, in threads. Its picture is made anew for another
size.
"""

from __future__ import annotations

import threading
from functools import partial

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from trackio_view.live.sources import DataSender
from trackio_view.model.opened_media import MediaContent, MediaFile, MediaLoaded, MediaRequest
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.source import Source

_RESIZE_SECONDS = 0.1
"""How long a window that is being resized is waited for."""


class MediaReading:
    """Which file is wanted, and what was read of it. The reading of a file that is no longer wanted
    is given up.
    """

    def __init__(self, source: Source, group: TaskGroup, send: DataSender) -> None:
        self._source = source
        self._group = group
        self._send = send
        self._wanted: MediaRequest | None = None
        self._scope: anyio.CancelScope | None = None
        self._file: MediaFile | None = None
        """What was read of the wanted file."""
        self._decoding = threading.Lock()

    def follow(self, wanted: MediaRequest | None) -> None:
        """Begin to read what is wanted now and was not before."""
        before = self._wanted
        if wanted == before:
            return
        if self._scope is not None:
            self._scope.cancel()
            self._scope = None
        self._wanted = wanted
        is_same = wanted is not None and before is not None and _file_of(wanted) == _file_of(before)
        if not is_same:
            self._file = None
        if wanted is not None:
            self._scope = anyio.CancelScope()
            self._group.start_soon(self._bring, self._scope, wanted)

    async def _bring(self, scope: anyio.CancelScope, request: MediaRequest) -> None:
        with scope:
            # Pillow and numpy are imported there, in the thread that decodes.
            from trackio_view.sources.media import contents

            try:
                if self._file is None:
                    most = contents.bytes_wanted(request)
                    file = await self._source.media(request.page, request.file, most)
                    if scope.cancel_called:
                        # It came as it was given up: another file may be wanted by now.
                        return
                    self._file = file
                else:
                    await anyio.sleep(_RESIZE_SECONDS)
            except MediaUnread as fault:
                content = MediaContent(fault=str(fault))
            else:
                content = await anyio.to_thread.run_sync(
                    partial(self._content_of, request, self._file), abandon_on_cancel=True
                )
            await self._send.send(MediaLoaded(request, content))

    def _content_of(self, request: MediaRequest, file: MediaFile) -> MediaContent:
        """Decode what is wanted, in a thread: one image at a time, so that memory is bounded.

        A thread that was given up goes on with its image, which no limiter of threads counts.
        """
        from trackio_view.sources.media import contents

        with self._decoding:
            is_wanted = request == self._wanted
            return contents.content_of(request, file) if is_wanted else MediaContent()


def _file_of(request: MediaRequest) -> MediaRequest:
    return request._replace(columns=0, rows=0)
