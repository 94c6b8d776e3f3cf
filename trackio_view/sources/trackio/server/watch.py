"""Watches a server, or another place: async producers of its projects and of what runs logged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    DataEvent,
    Notice,
    OriginUnheard,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    RunObjectsLoaded,
    Severity,
)
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaFile
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.summary import newest_first
from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.source import CALM_SHARE, Interest
from trackio_view.sources.trackio.distant import DistantPlace, names_there, remark_of, rows_wait
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.inbox import inbox_notice
from trackio_view.sources.trackio.server.asking import Result, asking
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.project_looks import ProjectLooks
from trackio_view.sources.trackio.server.server_reader import ServerReader
from trackio_view.sources.trackio.tables.objects import ObjectReader
from trackio_view.sources.trackio.tables.summaries import summary_of
from trackio_view.sources.trackio.tables.traces import TracesReader, traces_of

_LIST_SHARE = 0.05
"""The share of time that may be spent on the list of projects while somebody looks at it."""
_LEAST_CALM_SECONDS = 30.0


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
                share = _LIST_SHARE if interest().on_screen else CALM_SHARE
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
            remark = remark_of(self._place)
            if remark != remarked:
                remarked = remark
                await send.send(inbox_notice(self._origin, remark))
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
            if fault.kind not in (FaultKind.MISSING, FaultKind.EMPTY, FaultKind.STALE):
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
        looks = ProjectLooks(
            self._place,
            project,
            self._interval,
            send,
            pauses=self.pauses,
            tell_whether_heard=self.tell_whether_heard,
        )
        await looks.run()

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
            if not (fault.kind is FaultKind.MISSING and rows_wait(self._place, name)):
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
