"""What keys do on each screen: they move about in it, and do what only this screen has."""

from __future__ import annotations

from trackio_view.model.project_id import ProjectId
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts import chart_choice_responses
from trackio_view.view.charts.chart_responses import answer, axis_choices, draw_along
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold, PageSeen
from trackio_view.view.gpu_details import open_gpu_details
from trackio_view.view.layout import moved_focus
from trackio_view.view.media import open_cell, open_medium
from trackio_view.view.places import CHARTS, AxesView, HelpView, PickerView, Seen
from trackio_view.view.run_page import CELL, MEDIA, TRACE, TRACES
from trackio_view.view.runs.table import TableLine
from trackio_view.view.scrolling import MOVES, ScrolledText, lines_moved
from trackio_view.view.shown_configs import configured_runs, has_row_a_run, shown_lines
from trackio_view.view.shown_machine import shown_machine, system_charts, system_layout
from trackio_view.view.trace import open_trace
from trackio_view.view.traces import on_traces, open_traces


def _clamped(position: int, last: int) -> int:
    return max(0, min(position, max(0, last)))


def move_in_text(dashboard: Dashboard, action: Action, seen: Seen) -> None:
    """Scroll the text on top, as far as the newest frame allows."""
    place = dashboard.view.places[-1]
    if isinstance(place.state, ScrolledText):
        furthest = seen.furthest if seen.mode is place.mode else None
        place.state.scroll(lines_moved(action, dashboard.height), furthest)


