"""What keys do while a filter or a search is typed: each is judged at once, and kept or dropped."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.filter_completion import COMPLETING, complete, run_candidates
from trackio_view.view.places import HelpView, Seen
from trackio_view.view.screen_responses import fleet_room
from trackio_view.view.text_entry import TypedLine


def _ended(line: TypedLine, action: Action) -> str:
    """Return what is kept of a line when the typing ends: the whole line, or nothing."""
    if action is Action.CHOOSE:
        return line.finish()
    line.drop()
    return ""


def type_gpu_filter(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen
) -> None:
    """Take in keys of the filter of GPUs."""
    gpus = dashboard.view.gpus
    if action is None:
        gpus.typing.feed(keys)
        gpus.filter, gpus.cursor = gpus.typing.text, 0
    else:
        gpus.filter = _ended(gpus.typing, action)
        dashboard.view.back()


def type_fleet_filter(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen
) -> None:
    """Take in keys of the filter of the fleet."""
    fleet = dashboard.view.fleet
    if action is None:
        fleet.typing.feed(keys)
        fleet.filter = fleet.typing.text
    else:
        fleet.filter = _ended(fleet.typing, action)
        fleet.offset = 0
        dashboard.view.back()
    fleet.scroll(dashboard.fleet_rows, fleet_room(dashboard))


def type_search(dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen) -> None:
    """Take in keys of what is searched for in the configs."""
    diff = dashboard.view.diff
    diff.offset = 0
    if action is None:
        diff.typing.feed(keys)
        diff.search = diff.typing.text
    else:
        diff.search = _ended(diff.typing, action)
        dashboard.view.back()


def type_help_search(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen
) -> None:
    """Take in keys of what is looked for in the help."""
    shown = dashboard.view.state(HelpView)
    if shown is None:
        return
    shown.offset = 0
    if action is None:
        shown.search.feed(keys)
    else:
        # The kept text stays in the line, because the help is searched for it.
        shown.search.start(_ended(shown.search, action))
        dashboard.view.back()


def type_run_filter(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], seen: Seen
) -> None:
    """Take in keys of the filter of runs."""
    runs = dashboard.view.runs
    runs.keep_place(dashboard.runs_table(seen.now))
    if action is None:
        runs.type(keys)
    elif action in COMPLETING:
        dashboard.view.said = complete(
            runs.typing,
            COMPLETING[action],
            lambda before: run_candidates(before, dashboard.run_entries, seen.now),
        )
        runs.judge()
    elif runs.end_typing(keep=action is Action.CHOOSE):
        dashboard.view.back()
    elif runs.fault is not None:
        dashboard.view.said = runs.fault.message
