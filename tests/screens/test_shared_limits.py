"""Charts whose names end alike share one range of y, if a person wants that."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.charts.line import Line, shared_range
from trackio_view.charts.palette import gradient_for
from trackio_view.headless.run_text import Page, report
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.options.settings import read_settings, shares_y
from trackio_view.screens.memo import Memo
from trackio_view.screens.shared_limits import leaf, shared_y_range
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.stretch import stretch_of
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.series.y_limits import Limits
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
NOW = 1_700_000_000.0


def made(batch: Callable[..., RunRows], runs: int, **metrics: list[float]) -> Dashboard:
    dashboard = Dashboard()
    respond(dashboard, Resized(120, 40))
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 0, 100))
    named = {name.replace("_", "/"): values for name, values in metrics.items()}
    steps = list(range(len(next(iter(metrics.values())))))
    batches = [batch(named, steps=steps, run_id=f"r{run}") for run in range(runs)]
    dashboard.apply(RowsLoaded(P, 0, batches, 100))
    dashboard.apply(LoadFinished(P, 0))
    return dashboard


def ranges(dashboard: Dashboard) -> dict[str, tuple[float, float] | None]:
    composer = Composer()
    composer.compose(dashboard, NOW)
    return {
        metric: None if chart.plot is None else chart.plot.y_range
        for metric, chart in zip(dashboard.metrics, composer.hits.page.charts, strict=True)
    }


def share(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(shared=True))


@pytest.mark.parametrize("runs", [1, 2])
def test_they_have_one_range_which_holds_each(batch: Callable[..., RunRows], runs: int) -> None:
    falling = [4 - step / 50 for step in range(100)]
    dashboard = made(
        batch,
        runs,
        train_loss=falling,
        val_loss=[value + 3 for value in falling],
        train_acc=[step / 100 for step in range(100)],
    )
    if runs == 2:
        for key in ("t", "*", "t"):
            respond(dashboard, KeyPressed(key))
    before = ranges(dashboard)
    assert before["train/loss"] != before["val/loss"]
    share(dashboard)
    after = ranges(dashboard)
    assert after["train/loss"] == after["val/loss"]
    found = after["train/loss"]
    assert found is not None
    assert found[0] <= 2.02
    assert found[1] >= 7
    assert after["train/acc"] == before["train/acc"], "one of its own"
    respond(dashboard, KeyPressed("u"))
    assert ranges(dashboard) == before


def test_a_spike_does_not_set_it_and_is_counted_where_it_is(
    batch: Callable[..., RunRows],
) -> None:
    noise = random.Random(1)
    calm = [1 + noise.random() for _ in range(2000)]
    spiky = [1e5 if step == 700 else value for step, value in enumerate(calm)]
    dashboard = made(batch, 1, train_loss=spiky, val_loss=[value + 1 for value in calm])
    share(dashboard)
    after = ranges(dashboard)
    assert after["train/loss"] == after["val/loss"]
    found = after["train/loss"]
    assert found is not None
    assert found[1] < 10
    frame = Composer().compose(dashboard, NOW).lines()
    assert sum("beyond" in line for line in frame) == 1
    assert "y shared" in frame[-2]


def test_linear_and_logarithmic_ones_have_nothing_in_common(
    batch: Callable[..., RunRows],
) -> None:
    rising = [float(step + 1) for step in range(100)]
    dashboard = made(batch, 1, train_loss=rising, val_loss=[value * 9 for value in rising])
    share(dashboard)
    respond(dashboard, KeyPressed("L"))
    found = list(ranges(dashboard).values())
    assert found[0] != found[1]


def test_a_chart_whose_name_ends_like_no_others_has_a_range_of_its_own(
    batch: Callable[..., RunRows],
) -> None:
    dashboard = made(batch, 1, train_loss=[1.0, 2.0], val_loss=[3.0, 4.0], lr=[0.1, 0.2])
    assert dashboard.project is not None
    assert dashboard.run is not None
    framing = Framing(shared=True)
    stretches = [stretch_of(dashboard.project, dashboard.run, framing)]

    def range_of(metric: str) -> tuple[float, float] | None:
        return shared_y_range(dashboard.metrics, metric, stretches, (0.0, 1.0), framing, Memo())

    assert range_of("train/loss") == range_of("val/loss") == (1.0, 4.0)
    assert range_of("lr") is None


def test_the_graph_of_a_report_has_it_too(batch: Callable[..., RunRows]) -> None:
    values = [2 - step / 100 for step in range(100)]
    dashboard = made(batch, 1, train_loss=values, val_loss=[value + 6 for value in values])
    project, run = dashboard.project, dashboard.run
    assert project is not None
    assert run is not None
    zoom = ZOOM_LEVELS[0]
    own = report(project.name, run, zoom, Page())
    shared = report(project.name, run, zoom, Page(shares_y=lambda: True))
    assert " 8 ┤" not in own
    assert " 8 ┤" in shared


def test_a_setting_says_whether(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "trackio-view" / "settings.toml"
    file.parent.mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert not shares_y()
    file.write_text('[charts]\ny_shared = "on"\n')
    assert shares_y()
    file.write_text("[charts]\ny_shared = 3\n")
    assert not shares_y()
    assert len(read_settings(file).faults) == 1


def test_the_last_part_of_a_name() -> None:
    assert [leaf(name) for name in ("loss", "a/loss", "a/b/loss", "a/", "")] == [
        "loss",
        "loss",
        "loss",
        "",
        "",
    ]


def test_nothing_has_no_range(batch: Callable[..., RunRows]) -> None:
    dashboard = made(batch, 1, train_loss=[float("nan")] * 5)
    run = dashboard.run
    assert run is not None
    line = Line(run.steps, run.series["train/loss"], run.window(None), gradient_for("train/loss"))
    assert shared_range([line], (0.0, 4.0), Limits.AUTO) is None


@pytest.mark.parametrize(
    ("keys", "plotted"),
    [
        ((":", *"y 0..4", "enter"), (0.0, 4.0)),
        (("L", ":", *"y 0.01..100", "enter"), (-2.0, 2.0)),
        ((":", *"y 0..4", "enter", "o"), (1.0, 3.0)),
    ],
)
def test_a_typed_range_is_what_the_axis_spans(
    batch: Callable[..., RunRows], keys: tuple[str, ...], plotted: tuple[float, float]
) -> None:
    dashboard = made(batch, 1, loss=[1.0 + step / 50 for step in range(101)], lr=[0.1] * 101)
    for key in keys:
        respond(dashboard, KeyPressed(key))
    assert dashboard.metrics[0] == "loss"
    assert ranges(dashboard)["loss"] == pytest.approx(plotted)
    composer = Composer()
    told = "\n".join(composer.compose(dashboard, NOW).lines()[-3:])
    assert ("y 0..4" in told) == (plotted == (0.0, 4.0))


def test_a_typed_range_counts_before_one_that_is_shared(batch: Callable[..., RunRows]) -> None:
    falling = [4 - step / 50 for step in range(100)]
    dashboard = made(batch, 1, train_loss=falling, val_loss=[one + 1 for one in falling])
    share(dashboard)
    for key in (":", *"y 0..2", "enter"):
        respond(dashboard, KeyPressed(key))
    found = ranges(dashboard)
    assert found[dashboard.metrics[0]] == (0.0, 2.0)
    assert found[dashboard.metrics[1]] not in (None, (0.0, 2.0))


def test_logarithmic_ones_share_a_range_of_powers_of_ten(batch: Callable[..., RunRows]) -> None:
    rising = [float(step + 1) for step in range(100)]
    dashboard = made(batch, 1, train_loss=rising, val_loss=[value * 9 for value in rising])
    share(dashboard)
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(logarithmic=frozenset(dashboard.metrics)))
    first, second = ranges(dashboard).values()
    assert first is not None
    assert first == second
    assert first[1] < 4.0, "the power of ten of 900"


def test_without_a_range_of_x_none_of_y_is_shared(batch: Callable[..., RunRows]) -> None:
    dashboard = made(batch, 1, train_loss=[1.0, 2.0], val_loss=[5.0, 6.0])
    assert dashboard.project is not None
    assert dashboard.run is not None
    framing = Framing(shared=True)
    stretches = [stretch_of(dashboard.project, dashboard.run, framing)]
    metrics = ["train/loss", "val/loss"]
    for x_range, is_shared in (((0.0, 1.0), True), (None, False)):
        found = shared_y_range(metrics, metrics[0], stretches, x_range, framing, Memo())
        assert (found is not None) is is_shared
