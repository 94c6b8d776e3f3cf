"""The page of one run."""

from __future__ import annotations

import math
import re
import unicodedata
from array import array

import pytest

from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    RowsLoaded,
    RunObjectsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.gpu import Absence, GpuProcess, GpuSample
from trackio_view.model.objects import (
    LoggedHistogram,
    LoggedKind,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    RunObjects,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunKey, RunRows
from trackio_view.model.training_gpus import training_gpus
from trackio_view.screens import run_page
from trackio_view.screens.page_parts import LINES_A_FRAME, PageParts
from trackio_view.screens.panels import page_lines
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.wrapping import wrapped
from trackio_view.view.folding import Fold
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")

NOW = 1_700_000_000.0
NAN = math.nan
HOSTILE = "\x1b[2J\x1b]0;title\x07\u202e"


@pytest.fixture
def described(dashboard):
    """A run with everything that a run can have."""
    config = {"lr": 1e-3, "optimizer": {"name": "adam"}, "_Username": "ada", "_Group": None}
    dashboard.apply(
        DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "brave-forest-2", config, "baseline")])
    )
    alerts = [
        Alert(1, "id2", "brave-forest-2", "Warm-up done", "", "info", 200, NOW - 3700),
        Alert(
            2, "id2", "brave-forest-2", "Loss spike", "It leapt.\nTwice.", "warn", None, math.nan
        ),
    ]
    dashboard.apply(AlertsLoaded(EXPERIMENT, 0, alerts, False))
    counts = tuple(float(100 - abs(at - 32) * 3) for at in range(64))
    objects = RunObjects(
        texts=(LoggedText("report", 1999, "# Result\n\nIt **works**:\n\n- one\n- two\n"),),
        tables=(
            LoggedTable("samples", 1999, ("prompt", "answer"), (("1+1", "2"), ("日本", "🚀")), 900),
        ),
        histograms=(LoggedHistogram("weights", 1500, tuple(at / 10 for at in range(65)), counts),),
        media=(LoggedMedia("image", 10, "image", "/data/media/x/10/a.png", "a cat"),),
    )
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    return dashboard


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50), (120, 90)])
def test_golden(described, show, golden, width, height) -> None:
    pytest.importorskip("rich")
    golden(f"run-page-{width}x{height}", show(width, height, "i"))


@pytest.mark.parametrize(("width", "height"), [(80, 24)])
def test_golden_end_of_the_page(described, show, golden, width, height) -> None:
    pytest.importorskip("rich")
    golden(f"run-page-end-{width}x{height}", show(width, height, "i", "end"))


def test_nothing_on_the_page_is_cut_off_where_it_is_narrow(dashboard, show) -> None:
    path = "/data/media/" + "run/" * 12 + "image.png"
    columns = tuple(f"column {number}" for number in range(9))
    objects = RunObjects(
        tables=(LoggedTable("samples", 1, columns, (tuple(columns),), 3),),
        media=(LoggedMedia("image", 10, "image", path, ""),),
    )
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    config = {"prompt": "a long sentence that says what the model is asked for", "max_steps": 4000}
    details = [RunDetails("id2", "brave-forest-2", config, None)]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    lines = show(60, 60, "i").lines()
    joined = "".join(line.strip("│ ") for line in lines)
    assert path in joined
    assert "a long sentence that says what the model is asked for".replace(" ", "") in (
        joined.replace(" ", "")
    )
    assert "2 more rows and 2 more columns" in joined
    assert any("done" in line and "50%" in line for line in lines)
    assert any("time left" in line for line in lines)


@pytest.mark.parametrize("seconds", [0, 3600, 90_000])
def test_only_a_run_that_lives_has_time_left(dashboard, seconds: int) -> None:
    config = {"max_steps": 4000}
    details = [RunDetails("id2", "brave-forest-2", config, None)]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    respond(dashboard, Resized(80, 40))
    respond(dashboard, KeyPressed("i"))
    text = "\n".join(Composer().compose(dashboard, NOW + seconds).lines())
    assert "50%" in text
    assert ("time left" in text) == (seconds == 0)


