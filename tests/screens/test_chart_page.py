"""A page of charts: places, pages, focus, the charts that a hurried frame draws, and their
places."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.pressing import press
from tests.screens.charts_by_hand import a_line, a_spec
from trackio_view.charts.line import ComparedLine, Line, Overlay
from trackio_view.charts.palette import BORDER, BORDER_FOCUSED, LABEL, WARNING
from trackio_view.charts.plot import Axes
from trackio_view.model.events import RowsLoaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.screens.chart_content import AS_THEY_ARE, ChartSpec, Heading, Titles
from trackio_view.screens.chart_page import (
    DrawnChart,
    PlannedChart,
    draw_ahead,
    draw_page,
    page_of,
    places_in,
)
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.curves import Curve
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import StyledText
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.layout import lay_out
from trackio_view.view.marks import Appearance
from trackio_view.view.responses import respond
from trackio_view.wording.names import Names

EXPERIMENT = ProjectId("", "my-experiment")

AREA = Rect(2, 1, 80, 20)
"""What the charts of these tests share, in a frame of 90 x 24 cells."""


class Charts:
    """A page of four charts that counts how often each is asked for its content."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.memo = Memo()
        self.planned = [
            PlannedChart(("chart of", name), 1, box, name, self._spec(name), lambda: 100)
            for name, box in zip("abcd", places_in(AREA, 2, 4), strict=True)
        ]

    def _spec(self, name: str) -> Callable[[], ChartSpec]:
        def spec() -> ChartSpec:
            self.asked.append(name)
            return a_spec(name)

        return spec

    def focus(self, focused: int) -> None:
        self.planned = [
            chart._replace(focused=number == focused) for number, chart in enumerate(self.planned)
        ]

    def change(self, version: int) -> None:
        self.planned = [chart._replace(version=version) for chart in self.planned]

    def draw(self, budget: int | None = None) -> tuple[Frame, bool]:
        self.asked.clear()
        frame = Frame(90, 24)
        page = draw_page(frame, self.planned, Repertoire.BRAILLE, self.memo, budget=budget)
        assert [drawn.key for drawn in page.charts] == [chart.key for chart in self.planned]
        return frame, page.whole


def only(
    spec: ChartSpec, box: Rect = AREA, repertoire=Repertoire.BRAILLE, **more
) -> tuple[Frame, DrawnChart]:
    """Return a frame with one chart, and where that is."""
    frame = Frame(90, 24)
    chart = PlannedChart("one", 1, box, "one", lambda: spec, **more)
    (drawn,) = draw_page(frame, [chart], repertoire, Memo()).charts
    return frame, drawn


def cells_with(frame: Frame, first: str, last: str) -> set[tuple[int, int]]:
    return {
        (x, y)
        for y, row in enumerate(frame.glyphs)
        for x, glyph in enumerate(row)
        if first <= glyph <= last
    }


def cells_of(rect: Rect) -> set[tuple[int, int]]:
    return {
        (x, y)
        for y in range(rect.y, rect.y + rect.height)
        for x in range(rect.x, rect.x + rect.width)
    }


@pytest.mark.parametrize(
    ("area", "columns", "count"),
    [(AREA, 3, 7), (Rect(0, 1, 101, 37), 4, 4), (Rect(5, 9, 33, 11), 1, 3), (AREA, 5, 2)],
)
def test_places_fill_an_area_and_share_no_cell(area: Rect, columns: int, count: int) -> None:
    places = places_in(area, columns, count)
    assert len(places) == count
    cells = [cell for place in places for cell in cells_of(place)]
    assert len(cells) == len(set(cells))
    assert set(cells) == cells_of(area)


def test_places_are_alike_where_that_is_wanted() -> None:
    filled = places_in(AREA, 3, 9)
    assert places_in(AREA, 3, 7, alike=True) == filled[:7]
    assert places_in(AREA, 3, 7)[:6] == filled[:6]


def test_no_chart_has_no_place() -> None:
    assert places_in(AREA, 3, 0) == ()


@pytest.mark.parametrize("count", [1, 5, 30])
def test_every_chart_is_on_the_page_of_its_focus_and_on_no_other(count: int) -> None:
    layout = lay_out(120, 40, count)
    pages = {tuple(page_of(layout, count, focus)) for focus in range(count)}
    assert sorted(number for page in pages for number in page) == list(range(count))
    for focus in range(count):
        assert focus in page_of(layout, count, focus)
    enlarged = lay_out(120, 40, count, enlarged=True)
    area = Rect(0, 1, enlarged.grid_width, enlarged.grid_height)
    assert page_of(enlarged, count, count - 1) == {count - 1: area}


