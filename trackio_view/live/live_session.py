"""The live dashboard: producers -> channels -> fold -> draw -> write, in one task group.

Keys have a channel of their own and are answered at once; data that waits is folded together
and drawn at a bounded rate. With no data and no key, nothing runs and nothing is written.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
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

from trackio_view.live.exporting import Exporter
from trackio_view.live.remembering import Remembering, Start
from trackio_view.live.sources import GpuProducers
from trackio_view.live.watching import Watching
from trackio_view.model.events import DataEvent, Notice, ProgramOrigin, RunObjectsLoaded, Severity
from trackio_view.model.health import Finding
from trackio_view.model.pace import RunState, state_of
from trackio_view.model.project_id import ProjectId
from trackio_view.operating_system import free_memory
from trackio_view.recording.codec import Recorded
from trackio_view.screens import markdown
from trackio_view.screens.panels.copied import copied_table, copied_value
from trackio_view.screens.shell.frame import Composer
from trackio_view.sources.source import Source
from trackio_view.terminal.background import Background
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.escape_sequences import PastedText
from trackio_view.terminal.job_control import stop_until_continued
from trackio_view.terminal.keyboard import TerminalGone, read_keys
from trackio_view.terminal.look import themed
from trackio_view.terminal.mouse import MouseReport
from trackio_view.terminal.style import THEME_NAMES, ColorDepth
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.bindings import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding_responses import look_again
from trackio_view.view.flood import Flood
from trackio_view.view.input_events import InputEvent, KeysPressed, Pasted, PointerAction, Resized
from trackio_view.view.pasting import paste, text_of
from trackio_view.view.places import Seen
from trackio_view.view.responses import do_kept, press, press_ahead, respond
from trackio_view.view.screen_table import SCREENS, shows, wanted

if TYPE_CHECKING:
    from trackio_view.recording.files import RecordingFile

_log = logging.getLogger(__name__)

_DATA_FRAME_SECONDS = 0.1
_DATA_CAPACITY = 16
_INPUT_CAPACITY = 16
# After so many keys in a row, signals are looked at. Nobody types more at once, so frames for more
# are drawn no more often than frames for data.
_KEYS_AT_ONCE = 100
_STATE_CHECK_SECONDS = 1.0
_ANSWER_SECONDS = 0.05
"""The first frame waits no longer for what the terminal answers of its background."""
# Collections are rare (`cli`), so that none holds up a key. This often, and when no key was pressed
# for a moment, what a training of days leaves behind is freed and given back.
_TIDY_SECONDS = 60.0
_QUIET_SECONDS = 0.2
# How many seconds the end waits for calls into a disk or a driver, which cannot be cancelled.
_ENDING_SECONDS = 3.0

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""The signals that end a session, each in the same way."""
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
        theme: str = THEME_NAMES[0],
        begin: Start | None = None,
    ) -> None:
        """`theme` is that of a person who has chosen none; `begin` is `None` where it is of no
        project how it was left.
        """
        self.dashboard = dashboard
        # `stop` sets the exit code; a session that ends without it has a bug.
        self.exit_code = 1
        self._source = source
        self._session = session
        self._signals = signals
        self._recording = recording
        self._recorder: MemoryObjectSendStream[Recorded] | None = None
        self._clock = source.clock
        self._composer = Composer(session.look.repertoire)
        self._shown = self._composer.hits
        """What is where on the screen."""
        self._theme = theme
        self._remembering = None if begin is None else Remembering(dashboard, self.report, begin)
        self._exporter = Exporter(dashboard, self._composer)
        self._drawing_wanted = anyio.Event()
        self._drawing_scheduled = False
        self.gpus_seen = threading.Event()
        """Whether somebody looks at the GPUs, or has them recorded."""
        self._last_drawn = 0.0
        self._last_key = 0.0
        self._drawing_seconds = 0.0
        self._watching: Watching
        self._shown_state: tuple[RunState, list[Finding]] | None = None
        self._met: set[ProjectId] = set()
        """Projects that events told of, where a source tells of all."""
        self._flood = Flood()
        self._group: TaskGroup

    async def run(self, gpus: GpuProducers) -> int:
        """Run until the person quits or a signal ends it; return the exit code."""
        data_in, data_out = anyio.create_memory_object_stream[DataEvent](_DATA_CAPACITY)
        keys_in, keys_out = anyio.create_memory_object_stream[InputEvent](_INPUT_CAPACITY)
        self._data_sender = data_in
        width, height = self._session.size
        respond(self.dashboard, Resized(width, height))
        await self._follow_project()
        self._want_drawing()
        async with AsyncExitStack() as streams:
            last_resort = threading.Timer(_ENDING_SECONDS, self._end_at_once)
            last_resort.daemon = True
            streams.callback(last_resort.cancel)
            for stream in (data_in, data_out, keys_in, keys_out):
                await streams.enter_async_context(stream)
            recorder_in, recorder_out = anyio.create_memory_object_stream[Recorded](_DATA_CAPACITY)
            await streams.enter_async_context(recorder_in)
            await streams.enter_async_context(recorder_out)
            self._group = await streams.enter_async_context(anyio.create_task_group())
            self._group.start_soon(_start_when_cancelled, last_resort)
            if self._recording is not None:
                self._recorder = recorder_in
                self._group.start_soon(self._record, self._recording, recorder_out)
            self._group.start_soon(self._answer_signals, keys_in)
            self._group.start_soon(self._draw)
            self._group.start_soon(self._answer_input, keys_out)
            self._group.start_soon(self._read_keyboard, keys_in)
            self._group.start_soon(self._take_in_data, data_out)
            self._group.start_soon(self._watch_state)
            self._group.start_soon(self._tidy)
            self._watching = Watching(
                self.dashboard,
                self._source,
                gpus,
                self._group,
                data_in,
                self.gpus_seen,
                is_recorded=self._recording is not None,
            )
            self._group.start_soon(self._source.list, data_in, self._watching.interest)
            self._watching.follow()
        return self.exit_code

    def stop(self, exit_code: int) -> None:
        """End every task; `run_live` restores the terminal."""
        self.exit_code = exit_code
        self._group.cancel_scope.cancel()

    def _end_at_once(self) -> None:
        """End the process although a thread is held up by a disk or a driver."""
        self._session.leave()
        # Nothing may keep the last line here from being reached.
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr is not None:
                text = "trackio-view: ended without waiting for a disk or a network that hangs"
                print(text, file=sys.stderr, flush=True)
        os._exit(self.exit_code)

    def report(self, notice: Notice) -> None:
        """Show a notice of something that is no source."""
        self.dashboard.apply(notice)
        self._want_drawing()

    async def _follow_project(self) -> None:
        """Bring the project that came on screen back as it was left."""
        kept = self._remembering
        if kept is not None and kept.is_behind and await kept.follow():
            self._show_theme()
            self._want_drawing()

    async def _record(
        self, file: RecordingFile, events: MemoryObjectReceiveStream[Recorded]
    ) -> None:
        from trackio_view.recording.files import write_recording

        await write_recording(file, events, self.report)

    def _want_drawing(self) -> None:
        self._drawing_wanted.set()

    def opened_host(self) -> str | None:
        """Return the machine of a fleet whose GPUs are on screen."""
        return wanted(self.dashboard).host

    async def _read_keyboard(self, keys: MemoryObjectSendStream[InputEvent]) -> None:
        async def send(names: Sequence[str]) -> None:
            await keys.send(KeysPressed(names))

        async def point(report: MouseReport | PastedText) -> None:
            if isinstance(report, PastedText):
                await keys.send(Pasted(report.text))
                return
            # What it is about is what was seen, whatever is being drawn.
            action = PointerAction(report.action)
            about = self._composer.pointed(action, report.x, report.y, self._shown)
            if about is not None:
                await keys.send(about)

        try:
            await read_keys(self._session, send, point)
        except TerminalGone:
            self.stop(128 + signal.SIGHUP)

    async def _answer_input(self, events: MemoryObjectReceiveStream[InputEvent]) -> None:
        async for event in events:
            # All that was typed meanwhile is answered by one frame.
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
                    respond(self.dashboard, one, self._composer.seen)
            if self._remembering is not None:
                if self._remembering.is_behind:
                    self._group.start_soon(self._follow_project)
                self._remembering.write_in_time(self._group)
            if self.dashboard.quit:
                self.stop(128 + signal.SIGINT if self.dashboard.interrupted else 0)
                return
            if self.dashboard.redraw:
                self.dashboard.redraw = False
                # Whoever wrote into the screen may have left modes behind, too.
                self._session.resume()
            self._copy()
            self._change_theme()
            if self._exporter.look(self._clock()):
                self._group.start_soon(self._export)
            self._report_flood()
            self._watching.follow()
            if keys > _KEYS_AT_ONCE:
                self._want_drawing_in_time()
            else:
                self._want_drawing()
            self._flood.end(time.monotonic())
            took = 1000 * (time.monotonic() - self._last_key)
            _log.debug("%d keys of %d inputs answered in %.1f ms", keys, len(together), took)

    async def _answer_keys(self, keys: Sequence[str]) -> None:
        view = self.dashboard.view
        if self._flood.is_paste(len(keys)) and SCREENS[view.mode].take_text is not None:
            mode, action = view.mode, view.keys.action
            paste(self.dashboard, text_of(keys), self._composer.seen)
            # The way out holds whatever comes.
            keys = [key for key in keys if action(mode, key) is Action.INTERRUPT][:1]
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            if start:
                await anyio.lowlevel.checkpoint()
            together = keys[start : start + _KEYS_AT_ONCE]
            press(self.dashboard, together, self._flood, self._composer.seen)
            press_ahead(self.dashboard, self._look, self._flood)
            if self.dashboard.quit:
                return

    def _look(self) -> Seen:
        """Return what the next frame will show, for keys that were typed before it."""
        self._composer.compose(self.dashboard, self._clock(), hurried=True)
        return self._composer.seen

    def _copy(self) -> None:
        view = self.dashboard.view
        if not view.to_copy:
            return
        view.to_copy = False
        is_table = view.copies % 2 == 0
        lines = copied_table(self.dashboard) if is_table else copied_value(self.dashboard)
        if not lines:
            view.said = "there is no value here"
            return
        count = len(lines) - 2
        name = f"a table of {count} metric{'s' * (count != 1)}" if is_table else lines[0]
        view.said = self._session.copy(lines, name)

    async def _export(self) -> None:
        await self._exporter.write(self._chosen_theme)
        self._want_drawing()

    def _change_theme(self) -> None:
        view = self.dashboard.view
        if not view.to_change_theme:
            return
        view.to_change_theme = False
        place = THEME_NAMES.index(self._chosen_theme) + 1
        view.theme = THEME_NAMES[place % len(THEME_NAMES)]
        view.said = f"theme: {view.theme}"
        if self._session.look.depth is ColorDepth.MONOCHROME:
            view.said += ", but this terminal shows no colours"
        self._show_theme()

    @property
    def _chosen_theme(self) -> str:
        theme = self.dashboard.view.theme
        return theme if theme in THEME_NAMES else self._theme

    def take_background(self, background: Background) -> None:
        """Show the theme for the terminal's background, unless another was chosen."""
        self._theme = background.value
        self._show_theme()
        self._want_drawing()

    def _show_theme(self) -> None:
        look = themed(self._session.look, self._chosen_theme)
        if look != self._session.look:
            self._session.look = look
            self._session.repaint()

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
            if self._recorder is not None:
                await self._recorder.send(Recorded(time.monotonic() - started, event))
            if self._source.tells_all:
                self._meet(event)
            if isinstance(event, RunObjectsLoaded) and event.objects.texts:
                # Imported here, the 100 ms of what draws Markdown don't hold up a key.
                await anyio.to_thread.run_sync(markdown.import_ahead)
            had_charts = bool(self.dashboard.metrics)
            self.dashboard.apply(event)
            await self._follow_project()
            do_kept(self.dashboard, self._composer.seen)
            look_again(self.dashboard)
            press_ahead(self.dashboard, self._look)
            self._watching.follow()
            _log.debug("%s, folded in %.1f ms", event, 1000 * (time.monotonic() - came))
            if not shows(self.dashboard, event):
                continue
            if had_charts:
                self._want_drawing_in_time()
            else:
                self._want_drawing()

    def _meet(self, event: DataEvent) -> None:
        """Watch the project that an event is the first to tell of."""
        project = getattr(event, "project", None)
        if not isinstance(project, ProjectId) or project in self._met:
            return
        asked = ProjectId(self._source.origin, project.name)
        if asked != project and asked not in self._met:
            # Its first event tells where it comes from.
            self.dashboard.go_on_as(asked, project)
        self._met.add(project)
        self.dashboard.meet(project)
        if self.dashboard.view.project is None:
            self.dashboard.watch(project)

    def _want_drawing_in_time(self) -> None:
        """Draw soon, but not within a moment of the last frame."""
        # Frames that are slow to draw must not hold up what they are to show.
        pause = max(_DATA_FRAME_SECONDS, 2 * self._drawing_seconds)
        wait = self._last_drawn + pause - time.monotonic()
        if wait <= 0:
            self._want_drawing()
        elif not self._drawing_scheduled:
            self._drawing_scheduled = True
            self._group.start_soon(self._draw_later, wait)

    async def _draw_later(self, seconds: float) -> None:
        await anyio.sleep(seconds)
        self._drawing_scheduled = False
        self._want_drawing()

    async def _watch_state(self) -> None:
        """Draw when a run's state or an age in a list changes by the mere passing of time."""
        while True:
            await anyio.sleep(_STATE_CHECK_SECONDS)
            project, run, now = self.dashboard.project, self.dashboard.run, self._clock()
            state = None
            if project is not None and run is not None:
                state = (state_of(run, now), self.dashboard.findings(project, run, now))
            dropped = self.dashboard.kept.pass_time(_STATE_CHECK_SECONDS)
            if self._remembering is not None:
                dropped = self._remembering.pass_time(_STATE_CHECK_SECONDS) or dropped
            if state != self._shown_state or dropped or wanted(self.dashboard).clock:
                self._shown_state = state
                self._want_drawing()

    async def _tidy(self) -> None:
        free = free_memory.rest
        while True:
            await anyio.sleep(_TIDY_SECONDS)
            while (quiet := time.monotonic() - self._last_key) < _QUIET_SECONDS:
                await anyio.sleep(_QUIET_SECONDS - quiet)
            free()
            free = free_memory.collect
            await anyio.to_thread.run_sync(free_memory.give_back)

    async def _draw(self) -> None:
        if self.dashboard.view.theme is None and self._session.awaits_background:
            # Else what comes first would flash in the colours of the other theme.
            answered = anyio.Event()
            self._session.on_answered = answered.set
            with anyio.move_on_after(_ANSWER_SECONDS):
                await answered.wait()
        while True:
            await self._drawing_wanted.wait()
            self._drawing_wanted = anyio.Event()
            started = time.monotonic()
            frame = self._composer.compose(self.dashboard, self._clock(), hurried=True)
            if not self._composer.whole:
                self._want_drawing()
            self._last_drawn = time.monotonic()
            self._drawing_seconds = self._last_drawn - started
            hits = self._composer.hits
            written = await self._session.present(frame)
            self._shown = hits
            if _log.isEnabledFor(logging.DEBUG):
                self._log_frame(frame, written)

    def _log_frame(self, frame: Frame, written: int) -> None:
        drawn, shown = self._drawing_seconds, time.monotonic() - self._last_drawn
        _log.debug(
            "a frame of %d x %d drawn in %.1f ms, %d bytes written in %.1f ms; %d events wait",
            *(frame.width, frame.height, 1000 * drawn, written, 1000 * shown),
            self._data_sender.statistics().current_buffer_used,
        )

    async def _answer_signals(self, events: MemoryObjectSendStream[InputEvent]) -> None:
        async for number in self._signals:
            if number in ENDINGS:
                if number in (signal.SIGINT, signal.SIGQUIT):
                    # What was typed before Ctrl-C is not meant for the shell that comes next.
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
                self._session.resume()
            else:
                # The terminal may have moved what it shows, also where its size is as before.
                self._session.repaint()
            width, height = self._session.size
            await events.send(Resized(width, height))


async def _start_when_cancelled(timer: threading.Timer) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        # Where no thread can be started, the end waits for the disk.
        with contextlib.suppress(RuntimeError):
            timer.start()