def test_scrolling_makes_no_line_anew(described, show, monkeypatch) -> None:
    made = []
    real = run_page.page_lines
    monkeypatch.setattr(run_page, "page_lines", lambda *args: (made.append(args), real(*args))[1])
    show(80, 24, "i")
    composer = Composer()
    for key in ("down", "page_down", "end", "home"):
        respond(described, KeyPressed(key))
        composer.compose(described, NOW)
    assert len(made) == 2, "one for each composer"


def test_a_hurried_frame_lays_out_a_part_of_a_long_page_and_the_next_go_on(dashboard) -> None:
    pytest.importorskip("rich")
    config = {f"name {number}": "value " * 200 for number in range(200)}
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "r", config, None)]))
    alerts = [
        Alert(number, "id2", "r", "title", "text " * 900, "info", 1, NOW) for number in range(50)
    ]
    dashboard.apply(AlertsLoaded(EXPERIMENT, 0, alerts, False))
    texts = tuple(LoggedText(f"report {at}", 1, "# Title\n\nText.\n\n" * 300) for at in range(5))
    table = LoggedTable("samples", 1, ("a", "b"), (("1", "2"),) * 50, 900)
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(texts, (table,))))
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("i"))
    dashboard.view.page.switched = {Fold("config"), Fold("alerts")}
    composer, frames, made = Composer(), 0, 0
    parts = composer.memo.get("parts of the run page", PageParts)
    while True:
        hurried = composer.compose(dashboard, NOW, hurried=True)
        made += parts.made
        frames += 1
        assert parts.made <= LINES_A_FRAME
        if composer.whole:
            break
        assert composer.seen.furthest is None
        assert "of more than " in hurried.lines()[1]
    assert made // LINES_A_FRAME < frames <= made // LINES_A_FRAME + 1
    # A second later, no line is made anew.
    composer.compose(dashboard, NOW + 1, hurried=True)
    assert composer.whole
    assert parts.made == 0
    assert hurried.lines() == Composer().compose(dashboard, NOW).lines()


def test_a_page_of_a_thousand_long_texts_has_an_end_and_says_what_is_cut(dashboard) -> None:
    config = {f"name {number}": "value " * 800 for number in range(1_000)}
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "r", config, None)]))
    respond(dashboard, Resized(120, 4_000))
    respond(dashboard, KeyPressed("i"))
    dashboard.view.page.switched = {Fold("config")}
    composer = Composer()
    text = "\n".join(composer.compose(dashboard, NOW).lines())
    assert composer.memo.get("parts of the run page", PageParts).made < 4_000
    assert text.count("(4,700 more characters)") > 900


def test_the_end_of_a_page_is_found_while_it_is_laid_out(dashboard) -> None:
    config = {f"name {number}": number for number in range(500)}
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "r", config, None)]))
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("i"))
    dashboard.view.page.switched = {Fold("config")}
    composer = Composer()
    composer.compose(dashboard, NOW, hurried=True)
    respond(dashboard, KeyPressed("end"), composer.seen)
    while not composer.whole:
        frame = composer.compose(dashboard, NOW, hurried=True)
    assert frame.lines() == Composer().compose(dashboard, NOW).lines()
    respond(dashboard, KeyPressed("up"), composer.seen)
    assert composer.compose(dashboard, NOW, hurried=True).lines() != frame.lines()


def test_a_config_is_laid_out_once_however_many_seconds_pass(dashboard, monkeypatch) -> None:
    made = []
    monkeypatch.setattr(page_lines, "wrapped", lambda *args: (made.append(args), wrapped(*args))[1])
    config = {f"name {number}": number for number in range(5_000)}
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "r", config, None)]))
    respond(dashboard, KeyPressed("i"))
    composer = Composer()
    composer.compose(dashboard, NOW)
    assert len(made) < 100, "it is one line until it is opened"
    for key in ("tab", "enter"):
        respond(dashboard, KeyPressed(key), composer.seen)
    composer.compose(dashboard, NOW)
    first = len(made)
    composer.compose(dashboard, NOW + 1)
    assert first >= 5_000
    assert len(made) - first < 100
    # A changed value is still seen.
    changed = {**config, "name 3": "changed"}
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "r", changed, None)]))
    composer.compose(dashboard, NOW + 2)
    assert len(made) - first >= 5_000


def test_the_page_says_that_it_still_reads(dashboard, show) -> None:
    assert "reading what else it logged" in "\n".join(show(120, 60, "i").lines())


