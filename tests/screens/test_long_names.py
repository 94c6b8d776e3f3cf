"""Different names never look alike on one page, however short they are cut."""

from __future__ import annotations

import re
from array import array
from collections import Counter

import pytest

from tests.conftest import make_batch
from trackio_view.charts.line import Line
from trackio_view.charts.palette import LOW_IS_GOOD
from trackio_view.model.events import (
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    RunObjectsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.gpu import GpuIdentity, GpuSample, GpusSampled
from trackio_view.model.objects import LoggedMedia, RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.model.x_axis import XAxis, XKind
from trackio_view.screens.chart_content import ChartSpec, Heading, Legend, Titles
from trackio_view.screens.chart_page import PlannedChart, draw_page
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import PLAIN, StyledText
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond
from trackio_view.wording.names import Names

PROJECT = ProjectId("", "long")
NOW = 1_700_000_000.0
METRICS = [
    f"train/very_long_prefix/of/module_{at % 3}/loss_{'abcdef'[at // 3]}" for at in range(18)
]
RUNS = [
    f"bert-base-uncased-finetuned-on-everything-lr0.00{at % 3}-seed-{at // 3}" for at in range(9)
]
CUT = re.compile(r"[^\s│╭╮─]*…[^\s│╭╮─]*")


@pytest.fixture
def dashboard() -> Dashboard:
    """A project whose runs and metrics have long names that begin or end alike."""
    made = Dashboard(directory="/data")
    made.watch(PROJECT)
    made.apply(LoadStarted(PROJECT, 0, 9))
    steps = array("d", range(5))
    column = MetricColumn(array("I", range(5)), array("d", [3.0, 2.0, 1.5, 1.25, 1.0]))
    times = array("d", (NOW - 20 + row for row in range(5)))
    for at, name in enumerate(RUNS):
        columns = dict.fromkeys(METRICS, column)
        rows = RunRows(f"id{at}", name, at + 1, steps, times, columns, 4)
        made.apply(RowsLoaded(PROJECT, 0, [rows], 9))
    config = {f"model.encoder.layers.{at}.attention.dropout.probability": at for at in range(8)}
    details = [RunDetails(f"id{at}", name, config, None) for at, name in enumerate(RUNS)]
    made.apply(DetailsLoaded(PROJECT, 0, details))
    made.apply(LoadFinished(PROJECT, 0))
    names = [f"RTX-6000-Ada-Generation-of-the-kind-{kind}" for kind in "ABC"]
    samples = (
        GpuSample(GpuIdentity(str(at), "NVIDIA", name), NOW) for at, name in enumerate(names)
    )
    made.apply(GpusSampled(tuple(samples), ()))
    return made


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("keys", ["", "t", "t*t", "t*d", "i", "g"])
def test_no_two_names_look_alike(show, size, keys) -> None:
    lines = show(*size, *keys).lines()
    if keys == "t*t":
        # The same name may stand in the header and in the legend.
        lines = lines[1:]
    found = Counter(text for line in lines for text in CUT.findall(line) if text != "…")
    alike = [text for text, count in found.items() if count > 1]
    assert not alike, "\n".join(lines)


KINDS = {
    "common beginning": "a/very/long/common/beginning/of/names/that/goes/on/and/on-{}",
    "common ending": "{}/a/very/long/common/ending/of/names/that/goes/on/and/on",
    "both": "model.encoder.layers.{}.attention.self.query.weight.grad_norm.mean",
    "wide": "学習率学習率学習率学習率学習率{}損失損失損失損失損失損失",
    "emoji": "🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀{}👩\u200d👧🌍🌍🌍🌍🌍🌍🌍🌍🌍🌍",
}


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("kind", KINDS)
def test_no_two_names_look_alike_of_whatever_kind(dashboard, show, size, kind) -> None:
    """Names of runs, metrics, config keys and GPUs that differ in one glyph alone."""
    names = [KINDS[kind].format(told) for told in "零壱弐参肆伍"]
    named = ProjectId("", "named")
    column = MetricColumn(array("I", range(5)), array("d", [3.0, 2.0, 1.5, 1.25, 1.0]))
    times = array("d", (NOW - 20 + row for row in range(5)))
    dashboard.watch(named)
    dashboard.view.project = named
    dashboard.apply(LoadStarted(named, 0, 6))
    for at, name in enumerate(names):
        columns = {f"m{metric}": column for metric in names}
        rows = RunRows(f"id{at}", name, at + 1, array("d", range(5)), times, columns, 4)
        dashboard.apply(RowsLoaded(named, 0, [rows], 6))
    config = {f"c{key}": at for at, key in enumerate(names)}
    details = [RunDetails(f"id{at}", name, config, None) for at, name in enumerate(names)]
    dashboard.apply(DetailsLoaded(named, 0, details))
    dashboard.apply(LoadFinished(named, 0))
    samples = (
        GpuSample(GpuIdentity(str(at), "NVIDIA", name), NOW) for at, name in enumerate(names)
    )
    dashboard.apply(GpusSampled(tuple(samples), ()))
    for keys in ("", "i", "\x1bt", "*t", "*d", "\x1bg"):
        lines = show(*size, *(it if it != "\x1b" else "escape" for it in keys)).lines()
        # The panel at the right names runs and metrics once more.
        boxes = [re.split("││|╮╭|╯╰", line) for line in lines[1:]]
        for beside in ([text for *left, _ in boxes for text in left], [box[-1] for box in boxes]):
            found = Counter(text for it in beside for text in CUT.findall(it) if text != "…")
            alike = [text for text, count in found.items() if count > 1]
            assert not alike, keys + "\n" + "\n".join(lines)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("keys", ["", "t", "t*d", "w"])
def test_names_are_cut_in_their_middle(dashboard, show, size, keys) -> None:
    """Each screen cuts names by one rule: a cut name keeps its end."""
    names = ["learning_rate", "gradient_norm_of_the_encoder", "samples_per_second", "total_flos"]
    metrics = [f"{group}/{name}" for group in ("train", "validation") for name in names]
    column = MetricColumn(array("I", range(5)), array("d", [3.0, 2.0, 1.5, 1.25, 1.0]))
    times, steps = array("d", (NOW - 20 + row for row in range(5))), array("d", range(5))
    runs = ["bert-base-uncased-finetuned-once", "distilbert-of-a-student-warmup"]
    named = ProjectId("", "named")
    dashboard.watch(named)
    dashboard.view.project = named
    dashboard.apply(LoadStarted(named, 0, 2))
    config = {"optimizer.weight_decay_of_the_encoder": 1, "scheduler.warmup_ratio_of_all": 2}
    for at, name in enumerate(runs):
        rows = RunRows(f"id{at}", name, at + 1, steps, times, dict.fromkeys(metrics, column), 4)
        dashboard.apply(RowsLoaded(named, 0, [rows], 2))
        different = {key: value + at for key, value in config.items()}
        dashboard.apply(DetailsLoaded(named, 0, [RunDetails(f"id{at}", name, different, None)]))
    dashboard.apply(LoadFinished(named, 0))
    lines = show(*size, *keys).lines()
    cut = [text.strip("▸★✖■◆●") for line in lines for text in CUT.findall(line)]
    # An ellipsis by itself means that a list has more entries.
    cut = [text for text in cut if len(text) > 2]
    known = [*metrics, *runs, *config, "learning_rate trend"]
    endings = [name[place:] for name in known for place in range(len(name))]
    for text in cut:
        assert text.rpartition("…")[2] in endings, (text, "\n".join(lines))


def test_the_panel_tells_the_loss_from_other_metrics_as_its_chart_does(dashboard, show) -> None:
    names = [f"model.encoder.layers.{at}.attention.self.query.weight" for at in range(4)]
    column = MetricColumn(array("I", range(5)), array("d", [3.0, 2.0, 1.5, 1.25, 1.0]))
    times, steps = array("d", (NOW - 20 + row for row in range(5))), array("d", range(5))
    rows = RunRows("id99", "other", 99, steps, times, dict.fromkeys(names, column), 4)
    dashboard.apply(RowsLoaded(PROJECT, 0, [rows], 9))
    dashboard.view.run_id = "id99"
    panel = [line[-28:] for line in show(120, 40).lines()]
    shown = [text for line in panel for text in CUT.findall(line) if text.startswith("model")]
    assert shown == ["model.en…0…weight"]


def test_pages_that_follow_one_another_show_other_titles(show) -> None:
    """Where one chart fills the screen, its title tells which it is."""
    titles = [show(40, 12, *keys).lines()[1] for keys in ([], ["page_down"], ["page_down"])]
    assert len({text for title in titles for text in CUT.findall(title)}) == 3


def test_metrics_on_the_x_axis_are_told_apart_in_the_status(show, dashboard) -> None:
    told = set()
    for metric in METRICS[:3]:
        dashboard.view.charts.change(Framing(axis=XAxis(XKind.METRIC, metric)))
        told.add(show(120, 40).lines()[-2].partition("x: ")[2].split()[0])
    assert all("…" in name for name in told)
    assert len(told) == 3


def test_the_next_run_looks_different_in_the_header(show) -> None:
    first = show(80, 24).lines()[0]
    assert show(80, 24, "r").lines()[0] != first


def test_scrolling_leaves_the_names_of_runs_as_they_are(show) -> None:
    before = set(CUT.findall("\n".join(show(40, 12, "t").lines())))
    after = set(CUT.findall("\n".join(show(40, 12, *["down"] * 8).lines())))
    assert len(before & after) >= 2


def test_a_new_metric_draws_only_charts_anew_whose_titles_may_be_cut() -> None:
    drawn: list[str] = []

    def planned(title: str, y: int) -> PlannedChart:
        def spec() -> ChartSpec:
            drawn.append(title)
            return ChartSpec([Heading(title)], [])

        return PlannedChart(title, 1, Rect(0, y, 24, 8), title, spec)

    charts, memo, frame = [planned("loss", 0), planned(METRICS[0], 8)], Memo(), Frame(24, 16)
    for names in (METRICS[:1], METRICS[:1], METRICS[:4]):
        draw_page(frame, charts, Repertoire.BRAILLE, memo, titles=Titles(Names(names)))
    assert drawn == ["loss", METRICS[0], METRICS[0]]
    assert "loss_a" in frame.lines()[8]


def test_names_are_sorted_once_and_not_for_each_frame(dashboard, monkeypatch) -> None:
    made = []
    real = Names.__init__
    monkeypatch.setattr(
        Names, "__init__", lambda self, names: (made.append(1), real(self, names))[1]
    )
    dashboard.width, dashboard.height = 80, 24
    composer = Composer(Repertoire.BRAILLE)
    composer.compose(dashboard, NOW)
    first = len(made)
    composer.compose(dashboard, NOW)
    assert len(made) == first == 2, "the metrics', and the runs' of the header"


def test_projects_of_long_names_have_headers_that_are_told_apart(show, dashboard) -> None:
    projects = [
        ProjectId("", f"finetuning-of-everything-on-all-data-with-seed-{seed}-of-the-sweep")
        for seed in range(3)
    ]
    listed = [ProjectSummary(project, 1, 5, NOW, 9) for project in projects]
    dashboard.apply(ProjectsListed("", listed))
    headers = []
    for project in projects:
        dashboard.watch(project)
        headers.append(show(80, 24).lines()[0].split()[0])
    assert all("…" in header for header in headers)
    assert len(set(headers)) == 3


def test_lines_of_a_machine_that_have_no_room_are_told_apart(show, dashboard) -> None:
    keys = [f"rank{at}/a_very_long_name_of_a_counter_of_bytes_per_second" for at in range(3)]
    column = MetricColumn(array("I", range(2)), array("d", [1.0, 2.0]))
    times = array("d", [NOW - 9, NOW - 4])
    rows = RunRows("id8", RUNS[8], 2, times, times, dict.fromkeys(keys, column), NOW)
    dashboard.apply(SystemRowsLoaded(PROJECT, 0, [rows], True))
    media = [
        LoggedMedia(f"validation/samples/epoch/{at}/generated", 1, "image", "/m.png", "")
        for at in range(3)
    ]
    dashboard.apply(RunObjectsLoaded(PROJECT, "id8", RunObjects(media=media)))
    lines = [line.strip("│ ") for line in show(60, 90, "i").lines()]
    machine, images = lines.index("machine"), lines.index("media")
    labels = [line.partition("  ")[0] for line in lines[machine + 1 : machine + 4]]
    labels += [line.partition("  ")[0] for line in lines[images + 1 : images + 4]]
    assert all("…" in label for label in labels), labels
    assert len(set(labels)) == 6


def test_a_legend_below_a_chart_tells_lines_apart_that_have_no_room() -> None:
    texts = [f"• a very long name of a device {at} which has no room 5" for at in range(3)]
    legend = Legend([StyledText(text, PLAIN) for text in texts], below=True)
    steps, series = array("d", range(2)), Series()
    series.append(MetricColumn(array("I", range(2)), array("d", [1.0, 2.0])), array("I", [0, 1]))
    line = Line(steps, series, EVERY_ROW, LOW_IS_GOOD)
    spec = ChartSpec([Heading("t", ())], [line], legend=legend)
    frame = Frame(30, 20)
    planned = [PlannedChart("a", 1, Rect(0, 0, 30, 20), "t", lambda: spec)]
    draw_page(frame, planned, Repertoire.BRAILLE, Memo())
    shown = [text.strip("│ ") for text in frame.lines()[-4:-1]]
    assert all("…" in text for text in shown), shown
    assert len(set(shown)) == 3


def test_a_narrow_table_has_a_number_beside_names_that_were_cut() -> None:
    made = Dashboard(width=40, height=12)
    made.watch(PROJECT)
    made.apply(LoadStarted(PROJECT, 0, 6))
    metric, keys = "train/" + "module-" * 40 + "/loss", ["key-" * 70 + end for end in "abc"]
    for number in range(3):
        rows = make_batch(
            {metric: [2.0, 1.5 + number]}, run_id=f"r{number}", run_name=f"{RUNS[0]}-{number}"
        )
        made.apply(RowsLoaded(PROJECT, 0, [rows], 6))
        config = {key: "value-" * 50 + str(number) for key in keys}
        made.apply(
            DetailsLoaded(PROJECT, 0, [RunDetails(f"r{number}", rows.run_name, config, None)])
        )
    made.apply(LoadFinished(PROJECT, 0))
    respond(made, KeyPressed("t"))
    lines = Composer().compose(made, NOW).lines()
    assert [line.split()[-1] for line in lines[2:5]] == ["3.5000", "2.5000", "1.5000"]
    assert "oss" in lines[1]
