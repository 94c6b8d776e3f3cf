"""What the keys do that write the screen to a file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen

_NO_PART_OF_A_NAME = r"[^\w.-]+"
_LONGEST = 60


def open_export(dashboard: Dashboard) -> None:
    """Ask for the name of the file, and propose one that says what is in it."""
    export = dashboard.view.export
    export.typing.start(f"{_name(dashboard)}{export.ending}")
    export.wanted = export.asked = ""
    dashboard.view.open(Mode.EXPORT, export)


def _name(dashboard: Dashboard) -> str:
    """Return a name for the file: that of the project, where one is on screen."""
    modes = set(dashboard.view.modes)
    project = dashboard.view.project
    if modes & {Mode.GPUS, Mode.FLEET} or project is None:
        return "fleet" if Mode.FLEET in modes else "gpus" if Mode.GPUS in modes else "trackio-view"
    # A name that begins with a dot hides its file, one with a dash is taken for an option.
    return re.sub(_NO_PART_OF_A_NAME, "-", project.name)[:_LONGEST].strip("-.") or "trackio-view"


def type_export(dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen) -> None:
    """Take in keys of the name of the file."""
    view, export = dashboard.view, dashboard.view.export
    if action is None:
        export.typing.feed(keys)
        return
    name = export.typing.text.strip()
    if action is Action.CHOOSE and name:
        export.wanted, export.replaces = name, export.asked == name
        return
    export.typing.drop()
    view.back()


def _is_asked(dashboard: Dashboard, name: str) -> bool:
    """Return whether the screen still asks where to write, and `name` is still what is typed."""
    view = dashboard.view
    return view.mode is Mode.EXPORT and view.export.typing.text.strip() == name


def end_export(dashboard: Dashboard, name: str, said: str) -> None:
    """Say what was written, and stop asking."""
    view, export = dashboard.view, dashboard.view.export
    if _is_asked(dashboard, name):
        export.ending = os.path.splitext(name)[1]
        export.typing.finish()
        view.back()
    view.said = said


def ask_to_replace(dashboard: Dashboard, name: str) -> None:
    """Say that there is a file of that name, and that the next Enter replaces it."""
    dashboard.view.said = "that file exists: it was not replaced"
    if _is_asked(dashboard, name):
        dashboard.view.said = "it exists: Enter replaces it"
        dashboard.view.export.asked = name
