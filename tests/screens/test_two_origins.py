"""Two origins with a project of one name have two projects, on every screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
)
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId, have_several_origins
from trackio_view.model.run import Run, RunDetails, RunKey, RunRows
from trackio_view.recording.codec import decode_event, encode_event
from trackio_view.screens import metrics
from trackio_view.screens.panels import run_in_brief
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.view.dashboard import Dashboard

NOW = 1_700_000_000.0
A, B = ProjectId("/data/a", "p"), ProjectId("/data/b", "p")
NEITHER = ProjectId("/data/c", "p")


def rows(value: float, first_id: int = 1) -> RunRows:
    """Return two rows of the run `r`, which both projects have."""
    from array import array

    columns = {
        name: MetricColumn(array("I", [0, 1]), array("d", [number, number]))
        for name, number in (("loss", value), ("lr", 2 * value))
    }
    steps = array("d", [first_id, first_id + 1])
    times = array("d", [NOW - 5, NOW - 4])
    return RunRows("r", "run", first_id + 1, steps, times, columns, first_id + 1)


def listed(*projects: ProjectId) -> ProjectsListed:
    return ProjectsListed(
        projects[0].origin, [ProjectSummary(each, 1, 2, NOW, 4096) for each in projects]
    )


def loaded(project: ProjectId, value: float) -> list[DataEvent]:
    return [
        LoadStarted(project, 1, 2),
        RowsLoaded(project, 1, [rows(value)], 2),
        DetailsLoaded(project, 1, [RunDetails("r", "run", {"seed": value})]),
        LoadFinished(project, 1),
    ]


@pytest.fixture
def both() -> Dashboard:
    made = Dashboard(width=120, height=30, watch_all=True)
    for project, value in ((A, 1.25), (B, 7.5)):
        for event in (listed(project), *loaded(project, value)):
            made.apply(event)
    made.watch(A)
    return made


def drawn(dashboard: Dashboard, composer: Composer | None = None) -> list[str]:
    return (composer or Composer()).compose(dashboard, NOW).lines()


def losses(project: Project) -> list[float]:
    return project.runs["r"].series["loss"].values.tolist()


def test_where_projects_come_from_is_told_where_it_tells_anything() -> None:
    assert have_several_origins([A, B])
    assert not have_several_origins([A, ProjectId(A.origin, "q")])
    assert not have_several_origins([])


def test_their_rows_lie_apart(both: Dashboard) -> None:
    assert both.watched == {A, B}
    assert {key: losses(project) for key, project in both.known.projects.items()} == {
        A: [1.25, 1.25],
        B: [7.5, 7.5],
    }


def test_the_header_says_whose_charts_these_are_and_no_chart_is_taken_for_the_others(
    both: Dashboard,
) -> None:
    composer = Composer()
    first = drawn(both, composer)
    both.watch(B)
    second = drawn(both, composer)
    assert "p (/data/a) ▸ run" in first[0]
    assert "p (/data/b) ▸ run" in second[0]
    assert any("1.25" in line for line in first[1:])
    assert any("7.5" in line for line in second[1:])
    assert not any("1.25" in line for line in second[1:])
    both.watch(A)
    assert drawn(both, composer) == first


def test_the_header_names_a_server_although_it_is_the_only_one() -> None:
    made = Dashboard(width=120, height=30, watch_all=True)
    project = ProjectId("host:7860", "p")
    for event in (listed(project), *loaded(project, 1.5)):
        made.apply(event)
    made.watch(project)
    assert "p ▸ run" in drawn(made)[0]
    made.is_far = True
    assert "p (host:7860) ▸ run" in drawn(made, Composer())[0]


def test_a_hurried_frame_shows_no_chart_of_the_other_meanwhile(
    both: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "NEW_POINTS_A_FRAME", 0)
    monkeypatch.setattr(run_in_brief, "_MOST_NEW_POINTS", -1)
    composer = Composer()
    composer.compose(both, NOW)
    both.watch(B)
    hurried = composer.compose(both, NOW, hurried=True).lines()
    assert not composer.whole
    assert not any("2.5" in line for line in hurried[1:])


def test_a_mark_is_one_runs_and_marked_runs_are_called_by_their_origins(both: Dashboard) -> None:
    both.view.marks.mark([RunKey(A, "r")])
    assert [one.key.project for one in both.compared] == [A]
    both.view.marks.mark([RunKey(B, "r")])
    looks = both.view.marks.appearances
    assert looks[RunKey(A, "r")] != looks[RunKey(B, "r")]
    assert losses(both.known.projects[both.compared[0].key.project]) == [7.5, 7.5]
    text = "\n".join(drawn(both))
    assert "run (/data/a)" in text
    assert "run (/data/b)" in text
    both.view.marks.forget_gone(A, ())
    both.view.marks.unmark([RunKey(A, "r")])
    assert [one.key.project for one in both.compared] == [B]


def test_the_header_of_an_overlay_says_whose_run_lies_in_front(both: Dashboard) -> None:
    other = ProjectId(B.origin, "q")
    for event in (listed(B, other), *loaded(other, 3.0)):
        both.apply(event)
    both.view.marks.mark([RunKey(A, "r"), RunKey(other, "r")])
    for front, text in ((A, "run of p (/data/a) in front"), (other, "run of q (/data/b) in front")):
        both.view.marks.pin(RunKey(front, "r"))
        assert text in drawn(both)[0]
    # For the runs of one project the origin is told once.
    both.view.marks.clear()
    both.view.marks.mark([RunKey(A, "r")])
    assert drawn(both)[0].count("/data/a") == 1
    assert " of p" not in drawn(both)[0]


LONG = "far:/home/somebody/experiments/on/a/disk/that/all/share"
FAR = [ProjectId(f"{LONG}/{name}/trackio", "p") for name in ("seed-a", "seed-b")]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_two_long_directories_are_told_apart_wherever_they_stand(width: int) -> None:
    made = Dashboard(width=width, height=24, watch_all=True)
    for project in FAR:
        for event in (listed(project), *loaded(project, 1.5)):
            made.apply(event)
    made.watch(FAR[0])
    assert "seed-a" in drawn(made)[0]
    made.watch(FAR[1])
    assert "seed-b" in drawn(made)[0]
    press(made, "p")
    text = "\n".join(drawn(made)[1:])
    assert "seed-a" in text
    assert "seed-b" in text
    press(made, "KEY_ESCAPE", "t", "a")
    text = "\n".join(drawn(made)[1:])
    assert "seed-a" in text
    assert "seed-b" in text
    made.view.marks.mark([RunKey(project, "r") for project in FAR])
    press(made, "v")
    assert "seed-" in drawn(made)[0]


def test_a_notice_of_one_that_is_taken_back_leaves_the_others(both: Dashboard) -> None:
    for project in (A, B):
        both.apply(Notice(ProjectOrigin(project), f"damage in {project.origin}"))
    assert "p (/data/b): damage in /data/b" in drawn(both)[-2]
    both.apply(Notice(ProjectOrigin(B), None))
    assert [notice.text for notice in both.known.notices.values()] == ["damage in /data/a"]


def test_alerts_are_told_of_each_and_dropped_with_their_own(both: Dashboard) -> None:
    for project in (A, B):
        alert = Alert(1, "r", "run", f"of {project.origin}", None, "warn", None, NOW)
        both.apply(AlertsLoaded(project, 1, [alert], True))
    assert len(both.known.notices) == 2
    both.apply(LoadStarted(A, 2, 0))
    both.apply(AlertsLoaded(A, 2, [], False))
    both.apply(LoadFinished(A, 2))
    assert [notice.text for notice in both.known.notices.values()] == ["run: of /data/b"]
    assert both.known.projects[A].alerts == {}
    assert list(both.known.projects[B].alerts) == ["r"]


def test_one_that_vanishes_or_is_renamed_leaves_the_other_as_it_was(both: Dashboard) -> None:
    both.view.marks.mark([RunKey(A, "r"), RunKey(B, "r")])
    for project in (A, B):
        both.apply(Notice(ProjectOrigin(project), "locked"))
    both.apply(ProjectVanished(B))
    assert [project.vanished for project in both.known.projects.values()] == [False, True]
    both.apply(ProjectRenamed(A, "q"))
    renamed = ProjectId(A.origin, "q")
    assert [origin for origin, _ in both.known.notices] == [ProjectOrigin(B)]
    assert both.watched == {renamed, B}
    assert both.view.project == renamed
    assert {key.project for key in both.view.marks.appearances} == {renamed, B}
    assert losses(both.known.projects[renamed]) == [1.25, 1.25]


def test_a_list_of_one_origin_leaves_the_others_in_the_picker(both: Dashboard) -> None:
    press(both, "p")
    lines = [line for line in drawn(both) if "/data/" in line and "│" in line]
    assert ["/data/a" in line for line in lines] == [True, False]
    press(both, "down")
    more = ProjectId(A.origin, "o")
    both.apply(listed(A, more))
    assert [summary.id for summary in both.known.summaries] == [more, A, B]
    press(both, "enter")
    assert both.view.project == B, "the line stays on its project"
    both.apply(ProjectsListed(A.origin, []))
    assert [summary.id for summary in both.known.summaries] == [B]


def test_the_table_of_all_runs_has_both_and_a_column_that_tells_their_origin(
    both: Dashboard,
) -> None:
    both.view.runs.all_projects = True
    table = both.runs_table(NOW)
    assert {line.entry.key for line in table.lines if line.entry} == {
        RunKey(A, "r"),
        RunKey(B, "r"),
    }
    assert not table.same_names, "no ids are needed to tell them apart"
    # The column of projects comes last, because its cells are all the same.
    keys = [column.key for column in table.columns]
    assert keys[1:3] == ["name", "origin"]
    assert keys.index("project") > 2
    press(both, "t")
    text = "\n".join(drawn(both))
    assert "/data/a" in text
    assert "/data/b" in text


def test_of_one_origin_nothing_is_told(both: Dashboard) -> None:
    both.apply(ProjectRenamed(B, "q"))
    alone = Dashboard(width=120, height=30)
    second = ProjectId(A.origin, "q")
    for project in (A, second):
        alone.meet(project)
        for event in loaded(project, 1.0):
            alone.apply(event)
    alone.apply(listed(A, second))
    alone.watch(A)
    alone.view.runs.all_projects = True
    assert "origin" not in [column.key for column in alone.runs_table(NOW).columns]
    for keys in ((), ("t",), ("escape", "p"), ("escape", "i")):
        press(alone, *keys)
        assert "/data/a" not in "\n".join(drawn(alone))


def test_a_recording_of_both_is_folded_as_they_were(both: Dashboard) -> None:
    again = Dashboard(watch_all=True)
    for project, value in ((A, 1.25), (B, 7.5)):
        for event in (listed(project), *loaded(project, value)):
            line = encode_event(0.0, event)
            again.apply(decode_event(line, "/another/recording.jsonl").event)
    assert again.watched == both.watched
    assert again.known.summaries == both.known.summaries
    assert [losses(project) for project in again.known.projects.values()] == [[1.25] * 2, [7.5] * 2]


VALUES = st.floats(allow_nan=False)
KINDS: dict[str, Callable[[ProjectId, float, int], DataEvent]] = {
    "start": lambda project, _, number: LoadStarted(project, number, 2),
    "rows": lambda project, value, number: RowsLoaded(project, number, [rows(value)], 2),
    "finish": lambda project, _, number: LoadFinished(project, number),
    "vanish": lambda project, _, __: ProjectVanished(project),
    "details": lambda project, value, number: DetailsLoaded(
        project, number, [RunDetails("r", f"run {value}", {"seed": value})]
    ),
}
MADE = st.builds(
    lambda kind, *how: KINDS[kind](*how),
    st.sampled_from(sorted(KINDS)),
    st.sampled_from([A, B, NEITHER]),
    VALUES,
    st.integers(0, 2),
)


def known(runs: dict[str, Run] | None) -> Any:
    if runs is None:
        return None
    return [
        (run.name, run.config, run.row_count, run.series["loss"].values) for run in runs.values()
    ]


def facts(project: Project) -> Any:
    return (
        project.generation,
        project.vanished,
        project.loaded_rows,
        known(project.runs),
        known(project.loading),
    )


@given(st.lists(MADE, max_size=30))
def test_whatever_comes_of_one_changes_nothing_of_the_other(events: list[DataEvent]) -> None:
    together = Dashboard()
    for project in (A, B):
        together.meet(project)
    for event in events:
        together.apply(event)
    assert together.watched == {A, B}
    for project in (A, B):
        alone = Dashboard()
        alone.meet(project)
        for event in events:
            if getattr(event, "project", None) == project:
                alone.apply(event)
        assert facts(together.known.projects[project]) == facts(alone.known.projects[project])