@pytest.mark.parametrize(
    "lines",
    [
        [a_line([3.0, 1.0, 2.0, 5.0])],
        [a_line([1.0] * 50), a_line([2.0, 9.0] * 25)],
        Overlay([ComparedLine(Curve(*a_line([1.0, 4.0, 2.0])[:3]), Appearance(1, 2), 0)]),
    ],
    ids=["one line", "two lines", "overlay"],
)
@pytest.mark.parametrize("box", [AREA, Rect(0, 0, 34, 8), Rect(61, 13, 29, 11)])
def test_the_lines_are_where_a_cursor_would_look_for_them(
    lines: Sequence[Line] | Overlay, box: Rect
) -> None:
    spec = ChartSpec([Heading("loss")], lines, Axes(x_range=(0.0, 60.0)))
    frame, drawn = only(spec, box)
    assert drawn.box == box
    assert frame.glyphs[box.y][box.x] == "╭"
    assert frame.glyphs[box.y + box.height - 1][box.x + box.width - 1] == "╯"
    area = drawn.area
    assert area is not None
    assert drawn.plot is not None
    dots = cells_with(frame, "⠁", "⣿")
    assert dots
    assert dots <= cells_of(area)
    assert cells_of(area) < cells_of(box)
    # The y axis stands left of it, the x axis below it.
    assert {frame.glyphs[y][area.x - 1] for y in range(area.y, area.y + area.height)} <= {*"│┤"}
    assert frame.glyphs[area.y + area.height][area.x - 1] == "└"
    assert drawn.plot.x_range == (0.0, 60.0)
    assert (area.width, area.height) == (drawn.plot.rect.width, drawn.plot.rect.height)


def test_a_chart_without_lines_has_a_box_and_no_area() -> None:
    frame, drawn = only(ChartSpec([Heading("")], [a_line([])], waiting="nothing here"))
    assert (drawn.box, drawn.area, drawn.plot) == (AREA, None, None)
    text = "\n".join(frame.lines())
    assert "nothing here" in text
    assert "(no name)" in text


def test_a_cell_leads_to_the_chart_that_holds_it() -> None:
    charts = Charts()
    page = draw_page(Frame(90, 24), charts.planned, Repertoire.BRAILLE, charts.memo)
    for drawn in page.charts:
        assert {page.at(x, y) for x, y in cells_of(drawn.box)} == {drawn}
    for x, y in [(0, 0), (1, 5), (82, 5), (40, 21), (-1, -1)]:
        assert page.at(x, y) is None


def test_geometry_is_the_same_where_a_chart_is_kept() -> None:
    charts = Charts()
    first, again = (
        draw_page(Frame(90, 24), charts.planned, Repertoire.BRAILLE, charts.memo) for _ in range(2)
    )
    assert len(charts.asked) == 4
    assert first == again
    assert all(drawn.area is not None for drawn in again.charts)


def test_the_content_of_a_chart_is_asked_for_once_a_version() -> None:
    charts = Charts()
    before, _ = charts.draw()
    assert sorted(charts.asked) == [*"abcd"]
    kept, _ = charts.draw()
    assert charts.asked == []
    assert (kept.glyphs, kept.styles) == (before.glyphs, before.styles)
    charts.planned[1] = charts.planned[1]._replace(version=2)
    charts.draw()
    assert charts.asked == ["b"]
    charts.planned[2] = charts.planned[2]._replace(box=Rect(2, 1, 30, 9))
    charts.draw()
    assert charts.asked == ["c"]


def test_a_chart_that_is_drawn_ahead_is_asked_for_once() -> None:
    charts = Charts()
    for told in (True, False):
        drawn = draw_ahead(charts.planned[1], Repertoire.BRAILLE, charts.memo, AS_THEY_ARE)
        assert (drawn, charts.asked) == (told, ["b"])
    charts.draw()
    assert charts.asked == [*"acd"]


def test_a_chart_that_no_frame_showed_is_never_what_stays() -> None:
    charts = Charts()
    before, _ = charts.draw()
    ahead = charts.planned[1]._replace(version=2, spec=lambda: a_spec("ahead"))
    draw_ahead(ahead, Repertoire.BRAILLE, charts.memo, AS_THEY_ARE)
    charts.change(3)
    after, whole = charts.draw(budget=1)
    assert (charts.asked, whole) == (["a"], False)
    assert after.glyphs == before.glyphs


