"""A picture is drawn with two pixels in each cell, one above the other."""

from __future__ import annotations

from array import array

from trackio_view.charts.image import picture_cells
from trackio_view.series.picture import PicturePixels
from trackio_view.terminal.style import Color, Style


def test_each_cell_has_two_pixels_in_the_colours_of_each_depth() -> None:
    rgb = array("I", [0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF, 0x000000, 0x808080])
    picture = PicturePixels(2, 3, rgb.tobytes(), bytes([196, 46, 21, 231, 16, 244]), bytes([8] * 6))
    frame = picture_cells(picture)
    assert (frame.width, frame.height) == (2, 2)
    assert frame.glyphs == [["▀", "▀"]] * 2
    assert frame.styles[0] == [
        Style(Color(0xFF0000, 196, 8), Color(0x0000FF, 21, 8)),
        Style(Color(0x00FF00, 46, 8), Color(0xFFFFFF, 231, 8)),
    ]
    # The last row has no lower half.
    assert frame.styles[1] == [Style(Color(0, 16, 8)), Style(Color(0x808080, 244, 8))]