def test_a_run_without_config_and_one_that_is_gone(dashboard, show) -> None:
    assert "TrackIO holds no config of this run" in "\n".join(show(120, 60, "i").lines())
    dashboard.project.runs.clear()
    assert "no longer there" in "\n".join(show(120, 60).lines())


def test_escape_leads_back_to_where_it_was_opened(described, show) -> None:
    before = show(120, 40, "enter").lines()
    show(120, 40, "i")
    assert show(120, 40, "escape").lines() == before


def test_scrolling_stops_at_both_ends(described, show) -> None:
    end = show(80, 24, "i", "end").lines()
    # Apart from the word that tells that there is no more, nothing changes.
    assert show(80, 24, "down", "page_down").lines()[:-2] == end[:-2]
    assert show(80, 24, "up").lines() != end
    show(80, 24, "home")
    assert described.view.page.offset == 0


def test_nothing_that_a_run_logged_reaches_a_cell_as_a_control(dashboard, show) -> None:
    objects = RunObjects(
        texts=(LoggedText(HOSTILE, 1, f"# {HOSTILE}\n`{HOSTILE}`\n[x](http://{HOSTILE})\t."),),
        tables=(LoggedTable(HOSTILE, 1, (HOSTILE,), ((HOSTILE,),), 1),),
        histograms=(LoggedHistogram(HOSTILE, 1, (0.0, 1.0), (math.nan,)),),
        media=(LoggedMedia(HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE),),
    )
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    details = RunDetails("id2", HOSTILE, {HOSTILE: {HOSTILE: HOSTILE}, "_x": HOSTILE}, HOSTILE)
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, [details]))
    alert = Alert(1, "id2", HOSTILE, HOSTILE, f"{HOSTILE}\n{HOSTILE}", "error", 1, NOW)
    dashboard.apply(AlertsLoaded(EXPERIMENT, 0, [alert], True))
    for row in show(120, 90, "i").glyphs:
        assert not any(unicodedata.category(char)[0] == "C" for char in "".join(row))


def test_bars_beyond_floats_are_full_and_told_in_short(described, show) -> None:
    key = RunKey(EXPERIMENT, "id2")
    counts = (1e308,) * 48 + (3.0,)
    histogram = LoggedHistogram("h", 1, tuple(map(float, range(50))), counts)
    show(120, 90, "i")
    objects = RunObjects(texts=(), tables=(), histograms=(histogram,), media=())
    described.apply(RunObjectsLoaded(key.project, key.run_id, objects))
    text = "\n".join(show(120, 90, "end").lines())
    assert len(re.findall(r" {2}━+ +inf ", text)) == 16
    assert "000,000" not in text


def test_health_is_on_the_page_on_the_chart_and_off_the_screen_when_well(
    dashboard, show, batch
) -> None:
    assert "leapt" not in "\n".join(show(120, 40).lines())
    rows = batch({"train/loss": [math.nan]}, steps=[2000], run_id="id2", first_id=9000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6001))
    told = "train/loss became NaN at step 2,000"
    chart = "\n".join(show(120, 40).lines())
    assert told in chart
    assert told in "\n".join(show(120, 40, "i").lines())


def test_the_gpus_of_a_run_are_those_of_its_project_where_no_other_is_live(
    dashboard, gpus_sampled
) -> None:
    reading = gpus_sampled(2, processes=(GpuProcess(8, project=ProjectId("", "x")), GpuProcess(9)))
    other, own = reading.samples

    def used_by(process: GpuProcess) -> None:
        dashboard.apply(reading._replace(samples=(other, own._replace(processes=(process,)))))

    used_by(GpuProcess(7, project=EXPERIMENT))
    project = dashboard.known.projects[EXPERIMENT]
    first, *_, newest = project.every_run

    def told(run: Run, now: float) -> list[int]:
        samples = dashboard.known.gpus.samples
        return [number for number, _ in training_gpus(samples, project, run, now)]

    # Three runs of the project are live, and the GPU may be that of any of them.
    assert told(newest, NOW) == []
    run, link = newest.name, "writes"
    seen = GpuProcess(7, project=EXPERIMENT, run=run, run_id=newest.run_id, link=link)
    used_by(seen)
    assert told(newest, NOW) == [1]
    assert told(first, NOW) == []
    used_by(GpuProcess(7, project=EXPERIMENT))
    later = array("d", (NOW + 5000,))
    row = RunRows(newest.run_id, newest.name, 6001, array("d", (2000,)), later, {}, 2000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [row], 6001))
    assert told(newest, NOW + 5001) == [1]
    assert told(first, NOW + 5001) == []


