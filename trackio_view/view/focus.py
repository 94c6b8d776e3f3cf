"""How the keys move the focus over a grid of charts that may have several pages."""

from __future__ import annotations

from trackio_view.view.bindings import Action
from trackio_view.view.layout import Layout


def moved_focus(action: Action, focus: int, count: int, layout: Layout) -> int:
    """Return which of `count` charts has the focus after a key, counted over all pages."""
    page = layout.page_size
    last = max(0, count - 1)
    steps = {
        Action.LEFT: -1,
        Action.RIGHT: 1,
        Action.UP: -layout.columns,
        Action.DOWN: layout.columns,
        Action.PREVIOUS_PAGE: -page,
        Action.NEXT_PAGE: page,
        Action.FIRST: -last,
        Action.LAST: last,
    }
    target = focus + steps.get(action, 0)
    if action in (Action.UP, Action.DOWN) and not 0 <= target <= last:
        # The last row of charts may be shorter than the others.
        beyond = target < 0 or target // layout.columns > last // layout.columns
        target = focus if beyond else last
    if action is Action.NEXT_PAGE:
        # Paging shows other charts: the first of the next page takes the focus.
        target = target - target % page
        target = focus if target > last else target
    elif action is Action.PREVIOUS_PAGE:
        target = max(0, target - target % page)
    return max(0, min(target, last))
