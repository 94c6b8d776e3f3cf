"""What is in a chart, and its picture: lines between axes in a box, with a heading and a legend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from trackio_view.charts.box import draw_bottom, draw_box, inside, room_of_any_title
from trackio_view.charts.chart_marks import StepMark
from trackio_view.charts.line import Line, Overlay
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.plot import OWN_AXES, Axes, Plot
from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import NO_NAME
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import AT_FRONT, Repertoire
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import signed, text_width
from trackio_view.wording.names import Names

_LEAST_PLOT_HEIGHT = 5
"""Rows that a legend below a plot leaves to it."""


class Heading(NamedTuple):
    """What stands in the upper border of a chart's box."""

    title: str
    facts: Sequence[StyledText] = ()
    below: Sequence[StyledText] = ()
    """Facts that have room in the lower border alone."""


class Legend(NamedTuple):
    """What tells the lines of a chart apart, in words."""

    entries: Sequence[StyledText]
    below: bool = False
    """In columns below the plot, else in the lower border of the box."""
    more: int = 0
    """How many lines are not among the entries, as there is no room for so many."""


NOTHING_LOGGED_HERE = "nothing logged in this window"


class ChartSpec(NamedTuple):
    """All that is in a chart."""

    headings: Sequence[Heading]
    """From the longest to the shortest. The first heading that fits is drawn, or the last one if
    none fits.
    """
    lines: Sequence[Line] | Overlay
    axes: Axes = OWN_AXES
    marks: Sequence[StepMark] = ()
    notes: Sequence[StyledText] = ()
    """What the lower border says besides the legend of the lines."""
    legend: Legend | None = None
    waiting: str = NOTHING_LOGGED_HERE
    """What is said where no line has a value."""


class Titles(NamedTuple):
    """How much is shown of the charts' titles, and how they are marked."""

    names: Names | None = None
    """The titles of all pages. A title without room is cut so that it is told from these."""
    beginning: str = ""
    """The beginning that all titles leave out."""
    front: frozenset[str] = frozenset()
    """The titles of the charts that were brought before all others, which have a star."""

    def shown(self, title: str) -> str:
        """Return what stands for a title where there is room for all of it."""
        text = title.removeprefix(self.beginning) or NO_NAME
        return signed(AT_FRONT, " ", text) if title in self.front else text

    def fitting(self, headings: Iterable[Heading], width: int) -> Heading | None:
        """Return the first heading that has room in a box so wide, else the last one; `None`
        without any.
        """
        fitting = fits_above = None
        for title, facts, below in headings:
            fitting = Heading(self.shown(title), facts, below)
            # The corners and blanks of the border, and a piece of its line.
            if text_width(fitting.title) + _taken(facts) <= width - 7:
                if _taken(below) <= width - 4:
                    return fitting
                fits_above = fits_above or fitting
        return fits_above or fitting

    def key(self, title: str, width: int) -> tuple[str, int | None]:
        """Return a key that changes with what is shown of a title in a box so wide. A title that
        has to be cut also depends on the names that it is told from.
        """
        shown = self.shown(title)
        if self.names is None or _has_room(shown, width):
            return shown, None
        return shown, self.names.identity


@lru_cache(maxsize=256)
def _has_room(title: str, width: int) -> bool:
    """Return whether a title is there as a whole in a box so wide, whatever stands beside it."""
    return text_width(title) <= room_of_any_title(width)


def _taken(facts: Sequence[StyledText]) -> int:
    return sum([text_width(fact.text) + 2 for fact in facts])


AS_THEY_ARE = Titles()


class Picture(NamedTuple):
    """A chart in its box, in a frame of its own, and where its lines are in that."""

    frame: Frame
    area: Rect | None
    plot: Plot | None


def picture_of(spec: ChartSpec, box: Rect, repertoire: Repertoire, titles: Titles) -> Picture:
    """Return a chart in its box, drawn anew."""
    frame, box = Frame(box.width, box.height), box._replace(x=0, y=0)
    title, facts, below = titles.fitting(spec.headings, box.width) or Heading("")
    draw_box(frame, box, title=title, right=facts, names=titles.names)
    place = inside(box)
    if spec.legend is not None and spec.legend.below:
        rows = _draw_legend(frame, place, spec.legend.entries)
        place = place._replace(height=place.height - rows)
    plots: list[Plot] = []
    frame.blit(_plot(spec, place, repertoire, plots.append), place.x, place.y)
    legend = Legend(()) if spec.legend is None or spec.legend.below else spec.legend
    if not plots:
        draw_bottom(frame, box, [*below, *legend.entries], legend.more)
        return Picture(frame, None, None)
    plot = plots[0]._replace(notes=(*plots[0].notes, *spec.notes))
    draw_bottom(frame, box, [*below, *legend.entries, *plot.notes], legend.more)
    area = plot.rect
    return Picture(frame, area._replace(x=place.x + area.x, y=place.y + area.y), plot)


def _draw_legend(frame: Frame, place: Rect, entries: Sequence[StyledText]) -> int:
    """Draw the entries in columns at the lower end of a place; return the rows taken."""
    width = max((text_width(entry.text) for entry in entries), default=0) + 2
    columns = max(1, place.width // width)
    rows = min(-(-len(entries) // columns), max(0, place.height - _LEAST_PLOT_HEIGHT))
    names = Names(entry.text for entry in entries)
    for position, (text, style, *_) in enumerate(entries[: rows * columns]):
        x = place.x + 1 + position % columns * width
        y = place.y + place.height - rows + position // columns
        frame.put(x, y, names.cut(text, place.x + place.width - x), style)
    return rows


def _plot(
    spec: ChartSpec, place: Rect, repertoire: Repertoire, prepared: Callable[[Plot], None]
) -> Frame:
    lines, axes = spec.lines, spec.axes
    if isinstance(lines, Overlay):
        from trackio_view.charts.compared_lines import comparison_chart

        return comparison_chart(
            lines,
            place.width,
            place.height,
            axes,
            repertoire=repertoire,
            step_marks=spec.marks,
            waiting=spec.waiting,
            prepared=prepared,
        )
    return line_chart(
        lines,
        place.width,
        place.height,
        axes,
        repertoire=repertoire,
        step_marks=spec.marks,
        waiting=spec.waiting,
        prepared=prepared,
    )
