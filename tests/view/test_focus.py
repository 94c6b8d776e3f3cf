"""How keys move the focus over pages of charts."""

from __future__ import annotations

import pytest

from trackio_view.view.bindings import Action
from trackio_view.view.focus import moved_focus
from trackio_view.view.layout import lay_out

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