def test_the_page_tells_the_work_of_the_runs_gpus(
    monkeypatch, dashboard, show, gpus_sampled
) -> None:
    (sample,) = gpus_sampled(1, activity="tensor cores 93 %", ecc_uncorrected=2).samples
    other = sample._replace(activity="memory 80 %", ecc_uncorrected=0)
    last = other._replace(activity=None, utilization=7.0)
    used = [(3, sample), (5, other), (6, last)]
    monkeypatch.setattr(run_page, "training_gpus", lambda *_: used)
    text = " ".join("\n".join(show(120, 40, "i").lines()).split())
    assert "GPU 3 tensor cores 93 %" in text
    assert "GPU 3 2 uncorrected memory errors since the driver loaded" in text
    assert "GPU 5 memory 80 %" in text
    assert "GPU 6 7% load" in text
    bare = GpuSample(sample.identity, NOW, utilization=9.0)
    used[:] = [(7, bare)]
    text = " ".join("\n".join(show(120, 40).lines()).split())
    assert "GPU 7 9% load" in text, "it tells nothing of its health"
    used[:] = [(6, last._replace(utilization=None))]
    text = " ".join("\n".join(show(120, 40).lines()).split())
    assert "GPU 6 its load is not told" in text
    seen = last._replace(measures={"utilization": "visible processes"})
    used[:] = [(5, other.unanswered(Absence.STALE, "not answering for 12 s")), (6, seen)]
    text = " ".join("\n".join(show(120, 40).lines()).split())
    assert "GPU 5 not answering for 12 s" in text
    assert "GPU 6 7% load (visible processes)" in text


def test_the_page_has_the_machine_metrics_of_the_run(described, show, batch) -> None:
    logged = {"gpu/0/utilization": [40.0, 90.0], "gpu/1/utilization": [10.0, 20.0]}
    rows = batch(logged, steps=[NOW - 20, NOW - 10], run_id="id2", first_id=1)
    assert "GPU utilization" not in "\n".join(show(120, 90, "i").lines())
    described.apply(SystemRowsLoaded(EXPERIMENT, 0, [rows], True))
    text = "\n".join(show(120, 90).lines())
    assert "GPU utilization GPU 0         90 %  40–90" in text
    assert "GPU utilization GPU 1         20 %  10–20" in text


def test_a_gpu_that_is_logged_no_more_has_no_newest_value_on_the_page(
    described, show, batch, utc
) -> None:
    logged = {"gpu/0/power": [40.0] * 9, "gpu/1/power": [20.0, 20.0, *[None] * 7]}
    times = [NOW - 90 + 10 * row for row in range(9)]
    rows = batch(logged, steps=times, times=times, run_id="id2", first_id=1)
    described.apply(SystemRowsLoaded(EXPERIMENT, 0, [rows], True))
    text = "\n".join(show(120, 90, "i").lines())
    assert "GPU power GPU 0               40 W  40–40" in text
    assert "GPU power GPU 1               not logged since 2023-11-14 22:12:00  20–20" in text


def test_a_run_without_numbers_has_no_empty_heading_and_says_what_it_logged(
    dashboard, show, batch
) -> None:
    traces = batch({}, run_id="e", run_name="lm-eval", steps=[0, 1], times=[NOW, NOW])
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [traces], 2))
    dashboard.show_run(RunKey(EXPERIMENT, "e"))
    objects = RunObjects(kinds=(LoggedKind("trace", 1_030), LoggedKind("text", 1)))
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "e", objects))
    lines = [" ".join(line.split()) for line in show(80, 40, "i").lines()]
    assert "│ metrics │" not in lines
    heading = lines.index("│ no numbers, but │")
    assert lines[heading + 1 : heading + 3] == ["│ traces 1,030 │", "│ text 1 │"]


