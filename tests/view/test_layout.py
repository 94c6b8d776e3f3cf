import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.actions import Action
from trackio_view.view.layout import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    SideBox,
    lay_out,
    moved_focus,
    strip_rows,
)


@given(
    width=st.integers(LEAST_WIDTH, 400),
    height=st.integers(LEAST_HEIGHT, 100),
    charts=st.integers(0, 5000),
)
def test_charts_have_room_to_be_read(width: int, height: int, charts: int) -> None:
    layout = lay_out(width, height, charts)
    assert layout.grid_width // layout.columns >= 34
    assert layout.grid_height // layout.rows >= 8
    # Each row of the grid has a chart.
    assert layout.columns * (layout.rows - 1) < max(1, charts)


@given(st.integers(LEAST_WIDTH, 400), st.integers(LEAST_HEIGHT, 100))
def test_more_charts_never_mean_fewer_on_screen(width: int, height: int) -> None:
    shown = [
        min(lay_out(width, height, charts).page_size, charts) for charts in (1, 2, 3, 5, 9, 12, 99)
    ]
    assert shown == sorted(shown)


@given(
    width=st.integers(LEAST_WIDTH, 400),
    height=st.integers(LEAST_HEIGHT, 100),
    charts=st.integers(1, 50),
    strip=st.integers(0, 2),
    enlarged=st.booleans(),
)
def test_the_facts_of_a_stretch_take_rows_of_charts_and_no_chart(
    width: int, height: int, charts: int, strip: int, enlarged: bool
) -> None:
    plain, told = (
        lay_out(width, height, charts, enlarged=enlarged, strip_rows=strip, tells_stretch=tells)
        for tells in (False, True)
    )
    assert told == plain._replace(stretch_rows=told.stretch_rows)
    assert told.grid_height == plain.grid_height - told.stretch_rows
    assert told.grid_height // told.rows >= 7


@pytest.mark.parametrize(
    ("size", "rows"), [((40, 12), 3), ((80, 24), 1), ((120, 40), 1), ((200, 50), 0), ((1, 1), 0)]
)
def test_the_facts_of_a_stretch_get_rows_by_the_width(size: tuple[int, int], rows: int) -> None:
    assert lay_out(*size, 9).stretch_rows == 0
    assert lay_out(*size, 9, tells_stretch=True).stretch_rows == rows


def test_the_panel_gives_way_on_narrow_terminals() -> None:
    assert lay_out(99, 40, 4).panel_width == 0
    assert lay_out(120, 40, 4).panel_width > 0


def test_a_box_that_nobody_chose_stands_beside_several_runs_alone() -> None:
    assert [SideBox.AUTO.among(count) for count in (0, 1, 2, 300)] == [
        SideBox.OFF,
        SideBox.OFF,
        SideBox.NARROW,
        SideBox.NARROW,
    ]
    for chosen in (SideBox.OFF, SideBox.NARROW, SideBox.WIDE):
        assert chosen.among(1) is chosen.among(2) is chosen
    assert SideBox.AUTO.following(1) is SideBox.NARROW
    assert SideBox.AUTO.following(2) is SideBox.WIDE


def test_a_wide_screen_has_no_strips_of_charts_for_a_place_that_stays_empty() -> None:
    assert (lay_out(200, 50, 5).columns, lay_out(200, 50, 5).rows) == (2, 3)
    assert (lay_out(120, 40, 3).columns, lay_out(120, 40, 3).rows) == (1, 3)
    assert (lay_out(120, 40, 4).columns, lay_out(120, 40, 4).rows) == (2, 2)
    assert (lay_out(200, 50, 4).columns, lay_out(200, 50, 4).rows) == (2, 2)


def test_smallest_screen_shows_one_chart() -> None:
    layout = lay_out(40, 12, 9)
    assert (layout.columns, layout.rows, layout.has_status) == (1, 1, False)


def test_an_enlarged_chart_has_the_grid_for_itself() -> None:
    assert lay_out(200, 50, 12, enlarged=True).page_size == 1


@given(st.integers(0, 40), st.integers(0, 12), st.integers(0, 30), st.booleans())
def test_any_size_has_a_layout(width: int, height: int, charts: int, enlarged: bool) -> None:
    """Keys are answered while the terminal is too small to show anything, too."""
    assert lay_out(width, height, charts, enlarged=enlarged, strip_rows=2).page_size >= 1


@pytest.mark.parametrize(
    ("width", "gpus", "rows"), [(40, 0, 1), (40, 1, 1), (80, 2, 1), (79, 2, 2), (80, 8, 2)]
)
def test_gpus_without_room_for_words_have_a_second_row(width: int, gpus: int, rows: int) -> None:
    assert strip_rows(width, gpus) == rows
    strip = lay_out(width, 24, 4, strip_rows=rows)
    assert lay_out(width, 24, 4).grid_height - strip.grid_height == rows


LAYOUT = lay_out(80, 24, 7)
"""A page has 2 x 2 charts."""


@pytest.mark.parametrize(
    ("action", "focus", "moved"),
    [
        (Action.LEFT, 0, 0),
        (Action.LEFT, 3, 2),
        (Action.RIGHT, 3, 4),
        (Action.RIGHT, 6, 6),
        (Action.UP, 1, 1),
        (Action.UP, 2, 0),
        (Action.DOWN, 0, 2),
        # The last row has one chart, which gets the focus from the other column, too.
        (Action.DOWN, 5, 6),
        (Action.DOWN, 6, 6),
        (Action.NEXT_PAGE, 1, 4),
        (Action.NEXT_PAGE, 5, 5),
        (Action.PREVIOUS_PAGE, 5, 0),
        (Action.PREVIOUS_PAGE, 3, 0),
        (Action.FIRST, 5, 0),
        (Action.LAST, 1, 6),
        (Action.HELP, 3, 3),
    ],
)
def test_the_focus_stays_among_the_charts(action: Action, focus: int, moved: int) -> None:
    assert (LAYOUT.columns, LAYOUT.page_size) == (2, 4)
    assert moved_focus(action, focus, 7, LAYOUT) == moved


def test_without_charts_the_focus_is_on_none() -> None:
    assert moved_focus(Action.RIGHT, 0, 0, LAYOUT) == 0
