"""The live dashboard: producers -> channels -> fold -> draw -> write, in one task group.

Keys have a channel of their own and are answered at once; data that waits is folded together
and drawn at a bounded rate. With no data and no key, nothing runs and nothing is written.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import anyio.to_thread
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from trackio_view.live.ending import ENDINGS, last_resort, start_when_cancelled
from trackio_view.live.exporting import Exporter
from trackio_view.live.remembering import Remembering, Start
from trackio_view.live.renderer import Renderer
from trackio_view.live.sources import GpuProducers
from trackio_view.live.theming import DARK_THEME, Theming, UsualTheme
from trackio_view.live.watching import Watching
from trackio_view.model.events import DataEvent, Notice, ProgramOrigin, RunObjectsLoaded, Severity
from trackio_view.model.health import Finding
from trackio_view.model.opened_media import MediaLoaded
from trackio_view.model.opened_traces import TraceListLoaded, TraceLoaded
from trackio_view.model.pace import RunState, state_of
from trackio_view.model.project_id import ProjectId
from trackio_view.operating_system import free_memory
from trackio_view.screens.shell import drawings
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.source import Source
from trackio_view.terminal.background import Background
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.escape_sequences import PastedText
from trackio_view.terminal.job_control import stop_until_continued
from trackio_view.terminal.keyboard import TerminalGone, read_keys
from trackio_view.terminal.mouse import MouseReport
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding_responses import look_again
from trackio_view.view.keys.flood import Flood
from trackio_view.view.keys.input_events import (
    InputEvent,
    KeysPressed,
    Pasted,
    PointerAction,
    Resized,
)
from trackio_view.view.responses import do_kept, press, press_ahead, respond
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.seen_screens import shows, tells_time, wanted

if TYPE_CHECKING:
    from trackio_view.recording.codec import Recorded
    from trackio_view.recording.files import RecordingFile

_log = logging.getLogger(__name__)

_DATA_CAPACITY = 16
_INPUT_CAPACITY = 16
# How many keys in a row are taken before signals are looked at. Nobody types more at once, so
# frames for more are drawn no more often than frames for data.
_KEYS_AT_ONCE = 100
_STATE_CHECK_SECONDS = 1.0
_NOTED_SECONDS = 0.02
# Collections are rare (`cli`), so that none holds up a key. At this interval, and when no key was
# pressed for a moment, memory that a training of days leaves behind is freed and given back.
_TIDY_SECONDS = 60.0
_QUIET_SECONDS = 0.2
# The first charts are on screen before what other screens and rarer keys need is loaded.
_AHEAD_SECONDS = 1.0
# How long the list of projects waits for GPUs that are on screen: both need Python's one thread.
_GPU_SECONDS = 0.5

SIGNALS = (*ENDINGS, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)
"""The signals that a session handles."""


class LiveSession:
    """One run of the live screen: its channels, its model and its terminal."""

    def __init__(
        self,
        dashboard: Dashboard,
        session: TerminalSession,
        signals: AsyncIterator[signal.Signals],
        source: Source,
        *,
        recording: RecordingFile | None = None,
        usual_theme: UsualTheme = DARK_THEME,
        begin: Start | None = None,
    ) -> None:
        """`begin` is `None` where no project is remembered."""
        self.dashboard = dashboard
        # `stop` sets the exit code; a session that ends without it has a bug.
        self.exit_code = 1
        self._source = source
        self._session = session
        self._signals = signals
        self._recording = recording
        self._recorder: MemoryObjectSendStream[Recorded] | None = None
        self._clock = source.clock
        self._renderer = Renderer(dashboard, session, source.clock)
        self._theming = Theming(dashboard, session, usual_theme, self.report)
        self._remembering = None if begin is None else Remembering(dashboard, self.report, begin)
        self._exporter = Exporter(dashboard, self._renderer.composer)
        self.gpus_seen = threading.Event()
        """Set while somebody looks at the GPUs or records them."""
        self._told = anyio.Event()
        """Set once a source has told something, and a frame was asked for that shows it."""
        self._last_key = 0.0
        self._watching: Watching
        self._shown_state: tuple[RunState, list[Finding]] | None = None
        self._met: set[ProjectId] = set()
        """Projects that events have told of, where the source tells of all projects."""
        self._flood = Flood()
        self._is_ending = False
        """Whether a signal came that ends the session."""
        self._fault: BaseException | None = None
        """What ended a thread."""
        self._group: TaskGroup

    async def run(self, gpus: GpuProducers) -> int:
        """Run until the person quits or a signal ends it; return the exit code."""
        data_in, data_out = anyio.create_memory_object_stream[DataEvent](_DATA_CAPACITY)
        keys_in, keys_out = anyio.create_memory_object_stream[InputEvent](_INPUT_CAPACITY)
        width, height = self._session.size
        respond(self.dashboard, Resized(width, height))
        await self._follow_project()
        self._renderer.want()
        async with AsyncExitStack() as streams:
            timer = last_resort(self._session, lambda: self.exit_code)
            streams.callback(timer.cancel)
            for stream in (data_in, data_out, keys_in, keys_out):
                await streams.enter_async_context(stream)
            recorder_in, recorder_out = anyio.create_memory_object_stream["Recorded"](
                _DATA_CAPACITY
            )
            await streams.enter_async_context(recorder_in)
            await streams.enter_async_context(recorder_out)
            self._group = await streams.enter_async_context(anyio.create_task_group())
            self._group.start_soon(start_when_cancelled, timer)
            if self._recording is not None:
                self._recorder = recorder_in
                self._group.start_soon(self._record, self._recording, recorder_out)
            self._group.start_soon(self._answer_signals, keys_in)
            self._group.start_soon(
                self._renderer.run, lambda: data_in.statistics().current_buffer_used
            )
            self._group.start_soon(self._answer_input, keys_out)
            self._group.start_soon(self._read_keyboard, keys_in)
            self._group.start_soon(self._take_in_data, data_out)
            self._group.start_soon(self._watch_state)
            self._group.start_soon(self._tidy)
            self._group.start_soon(self._import_ahead)
            self._watching = Watching(
                self.dashboard,
                self._source,
                gpus,
                self._group,
                data_in,
                self.gpus_seen,
                is_recorded=self._recording is not None,
            )
            # What is on screen comes before the list of projects, which nobody waits for.
            self._watching.follow()
            self._group.start_soon(self._list_projects, data_in)
        return self.exit_code

    def stop(self, exit_code: int) -> None:
        """End every task; `run_live` restores the terminal."""
        self.exit_code = exit_code
        self._group.cancel_scope.cancel()

    def fail(self, fault: BaseException) -> None:
        """End by a fault of another thread, which tells of it; that is seen within a second."""
        self._fault = self._fault or fault

    def report(self, notice: Notice) -> None:
        """Show a notice of something that is no source."""
        self.dashboard.apply(notice)
        self._renderer.want()

    async def _follow_project(self) -> None:
        """Restore the project that came on screen to how it was left."""
        kept = self._remembering
        if kept is not None and kept.is_behind and await kept.follow():
            self._theming.show()
            self._renderer.want()

    async def _list_projects(self, data: MemoryObjectSendStream[DataEvent]) -> None:
        """Tell of the projects, also where GPUs are on screen and a driver takes its time."""
        if wanted(self.dashboard).gpus:
            with anyio.move_on_after(_GPU_SECONDS):
                await self._told.wait()
        await self._source.list(data, self._watching.interest)

    async def _record(
        self, file: RecordingFile, events: MemoryObjectReceiveStream[Recorded]
    ) -> None:
        from trackio_view.recording.files import write_recording

        await write_recording(file, events, self.report)

    def opened_host(self) -> str | None:
        """Return the machine of a fleet whose GPUs are on screen."""
        return wanted(self.dashboard).host

    async def _read_keyboard(self, keys: MemoryObjectSendStream[InputEvent]) -> None:
        async def send(names: Sequence[str]) -> None:
            KEYS_FIRST.key_came()
            pressed = KeysPressed(names)
            try:
                # `send` would let all other tasks go first, although the key can be handed over.
                keys.send_nowait(pressed)
            except anyio.WouldBlock:
                await keys.send(pressed)
            # The task that takes keys in goes first, then the one that draws: to begin to wait for
            # the next key costs as much time as a part of a frame.
            for _ in range(2):
                await anyio.lowlevel.checkpoint()

        async def point(report: MouseReport | PastedText) -> None:
            if isinstance(report, PastedText):
                await keys.send(Pasted(report.text))
                return
            action = PointerAction(report.action)
            about = self._renderer.pointed(action, report.x, report.y)
            if about is not None:
                await keys.send(about)

        try:
            await read_keys(self._session, send, point)
        except TerminalGone:
            self.stop(128 + signal.SIGHUP)

    async def _answer_input(self, events: MemoryObjectReceiveStream[InputEvent]) -> None:
        async for event in events:
            # One frame answers all keys that were typed meanwhile.
            waiting = events.statistics().current_buffer_used
            together = [event, *(events.receive_nowait() for _ in range(waiting))]
            keys = 0
            self._last_key = time.monotonic()
            self._flood.begin(self._last_key)
            for one in together:
                if isinstance(one, KeysPressed):
                    keys += len(one.keys)
                    await self._answer_keys(one.keys)
                else:
                    respond(self.dashboard, one, self._renderer.composer.seen)
            if self._remembering is not None:
                if self._remembering.is_behind:
                    self._group.start_soon(self._follow_project)
                self._remembering.write_in_time(self._group)
            if self.dashboard.quit:
                self.stop(128 + signal.SIGINT if self.dashboard.interrupted else 0)
                return
            if self.dashboard.redraw:
                self.dashboard.redraw = False
                # The program that wrote into the screen may have left modes behind, too.
                self._session.resume()
            if self.dashboard.view.to_copy:
                from trackio_view.live.copying import copy

                copy(self.dashboard, self._session)
            self._theming.change()
            to_export = self._exporter.look(self._clock())
            if to_export is not None:
                self._group.start_soon(self._export, to_export)
            self._report_flood()
            self._watching.follow()
            if keys > _KEYS_AT_ONCE:
                self._renderer.want_in_time(self._group)
            else:
                self._renderer.answer()
            self._flood.end(time.monotonic())
            took = 1000 * (time.monotonic() - self._last_key)
            _log.debug("%d keys of %d inputs answered in %.1f ms", keys, len(together), took)

    async def _answer_keys(self, keys: Sequence[str]) -> None:
        view = self.dashboard.view
        if self._flood.is_paste(len(keys)) and SCREENS[view.mode].take_text is not None:
            from trackio_view.view.keys.pasting import paste, text_of

            mode, action = view.mode, view.keys.action
            paste(self.dashboard, text_of(keys), self._renderer.composer.seen)
            # The program can be ended whatever happens.
            keys = [key for key in keys if action(mode, key) is Action.INTERRUPT][:1]
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            if start:
                await anyio.lowlevel.checkpoint()
            together = keys[start : start + _KEYS_AT_ONCE]
            press(self.dashboard, together, self._flood, self._renderer.composer.seen)
            press_ahead(self.dashboard, self._renderer.look, self._flood)
            if self.dashboard.quit:
                return

    async def _export(self, frame: Frame) -> None:
        await self._exporter.write(frame, self._theming.theme)
        self._renderer.want()

    def take_background(self, background: Background) -> None:
        """Show the theme as it is on the terminal's background."""
        self._theming.take_background(background)
        self._renderer.want()

    def _report_flood(self) -> None:
        left_out = self._flood.left_out
        text = f"{left_out:,} keys that came at once were taken for a paste." if left_out else None
        said = self.dashboard.known.notices.get((ProgramOrigin.KEYBOARD, ""))
        if text != (said.text if said is not None else None):
            self.dashboard.apply(Notice(ProgramOrigin.KEYBOARD, text, Severity.INFO))

    async def _take_in_data(self, data: MemoryObjectReceiveStream[DataEvent]) -> None:
        started = time.monotonic()
        async for event in data:
            came = time.monotonic()
            # A recording holds no files. The contents of an opened file are not worth their bytes.
            is_opened = isinstance(event, MediaLoaded | TraceListLoaded | TraceLoaded)
            if self._recorder is not None and not is_opened:
                from trackio_view.recording.codec import Recorded

                await self._recorder.send(Recorded(time.monotonic() - started, event))
            if self._source.tells_all:
                self._meet(event)
            if isinstance(event, RunObjectsLoaded) and event.objects.texts:
                from trackio_view.screens import markdown

                # Imported here, the 100 ms of what draws Markdown don't hold up a key.
                await anyio.to_thread.run_sync(markdown.import_ahead)
            had_charts = bool(self.dashboard.metrics)
            notices = dict(self.dashboard.known.notices)
            self.dashboard.apply(event)
            await self._follow_project()
            do_kept(self.dashboard, self._renderer.composer.seen)
            look_again(self.dashboard)
            press_ahead(self.dashboard, self._renderer.look)
            self._watching.follow()
            _log.debug("%s, folded in %.1f ms", event, 1000 * (time.monotonic() - came))
            # An alert of any project makes a notice, and a load may take one back.
            is_said = notices != self.dashboard.known.notices
            if not (is_said or shows(self.dashboard, event)):
                continue
            if had_charts:
                self._renderer.want_in_time(self._group)
            else:
                self._renderer.want()
            self._told.set()

    def _meet(self, event: DataEvent) -> None:
        """Watch the project that an event is the first to tell of."""
        project = getattr(event, "project", None)
        if not isinstance(project, ProjectId) or project in self._met:
            return
        asked = ProjectId(self._source.origin, project.name)
        if asked != project and asked not in self._met:
            # The first event of a project tells its origin.
            self.dashboard.go_on_as(asked, project)
        self._met.add(project)
        self.dashboard.meet(project)
        if self.dashboard.view.project is None:
            self.dashboard.watch(project)

    async def _watch_state(self) -> None:
        """Draw when a run's state or an age in a list changes by the mere passing of time."""
        while True:
            await anyio.sleep(_STATE_CHECK_SECONDS)
            if self._fault is not None:
                raise self._fault
            project, run, now = self.dashboard.project, self.dashboard.run, self._clock()
            state = None
            if project is not None and run is not None:
                state = (state_of(run, now), self.dashboard.findings(project, run, now))
            dropped = self.dashboard.kept.pass_time(_STATE_CHECK_SECONDS)
            if self._remembering is not None:
                dropped = self._remembering.pass_time(_STATE_CHECK_SECONDS) or dropped
            if state != self._shown_state or dropped or tells_time(self.dashboard.view):
                self._shown_state = state
                self._renderer.want()

    async def _tidy(self) -> None:
        free = free_memory.rest
        while True:
            await anyio.sleep(_TIDY_SECONDS)
            while (quiet := time.monotonic() - self._last_key) < _QUIET_SECONDS:
                await anyio.sleep(_QUIET_SECONDS - quiet)
            free()
            free = free_memory.collect
            await anyio.to_thread.run_sync(free_memory.give_back)

    async def _import_ahead(self) -> None:
        await anyio.sleep(_AHEAD_SECONDS)
        await anyio.to_thread.run_sync(self._session.import_ahead)
        await anyio.to_thread.run_sync(drawings.import_ahead)
        free_memory.keep_loaded()

    def _may_resume(self) -> bool:
        """Stop while another job has the terminal; return false once the session is to end.

        Whoever ends a stopped job continues it for that, and that may be heard of before the end.
        """
        while self._session.is_in_background:
            # What another thread caught is noted in this one.
            time.sleep(_NOTED_SECONDS)
            if self._is_ending or not stop_until_continued(signal.SIGTTOU):
                break
        return not self._is_ending

    def _note_ending(self, *_: object) -> None:
        self._is_ending = True

    async def _answer_signals(self, events: MemoryObjectSendStream[InputEvent]) -> None:
        for ending in ENDINGS:
            # Noted at once, also while nothing but this process's stop is waited for.
            signal.signal(ending, self._note_ending)
            signal.siginterrupt(ending, False)
        async for number in self._signals:
            if number in ENDINGS:
                if number in (signal.SIGINT, signal.SIGQUIT):
                    # Keys typed before Ctrl-C are not meant for the shell.
                    self._session.drop_input()
                self.stop(128 + number)
                return
            if number == signal.SIGTSTP:
                self._session.suspend()
                if stop_until_continued():
                    # The process that continued this one sent SIGCONT, whose handler takes the
                    # terminal again.
                    continue
            if number in (signal.SIGTSTP, signal.SIGCONT):
                if not self._may_resume():
                    continue
                self._session.resume()
            else:
                # The terminal may have moved what it shows, also where its size is as before.
                self._session.repaint()
            width, height = self._session.size
            await events.send(Resized(width, height))
