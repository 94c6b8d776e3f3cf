"""Draws frames: one at once where a key asks for it, and one at a bounded rate where data does.

A frame is drawn only when one was asked for. Nothing else in this room writes to the terminal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup

from trackio_view.screens.shell.frame import Composer, tell_unseen
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.terminal.themes import THEMES
from trackio_view.view.charts.chart_responses import moved_again
from trackio_view.view.charts.cursor_responses import go_on_seeking
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Pointed, PointerAction
from trackio_view.view.places import Seen

_log = logging.getLogger(__name__)

_DATA_FRAME_SECONDS = 0.1
_PAUSE_SECONDS = 0.001
"""How long a key is waited for after each chart that none has asked for yet."""
_ANSWER_SECONDS = 0.05
"""How long the first frame waits for the terminal's answer about its background."""


class Renderer:
    """Decides when a frame is drawn, and knows what is on the newest frame."""

    def __init__(
        self, dashboard: Dashboard, session: TerminalSession, clock: Callable[[], float]
    ) -> None:
        self.composer = Composer(session.look.repertoire)
        self._shown = self.composer.hits
        """What is where on the screen."""
        self._dashboard = dashboard
        self._session = session
        self._clock = clock
        self._wanted = anyio.Event()
        self._is_scheduled = False
        self._answers = False
        """Whether a key waits for the next frame."""
        self._last_drawn = 0.0
        self._seconds = 0.0
        """How many seconds it took to draw the newest frame."""

    def want(self) -> None:
        """Have a frame drawn at once."""
        self._wanted.set()

    def answer(self) -> None:
        """Have a frame drawn at once that answers keys: the chart looked at is shown first."""
        self._answers = True
        self.want()

    def want_in_time(self, group: TaskGroup) -> None:
        """Have a frame drawn soon, but not within a moment of the last."""
        # Frames that are slow to draw must not hold up what they are to show.
        pause = max(_DATA_FRAME_SECONDS, 2 * self._seconds)
        wait = self._last_drawn + pause - time.monotonic()
        if wait <= 0:
            self.want()
        elif not self._is_scheduled:
            self._is_scheduled = True
            group.start_soon(self._want_later, wait)

    async def _want_later(self, seconds: float) -> None:
        await anyio.sleep(seconds)
        self._is_scheduled = False
        self.want()

    def look(self) -> Seen:
        """Return what the next frame will show, for keys that were typed before it."""
        self._compose()
        return self.composer.seen

    def pointed(self, action: PointerAction, x: int, y: int) -> Pointed | None:
        """Return what the mouse did to what is on the screen, whatever is being drawn."""
        return self.composer.pointed(action, x, y, self._shown)

    def _compose(self) -> Frame:
        return self.composer.compose(self._dashboard, self._clock(), hurried=True)

    async def _answer(self) -> None:
        """Show the chart that is looked at before all else that a key about all charts changed."""
        self._answers = False
        frame = self.composer.answer(self._dashboard, self._clock())
        if frame is not None:
            await self._session.present(frame)

    async def run(self, waiting: Callable[[], int]) -> None:
        """Draw what is wanted; `waiting` returns how many events are still to be folded."""
        chosen = THEMES.get(self._dashboard.view.theme or "")
        if self._session.awaits_background and (chosen is None or chosen.differ):
            # Otherwise the first frame would flash in the colours for the other background.
            answered = anyio.Event()
            self._session.on_answered = answered.set
            with anyio.move_on_after(_ANSWER_SECONDS):
                await answered.wait()
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            seeks = go_on_seeking(self._dashboard)
            if self._answers:
                await self._answer()
            started = time.monotonic()
            frame = self._compose()
            before, whole = self._shown.frame, self.composer.whole
            if tell_unseen(self._dashboard, before, frame, whole=whole):
                frame = self._compose()
            if seeks or not self.composer.whole:
                self.want()
            self._last_drawn = time.monotonic()
            self._seconds = self._last_drawn - started
            hits = self.composer.hits
            written = await self._session.present(frame)
            self._shown = hits
            KEYS_FIRST.frame_shown()
            if _log.isEnabledFor(logging.DEBUG):
                self._log_frame(frame, written, waiting())
            await self._draw_ahead()

    async def _draw_ahead(self) -> None:
        """Draw what the key that moved the window would show next, until something is wanted.

        Between two charts, a key has the time that it takes to ask for a frame.
        """
        charts = self._dashboard.view.charts
        if charts.moved_by is None or self._wanted.is_set():
            return
        moved, charts.moved_by = moved_again(self._dashboard, charts.moved_by), None
        if moved is None:
            return
        for _ in self.composer.draw_ahead(moved, self._clock()):
            with anyio.move_on_after(_PAUSE_SECONDS):
                await self._wanted.wait()
                return

    def _log_frame(self, frame: Frame, written: int, waiting: int) -> None:
        drawn, shown = self._seconds, time.monotonic() - self._last_drawn
        _log.debug(
            "a frame of %d x %d drawn in %.1f ms, %d bytes written in %.1f ms; %d events wait",
            *(frame.width, frame.height, 1000 * drawn, written, 1000 * shown, waiting),
        )