def titled(*metrics: str, beginning: str = "", front: Sequence[str] = ()) -> Titles:
    titles = Titles(None, beginning, frozenset(front))
    return titles._replace(names=Names(titles.shown(metric) for metric in metrics))


LOSS, LONG, LONGER = ("train/loss", *(f"train/loss/{'of_the_encoder_' * n}0" for n in (4, 5)))


@pytest.mark.parametrize(
    ("title", "before", "after"),
    [
        (LOSS, titled(LOSS), titled(LOSS, beginning="train/")),
        (LOSS, titled(LOSS), titled(LOSS, front=[LOSS])),
        (LONG, titled(LONG), titled(LONG, LONGER)),
        (LONG, titled(LONG), titled(LONG, beginning="train/")),
    ],
    ids=["another group", "at the front", "told from another metric", "a long one in its group"],
)
def test_a_chart_that_is_kept_has_the_title_of_its_frame(
    title: str, before: Titles, after: Titles
) -> None:
    box = Rect(0, 0, 40, 10)
    chart = PlannedChart("one", 1, box, title, lambda: a_spec(title))

    def drawn(titles: Titles, memo: Memo) -> list[str]:
        frame = Frame(box.width, box.height)
        draw_page(frame, [chart], Repertoire.BRAILLE, memo, titles=titles)
        return frame.lines()

    memo = Memo()
    # From its second frame on, the page is kept in one piece.
    kept = [drawn(titles, memo) for titles in (before, before, after)]
    assert kept[2] == drawn(after, Memo())
    assert kept[1] != kept[2]


