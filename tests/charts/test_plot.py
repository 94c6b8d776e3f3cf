"""The plot of a chart takes any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.plot import NOTHING_FINITE, OWN_AXES, Axes, opened_range, prepare_plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire

NUMBERS = st.floats(-1e9, 1e9)


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 30),
    values=st.tuples(NUMBERS, NUMBERS),
    repertoire=st.sampled_from(Repertoire),
    has_x=st.booleans(),
    opens=st.booleans(),
)
def test_a_plot_fills_its_frame_and_opens_alike_at_every_size(
    width: int,
    height: int,
    values: tuple[float, float],
    repertoire: Repertoire,
    has_x: bool,
    opens: bool,
) -> None:
    y_range = min(values), max(values)
    frame = Frame(width, height)
    axes = Axes(y_range=None if opens else y_range, has_x=has_x)
    plot = prepare_plot(frame, axes, (0.0, 99.0), y_range, repertoire=repertoire)
    assert plot is not None
    assert plot.rect.x + plot.rect.width == width
    assert plot.rect.height + (0 if plot.axis is None else 2) == height
    assert plot.y_range[0] <= y_range[0] <= y_range[1] <= plot.y_range[1]
    if opens:
        assert plot.y_range == opened_range(y_range, logarithmic=False)


@pytest.mark.parametrize("x_range", [None, (0.0, float("inf"))])
def test_without_a_range_a_sentence_stands_there(x_range: tuple[float, float] | None) -> None:
    frame = Frame(40, 5)
    assert prepare_plot(frame, OWN_AXES, x_range, (0.0, 1.0), repertoire=Repertoire.BRAILLE) is None
    assert NOTHING_FINITE in frame.lines()[2]


def test_places_of_values_and_steps() -> None:
    frame = Frame(40, 8)
    plot = prepare_plot(frame, OWN_AXES, (0.0, 10.0), (0.0, 1.0), repertoire=Repertoire.BRAILLE)
    assert plot is not None
    assert frame.glyphs[plot.axis or 0][plot.rect.x - 1] == "└"
    grid_columns = plot.rect.width * 2
    grid = DOT_GRIDS[Repertoire.BRAILLE]
    assert plot.dot_columns(grid).place(10.0) == grid_columns - 1
    assert plot.dot_rows(grid).place(plot.y_range[1]) == 0


@pytest.mark.parametrize(("columns", "has_labels"), [(7, False), (8, True)])
def test_labels_stand_beside_eight_columns_of_a_plot(columns: int, has_labels: bool) -> None:
    def plot_of(width: int) -> tuple[Frame, int]:
        frame = Frame(width, 5)
        plot = prepare_plot(frame, OWN_AXES, (0.0, 9.0), (0.0, 1.0), repertoire=Repertoire.BRAILLE)
        assert plot is not None
        return frame, plot.rect.x

    _, labels = plot_of(40)
    frame, left = plot_of(labels + columns)
    assert left == (labels if has_labels else 0)
    assert any("┤" in line for line in frame.lines()) is has_labels