def move_over_charts(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the focus over the charts of metrics."""
    shown = dashboard.shown_charts
    if dashboard.view.mode is Mode.CURSOR:
        # On that screen, left and right move the cursor, so up and down go through all charts.
        action = {Action.UP: Action.LEFT, Action.DOWN: Action.RIGHT}.get(action, action)
    dashboard.view.focus = moved_focus(action, shown.focus, len(shown.metrics), shown.layout)


def on_charts(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the charts."""
    if action is Action.ENLARGE:
        dashboard.view.charts.cursor = dashboard.view.charts.anchor = None
        dashboard.view.open(Mode.ENLARGED)
    elif action is Action.BACK:
        dashboard.view.back()
    elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
        _change_run(dashboard, 1 if action is Action.NEXT_RUN else -1)
    else:
        return chart_choice_responses.answer(dashboard, action) or answer(dashboard, action)
    return True


def _change_run(dashboard: Dashboard, direction: int) -> None:
    project, run = dashboard.project, dashboard.run
    if project is None or run is None:
        return
    if dashboard.compared:
        _change_front(dashboard, direction)
        return
    run_ids = [one.run_id for one in project.every_run]
    if len(run_ids) < 2:
        # The screen goes on with a run that begins later, as long as none was chosen.
        return
    position = (run_ids.index(run.run_id) + direction) % len(run_ids)
    focused = dashboard.metrics[dashboard.focus] if dashboard.metrics else None
    dashboard.view.run_id = run_ids[position]
    # The same metric keeps the focus if the other run has it, too.
    if focused in dashboard.metrics:
        dashboard.view.focus = dashboard.metrics.index(focused)


def _change_front(dashboard: Dashboard, direction: int) -> None:
    """Bring the next of the compared runs on screen, and so to the front."""
    keys = [one.key for one in configured_runs(dashboard)]
    front = dashboard.compared[-1].key
    key = keys[(keys.index(front) + direction) % len(keys)]
    dashboard.view.project, dashboard.view.run_id = key
    if dashboard.view.marks.pinned is not None:
        dashboard.view.marks.pin(key)


def move_over_machine(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the focus over the charts of a run's machine."""
    system, count = dashboard.view.system, len(system_charts(dashboard))
    focus = _clamped(system.focus, count - 1)
    system.focus = moved_focus(action, focus, count, system_layout(dashboard, count))


def on_system(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the charts of a run's machine."""
    view = dashboard.view
    if action is Action.ENLARGE:
        view.system.enlarged = bool(system_charts(dashboard))
    elif action is Action.BACK and view.system.enlarged:
        view.system.enlarged = False
    elif action is Action.BACK:
        view.back()
    elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
        project, machine = dashboard.project, shown_machine(dashboard)
        if project is not None and machine is not None:
            run_ids = [one.run_id for one in project.machines]
            step = 1 if action is Action.NEXT_RUN else -1
            if len(run_ids) > 1:
                view.run_id = run_ids[(run_ids.index(machine.run_id) + step) % len(run_ids)]
    else:
        return answer(dashboard, action)
    return True


_ON_GPUS = frozenset(
    {
        *(Action.ZOOM_IN, Action.ZOOM_OUT, Action.FILTER, Action.BACK, Action.ENLARGE),
        *(Action.SORT, Action.ALL_GPUS, Action.GPU_DETAILS),
    }
)
"""The actions with a meaning of their own on this screen. All others mean what they mean
everywhere.
"""


def move_over_gpus(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the line of the overview, or on to another GPU."""
    dashboard.view.gpus.act(action, dashboard.known.gpus)


def on_gpus(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the GPUs."""
    view = dashboard.view
    if action not in _ON_GPUS:
        return False
    if action is Action.FILTER:
        view.gpus.chosen = None
        view.gpus.typing.start(view.gpus.filter)
        view.open(Mode.GPU_FILTER, view.gpus)
    elif action is Action.BACK and view.gpus.chosen is None:
        view.back()
    elif action is Action.GPU_DETAILS:
        open_gpu_details(dashboard)
    elif action is Action.ENLARGE and (process := view.gpus.logging_process(dashboard.known.gpus)):
        dashboard.show_run_of(process)
    else:
        view.gpus.act(action, dashboard.known.gpus)
        if action is Action.SORT:
            view.said = f"processes by {view.gpus.order.value}"
    return True


def fleet_room(dashboard: Dashboard) -> int:
    """Return how many machines of the fleet are seen at once: a box around, titles, a sentence."""
    return max(1, dashboard.layout.grid_height - 4)


def move_over_fleet(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the cursor over the machines of the fleet."""
    lines = lines_moved(action, dashboard.height)
    dashboard.view.fleet.move(dashboard.fleet_rows, lines, fleet_room(dashboard))


def on_fleet(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the fleet."""
    view, fleet, rows = dashboard.view, dashboard.view.fleet, dashboard.fleet_rows
    if action is Action.FILTER:
        fleet.typing.start(fleet.filter)
        view.open(Mode.FLEET_FILTER, fleet)
    elif action is Action.BACK:
        view.back()
    elif action is Action.SORT:
        fleet.sort()
        fleet.scroll(dashboard.fleet_rows, fleet_room(dashboard))
    elif action is Action.ENLARGE:
        row = fleet.row(rows)
        if row is not None and not row.host.samples:
            view.said = f"nothing is known of the GPUs of {row.host.name}"
        elif row is not None:
            dashboard.open_host(row)
    else:
        return False
    return True


def move_over_runs(dashboard: Dashboard, action: Action, seen: Seen) -> None:
    """Move the cursor over the table of runs."""
    runs, table = dashboard.view.runs, dashboard.runs_table(seen.now)
    if action in (Action.LEFT, Action.RIGHT):
        runs.act(action, table, dashboard.view.marks)
    else:
        runs.move(table, lines_moved(action, dashboard.height))
    runs.scroll(table, dashboard.layout.grid_height - 1)


def on_runs(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of the table of runs."""
    view, runs = dashboard.view, dashboard.view.runs
    table = dashboard.runs_table(seen.now)
    runs.keep_place(table)
    if action in MOVES:
        return False
    if action in (Action.RUN_PAGE, Action.RUN_CHARTS):
        return _open_line(dashboard, runs.line(table), action)
    if action is Action.BACK:
        view.back()
    elif action is Action.FILTER:
        runs.start_typing()
        view.open(Mode.RUN_FILTER, runs)
    elif action in (Action.COLUMNS, Action.GROUP):
        view.open(Mode.RUN_COLUMNS if action is Action.COLUMNS else Mode.RUN_GROUPS, runs)
        runs.open_choices(view.mode, dashboard.run_entries)
    else:
        claimed = runs.act(action, table, view.marks)
        if action is Action.PIN and len(view.marks):
            view.said = pinned_words(dashboard)
        runs.scroll(table, dashboard.layout.grid_height - 1)
        return claimed
    return True


def pinned_words(dashboard: Dashboard) -> str:
    """Return what is said of a run that was brought to the front, or was let go."""
    if dashboard.view.marks.pinned is None:
        return "the run on screen lies in front"
    return "the run stays in front of the others"


def _open_line(dashboard: Dashboard, line: TableLine | None, action: Action) -> bool:
    """Open a run's page or its charts, or fold a group. Return whether nothing is left to do."""
    view = dashboard.view
    if line is not None and line.group is not None:
        view.runs.fold(line.group.key)
    elif line is not None and line.entry is not None:
        dashboard.show_run(line.entry.key)
        if action is Action.RUN_PAGE:
            # Opened like the page of any run that is on screen.
            return False
        view.back_to(*CHARTS)
    return True


def move_over_choices(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the line of a list that lies over the table of runs, or shift a column with it."""
    view, runs, entries = dashboard.view, dashboard.view.runs, dashboard.run_entries
    if action in (Action.LEFT, Action.RIGHT):
        runs.shift_column(entries, 1 if action is Action.RIGHT else -1)
    else:
        runs.move_choice(view.mode, entries, lines_moved(action, dashboard.height))


def on_run_list(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the lists that lie over the table of runs."""
    view, runs, entries = dashboard.view, dashboard.view.runs, dashboard.run_entries
    if action in (Action.BACK, Action.COLUMNS, Action.GROUP):
        view.back()
    elif action is Action.CHOOSE:
        runs.choose(view.mode, entries)
        if view.mode is Mode.RUN_GROUPS:
            view.back()
    else:
        return False
    return True


def on_text(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of a screen that is one text, to be read and left."""
    if action is not Action.BACK:
        return False
    dashboard.view.back()
    return True


def on_help(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of the help."""
    if action is not Action.SEARCH:
        return on_text(dashboard, action, seen)
    dashboard.view.open(Mode.HELP_SEARCH, dashboard.view.state(HelpView))
    return True


def on_run_page(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of a run's page."""
    page, shown = dashboard.view.page, seen.page or PageSeen()
    fold = page.fold(shown)
    if action is Action.UNFOLD and fold is not None and _opens_screen(dashboard, fold):
        page.chosen = fold
        return True
    if page.act(action, shown):
        return True
    return on_text(dashboard, action, seen)


def _opens_screen(dashboard: Dashboard, fold: Fold) -> bool:
    """Open what a line of a run's page has on a screen of its own; return whether it has."""
    if fold.kind == MEDIA:
        open_medium(dashboard, fold.name)
    elif fold.kind == CELL:
        open_cell(dashboard, fold)
    elif fold.kind == TRACES:
        open_traces(dashboard)
    elif fold.kind == TRACE:
        open_trace(dashboard, fold.row)
    else:
        return False
    return True


def on_trace_list(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of the list of traces."""
    if action is not Action.CHOOSE:
        return on_traces(dashboard, action, seen)
    open_trace(dashboard)
    return True


def page_is_ahead(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Return whether an action is about lines of a run's page that no frame has shown yet."""
    return dashboard.view.page.is_ahead_of(action, seen.page or PageSeen())


def on_config_diff(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the configs side by side."""
    view, diff = dashboard.view, dashboard.view.diff
    if action is Action.BACK:
        view.back()
    elif action is Action.SEARCH:
        diff.typing.start(diff.search)
        view.open(Mode.CONFIG_SEARCH, diff)
    elif action is Action.ALL_KEYS:
        diff.everything, diff.offset = not diff.everything, 0
    elif action in (Action.LEFT, Action.RIGHT):
        step = -1 if action is Action.LEFT else 1
        columns = shown_lines if has_row_a_run(dashboard) else configured_runs
        count = len(columns(dashboard))
        diff.first_run = _clamped(diff.first_run + step, count - 1)
    else:
        return False
    return True


def move_over_projects(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the picker's line."""
    picker = dashboard.view.state(PickerView)
    if picker is not None:
        last = len(dashboard.known.summaries) - 1
        picker.selected = _clamped(picker.selected + lines_moved(action, dashboard.height), last)


def on_projects(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the picker."""
    view, picker = dashboard.view, dashboard.view.state(PickerView)
    if action is Action.BACK:
        view.back()
    elif action is Action.CHOOSE:
        if picker is not None and picker.selected < len(dashboard.known.summaries):
            project = dashboard.known.summaries[picker.selected].id
            dashboard.watch(project)
            view.back()
            view.reduce()
            view.said = _why_others_stay(dashboard, project)
    else:
        return False
    return True


def _why_others_stay(dashboard: Dashboard, project: ProjectId) -> str:
    """Return why the charts still are those of other projects; nothing where they are not."""
    compared, keys = dashboard.compared, dashboard.view.keys
    if not compared or any(one.key.project == project for one in compared):
        return ""
    those = "the marked run stays" if len(compared) == 1 else f"{len(compared)} marked runs stay"
    table, unmark = keys.label(Mode.METRICS, Action.RUNS), keys.label(Mode.RUNS, Action.UNMARK_ALL)
    return f"{those} on screen: {table}, then {unmark}, marks none"


def move_over_axes(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the line of the list of x axes."""
    axes = dashboard.view.state(AxesView)
    if axes is not None:
        last = len(axis_choices(dashboard)) - 1
        axes.selected = _clamped(axes.selected + lines_moved(action, dashboard.height), last)


def on_axes(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the list of x axes."""
    view, axes, choices = dashboard.view, dashboard.view.state(AxesView), axis_choices(dashboard)
    if action in (Action.BACK, Action.AXES):
        view.back()
    elif action is Action.CHOOSE:
        view.back()
        if axes is not None and axes.selected < len(choices):
            view.said = draw_along(dashboard, choices[axes.selected]) or ""
    else:
        return False
    return True
