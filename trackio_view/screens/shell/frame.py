"""The whole screen: header, what the mode shows, status and footer."""

from __future__ import annotations

from trackio_view.charts.palette import MUTED
from trackio_view.screens.comparison import draw_comparison
from trackio_view.screens.config_diff import draw_config_diff
from trackio_view.screens.glyphs import BLOCKS, BLOCKS_TWINS, UNICODE, Glyphs
from trackio_view.screens.gpus import draw_gpus
from trackio_view.screens.help import draw_help
from trackio_view.screens.memo import Memo
from trackio_view.screens.metrics import draw_metrics
from trackio_view.screens.panels.gpu_lines import draw_gpu_header, draw_gpu_strip
from trackio_view.screens.projects import draw_projects
from trackio_view.screens.run_page import draw_run_page
from trackio_view.screens.runs import draw_runs, draw_runs_header
from trackio_view.screens.shell.footer import draw_footer
from trackio_view.screens.shell.header import draw_header
from trackio_view.screens.system import draw_system, draw_system_header
from trackio_view.terminal.cells import CONTINUATION, Frame, Rect
from trackio_view.view.bindings import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.layout import LEAST_HEIGHT, LEAST_WIDTH


class Composer:
    """Turns the dashboard into frames, keeping what it drew while nothing about it changed."""

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        self._glyphs = glyphs
        self.memo = Memo()
        self.whole = True
        """Whether the newest frame shows everything as it is."""
        self.first_line: int | None = None
        """From which line on the newest frame shows a text that scrolls; `None` without one."""

    def compose(self, dashboard: Dashboard, now: float, *, hurried: bool = False) -> Frame:
        """Return the frame that shows the dashboard at its present size.

        A pure function of its arguments: the memo only spares work. `now` is in seconds since
        the epoch. A hurried frame may leave charts as they were, to be in time; `whole` then is
        false, and the next frames bring them.
        """
        self.whole, self.first_line = True, None
        frame = Frame(dashboard.width, dashboard.height)
        self.memo.fit_screen(dashboard.width, dashboard.height)
        if dashboard.width < LEAST_WIDTH or dashboard.height < LEAST_HEIGHT:
            _draw_too_small(frame)
            return frame
        layout = dashboard.layout
        area = Rect(0, 1, dashboard.width, layout.grid_height)
        if dashboard.view.on_gpus:
            draw_gpu_header(frame, dashboard, self._glyphs)
            draw_gpus(frame, area, dashboard, self._glyphs, self.memo)
        elif dashboard.view.on_system:
            draw_system_header(frame, dashboard, now, self._glyphs)
            draw_system(frame, dashboard, self._glyphs, self.memo)
        elif dashboard.view.on_runs:
            draw_runs_header(frame, dashboard, now, self._glyphs)
            draw_runs(frame, area, dashboard, now, self._glyphs, self.memo)
            if layout.has_strip:
                draw_gpu_strip(frame, area.y + area.height, dashboard.gpus, self._glyphs)
        else:
            draw_header(frame, dashboard, now, self._glyphs)
            if dashboard.compared and dashboard.metrics:
                self.whole = draw_comparison(
                    frame, dashboard, now, self._glyphs, self.memo, hurried=hurried
                )
            else:
                self.whole = draw_metrics(
                    frame, dashboard, now, self._glyphs, self.memo, hurried=hurried
                )
            if layout.has_strip:
                draw_gpu_strip(frame, area.y + area.height, dashboard.gpus, self._glyphs)
        screen = dashboard.view.screen
        if screen is Mode.RUN_PAGE:
            self.first_line = draw_run_page(frame, area, dashboard, now, self._glyphs, self.memo)
        elif screen in (Mode.CONFIG_DIFF, Mode.CONFIG_SEARCH):
            self.first_line = draw_config_diff(frame, area, dashboard, self._glyphs)
        elif screen is Mode.PROJECTS:
            draw_projects(frame, area, dashboard, now, self._glyphs)
        if dashboard.view.mode is Mode.HELP:
            offset = dashboard.view.help_offset
            self.first_line = draw_help(frame, area, screen, offset, self._glyphs)
        draw_footer(frame, dashboard, self._glyphs)
        if not self._glyphs.unicode:
            _replace_unicode(frame)
        elif self._glyphs is BLOCKS:
            _replace_fine_glyphs(frame)
        return frame


def _draw_too_small(frame: Frame) -> None:
    size = f"{frame.width}x{frame.height}"
    lines = [
        f"{size} is too small,",
        f"{LEAST_WIDTH}x{LEAST_HEIGHT} would do.",
        "q quits",
    ]
    top = max(0, (frame.height - len(lines)) // 2)
    for offset, line in enumerate(lines):
        frame.put(max(0, (frame.width - len(line)) // 2), top + offset, line, MUTED)


_ASCII_TWINS = {"°": " "}


def _replace_unicode(frame: Frame) -> None:
    """Put a question mark a column where a name holds what the locale can't write."""
    for row in frame.glyphs:
        if not "".join(row).isascii():
            row[:] = [
                glyph
                if glyph.isascii() and glyph is not CONTINUATION
                else _ASCII_TWINS.get(glyph, "?")
                for glyph in row
            ]


def _replace_fine_glyphs(frame: Frame) -> None:
    """Put the nearest glyph that a console has where ours is finer; names stay as they are."""
    twin = BLOCKS_TWINS.get
    for row in frame.glyphs:
        if not "".join(row).isascii():
            row[:] = [twin(glyph, glyph) for glyph in row]
