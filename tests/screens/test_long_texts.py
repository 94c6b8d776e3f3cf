"""With texts of megabytes, a frame costs as much as it shows, and a cut text says so."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable

import pytest
import wcwidth

from trackio_view.model.alerts import Alert
from trackio_view.model.events import AlertsLoaded, DetailsLoaded, Notice, ProjectOrigin, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.series.series import MetricColumn
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.text import MOST_ON_A_PAGE
from trackio_view.view.dashboard import Dashboard

LENGTH = 1_000_000
PROJECT = ProjectId("", "my-experiment")


def long_text(word: str) -> str:
    """Return a text of `LENGTH` characters, not all of them ASCII."""
    return (word + "é") * (LENGTH // (len(word) + 1))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by each text whose characters are measured."""
    found: list[str] = []
    measure = wcwidth.wcwidth

    def count(character: str) -> int:
        found.append(character)
        return measure(character)

    monkeypatch.setattr(wcwidth, "wcwidth", count)
    return found


def _name_run(dashboard: Dashboard) -> None:
    dashboard.apply(DetailsLoaded(PROJECT, 0, [RunDetails("id2", long_text("run"), {}, None)]))


def _configure(dashboard: Dashboard) -> None:
    configs = [{long_text("key"): 1, "note": long_text(f"value{run}")} for run in range(3)]
    details = [RunDetails(f"id{run}", f"r{run}", configs[run], long_text("g")) for run in range(3)]
    dashboard.apply(DetailsLoaded(PROJECT, 0, details))


def _alert(dashboard: Dashboard) -> None:
    alert = Alert(1, "id2", "r", long_text("title"), long_text("text\n"), "warn", 3, 1e9)
    dashboard.apply(AlertsLoaded(PROJECT, 0, [alert], True))


def _measure(dashboard: Dashboard) -> None:
    column = MetricColumn(array("I", [0]), array("d", [1.0]))
    name = {long_text("loss"): column}
    rows = RunRows("id2", "r", 9001, array("d", [3000.0]), array("d", [1.7e9]), name, 3000)
    dashboard.apply(RowsLoaded(PROJECT, 0, [rows], 6001))


def _notify(dashboard: Dashboard) -> None:
    dashboard.apply(Notice(ProjectOrigin(PROJECT), long_text("fault")))


@pytest.mark.parametrize("tell", [_name_run, _configure, _alert, _measure, _notify])
@pytest.mark.parametrize("keys", ["", "i", "d", "da", "t", "tc", "tG", "p", "y", "?"])
def test_a_frame_costs_what_it_shows(
    dashboard: Dashboard,
    show: Callable[..., Frame],
    measured: list[str],
    tell: Callable[[Dashboard], None],
    keys: str,
) -> None:
    tell(dashboard)
    show(120, 40, *keys)
    assert len(measured) < LENGTH // 10
    measured.clear()
    # The next key costs no more than a page of text.
    show(120, 40, "f9")
    assert len(measured) < LENGTH // 10


def test_texts_that_are_cut_on_a_page_say_so(
    dashboard: Dashboard, show: Callable[..., Frame]
) -> None:
    _configure(dashboard)
    _alert(dashboard)
    show(120, 4000, "i")
    page = "\n".join(show(120, 4000, "enter").lines())
    # The group, the config's value and the alert's two texts are cut. Keys are cut as usual.
    told = re.findall(r"\(([\d,]+) more characters\)", page)
    left_out = [int(count.replace(",", "")) for count in told]
    assert len(left_out) == 4
    # The room of some texts ends before their last words.
    assert all(0 <= LENGTH - MOST_ON_A_PAGE - count < 10 for count in left_out)


def test_the_footer_tells_that_no_more_characters_are_taken(show: Callable[..., Frame]) -> None:
    for way in ("t/", "d/"):
        frame = show(80, 24, *way, *("é" * 600))
        assert "no more than 500 characters" in frame.lines()[-1]
        assert "éé▏" in frame.lines()[-1]
        show(80, 24, "escape", "escape")
