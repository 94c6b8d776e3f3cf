"""The whole screen: what is seen of the stack of places, then status and footer."""

from __future__ import annotations

from collections.abc import Iterator

from trackio_view.charts.palette import MUTED
from trackio_view.screens.canvas import Canvas
from trackio_view.screens.chart_page import DrawnPage, draw_ahead, draw_alone
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell.drawings import drawing_at
from trackio_view.screens.shell.footer import draw_footer
from trackio_view.screens.shell.pointing import Hits, Pointing
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Pointed, PointerAction
from trackio_view.view.layout import LEAST_HEIGHT, LEAST_WIDTH
from trackio_view.view.places import UNSEEN, Seen
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.seen_screens import visible


class Composer:
    """Turns the dashboard into frames, keeping what it drew while nothing about it changed."""

    def __init__(self, repertoire: Repertoire = Repertoire.BRAILLE) -> None:
        self._repertoire = repertoire
        self.memo = Memo()
        self.whole = True
        """Whether the newest frame shows everything as it is."""
        self.seen = UNSEEN
        """What the newest frame showed, for the keys that are about it."""
        self.hits = Hits(Frame(0, 0), DrawnPage(()), UNSEEN)
        """What is where in the newest frame, for the mouse."""
        self._charts = DrawnPage(())
        self._looked_at: object = None
        """How charts were looked at in the newest frame, and where values were asked for."""
        self._pointing = Pointing()
        self._number = 0

    def compose(self, dashboard: Dashboard, now: float, *, hurried: bool = False) -> Frame:
        """Return the frame that shows the dashboard at its present size.

        It is a pure function of its arguments; the memo only saves work. `now` is in seconds since
        the epoch. A hurried frame may leave charts as they were, to be in time; `whole` then is
        false, and the next frames bring them.
        """
        self._number += 1
        self.whole, self._charts = True, DrawnPage(())
        self.seen = Seen(now, frame=self._number)
        self._looked_at = _looked_at(dashboard)
        frame = Frame(dashboard.width, dashboard.height)
        self.hits = Hits(frame, self._charts, self.seen)
        self.memo.fit_screen(dashboard.width, dashboard.height)
        if dashboard.width < LEAST_WIDTH or dashboard.height < LEAST_HEIGHT:
            _draw_too_small(frame, dashboard.view.key_of(Action.QUIT))
            return frame
        shown = dashboard.shown_charts
        layout = shown.layout
        area = Rect(0, 1, dashboard.width, layout.grid_height)
        canvas = Canvas(frame, area, dashboard, now, self._repertoire, self.memo, shown, hurried)
        furthest, page = None, None
        for mode in visible(dashboard.view):
            drawing = drawing_at(SCREENS[mode].drawing)
            if drawing.body is not None:
                if not SCREENS[mode].is_ground:
                    # The page loses its colours, so that what lies over it stands out.
                    frame.restyle(area, MUTED)
                whole, furthest, page, self._charts = drawing.body(canvas)
                self.whole = self.whole and whole
            # The header is drawn after the charts, because the facts of a long line are known once
            # it was drawn.
            if drawing.header is not None:
                drawing.header(canvas)
            if drawing.has_strip and layout.strip_rows:
                strip = Rect(0, area.y + area.height, dashboard.width, layout.strip_rows)
                _draw_strip(frame, strip, dashboard, now)
        self.seen = Seen(now, dashboard.view.mode, furthest, page, self._number)
        draw_footer(canvas)
        self.hits = Hits(frame, self._charts, self.seen)
        return frame

    def answer(self, dashboard: Dashboard, now: float) -> Frame | None:
        """Return the newest frame with the focused chart as it is now, where a key changed how the
        charts of its page are looked at, or where their values are told; else `None`.

        It takes as long for twelve charts as for one. What else changed comes with the next frame.
        """
        before, page, seen = self.hits
        view, size = dashboard.view, (before.width, before.height)
        find = drawing_at(SCREENS[view.mode].drawing).focused
        is_changed = _looked_at(dashboard) != self._looked_at
        is_same_page = (view.mode, dashboard.width, dashboard.height) == (seen.mode, *size)
        if find is None or not (is_changed and is_same_page and self.whole and page.charts[1:]):
            return None
        shown, repertoire = dashboard.shown_charts, self._repertoire
        area = Rect(0, 1, dashboard.width, shown.layout.grid_height)
        canvas = Canvas(before, area, dashboard, now, repertoire, self.memo, shown, True)
        focused = find(canvas)
        was = {(chart.key, chart.box) for chart in page.charts if chart.box == page.focus}
        if focused is None or (focused.planned.key, focused.planned.box) not in was:
            return None
        _, top, _, height = focused.planned.box
        frame = before.with_own_rows(range(top, top + height))
        draw_alone(frame, focused.planned, repertoire, self.memo, focused.titles)
        return frame

    def draw_ahead(self, dashboard: Dashboard, now: float) -> Iterator[None]:
        """Draw the charts of a page that may be shown next, one at each step, so that its frame
        finds them drawn. It ends where anything comes that they may show.
        """
        plan = drawing_at(SCREENS[dashboard.view.mode].drawing).page
        if plan is None:
            return
        shown, repertoire, memo = dashboard.shown_charts, self._repertoire, self.memo
        area = Rect(0, 1, dashboard.width, shown.layout.grid_height)
        canvas = Canvas(Frame(0, 0), area, dashboard, now, repertoire, memo, shown, False)
        charts, titles = plan(canvas)
        revision = dashboard.known.revision
        # A key is answered by the focused chart.
        for chart in sorted(charts, key=lambda chart: not chart.focused):
            if dashboard.known.revision != revision:
                return
            if draw_ahead(chart, repertoire, memo, titles):
                yield

    def pointed(self, action: PointerAction, x: int, y: int, hits: Hits) -> Pointed | None:
        """Return what the mouse was used on, at a cell of a frame that was shown; `None` where
        that means nothing.
        """
        return self._pointing.take(action, x, y, hits)


