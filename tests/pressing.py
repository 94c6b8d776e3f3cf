"""Keys that a test presses on a dashboard, one after the other."""

from __future__ import annotations

from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond


def press(dashboard: Dashboard, *keys: str) -> str:
    """Press keys one after the other, each named as in the table of bindings; return what is said
    of the last.
    """
    for key in keys:
        respond(dashboard, KeyPressed(key))
    return dashboard.view.said
