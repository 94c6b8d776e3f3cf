"""What is copied from the charts: the value at the cursor, or a table of all that are on screen."""

from __future__ import annotations

from trackio_view.model.opened_traces import TraceContent
from trackio_view.model.run import NO_NAME, Run
from trackio_view.screens.chart_page import page_of
from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_points import point_at
from trackio_view.view.charts.charted_runs import point_at_cursor, runs_shown, told_x
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.media import shown_medium
from trackio_view.view.trace import trace_content
from trackio_view.wording.numbers import format_exact, format_step


def copied_value(dashboard: Dashboard) -> list[str]:
    """Return the focused chart's value at the cursor as a line; nothing where there is none.

    Of the medium on screen, it is where its file lies, of a trace its conversation.
    """
    if dashboard.view.mode is Mode.TRACE:
        return _conversation(trace_content(dashboard) or TraceContent())
    if dashboard.view.mode is Mode.MEDIA:
        medium = shown_medium(dashboard)
        return [] if medium is None else [medium.one.path]
    found = point_at_cursor(dashboard)
    if found is None or found.point is None:
        return []
    run, metric, point = found.run, found.metric, found.point
    where = ", ".join(filter(None, (run.name, _project_of(dashboard, run))))
    return [f"{metric} {format_exact(point.value)} at step {format_step(point.step)} ({where})"]


def copied_table(dashboard: Dashboard) -> list[str]:
    """Return what the charts on screen have at the cursor, as a table in Markdown."""
    x, axis = told_x(dashboard), dashboard.view.charts.framing.axis
    runs = runs_shown(dashboard)[::-1]
    if x is None:
        return []
    names = [run.name or NO_NAME for run in runs]
    heading = ["metric", *(["value", "step"] if len(runs) == 1 else names)]
    lines = [_row(heading), _row(["---", *["---:"] * (len(heading) - 1)])]
    metrics = dashboard.metrics
    for number in page_of(dashboard.layout, len(metrics), dashboard.focus):
        points = [point_at(run, metrics[number], axis, x) for run in runs]
        told = [
            ("", "") if point is None else (format_exact(point.value), format_step(point.step))
            for point in points
        ]
        cells = [*told[0]] if len(runs) == 1 else [" @".join(pair).strip(" @") for pair in told]
        lines.append(_row([metrics[number], *cells]))
    return lines


def _conversation(content: TraceContent) -> list[str]:
    lines: list[str] = []
    for message in content.messages:
        lines += [f"{message.role} {message.name}".strip() + ":"]
        for part in message.parts:
            text = part.medium.path if part.medium is not None else part.text
            lines += f"{part.name} {text}".strip().splitlines()
        lines.append("")
    return lines[:-1]


def _row(cells: list[str]) -> str:
    escaped = (cell.replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _project_of(dashboard: Dashboard, run: Run) -> str:
    projects = dashboard.known.projects.values()
    return next((one.name for one in projects if one.run_of(run.run_id) is run), "")
