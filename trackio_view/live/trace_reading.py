"""Reads the traces that are listed, and the one that is looked at, each as it is wanted."""

from __future__ import annotations

import anyio
from anyio.abc import TaskGroup

from trackio_view.live.sources import DataSender
from trackio_view.model.opened_traces import (
    TraceListLoaded,
    TraceListRequest,
    TraceLoaded,
    TraceRequest,
)
from trackio_view.sources.source import Source

_TYPING_SECONDS = 0.15
"""What is being typed is searched for once nothing more is typed for so long."""


class TraceReading:
    """Which traces are wanted; what is wanted no more is given up."""

    def __init__(self, source: Source, group: TaskGroup, send: DataSender) -> None:
        self._source = source
        self._group = group
        self._send = send
        self._listed: TraceListRequest | None = None
        self._opened: TraceRequest | None = None
        self._listing = anyio.CancelScope()
        self._opening = anyio.CancelScope()

    def follow(self, listed: TraceListRequest | None, opened: TraceRequest | None) -> None:
        """Begin to read what is wanted now and was not before."""
        if listed != self._listed:
            before, self._listed = self._listed, listed
            self._listing.cancel()
            if listed is not None:
                is_typed = before is not None and before.search != listed.search
                self._listing = anyio.CancelScope()
                self._group.start_soon(self._list, self._listing, listed, is_typed)
        if opened != self._opened:
            self._opened = opened
            self._opening.cancel()
            if opened is not None:
                self._opening = anyio.CancelScope()
                self._group.start_soon(self._open, self._opening, opened)

    async def _list(
        self, scope: anyio.CancelScope, request: TraceListRequest, is_typed: bool
    ) -> None:
        with scope:
            if is_typed:
                await anyio.sleep(_TYPING_SECONDS)
            await self._send.send(TraceListLoaded(request, await self._source.traces(request)))

    async def _open(self, scope: anyio.CancelScope, request: TraceRequest) -> None:
        with scope:
            await self._send.send(TraceLoaded(request, await self._source.trace(request)))
