"""Watches one project of a server, or of another place, and tells of its faults.

A look begins with one question; more follow only where its answer changed. While much is read, the
server is left alone for as long as it worked for us.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, ProjectVanished, Severity
from trackio_view.model.missing_project import awaited, first_row_awaited, return_awaited
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.trackio.distant import DistantPlace, rows_wait
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.server.asking import asking
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.server_reader import ServerReader
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.waiting_rows import WaitingRows

_COUNT_SECONDS = 15.0
"""Seconds after which a project is read although it seems unchanged: rows may be gone."""
_SUBJECT = "server"


class ProjectLooks:
    """One project of a server: the times of its looks, and its faults."""

    def __init__(
        self,
        place: DistantPlace,
        project: ProjectId,
        interval: float,
        send: MemoryObjectSendStream[DataEvent],
        *,
        pauses: Pauses,
        tell_whether_heard: Callable[[MemoryObjectSendStream[DataEvent]], Awaitable[None]],
    ) -> None:
        """`pauses` are those of the place, which all that ask it share."""
        self._pauses = pauses
        self._tell_whether_heard = tell_whether_heard
        self._place = place
        self._project = project
        self._interval = interval
        self._send = send
        self._notices = Notices(project)
        inbox = place.inbox
        waiting = None if inbox is None else WaitingRows(inbox, project.name)
        self._follower = Follower(project, interval, self._notices, waiting)
        self._waiting_version = 0
        """The version of the waiting rows that were read."""
        self._reader = ServerReader(place, project.name)
        self._read_at = -_COUNT_SECONDS
        self._is_read = False
        """Whether everything that the last look found was read."""
        self._is_counted = False
        """Whether the rows were counted since anything changed, so that none can be missing."""
        self._is_distrusted = False
        """Whether its ids once fell, and have not risen since."""
        self._own_pauses = Pauses()
        """When it is asked about again, where only this project cannot be read."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                pause = await self._look()
                self._pauses.answered()
                self._own_pauses.answered()
                await self._tell_whether_heard(self._send)
                await self._say(self._place.damage(self._project.name), Severity.ERROR)
            except DatabaseFault as fault:
                self._is_read = False
                pause = await self._report(fault)
            await anyio.sleep(pause)

    async def _look(self) -> float:
        """Look once, and read a part of what is new; return how long to pause."""
        async with self._pauses.turn():
            started = anyio.current_time()
            waited_before = self._reader.waited
            try:
                await asking(self._place, self._visit)
            except DatabaseFault as fault:
                if not isinstance(fault, ServerFault):
                    # Falling ids, or tables that changed while they were read.
                    self._reader.forget()
                    if self._is_salvageable(fault):
                        self._is_read = False
                        return 0.0
                raise
            waited = self._reader.waited - waited_before
        for event in self._follower.take():
            await self._send.send(event)
        if self._is_read:
            return self._interval
        if not self._place.needs_rest:
            return 0.0
        # The time for decoding and folding rows is a pause for the server, too.
        rested = anyio.current_time() - started - waited
        return max(0.0, waited - rested)

    def _is_salvageable(self, fault: DatabaseFault) -> bool:
        """Return whether a copy will be read the next time; once for each time that it helps."""
        is_damaged = fault.kind is FaultKind.DAMAGED
        tried, self._is_distrusted = self._is_distrusted, is_damaged
        return is_damaged and not tried and self._place.distrust(self._project.name)

    def _visit(self) -> None:
        try:
            changed = self._reader.look(self._follower.witnesses)
        except ServerFault as fault:
            if not (fault.kind is FaultKind.MISSING and rows_wait(self._place, self._project.name)):
                raise
            # No server has made its file yet.
            self._reader.forget()
            version = self._new_waiting()
            if version is not None:
                self._follower.read_waiting()
                self._waiting_version = version
            self._is_read = True
            return
        version = self._new_waiting()
        changed = changed or version is not None
        now = time.monotonic()
        is_due = now - self._read_at >= _COUNT_SECONDS and not self._is_counted
        if not changed and self._is_read and not is_due:
            return
        if is_due and not changed:
            self._follower.count_soon()
        # Where the files can be looked at, no row disappears unnoticed.
        self._is_counted = is_due and not changed and self._reader.is_certain
        try:
            self._is_read = self._follower.read(self._reader)
        finally:
            self._reader.end_look()
        if self._is_read:
            self._is_distrusted = False
            self._read_at = now
            self._waiting_version = version or self._waiting_version

    def _new_waiting(self) -> int | None:
        """Return the version of the waiting rows; `None` where they were read."""
        inbox = self._place.inbox
        if inbox is None:
            return None
        inbox.look()
        version = inbox.version(self._project.name)
        return None if version == self._waiting_version else version

    async def _say(self, text: str | None, severity: Severity = Severity.WARNING) -> None:
        for notice in self._notices.news(_SUBJECT, text, severity):
            await self._send.send(notice)

    async def _report(self, fault: DatabaseFault) -> float:
        """Tell the person of a fault, once; return how long to wait."""
        for event in self._follower.take():
            await self._send.send(event)
        origin = self._project.origin
        if fault.kind is FaultKind.MISSING:
            self._pauses.answered()
            self._reader.forget()
            if self._follower.lose_file():
                await self._send.send(ProjectVanished(self._project))
            if self._follower.generation:
                await self._say(return_awaited(origin))
            else:
                await self._say(awaited(origin), Severity.INFO)
            return self._interval
        if fault.kind is FaultKind.EMPTY:
            self._pauses.answered()
            self._reader.forget()
            await self._say(first_row_awaited(origin), Severity.INFO)
            return self._interval
        pauses = self._pauses
        if not isinstance(fault, ServerFault):
            # The server answered: what it has of this project is damaged.
            pauses.answered()
            pauses = self._own_pauses
        else:
            if fault.kind is FaultKind.STALE:
                self._reader.forget()
            if fault.of_project:
                pauses.answered()
                pauses = self._own_pauses
                if self._follower.loading and fault.kind is not FaultKind.STALE:
                    # The rows so far are shown; when more will come is unknown.
                    await to_thread.run_sync(self._follower.finish_load)
                    for event in self._follower.take():
                        await self._send.send(event)
        pause = pauses.failed(fault)
        await self._tell_whether_heard(self._send)
        await self._say(pauses.sentence(fault))
        return pause
