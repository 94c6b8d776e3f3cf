"""The first line: which run is on screen, whether it seems alive, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from trackio_view.charts.line_looks import marker_of, style_of
from trackio_view.charts.palette import LABEL, TITLE, VALUE
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.model.progress import seconds_left, total_steps
from trackio_view.model.project import Project
from trackio_view.model.run import NO_NAME, Run
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.run_in_brief import brief_pieces
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark
from trackio_view.screens.pieces import Piece, draw_kept_line, draw_line
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import POINTER, SEPARATOR
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import signed, text_width
from trackio_view.view.charts.compared_runs import ComparedRun
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.moments import clock_time
from trackio_view.wording.numbers import counted, format_duration, format_rate, format_step
from trackio_view.wording.origin_names import OriginNames

_LEAST_NAME = 16
_BRIEF_RANK = 8
"""The first of three ranks. The facts about the run's loss give way to all pieces but words of
little worth.
"""
_RATE_WIDTH = len("12.4/s")
_DURATION_WIDTH = len("12:03")


def draw_header(
    frame: Frame,
    dashboard: Dashboard,
    compared: Sequence[ComparedRun],
    now: float,
    memo: Memo,
    *,
    has_box: bool,
) -> None:
    """Draw the header into the frame's first row; `compared` are the runs whose charts are drawn
    together, if any.

    It tells the run's loss unless the charts have a box beside them, which does.
    """
    project, run = _in_front(dashboard, compared)
    if project is None:
        draw_line(frame, 0, [Piece("trackio-view", TITLE._replace(bold=True))])
        return
    # Of all that is said, only the state and the time change by themselves. The rest is the same
    # from key to key.
    state, time = None, ""
    if run is not None:
        state, time = state_of(run, now), clock_time(run.last_time, now)
    known, view = dashboard.known, dashboard.view
    told = (
        *(state, time, frame.width, known.revision, len(known.projects), project.id),
        *(None if run is None else run.run_id, view.marks.revision, len(compared), view.spread),
    )
    pieces = partial(_pieces_of, dashboard, compared, state, time, frame.width, memo)

    def draw() -> Frame:
        line = Frame(frame.width, 1)
        # Another window of the run changes only what is told of its loss.
        left, right = memo.latest("pieces of the header", told, pieces)
        if run is not None and not compared and not has_box:
            left = [*left, *brief_pieces(project, run, view.charts.framing, _BRIEF_RANK, memo)]
        draw_kept_line(line, 0, left, right, memo)
        return line

    made_of = (*told, has_box, view.charts.framing)
    kept = memo.again("header", made_of, draw)
    if kept is None:
        memo.note("header", made_of)
        kept = draw()
    frame.blit(kept, 0, 0)


def _in_front(
    dashboard: Dashboard, compared: Sequence[ComparedRun]
) -> tuple[Project | None, Run | None]:
    """Return the project and the run that the header is about: those of the run in front."""
    if not compared:
        return dashboard.project, dashboard.run
    # They need not be those on screen when the runs were marked.
    return dashboard.known.projects[compared[-1].key.project], compared[-1].run


def _pieces_of(
    dashboard: Dashboard,
    compared: Sequence[ComparedRun],
    state: RunState | None,
    time: str,
    width: int,
    memo: Memo,
) -> tuple[list[Piece], list[Piece]]:
    """Return what stands at the left and the right end of the header, which is about a project.

    `state` is the state of the run that is shown, and `time` the time of its last row in words.
    """
    project, run = _in_front(dashboard, compared)
    assert project is not None
    name = TITLE._replace(bold=True)
    # A long name leaves room for the state and the step, which are worth more.
    longest = max(_LEAST_NAME, width // 3)
    projects = len({one.key.project for one in compared})
    if projects > 1:
        left = [Piece(f"{projects} projects", name, 4)]
    else:
        left = [Piece(_project_name(project, longest, dashboard, memo), name, 4)]
        if dashboard.has_several_origins or dashboard.is_far:
            left.append(Piece(f" ({_origin(project, longest, dashboard, memo)})", LABEL, 5))
    right: list[Piece] = []
    if compared:
        count = counted(len(compared), "run")
        left += [Piece(f" {POINTER} ", LABEL, 4), Piece(count, name, 1)]
    if compared and dashboard.view.spread:
        left.append(Piece(" in groups", LABEL, 5))
    elif run is not None and state is not None:
        if compared:
            look = compared[-1].look
            left.append(Piece(f" {SEPARATOR} ", LABEL, 1))
            left.append(Piece(signed(marker_of(look), " "), style_of(look, bold=True)))
        else:
            left.append(Piece(f" {POINTER} ", LABEL, 4))
        left.append(Piece(_run_name(run, project, longest, dashboard, memo), name, 0))
        if projects > 1:
            left += _whose_pieces(project, longest, dashboard, memo)
        left += [
            Piece(" in front" * (len(compared) > 1), LABEL, 6),
            Piece(f"  {state_mark(state)}", STATE_STYLES[state], 0),
            *_state_pieces(state, time, STATE_STYLES[state]),
        ]
        right = _progress_pieces(run, state)
    return left, right


def _project_name(project: Project, width: int, dashboard: Dashboard, memo: Memo) -> str:
    """Return a project's name, cut so that no other one's looks like it."""
    if text_width(project.name) <= width:
        return project.name
    listed = [summary.name for summary in dashboard.known.summaries]
    return memo.names("projects", [project.name, *listed]).cut(project.name, width)


def _origin(project: Project, width: int, dashboard: Dashboard, memo: Memo) -> str:
    """Return where a project comes from, cut so that no other origin looks like it."""
    titles = dashboard.origin_titles
    key = ("origins", tuple(titles.values()))
    names = memo.get(key, lambda: OriginNames(titles.values()))
    return names.cut(titles.get(project.id.origin, project.id.origin), width)


def _whose_pieces(project: Project, width: int, dashboard: Dashboard, memo: Memo) -> list[Piece]:
    """Return whose run it is that lies in front of those of other projects."""
    pieces = [Piece(f" of {_project_name(project, width, dashboard, memo)}", LABEL, 5)]
    if dashboard.has_several_origins:
        pieces.append(Piece(f" ({_origin(project, width, dashboard, memo)})", LABEL, 3))
    return pieces


def _run_name(run: Run, project: Project, width: int, dashboard: Dashboard, memo: Memo) -> str:
    """Return a run's name, cut so that the next run's looks different."""
    if text_width(run.name) <= width:
        return run.name or NO_NAME
    key = ("names of runs", project.id, dashboard.known.revision)
    names = memo.get(key, lambda: memo.names("all runs", [it.name for it in project.runs.values()]))
    return names.cut(run.name, width)


def _progress_pieces(run: Run, state: RunState) -> list[Piece]:
    if not run.row_count:
        # The run logged only its machine or alerts so far.
        return []
    pieces = [Piece(f"step {format_step(run.last_step)}", VALUE, 2)]
    total, pace = total_steps(run), steps_per_second(run)
    if total is not None and run.last_step <= total:
        pieces.append(Piece(f" of {format_step(total)}", LABEL, 6))
    # The text at the right edge keeps its width, so that the step does not move.
    if pace is not None:
        pieces.append(Piece(f" {SEPARATOR} {format_rate(pace):{_RATE_WIDTH}}", LABEL, 6))
    left = seconds_left(run, pace) if state is RunState.LIVE else None
    if left is not None:
        text = f" {SEPARATOR} ETA {format_duration(left):{_DURATION_WIDTH}}"
        pieces.append(Piece(text, LABEL, 7))
    return pieces


def _state_pieces(state: RunState, time: str, style: Style) -> list[Piece]:
    # "Looks": the state is inferred from the age of the last row, TrackIO records none.
    if state is RunState.UNKNOWN:
        return [Piece(" state unknown", style, 3)]
    return [
        Piece(" looks", style, 7),
        Piece(f" {state.value}", style, 3),
        Piece(f" {SEPARATOR} last row", LABEL, _BRIEF_RANK + 3),
        Piece(f" {time}", LABEL, 5),
    ]
