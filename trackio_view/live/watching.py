"""Which sources run: those for what is on screen, each until it is no longer wanted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from trackio_view.live.media_reading import MediaReading
from trackio_view.live.sources import DataSender, GpuProducers, Producing
from trackio_view.live.trace_reading import TraceReading
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.series import numpy_policy
from trackio_view.sources.source import Interest, Source
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.seen_screens import wanted

_log = logging.getLogger(__name__)


class Watching:
    """Starts and stops what produces data, as the dashboard wants it."""

    def __init__(
        self,
        dashboard: Dashboard,
        source: Source,
        gpus: GpuProducers,
        group: TaskGroup,
        send: DataSender,
        gpus_seen: threading.Event,
        *,
        is_recorded: bool,
    ) -> None:
        """`gpus_seen` is set while somebody looks at the GPUs, or has them recorded."""
        self._dashboard = dashboard
        self._source = source
        self._gpus = gpus
        self._group = group
        self._send = send
        self._gpus_seen = gpus_seen
        self._is_recorded = is_recorded
        self._sampling = False
        self._numpy_wanted = False
        self._projects: dict[ProjectId, anyio.CancelScope] = {}
        self._page: RunKey | None = None
        self._page_scope: anyio.CancelScope | None = None
        self._media = MediaReading(source, group, send)
        self._traces = TraceReading(source, group, send)
        self._host: str | None = None
        self._host_scope: anyio.CancelScope | None = None

    def interest(self) -> Interest:
        """Return what the list of projects is wanted for, and which of them are watched."""
        return Interest(wanted(self._dashboard).projects, self._dashboard.watched)

    def follow(self) -> None:
        """Start what is newly wanted, and stop what is no longer wanted."""
        wants = wanted(self._dashboard)
        if wants.gpus or self._is_recorded:
            self._gpus_seen.set()
        else:
            self._gpus_seen.clear()
        if wants.gpus and not self._sampling:
            self._sampling = True
            self._group.start_soon(self._gpus.watch, self._send)
        watched = self._dashboard.watched
        if watched != self._projects.keys():
            self._watch_projects(watched)
        if wants.page != self._page:
            self._turn_page(wants.page)
        self._media.follow(wants.media)
        self._traces.follow(wants.traces, wants.trace)
        if wants.host != self._host:
            self._turn_host(wants.host)
        if self._dashboard.view.marks and not self._numpy_wanted:
            # Overlaid charts need it: imported here, its 80 ms don't hold up a key.
            self._numpy_wanted = True
            self._group.start_soon(_import_numpy)

    def _watch_projects(self, watched: Collection[ProjectId]) -> None:
        for project in [project for project in self._projects if project not in watched]:
            _log.debug("%s is watched no more", project)
            self._projects.pop(project).cancel()
        on_screen = self._dashboard.view.project
        # The project on screen is read first.
        for project in sorted(watched, key=lambda project: project != on_screen):
            if project not in self._projects:
                _log.debug("%s is watched", project)
                self._projects[project] = self._start(self._source.watch(project, self._send))

    def _turn_page(self, page: RunKey | None) -> None:
        if self._page_scope is not None:
            self._page_scope.cancel()
        self._page, self._page_scope = page, None
        if page is not None:
            self._page_scope = self._start(self._source.page(page, self._send))

    def _turn_host(self, host: str | None) -> None:
        if self._host_scope is not None:
            self._host_scope.cancel()
        self._host, self._host_scope = host, None
        if host is not None and self._gpus.open_host is not None:
            self._host_scope = self._start(self._gpus.open_host(host, self._send))

    def _start(self, producing: Producing) -> anyio.CancelScope:
        """Let a source produce, and return the scope by which it is stopped."""
        scope = anyio.CancelScope()
        self._group.start_soon(_in_scope, scope, producing)
        return scope


async def _in_scope(scope: anyio.CancelScope, producing: Producing) -> None:
    with scope:
        await producing


async def _import_numpy() -> None:
    await anyio.to_thread.run_sync(numpy_policy.import_ahead)
