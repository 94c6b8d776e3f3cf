"""Which words of headers, footers, charts' titles and tables' headings give way, at any width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pressing import press
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.dashboard import Dashboard

NOW = 1_700_000_000.0
WIDTHS = range(40, 161, 4)
GoldenText = Callable[[str, str], None]

OF_ONE_RUN = {
    "charts": "",
    "charts-held": "s L +",
    "cursor": "v left",
    "runs": "t",
    "run-page": "i",
    "go-to": "1 2",
}
OF_THREE_RUNS = {"compared": "", "groups": "m", "diff": "d", "table-of-all": "t a"}


def lines(dashboard: Dashboard, heading: str, now: float) -> Iterator[str]:
    """Yield the first two lines of the frame and the last, or the first that holds a heading, each
    time that they change, with the width at which they do.
    """
    before = ""
    for width in WIDTHS:
        dashboard.width, dashboard.height = width, 30 if heading else 14
        frame = Composer().compose(dashboard, now).lines()
        shown = (
            [line for line in frame if heading in line][:1] if heading else [*frame[:2], frame[-1]]
        )
        # How far left and right are apart follows from the width.
        told = "\n".join(re.sub(r"([ ─])\1{2,}", r"\1\1\1", line).strip() for line in shown)
        if told != before:
            before = told
            yield f"{width}\n{told}\n"


def held(
    golden_text: GoldenText, name: str, dashboard: Dashboard, heading: str = "", now: float = NOW
) -> None:
    golden_text(f"lines/{name}", "\n".join(lines(dashboard, heading, now)))


@pytest.mark.parametrize(("name", "keys"), OF_ONE_RUN.items(), ids=OF_ONE_RUN)
def test_of_one_run(
    dashboard: Dashboard, golden_text: GoldenText, utc: None, name: str, keys: str
) -> None:
    dashboard.width = 160
    press(dashboard, *keys.split())
    held(golden_text, name, dashboard)


@pytest.mark.parametrize(("name", "keys"), OF_THREE_RUNS.items(), ids=OF_THREE_RUNS)
def test_of_three_runs(
    compared: Dashboard, golden_text: GoldenText, utc: None, name: str, keys: str
) -> None:
    compared.width = 160
    press(compared, *keys.split())
    held(golden_text, name, compared)


@pytest.mark.parametrize(("name", "age"), [("idle", 60.0), ("stale", 1e6)])
def test_of_a_run_that_is_silent(
    dashboard: Dashboard, golden_text: GoldenText, utc: None, name: str, age: float
) -> None:
    held(golden_text, name, dashboard, now=NOW + age)


def test_of_runs_of_two_origins(
    batch: Callable[..., RunRows], golden_text: GoldenText, utc: None
) -> None:
    made = Dashboard()
    first, second = ProjectId("/data/here", "p"), ProjectId("/data/there", "p")
    made.watch(first)
    for project in (first, second):
        times = [NOW - 9, NOW - 8]
        rows = batch({"loss": [2.0, 1.0]}, run_id="r", run_name="", steps=[1, 2], times=times)
        made.apply(LoadStarted(project, 0, 2))
        made.apply(RowsLoaded(project, 0, [rows], 2))
        made.apply(LoadFinished(project, 0))
    held(golden_text, "two-origins", made)


@pytest.mark.parametrize("count", [1, 3])
def test_of_gpus(
    dashboard: Dashboard,
    gpus_sampled: Callable[..., GpusSampled],
    golden_text: GoldenText,
    utc: None,
    count: int,
) -> None:
    dashboard.width = 160
    for second in range(3):
        dashboard.apply(gpus_sampled(count, float(second)))
    press(dashboard, "g")
    held(golden_text, f"gpus-{count}", dashboard)
    held(golden_text, f"processes-of-{count}", dashboard, " pid ")


def test_of_gpus_of_two_vendors(
    dashboard: Dashboard, gpus_sampled: Callable[..., GpusSampled], golden_text: GoldenText
) -> None:
    one, other = gpus_sampled(2).samples
    other = other._replace(identity=other.identity._replace(vendor="AMD", driver="6.12.12"))
    press(dashboard, "g")
    dashboard.apply(gpus_sampled(2)._replace(samples=(one, other)))
    held(golden_text, "gpus-of-two-vendors", dashboard)


def test_of_a_fleet(
    fleet_sampled: Callable[..., FleetSampled], golden_text: GoldenText, utc: None
) -> None:
    fleet: Any = Dashboard(width=160, height=14, has_fleet=True)
    fleet.show_gpus()
    fleet.apply(fleet_sampled(30))
    held(golden_text, "fleet", fleet)
    press(fleet, "/", *"no such", "enter")
    held(golden_text, "fleet-filtered", fleet)


def test_headings_of_the_table_of_configs(
    compared: Dashboard, golden_text: GoldenText, utc: None
) -> None:
    press(compared, "d")
    held(golden_text, "table-of-configs", compared, " key ")
