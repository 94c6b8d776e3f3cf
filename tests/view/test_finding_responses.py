"""The keys for names that were found by typing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.view.conftest import GROUPED, P, loaded
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.windows import EVERYTHING, Last
from trackio_view.view.actions import Mode
from trackio_view.view.charts.derived_charts import LEAST_ROWS
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding import Findable, FoundKind
from trackio_view.view.finding_responses import look_again
from trackio_view.view.keys.input_events import KeysPressed, Resized
from trackio_view.view.responses import respond

Q = ProjectId("", "sweep")


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    made = Dashboard()
    respond(made, Resized(120, 40))
    made.apply(ProjectsListed("", [ProjectSummary(P, 2, 5, 1.0, 1), ProjectSummary(Q, 1, 5, 1, 1)]))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    for number, name in enumerate(("brave-forest", "calm-lake", "quiet-river")):
        rows = batch({it: [1.0, 2.0] for it in GROUPED}, run_id=name, first_id=1 + 2 * number)
        made.apply(RowsLoaded(P, 0, [rows], 6))
    made.apply(LoadFinished(P, 0))
    return made


def press_at_once(dashboard: Dashboard, *keys: str) -> Dashboard:
    respond(dashboard, KeysPressed(list(keys)))
    return dashboard


def find(dashboard: Dashboard, text: str) -> Dashboard:
    """Type all keys at once, like a person who types faster than frames are drawn."""
    return press_at_once(dashboard, ":", *text, "enter")


def focused(dashboard: Dashboard) -> str:
    return dashboard.metrics[dashboard.focus]


def test_a_metric_gets_the_focus_wherever_it_is(dashboard: Dashboard) -> None:
    assert focused(find(dashboard, "critic/c")) == "critic/c"
    press_at_once(dashboard, "D")
    assert "critic/c" not in dashboard.metrics
    press_at_once(dashboard, "/", *"actor", "enter")
    assert focused(find(dashboard, "crt/c")) == "critic/c"
    assert dashboard.view.mode is Mode.METRICS
    press_at_once(dashboard, "enter")
    assert focused(find(dashboard, "actor/b")) == "actor/b"
    assert dashboard.view.mode is Mode.ENLARGED, "charts that fill the screen go on doing so"
    press_at_once(dashboard, "g")
    assert focused(find(dashboard, "loss")) == "loss"
    assert dashboard.view.mode is not Mode.GPUS


def test_a_run_comes_to_the_front_or_its_page_opens(dashboard: Dashboard) -> None:
    assert find(dashboard, "calm").view.run_id == "calm-lake"
    assert dashboard.view.mode is Mode.METRICS
    dashboard.view.marks.mark([RunKey(P, "brave-forest"), RunKey(P, "quiet-river")])
    find(dashboard, "brave")
    assert dashboard.front_key.run_id == "brave-forest"
    dashboard.view.marks.pin(RunKey(P, "quiet-river"))
    find(dashboard, "brave")
    assert dashboard.view.marks.pinned == RunKey(P, "brave-forest")
    find(dashboard, "calm")
    assert dashboard.view.mode is Mode.RUN_PAGE, "it is not among those drawn"
    assert dashboard.view.page.key == RunKey(P, "calm-lake")
    press_at_once(dashboard, "escape", "t")
    find(dashboard, "quiet")
    assert dashboard.view.page.key == RunKey(P, "quiet-river")


def test_a_project_opens(dashboard: Dashboard) -> None:
    press_at_once(dashboard, "t")
    find(dashboard, "sweep")
    assert dashboard.view.project == Q
    assert dashboard.view.mode is Mode.METRICS


def test_a_key_does_what_it_does(dashboard: Dashboard) -> None:
    assert dashboard.view.charts.window == EVERYTHING
    find(dashboard, "zoom in")
    assert dashboard.view.charts.window == Last(1)
    find(dashboard, "table of runs")
    assert dashboard.view.mode is Mode.RUNS
    find(dashboard, "choose columns")
    assert dashboard.view.mode is Mode.RUN_COLUMNS
    press_at_once(dashboard, "escape", "escape")
    find(dashboard, "type where")
    assert dashboard.view.mode is Mode.GO_TO
    assert dashboard.view.go_to.text == ""
    press_at_once(dashboard, "escape")
    assert find(dashboard, "quit").quit


def test_a_key_of_another_screen_says_so(dashboard: Dashboard) -> None:
    find(dashboard, "mark all runs")
    assert dashboard.view.said.startswith("that is a key of another screen: mark all runs")
    assert dashboard.view.mode is Mode.METRICS


def test_lines_are_chosen_and_what_is_not_there_is_said(dashboard: Dashboard) -> None:
    press_at_once(dashboard, ":", *"actor/")
    press_at_once(dashboard, "down", "down", "up")
    assert dashboard.view.said == ""
    assert dashboard.view.find.chosen is not None
    press_at_once(dashboard, "enter")
    assert focused(dashboard) == "actor/b"
    press_at_once(dashboard, ":", *"actor/", *["down"] * 9)
    assert dashboard.view.said == "nothing is below"
    press_at_once(dashboard, "ctrl_u", *"no such thing", "enter")
    assert dashboard.view.said == "nothing is called like that"
    assert dashboard.view.mode is Mode.FIND
    press_at_once(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS
    press_at_once(dashboard, ":", "ctrl_p")
    assert dashboard.view.find.typing.text == "actor/"
    press_at_once(dashboard, "escape", ":", "up")
    assert dashboard.view.find.typing.text == "actor/", "above the first line"
    assert not dashboard.view.said
    assert len(dashboard.view.find.found) < len(dashboard.view.find.everything)
    press_at_once(dashboard, "down", "up")
    assert (dashboard.view.find.typing.text, dashboard.view.find.selected) == ("actor/", 0)
    press_at_once(dashboard, "up")
    assert dashboard.view.said == "nothing is above"


def test_a_page_is_ten_lines(dashboard: Dashboard) -> None:
    press_at_once(dashboard, ":")
    found = dashboard.view.find
    assert len(found.found) > 21
    for keys, selected in ((["page_down"], 10), (["page_down", "up"], 19), (["page_up"], 9)):
        assert press_at_once(dashboard, *keys).view.find.selected == selected


def test_a_run_that_comes_while_typing_is_found_too(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    press_at_once(dashboard, ":", "n")
    listed = dashboard.view.find.everything
    press_at_once(dashboard, "e")
    assert dashboard.view.find.everything is listed, "nothing is listed anew for nothing"
    rows = batch({"loss": [1.0]}, run_id="newcomer", first_id=50)
    dashboard.apply(RowsLoaded(P, 0, [rows], 7))
    press_at_once(dashboard, *"wcomer", "enter")
    assert dashboard.view.run_id == "newcomer"


def test_a_run_that_comes_after_the_last_key_is_found_once_all_is_read(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    press_at_once(dashboard, ":", *"new")
    assert all(it.kind is FoundKind.KEY for it in found(dashboard))
    press_at_once(dashboard, "ctrl_u", *"newcomer")
    assert found(dashboard) == []

    def come(name: str, first_id: int) -> None:
        rows = batch({"loss": [1.0]}, run_id=name, first_id=first_id)
        dashboard.apply(RowsLoaded(P, 0, [rows], first_id))
        look_again(dashboard)

    come("a-newcomer", 50)
    come("newcomer-b", 51)
    assert [it.name for it in found(dashboard)] == ["newcomer-b", "a-newcomer"]
    press_at_once(dashboard, "down")
    come("newcomer-c", 52)
    assert len(found(dashboard)) == 3
    assert dashboard.view.find.chosen is not None
    assert dashboard.view.find.chosen.name == "a-newcomer", "the line stays on it"
    dashboard.apply(LoadStarted(P, 0, 99))
    listed = dashboard.view.find.everything
    come("newcomer-d", 53)
    assert dashboard.view.find.everything is listed, "nothing is listed for each piece that is read"


def found(dashboard: Dashboard) -> list[Findable]:
    look = dashboard.view.find
    return [look.everything[place] for place in look.found]


def test_names_that_nobody_would_type_are_found_as_they_are(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    name = "損失\x1b[31m" + "x" * 300
    dashboard.apply(RowsLoaded(P, 0, [batch({name: [1.0]}, run_id="calm-lake", first_id=60)], 8))
    find(dashboard, "calm")
    find(dashboard, "損失xxx")
    assert focused(dashboard) == name


def test_a_run_is_found_at_once_where_nothing_was_found_and_else_once_all_is_read(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    press_at_once(dashboard, ":", *"zz")
    assert found(dashboard) == []
    dashboard.watch(Q)
    dashboard.apply(LoadStarted(Q, 0, 99))
    assert not all(project.complete for project in dashboard.known.projects.values())
    for number, name in enumerate(("zz-one", "zz-two")):
        rows = batch({"loss": [1.0]}, run_id=name, first_id=50 + number)
        dashboard.apply(RowsLoaded(P, 0, [rows], 50 + number))
        look_again(dashboard)
        assert [it.name for it in found(dashboard)] == ["zz-one"]
    dashboard.apply(LoadFinished(Q, 0))
    look_again(dashboard)
    assert {it.name for it in found(dashboard)} == {"zz-one", "zz-two"}


def test_a_run_is_found_that_comes_as_another_gets_its_first_rows(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    def alert(run: str) -> AlertsLoaded:
        return AlertsLoaded(P, 0, [Alert(1, run, run, "", None, "warn", 1, 5.0)], False)

    dashboard.apply(alert("rowless"))
    press_at_once(dashboard, ":", *"newcomer")
    assert found(dashboard) == []
    for number, name in enumerate(("newcomer-a", "newcomer-b"), 1):
        rows = batch({"loss": [1.0]}, run_id=name, first_id=60 + number)
        dashboard.apply(RowsLoaded(P, 0, [rows], 60 + number))
        dashboard.apply(alert(f"newcomer-alert-{number}"))
        look_again(dashboard)
        assert len(found(dashboard)) == 2 * number


def test_a_metric_with_one_value_is_found_on_the_tab_of_such_and_the_others_beside_it(
    batch: Callable[..., RunRows],
) -> None:
    metrics = {"loss": [float(row) for row in range(LEAST_ROWS)], "rate": [0.5] * LEAST_ROWS}
    dashboard = loaded(batch(metrics), width=120, height=40)
    for name in ("rate", "loss", "rate"):
        assert focused(find(dashboard, name)) == name
        assert list(dashboard.metrics) == [name]


def test_what_is_on_screen_already_takes_neither_its_tab_nor_its_filter_away(
    dashboard: Dashboard,
) -> None:
    dashboard.view.choice.tab = "actor"
    dashboard.view.choice.set_filter("/[abc]$/")
    assert focused(find(dashboard, "actor/b")) == "actor/b"
    assert list(dashboard.metrics) == ["actor/a", "actor/b", "actor/c"]
    assert focused(find(dashboard, "critic/b")) == "critic/b"
    assert dashboard.view.choice.filter == "/[abc]$/", "another tab is enough"