def test_a_run_that_logs_its_machine_alone_has_a_line_and_a_page(dashboard, show, batch) -> None:
    machine = batch({"gpu/0/power": [5.0]}, run_id="m", run_name="warm", times=[NOW])
    dashboard.apply(SystemRowsLoaded(EXPERIMENT, 0, [machine], replaces=True))
    dashboard.show_run(RunKey(EXPERIMENT, "m"))
    charts = show(80, 30).lines()
    assert "step" not in charts[0]
    assert any("warm logs its machine so far: y shows it." in line for line in charts)
    text = "\n".join(show(80, 30, "i").lines())
    assert "▸ warm ─" in text
    assert "machine" in text
    assert "metrics" not in text
    assert "nan" not in text.lower()
    assert "warm" in "\n".join(show(80, 30, "escape", "t").lines())


def _alert_many(dashboard, count: int) -> None:
    alerts = [
        Alert(at, "id2", "brave-forest-2", f"spike {at}", "", "warn", at, NOW - count + at)
        for at in range(count)
    ]
    dashboard.apply(AlertsLoaded(EXPERIMENT, 0, alerts, False))


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden_alerts(dashboard, show, golden, width, height) -> None:
    _alert_many(dashboard, 5000)
    show(width, height, "i")
    golden(f"run-page-alerts-{width}x{height}", show(width, height, "tab", "tab"))


def test_thousands_of_alerts_are_a_count_and_the_newest(dashboard, show) -> None:
    _alert_many(dashboard, 5000)
    lines = [line.strip("│ ") for line in show(120, 70, "i").lines()]
    heading = lines.index("alerts: 5,000, the newest first")
    shown = lines[heading + 1 : heading + 11]
    for at, line in zip(range(4999, 4989, -1), shown, strict=True):
        assert f"spike {at} " in line
    assert lines[heading + 11] == "▸ 4,990 earlier"
    assert lines.index("metrics") < heading < lines.index("config")
    opened = [line.strip("│ ") for line in show(120, 700, "enter").lines()]
    assert sum("spike" in line for line in opened) == 500
    assert "▾ 4,500 earlier" in opened


@pytest.mark.parametrize("count", [10, 11])
def test_few_alerts_are_all_there_or_one_key_away(dashboard, show, count) -> None:
    _alert_many(dashboard, count)
    lines = [line.strip("│ ") for line in show(120, 70, "i").lines()]
    assert sum("spike" in line for line in lines) == 10
    assert ("alerts" in lines) == (count == 10)
    assert ("▸ 1 earlier" in lines) == (count == 11)
    opened = [line.strip("│ ") for line in show(120, 70, "enter").lines()]
    assert sum("spike" in line for line in opened) == count


def test_the_titles_of_two_runs_pages_are_told_apart_where_they_are_cut(dashboard, show) -> None:
    first = show(40, 12, "i").lines()[1]
    second = show(40, 12, "escape", "r", "i").lines()[1]
    assert "…" in first
    assert first.partition(" ─ ")[0] != second.partition(" ─ ")[0]


def test_thousands_of_metrics_leave_what_comes_after_them_within_reach(
    dashboard, show, batch
) -> None:
    rows = batch({f"m{at:04}": [1.0] for at in range(3000)}, run_id="id2", first_id=9001)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6001))
    lines = [line.strip("│ ") for line in show(120, 120, "i").lines()]
    more = next(line for line in lines if line.endswith(" more") and line.startswith("▸"))
    shown = sum(re.match(r"m\d{4} ", line) is not None for line in lines)
    assert (shown, int(more[2:-5].replace(",", ""))) == (53, 2_947), "sixty with its seven others"
    assert "config" in lines
    opened = show(120, 3300, "enter").lines()
    assert sum("m0" in line or "m1" in line or "m2" in line for line in opened) == 3000


def test_a_metric_that_counts_has_no_decimals(dashboard, show, batch) -> None:
    values = {"seen": [0.0, 4096.0], "odd": [0.0, 2.5]}
    rows = batch(values, run_id="id2", run_name="brave-forest-2", first_id=100_000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 100_001))
    lines = show(100, 40, "i").lines()
    told = {line.split()[1]: line.split()[2:6] for line in lines if len(line.split()) > 6}
    assert told["seen"] == ["4,096", "0", "4,096", "0"]
    assert told["odd"] == ["2.5000", "0.0000", "2.5000", "0.0000"]
