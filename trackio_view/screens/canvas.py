"""What a screen is drawn on, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.light_typing import NamedTuple
from trackio_view.screens.chart_content import AS_THEY_ARE, Titles
from trackio_view.screens.chart_page import DrawnPage, PlannedChart, PlannedPage
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import PageSeen


class Canvas(NamedTuple):
    """What a screen is drawn on, and what it is drawn from."""

    frame: Frame
    area: Rect
    """The rows between header and footer."""
    dashboard: Dashboard
    now: float
    """In seconds since the epoch."""
    repertoire: Repertoire
    memo: Memo
    shown: ShownCharts
    """The charts on screen, or those below a screen that lies over them."""
    hurried: bool
    """Whether charts may stay as they were, so that the frame is in time."""


class Drawn(NamedTuple):
    """The result of drawing a screen."""

    whole: bool = True
    """Whether everything is shown as it is."""
    furthest: int | None = None
    """The first line from which a text that scrolls shows its end; `None` where none does."""
    page: PageSeen | None = None
    """What is seen of a run's page."""
    charts: DrawnPage = DrawnPage(())
    """Where those charts are that can be pointed at."""

    @classmethod
    def of_charts(cls, page: DrawnPage) -> Drawn:
        return cls(page.whole, charts=page)


class FocusedChart(NamedTuple):
    """The chart of a page that is looked at, to be drawn alone."""

    planned: PlannedChart
    titles: Titles = AS_THEY_ARE


class Drawing(NamedTuple):
    """How a screen is drawn. The table of screens names where each is."""

    body: Callable[[Canvas], Drawn] | None = None
    """`None` where nothing but the footer tells of it."""
    header: Callable[[Canvas], None] | None = None
    """Draws the first row of a ground. A screen over a ground keeps it."""
    focused: Callable[[Canvas], FocusedChart | None] | None = None
    """Returns the focused one of several charts, by which a key about all of them is answered."""
    page: Callable[[Canvas], PlannedPage] | None = None
    """Returns all charts of the page, where they are drawn before a key asks for them."""
    has_strip: bool = False
    """Whether the line of GPUs may stand below it."""
    typed: Callable[[Canvas, int], tuple[list[Piece], list[Piece]]] | None = None
    """Returns up to so many columns of what is typed, and what stands beside it, where that is more
    than a word and the text.
    """
