"""Writes to standard output what a live screen would be fed, where there is no screen.

It runs at the far end of a pipe, where nobody can be asked. So it watches all named projects, or
every project where none was named.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from trackio_view.live.sources import gpu_producers
from trackio_view.model.events import DataEvent, Notice, ProjectsListed
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import Options
from trackio_view.recording.codec import Recorded
from trackio_view.recording.files import RecordingFile, Unrecordable, write_recording
from trackio_view.recording.pipes import is_read
from trackio_view.sources.source import Interest, Source

if TYPE_CHECKING:
    from trackio_view.sources.gpu.search import Search

_CAPACITY = 16
_LOOK_SECONDS = 1.0
"""How often the recorder checks whether anybody still reads."""
_HUNG_SECONDS = 1.0
"""How long the end waits for a disk, a network or a reader that hangs."""
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Recorder:
    """Watches what the options name, and writes the events about it."""

    def __init__(self, options: Options, source: Source, begun: Search | None) -> None:
        self._options = options
        self._source = source
        self._begun = begun
        self._watched: set[ProjectId] = set()
        self.exit_code = 0
        self.fault: str | None = None
        """Why nothing more could be written, although somebody may still read it."""

    async def run(self, file: RecordingFile) -> None:
        """Write until nobody reads any more, or a signal comes."""
        data_in, data_out = anyio.create_memory_object_stream[DataEvent](_CAPACITY)
        kept_in, kept_out = anyio.create_memory_object_stream[Recorded](_CAPACITY)
        with anyio.open_signal_receiver(*_ENDINGS) as signals:
            async with data_in, data_out, kept_in, kept_out, anyio.create_task_group() as group:
                self._group, self._send = group, data_in
                group.start_soon(write_recording, file, kept_out, self._end_unwritten)
                group.start_soon(self._hand_on, data_out, kept_in)
                group.start_soon(self._end_at_signals, signals)
                group.start_soon(self._end_unread)
                group.start_soon(self._source.list, data_in, self._interest)
                self._watch_gpus()
                self._watch_named()

    def _interest(self) -> Interest:
        return Interest(watched=self._watched)

    def _watch_gpus(self) -> None:
        if self._options.gpu:
            gpus = gpu_producers(
                self._source, self._options, lambda: True, lambda: None, self._begun
            )
            self._group.start_soon(gpus.watch, self._send)

    def _watch_named(self) -> None:
        source = self._source
        named = [source.named(project) for project in self._options.project]
        if not named and source.project is not None:
            named = [source.project]
        for project in named:
            self._watch(project)

    @property
    def _watches_all(self) -> bool:
        """Whether every project is meant: nobody can ask for one through a pipe."""
        options = self._options
        is_of_gpus = options.gpu and not options.all
        return not (options.project or is_of_gpus or self._source.project is not None)

    def _watch(self, project: ProjectId) -> None:
        if project not in self._watched:
            self._watched.add(project)
            self._group.start_soon(self._source.watch, project, self._send)

    async def _hand_on(
        self,
        events: MemoryObjectReceiveStream[DataEvent],
        kept: MemoryObjectSendStream[Recorded],
    ) -> None:
        started = time.monotonic()
        async for event in events:
            await kept.send(Recorded(time.monotonic() - started, event))
            if isinstance(event, ProjectsListed) and self._watches_all:
                for listed in event.projects:
                    self._watch(listed.id)

    def _stop(self) -> None:
        self._group.cancel_scope.cancel()

    def _end_unwritten(self, fault: Notice) -> None:
        if is_read():
            self.fault = fault.text
        self._stop()

    async def _end_unread(self) -> None:
        """End once nobody reads, also where there is nothing to write."""
        while is_read():
            await anyio.sleep(_LOOK_SECONDS)
        self._stop()

    async def _end_at_signals(self, signals: AsyncIterator[signal.Signals]) -> None:
        async for number in signals:
            self.exit_code = 128 + number
            # A thread may be in a disk, or in a pipe that nobody empties.
            last_resort = threading.Timer(_HUNG_SECONDS, os._exit, (self.exit_code,))
            last_resort.daemon = True
            last_resort.start()
            self._stop()
            return


def record_to_pipe(
    options: Options, source: Source, file: RecordingFile, begun: Search | None
) -> int:
    """Record until the pipe is closed or a signal comes; return the exit code.

    `begun` is a search for GPUs that goes on. Raises Unrecordable where the output is a file whose
    disk is full.
    """
    # Behind `ssh`, so it stops reading the keys of the terminal at its other end.
    if sys.stdin is not None and not sys.stdin.isatty():
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
    recorder = Recorder(options, source, begun)
    anyio.run(recorder.run, file)
    if recorder.fault is not None:
        raise Unrecordable(recorder.fault)
    return recorder.exit_code
