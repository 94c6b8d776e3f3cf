"""Tells of keys that did something of which a frame shows nothing, as on a screen without room."""

from __future__ import annotations

from trackio_view.terminal.cells import Frame
from trackio_view.view.dashboard import Dashboard

NOTHING_SEEN = "nothing on screen is changed by that"


def tell_unseen(dashboard: Dashboard, before: Frame, after: Frame, *, whole: bool) -> bool:
    """Say so if keys changed nothing from one frame to the next. Return whether that was said, for
    which another frame has to be drawn.

    A frame that is not `whole` may show it later.
    """
    view = dashboard.view
    if not view.acted:
        return False
    is_same = before.glyphs == after.glyphs and before.styles == after.styles
    is_told = bool(view.said) or view.charts.seeking is not None
    if is_same and not is_told and not whole:
        return False
    view.acted = False
    if is_same and not is_told:
        view.said = NOTHING_SEEN
        return True
    return False
