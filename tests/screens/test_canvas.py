"""The facts that a drawing of charts alone hands back."""

from __future__ import annotations

import pytest

from trackio_view.screens.canvas import Drawn
from trackio_view.screens.chart_page import DrawnPage


@pytest.mark.parametrize("whole", [True, False])
def test_a_page_of_charts_is_whole_where_its_charts_are(whole: bool) -> None:
    page = DrawnPage((), whole=whole)
    assert Drawn.of_charts(page) == Drawn(whole, None, None, page)
    assert Drawn().whole