def _looked_at(dashboard: Dashboard) -> object:
    """Return what changes with each key that is about all charts of a page."""
    charts = dashboard.view.charts
    return charts.framing.drawing, charts.cursor, charts.anchor


def _draw_strip(frame: Frame, place: Rect, dashboard: Dashboard, now: float) -> None:
    from trackio_view.model.training_gpus import training_gpus
    from trackio_view.screens.panels.gpu_strip import draw_gpu_strip

    project, run, known = dashboard.project, dashboard.run, dashboard.known
    training: list[int] = []
    if project is not None and run is not None:
        training = [number for number, _ in training_gpus(known.gpus.samples, project, run, now)]
    draw_gpu_strip(frame, place, known.gpus, known.thresholds, training)


def _draw_too_small(frame: Frame, quit_key: str) -> None:
    size = f"{frame.width}x{frame.height}"
    lines = [
        f"{size} is too small,",
        f"{LEAST_WIDTH}x{LEAST_HEIGHT} would do.",
        f"{quit_key} quits",
    ]
    top = max(0, (frame.height - len(lines)) // 2)
    for offset, line in enumerate(lines):
        frame.put(max(0, (frame.width - len(line)) // 2), top + offset, line, MUTED)


NOTHING_SEEN = "nothing on screen is changed by that"


def tell_unseen(dashboard: Dashboard, before: Frame, after: Frame, *, whole: bool) -> bool:
    """Say so if keys changed nothing from one frame to the next. Return whether that was said, for
    which another frame has to be drawn.

    A frame that is not `whole` may show it later.
    """
    view = dashboard.view
    if not view.acted:
        return False
    is_same = before.glyphs == after.glyphs and before.styles == after.styles
    is_told = bool(view.said) or view.charts.seeking is not None
    if is_same and not is_told and not whole:
        return False
    view.acted = False
    if is_same and not is_told:
        view.said = NOTHING_SEEN
        return True
    return False
