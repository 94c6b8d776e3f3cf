"""Watches projects of a server, or of another place: async producers of its events.

A look begins with one question; more follow only where its answer changed. While much is read, the
server is left alone for as long as it worked for us.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    DataEvent,
    Notice,
    OriginUnheard,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RunObjectsLoaded,
    Severity,
)
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaFile
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.summary import newest_first
from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.media.unread import MediaUnread
from trackio_view.sources.source import Interest
from trackio_view.sources.trackio.distant import DistantPlace, names_there
from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.files.connection import Stop, in_thread
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.server_reader import ServerReader
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.tables.objects import ObjectReader
from trackio_view.sources.trackio.tables.summaries import summary_of
from trackio_view.sources.trackio.tables.traces import TracesReader, traces_of
from trackio_view.sources.trackio.waiting_rows import WaitingRows

Result = TypeVar("Result")

_COUNT_SECONDS = 15.0
"""Seconds after which a project is read although it seems unchanged: rows may be gone."""
_LIST_SHARE = 0.05
"""The share of time that may be spent on the list of projects,"""
_CALM_SHARE = 0.005
"""and while nobody looks at it."""
_LEAST_CALM_SECONDS = 30.0
_SUBJECT = "server"
_NOT_THERE = "There is no such project on {} yet; waiting for it."
_GONE = "The project is gone from {}; waiting for it to come back."
_WAITING = "{} has no row of it yet; waiting for the first."


class ServerWatch:
    """The watch over one place; all its questions take turns."""

    def __init__(self, place: DistantPlace, interval: float) -> None:
        self._place = place
        self._interval = max(interval, place.least_interval)
        self._origin = place.origin
        self._pauses: Pauses | None = None
        self._is_silent = False
        """Whether a question waits for too long."""
        self._unheard_since: float | None = None
        """Since when the place does not answer, as was told last."""

    @property
    def pauses(self) -> Pauses:
        """The pauses between questions; made within the event loop."""
        if self._pauses is None:
            self._pauses = Pauses()
        return self._pauses

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send the projects of the server, and again when they changed, until cancelled.

        Notices about the place as a whole are sent with them.
        """

        async def say_of_silence(text: str | None) -> None:
            # The fault already tells of the question that was not answered.
            if text is None or not self.pauses.is_failing:
                origin, subject = ProgramOrigin.DATA_DIRECTORY, f"silence of {self._origin}"
                await send.send(Notice(origin, text, Severity.WARNING, subject))
            self._is_silent = text is not None
            await self.tell_whether_heard(send)

        async with anyio.create_task_group() as group:
            group.start_soon(self._place.tell_silence, say_of_silence)
            await self._list_again_and_again(send, interest)

    async def _list_again_and_again(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        known: dict[str, tuple[ServerReader, ProjectSummary | None]] = {}
        listed: list[ProjectSummary] | None = None
        said: str | None = None
        remarked: str | None = None
        while True:
            trouble: str | None = None
            started = anyio.current_time()
            pause = self._interval
            try:
                names = await self._asked(partial(names_there, self._place))
                for name in known.keys() - set(names):
                    del known[name]
                for name in names:
                    await self._summarize(name, known, interest())
                self.pauses.answered()
                share = _LIST_SHARE if interest().on_screen else _CALM_SHARE
                pause = max(pause, (anyio.current_time() - started) / share)
                if not interest().on_screen:
                    pause = max(pause, _LEAST_CALM_SECONDS)
                told = (self._with_waiting(name, one) for name, (_, one) in known.items())
                summaries = newest_first(one for one in told if one is not None)
                if summaries != listed:
                    listed = summaries
                    await send.send(ProjectsListed(self._origin, summaries))
            except DatabaseFault as fault:
                pause = self.pauses.failed(fault)
                trouble = self.pauses.sentence(fault)
            place = ProgramOrigin.DATA_DIRECTORY
            if trouble != said:
                said = trouble
                await send.send(Notice(place, trouble, Severity.WARNING, self._origin))
            await self.tell_whether_heard(send)
            remark = None if self._place.inbox is None else self._place.inbox.remark
            if remark != remarked:
                remarked, subject = remark, f"inbox of {self._origin}"
                await send.send(Notice(place, remark, subject=subject))
            await self._rest(pause, interest)

    async def tell_whether_heard(self, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Tell since when the place does not answer, or that it does again, where that changed."""
        since = self.pauses.heard_at if self.pauses.is_failing or self._is_silent else None
        if since != self._unheard_since:
            self._unheard_since = since
            await send.send(OriginUnheard(self._origin, since))

    def _with_waiting(self, name: str, known: ProjectSummary | None) -> ProjectSummary | None:
        inbox = self._place.inbox
        if inbox is None:
            return known
        return inbox.with_waiting(ProjectId(self._origin, name), known)

    async def _summarize(
        self,
        name: str,
        known: dict[str, tuple[ServerReader, ProjectSummary | None]],
        interest: Interest,
    ) -> None:
        project = ProjectId(self._origin, name)
        reader, summary = known.get(name) or (ServerReader(self._place, name), None)
        if project in interest.watched and name in known:
            return
        if reader.is_as_at_last_look(self._place.listed_files(name)):
            return
        try:
            changed = await self._asked(reader.look)
            if changed or name not in known:
                summary = await self._asked(lambda: summary_of(project, reader))
                if summary is not None:
                    summary = summary._replace(size=reader.size)
        except ServerFault as fault:
            if not fault.of_project:
                raise
            reader.forget()
            summary = None
            if not (fault.missing or fault.empty or fault.stale):
                summary = ProjectSummary(project, None, None, None, reader.size, str(fault))
        known[name] = reader, summary

    async def _rest(self, seconds: float, interest: Callable[[], Interest]) -> None:
        """Pause; a person who opens the list waits no longer than an interval."""
        end = anyio.current_time() + seconds
        was_on_screen = interest().on_screen
        while (left := end - anyio.current_time()) > 0:
            await anyio.sleep(min(left, self._interval))
            if interest().on_screen and not was_on_screen:
                return

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send all that a project holds, then what is added, until cancelled."""
        await _ProjectLooks(self, self._place, project, self._interval, send).run()

    async def page(
        self, project: ProjectId, run_id: str, send: MemoryObjectSendStream[DataEvent]
    ) -> None:
        """Send what a run logged beside numbers, and again when that changes, until cancelled."""
        found = ObjectReader(f"{self._origin}/media", run_id)
        reader = ServerReader(self._place, project.name)
        sent: RunObjects | None = None
        said: str | None = None
        own = Pauses()
        while True:
            trouble, pause = None, self._interval
            try:
                if await self._asked(lambda: self._look_for_page(reader, found, project.name)):
                    while reader.is_there and not await self._asked(lambda: found.read(reader)):
                        # The pause is as long as the server worked for us.
                        await anyio.sleep(self._interval / 10)
                    if found.found != sent:
                        sent = found.found
                        await send.send(RunObjectsLoaded(project, run_id, sent))
                self.pauses.answered()
                own.answered()
            except DatabaseFault as fault:
                reader.forget()
                is_ours = isinstance(fault, ServerFault) and fault.of_project
                pause = (own if is_ours else self.pauses).failed(fault)
                trouble = f"The run's page is not complete: {fault}"
            if trouble != said:
                said = trouble
                await send.send(Notice(ProjectOrigin(project), trouble, subject="run page"))
            await anyio.sleep(pause)

    async def media(self, file: str, most: int) -> MediaFile:
        """Return what is in a file that a run logged. Raises MediaUnread."""
        try:
            return MediaFile(*await self._asked(lambda: self._place.media(file, most)))
        except DatabaseFault as fault:
            raise MediaUnread(str(fault)) from None

    async def traces(self, page: RunKey, read: Callable[[TracesReader], Result]) -> Result | str:
        """Return what `read` returns of a run's traces, or why they are not read as a sentence."""
        reader = ServerReader(self._place, page.project.name)
        try:
            return await self._asked(lambda: read(traces_of(reader, page.run_id)))
        except DatabaseFault as fault:
            return str(fault)

    def _look_for_page(self, reader: ServerReader, found: ObjectReader, name: str) -> bool:
        """Return whether anything on a run's page changed; the inbox is read, too."""
        inbox = self._place.inbox
        try:
            changed = reader.look()
        except ServerFault as fault:
            if inbox is None or not fault.missing:
                raise
            inbox.look()
            if not inbox.waits_for(name):
                raise
            reader.forget()
            changed = False
        if inbox is not None:
            inbox.look()
            before = found.waiting_count
            found.read_waiting(inbox, name)
            changed = changed or found.waiting_count != before
        return changed

    async def _asked(self, ask: Callable[[], Result]) -> Result:
        """Return what `ask` returns, which asks the server in a worker thread, in its turn."""
        async with self.pauses.turn():
            return await asking(self._place, ask)


async def asking(place: DistantPlace, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns in a worker thread; raises DatabaseFault.

    Once the answer is no longer wanted, a network that hangs does not hold up the caller: the next
    question waits in its own thread until this one has ended.
    """

    def work(stop: Stop) -> Result:
        place.begin()
        stop.hold(place)
        try:
            return ask()
        except Exception as error:
            fault = place.fault(error)
            if fault is None:
                raise
            raise fault from None
        finally:
            stop.let_go()

    return await in_thread(work, is_left_behind=True)


class _ProjectLooks:
    """One project of a server: the times of its looks, and its faults."""

    def __init__(
        self,
        watch: ServerWatch,
        place: DistantPlace,
        project: ProjectId,
        interval: float,
        send: MemoryObjectSendStream[DataEvent],
    ) -> None:
        self._watch = watch
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
        pauses = self._watch.pauses
        while True:
            try:
                pause = await self._look()
                pauses.answered()
                self._own_pauses.answered()
                await self._watch.tell_whether_heard(self._send)
                await self._say(self._place.damage(self._project.name), Severity.ERROR)
            except DatabaseFault as fault:
                self._is_read = False
                pause = await self._report(fault)
            await anyio.sleep(pause)

    async def _look(self) -> float:
        """Look once, and read a part of what is new; return how long to pause."""
        async with self._watch.pauses.turn():
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
        tried, self._is_distrusted = self._is_distrusted, fault.damaged
        return fault.damaged and not tried and self._place.distrust(self._project.name)

    def _visit(self) -> None:
        try:
            changed = self._reader.look(self._follower.witnesses)
        except ServerFault as fault:
            if not (fault.missing and self._waits()):
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

    def _waits(self) -> bool:
        inbox = self._place.inbox
        if inbox is None:
            return False
        inbox.look()
        return inbox.waits_for(self._project.name)

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
        if fault.missing:
            self._watch.pauses.answered()
            self._reader.forget()
            if self._follower.lose_file():
                await self._send.send(ProjectVanished(self._project))
            if self._follower.generation:
                await self._say(_GONE.format(origin))
            else:
                await self._say(_NOT_THERE.format(origin), Severity.INFO)
            return self._interval
        if fault.empty:
            self._watch.pauses.answered()
            self._reader.forget()
            await self._say(_WAITING.format(origin), Severity.INFO)
            return self._interval
        pauses = self._watch.pauses
        if not isinstance(fault, ServerFault):
            # The server answered: what it has of this project is damaged.
            pauses.answered()
            pauses = self._own_pauses
        else:
            if fault.stale:
                self._reader.forget()
            if fault.of_project:
                pauses.answered()
                pauses = self._own_pauses
                if self._follower.loading and not fault.stale:
                    # The rows so far are shown; when more will come is unknown.
                    await to_thread.run_sync(self._follower.finish_load)
                    for event in self._follower.take():
                        await self._send.send(event)
        pause = pauses.failed(fault)
        await self._watch.tell_whether_heard(self._send)
        await self._say(pauses.sentence(fault))
        return pause