def test_a_focus_move_asks_for_nothing_and_brightens_a_border() -> None:
    charts = Charts()
    plain, _ = charts.draw()
    charts.focus(2)
    focused, _ = charts.draw()
    assert charts.asked == []
    assert focused.glyphs == plain.glyphs
    box = charts.planned[2].box
    inner = Rect(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
    for y, row in enumerate(focused.styles):
        for x, style in enumerate(row):
            before = plain.styles[y][x]
            on_border = (x, y) in cells_of(box) - cells_of(inner)
            assert style == (BORDER_FOCUSED if on_border and before == BORDER else before)
    assert sum(row.count(BORDER_FOCUSED) for row in focused.styles) > box.width + box.height
    charts.focus(0)
    assert charts.draw()[0].styles[box.y][box.x] == BORDER


def test_a_hurried_frame_draws_the_focused_chart_and_what_else_there_is_time_for() -> None:
    charts = Charts()
    charts.focus(3)
    frame, whole = charts.draw(budget=250)
    # One more chart would be beyond the budget.
    assert (charts.asked, whole) == (["d", "a"], False)
    assert "╭─ b ─" in frame.lines()[1]
    assert "5.0" not in frame.lines()[1][42:]
    assert charts.draw(budget=1)[1] is False
    assert charts.asked == ["b"]
    assert charts.draw(budget=1)[1] is True
    assert charts.asked == ["c"]
    assert charts.draw(budget=1)[1] is True
    assert charts.asked == []


def test_a_chart_that_costs_nothing_is_drawn_in_any_hurry() -> None:
    charts = Charts()
    charts.planned[2] = charts.planned[2]._replace(cost=lambda: 0)
    assert charts.draw(budget=1)[1] is False
    assert charts.asked == [*"ac"]


def test_a_chart_that_there_is_no_time_for_stays_as_it_was() -> None:
    charts = Charts()
    before, _ = charts.draw()
    charts.change(2)
    after, whole = charts.draw(budget=1)
    assert (charts.asked, whole) == (["a"], False)
    assert after.glyphs == before.glyphs
    page = draw_page(Frame(90, 24), charts.planned, Repertoire.BRAILLE, charts.memo, budget=1)
    assert all(drawn.area is not None for drawn in page.charts), "and so does where it is"


def test_charts_that_stay_are_put_together_once_wherever_the_focus_goes() -> None:
    charts, alone = Charts(), Charts()
    charts.draw()
    charts.draw()
    # From here on each frame only asks for the page, even where drawings of charts were dropped.
    charts.memo._results.clear()
    for focused in (0, 3, 1):
        charts.focus(focused)
        alone.focus(focused)
        alone.memo = Memo()
        kept, whole = charts.draw(budget=1)
        drawn, _ = alone.draw()
        assert (kept.glyphs, kept.styles, whole) == (drawn.glyphs, drawn.styles, True)
        assert charts.asked == []
    charts.change(2)
    charts.draw()
    assert charts.asked == [*"bacd"]


def test_charts_with_something_else_between_them_are_not_one_piece() -> None:
    charts = Charts()
    del charts.planned[1]
    for _ in range(3):
        frame = Frame(90, 24)
        frame.put(50, 5, "beside")
        draw_page(frame, charts.planned, Repertoire.BRAILLE, charts.memo)
        assert "beside" in frame.lines()[5]


def test_a_page_that_is_not_whole_is_not_kept_as_if_it_were() -> None:
    charts = Charts()
    for count in (1, 2, 3, 4):
        _, whole = charts.draw(budget=1)
        assert (len(charts.asked), whole) == (1, count == 4)


def test_a_chart_of_another_run_is_never_what_stays() -> None:
    charts = Charts()
    charts.draw()
    charts.planned = [chart._replace(key=("another", chart.key)) for chart in charts.planned]
    frame, _ = charts.draw(budget=1)
    dots = cells_with(frame, "⠁", "⣿")
    assert dots
    assert dots <= cells_of(charts.planned[0].box)


def test_warnings_are_those_of_the_frame() -> None:
    charts = Charts()
    charts.planned[0] = charts.planned[0]._replace(warnings=[StyledText("too high", WARNING)])
    assert "too high" in "\n".join(charts.draw()[0].lines())
    charts.planned[0] = charts.planned[0]._replace(warnings=())
    frame, _ = charts.draw()
    assert charts.asked == []
    assert "too high" not in "\n".join(frame.lines())


def test_a_warning_leaves_nothing_of_the_notes_that_it_stands_before() -> None:
    notes = [StyledText("500 without an x not drawn", LABEL)]
    warnings = [StyledText("loss became NaN", WARNING)]
    box = Rect(0, 0, 34, 8)
    frame, _ = only(a_spec()._replace(notes=notes), box)
    assert frame.lines()[7][:34] == "╰─ 500 without an x not drawn ───╯"
    frame, _ = only(a_spec()._replace(notes=notes), box, warnings=warnings)
    assert frame.lines()[7][:34] == "╰─ loss became NaN  +1 ──────────╯"


@pytest.mark.parametrize("keys", [(), ("0",)], ids=["all GPUs", "one GPU"])
@pytest.mark.parametrize(
    ("first", "second"), [((10.0, 12.0), (95.0, 91.0)), ((99.0,), (1.0,)), ((5.0,) * 9, (6.0,) * 9)]
)
def test_a_gpu_that_left_and_returned_has_no_chart_of_before(
    gpus_sampled, keys, first, second
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    composer = Composer()
    now = 0.0
    for values in (first, second):
        dashboard.apply(GpusSampled((), ()))
        for value in values:
            now += 1
            dashboard.apply(gpus_sampled(1, now, utilization=value))
        press(dashboard, *keys)
        shown = composer.compose(dashboard, 0.0)
    assert shown.lines() == Composer().compose(dashboard, 0.0).lines()


def test_a_nameless_metric_is_called_so_in_every_box(dashboard, batch) -> None:
    respond(dashboard, Resized(120, 40))
    rows = batch({"": [1.0, 2.0]}, run_id="odd", first_id=9000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6002))
    dashboard.view.marks.mark([RunKey(EXPERIMENT, "odd")])
    dashboard.view.focus = dashboard.metrics.index("")
    text = "\n".join(Composer().compose(dashboard, 0.0).lines())
    # The chart, and the legend beside it, show it.
    assert text.count("─ (no name) ─") == 2


def test_a_hurried_page_keeps_the_charts_of_its_run_and_none_of_another(
    dashboard, batch, monkeypatch
) -> None:
    monkeypatch.setattr("trackio_view.screens.metrics.NEW_POINTS_A_FRAME", 1)
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    before = composer.compose(dashboard, 0.0).lines()
    assert sum("┤" in line for line in before) > 10
    run = dashboard.run
    more = {metric: [1.0, 2.0] for metric in run.series}
    rows = batch(more, run_id=run.run_id, run_name=run.name, first_id=9000, steps=[2000, 2001])
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6002))
    after = composer.compose(dashboard, 0.0, hurried=True).lines()
    assert not composer.whole
    # A chart for which there was no time has the axis that it had.
    assert sum("┤" in line for line in after) == sum("┤" in line for line in before)
    respond(dashboard, KeyPressed("r"))
    another = composer.compose(dashboard, 0.0, hurried=True).lines()
    assert not composer.whole
    assert sum("┤" in line for line in another) < sum("┤" in line for line in before)
