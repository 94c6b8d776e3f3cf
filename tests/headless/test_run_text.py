"""The text of `--once` has labels for scripts, exact numbers and no escape sequence."""

from __future__ import annotations

import math
import re
from array import array
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_batch
from trackio_view.charts.line import Line
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.palette import LOW_IS_GOOD
from trackio_view.charts.plot import Plot
from trackio_view.headless.run_text import (
    GRAPH_HEIGHT,
    Outlook,
    Page,
    ToldBeside,
    colored_lines,
    format_change,
    report,
    since_when,
)
from trackio_view.model.alerts import Alert
from trackio_view.model.run import Run
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.window import EVERY_ROW, ZOOM_LEVELS
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import Color, Style

ALL = ZOOM_LEVELS[0]
(LAST_50,) = (level for level in ZOOM_LEVELS if level.distinct_steps == 50)
(LAST_20,) = (level for level in ZOOM_LEVELS if level.distinct_steps == 20)


def lines_of(run: Run, zoom=ALL, page: Page | None = None) -> list[str]:
    text = report("p", run, zoom, Page() if page is None else page)
    assert text.endswith("\n")
    return text.splitlines()


def change(first: float, last: float) -> str:
    series = Series()
    rows = array("I", [0, 1])
    series.append(MetricColumn(rows, array("d", [first, last])), rows)
    summary = series.summary(EVERY_ROW)
    assert summary is not None
    return format_change(summary)


def value_of(lines: list[str], label: str) -> str:
    (line,) = [line for line in lines if line.startswith(f"{label}:")]
    return line.removeprefix(f"{label}: ")


def test_each_label_stands_at_its_lines_start_with_the_number_first(run) -> None:
    metrics = {"train/loss": [3.0, 1.0, 2.0], "learning_rate": [1e-3] * 3, "sparsity": [0.25] * 3}
    lines = lines_of(run(metrics, steps=[0, 10, 20]))
    labels = {label: value_of(lines, label).split()[0] for label in LABELS}
    assert labels == LABELS


LABELS = {
    "Latest Iteration": "20",
    "Latest Loss": "2",
    "Loss Change": "-1",
    "Min Loss": "1",
    "Max Loss": "3",
    "Learning Rate": "0.001",
    "Sparsity": "25.0%",
}


def test_how_much_is_done_is_said_where_the_config_names_a_total(run) -> None:
    made = run({"loss": [3.0, 1.0, 2.0]}, steps=[0, 10, 20])

    def told(outlook: Outlook) -> str:
        return value_of(
            report("p", made, ALL, Page(), ToldBeside(outlook)).splitlines(), "Progress"
        )

    assert not [line for line in lines_of(made) if "Progress" in line]
    made.config = {"max_steps": 80}
    assert told(Outlook(0.25)) == "25% (step 20 of 80)"
    assert told(Outlook(0.25, 0.5)) == "25% (step 20 of 80, 30.0/min)"
    assert told(Outlook(0.25, 0.5, 120.0)) == "25% (step 20 of 80, 30.0/min, ETA 2:00)"
    # Beyond the total of the config, or with epochs alone, no total is known.
    made.config = {"max_steps": 10}
    assert told(Outlook(1.0)) == "100%"
    made.config = {"num_train_epochs": 4}
    assert told(Outlook(0.25)) == "25%"


def test_large_numbers_that_differ_look_different(run) -> None:
    lines = lines_of(run({"loss": [1.0, 0.5], "tokens": [1e15, 1e15 + 4]}))
    (row,) = [line.split() for line in lines if line.startswith("tokens")]
    assert row[1:4] == ["1,000,000,000,000,004", "1,000,000,000,000,000", row[1]]


def test_counts_have_no_decimals_and_shares_have_them(run) -> None:
    counted, shares = [0.0, 4096.0, 8192.0], [0.0, 0.5, 1.0]
    lines = lines_of(run({"loss": [3.0, 2.0, 1.0], "tokens": counted, "share": shares}))
    rows = {line.split()[0]: line.split()[1:] for line in lines if line[:5] in ("token", "share")}
    assert rows["tokens"] == ["8,192", "0", "8,192", "8,192"]
    assert rows["share"] == ["1.0000", "0.0000", "1.0000", "1.0000"]


def test_where_no_metric_is_a_loss_the_one_that_stands_for_it_is_named(run) -> None:
    lines = lines_of(run({"throughput": [5.0, 6.0]}))
    assert value_of(lines, "Latest Loss") == "6 (throughput)"
    assert value_of(lines_of(run({"eval_loss": [5.0, 6.0]})), "Latest Loss") == "6"


def test_the_numbers_are_those_of_the_window(run) -> None:
    falling = run({"loss": [float(1000 - step) for step in range(1000)]})
    assert value_of(lines_of(falling), "Max Loss") == "1000"
    assert value_of(lines_of(falling, LAST_50), "Max Loss") == "50"
    assert f"View: {LAST_50.label}" in lines_of(falling, LAST_50)


def test_a_loss_that_was_not_logged_in_the_window_says_so(run) -> None:
    values = [1.0, *[None] * 200]
    lines = lines_of(run({"loss": values, "acc": [0.5] * 201}), LAST_50)
    assert "(the loss was not logged within this window)" in lines
    assert value_of(lines, "Latest Loss") == "1"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([math.nan] * 3, ["NaN", "NaN (from NaN)", "NaN", "NaN"]),
        ([1.0, math.nan], ["NaN", "NaN (from 1)", "1", "1"]),
        ([math.inf, 1.0], ["1", "NaN (from Infinity)", "1", "Infinity"]),
        ([2.0, -math.inf], ["-Infinity", "NaN (from 2)", "-Infinity", "2"]),
    ],
)
def test_values_that_are_not_finite_are_told_as_what_they_are(
    run, values: list[float], told: list[str]
) -> None:
    lines = lines_of(run({"loss": values}))
    labels = ("Latest Loss", "Loss Change", "Min Loss", "Max Loss")
    assert [value_of(lines, label) for label in labels] == told


def test_no_name_can_send_an_escape_or_a_line_of_its_own(run) -> None:
    hostile = "a\x1b[2J\nLatest Loss: 9\r\u202e"
    made = run({hostile: [1.0, 2.0], "loss": [2.0, 1.0]}, run_name=hostile)
    text = report(hostile, made, ALL, Page())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert len(re.findall("^Latest Loss:", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("repertoire", Repertoire)
def test_a_page_says_what_the_output_can_show(run, repertoire: Repertoire) -> None:
    made = run({"loss": [3.0, 1.0, 2.0], "other": [1.0, 2.0, 4.0]})
    text = report("p", made, ALL, Page(60, repertoire))
    assert text.isascii() is (repertoire is Repertoire.ASCII)
    assert bool(re.search("[\u2800-\u28ff]", text)) is (repertoire is Repertoire.BRAILLE)
    graph = text[text.index("Loss Trend") :].splitlines()[1:]
    assert len(graph) <= GRAPH_HEIGHT
    assert max(map(len, graph)) <= 60


def test_names_are_never_cut_however_narrow_the_page(run) -> None:
    name = "n" * 150
    text = report("p", run({name: [1.0], "loss": [1.0]}), ALL, Page(20))
    assert name in text


def test_a_name_of_megabytes_costs_no_more_than_its_beginning(run) -> None:
    names = {"n" * 4_000_000: [1.0], **{f"metric {at}": [1.0] for at in range(50)}}
    text = report("p", run({**names, "loss": [1.0]}), ALL, Page(80))
    assert "n" * 300 + " (3,999,700 more characters)" in text
    assert max(map(len, text.splitlines())) < 500


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (0.1, 0.3, "0.2"),
        (0.3, 0.1, "-0.2"),
        (1.0, 1.0, "0"),
        (0.0, 1e-7, "0.0000001"),
        (1e22, 1e22 + 2e21, "2000000000000000000000"),
        (1e22, 3.3333333333e22, "23333300000000000000000"),
        (1e15, 1e15 + 1234567, "1234567"),
        (math.nan, 1.0, "NaN"),
        (1.0, math.inf, "NaN"),
    ],
)
def test_a_change_is_that_of_the_digits_that_were_logged(
    first: float, last: float, text: str
) -> None:
    assert change(first, last) == text


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE)
def test_first_and_change_add_up_to_the_last_but_for_rounding(first: float, last: float) -> None:
    text = change(first, last)
    assert "e" not in text.lower()
    if text != "NaN":
        exact = Decimal(repr(last)) - Decimal(repr(first))
        assert abs(Decimal(text) - exact) <= abs(exact) * Decimal("5.1e-6")


def test_a_moment_is_said_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert since_when(None) == ""
    assert since_when(1_700_000_000.0).startswith(", since 2023-11-1")
    assert since_when(1e300) == ", since an unknown time"


def test_colours_end_where_their_line_does() -> None:
    frame = Frame(6, 2)
    frame.put(0, 0, "ab", Style(Color(0x5CB8F2, 75, 14)))
    colored, plain = colored_lines(frame, Look())
    assert colored.startswith("\x1b[")
    assert "ab" in colored
    assert colored.rstrip().endswith("m")
    assert plain == ""


def test_smoothed_values_stand_beside_the_logged_ones(run) -> None:
    smoothing = Smoothing(Way.BY_POINTS, 0.5)
    made = run({"loss": [9.0, 3.0, 6.0], "acc": [0.5, 0.25, math.nan]})
    lines = report("p", made, ALL, Page(), smoothing=smoothing).splitlines()
    assert value_of(lines, "Latest Loss") == "6"
    average = (6 + 3 / 2 + 9 / 4) / 1.75
    assert value_of(lines, "Smoothed Loss") == f"{average:.6g} (smooth 0.5)"
    heading = next(line for line in lines if line.startswith("Metric"))
    row = next(line for line in lines if line.startswith("acc"))
    assert heading.split() == ["Metric", "Last", "Min", "Max", "Change", "Smoothed"]
    assert row.split()[-1] == row.split()[1] == "NaN", "a NaN is passed through"
    plain = lines_of(made)
    assert "moothed" not in "\n".join(plain)
    assert lines[-GRAPH_HEIGHT:] != plain[-GRAPH_HEIGHT:], "the line is the smoothed one"


def graph_of(run: Run, zoom=ALL, width: int = 80) -> list[str]:
    lines = report("p", run, zoom, Page(width), ToldBeside(alerts=ALERTS)).splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith("Loss Trend")) + 1 :]


ALERTS = [
    Alert(1, "run", "run", "odd", None, "warn", 20, math.nan),
    Alert(2, "run", "run", "no step", None, "info", None, math.nan),
]


def test_the_graph_marks_what_the_live_chart_marks(run) -> None:
    resumed = run({"loss": [9.0 - step / 10 for step in range(90)]})
    again = [1.0 - row / 1000 for row in range(40)]
    resumed.append(make_batch({"loss": again}, steps=list(range(60, 100)), first_id=91))
    *plot, axis, labels, note = graph_of(resumed)
    assert axis.count("▲") == 1
    assert axis.count("╎") == 1
    assert axis.index("▲") < axis.index("╎")
    assert sum("★" in row for row in plot) == 1
    assert labels.split() == ["0", *map(str, range(20, 101, 20)), "steps"]
    assert note == "╎ resumed at 60"
    assert not any("resumed" in row for row in graph_of(resumed, LAST_20))


def test_the_end_of_the_axis_stays_until_it_grows_but_where_a_window_is_chosen(run) -> None:
    ends = {graph_of(run({"loss": [1.0, 2.0] * half}))[-1].split()[-2] for half in range(51, 62)}
    assert ends == {"125"}
    assert graph_of(run({"loss": [1.0, 2.0] * 55}), LAST_50)[-1].split()[-2] == "109"


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_limits_are_those_of_charts_of_any_size(run, width: int) -> None:
    """The axis of a noisy loss goes from 0 to 15, although its highest value is 14.89."""
    noisy = run({"loss": [0.16 + 14.73 / (1 + step) for step in range(100)]})
    ticks = [line.partition("┤")[0].strip() for line in graph_of(noisy, width=width) if "┤" in line]
    assert (ticks[0], ticks[-1]) == ("15", "0")
    plots: list[Plot] = []
    window = noisy.window(None)
    for height in (5, 9, 14, 40):
        of_loss = Line(noisy.steps, noisy.series["loss"], window, LOW_IS_GOOD)
        line_chart([of_loss], width, height, prepared=plots.append)
    assert {plot.y_range for plot in plots} == {(0.0, 15.0)}


def test_a_shared_range_is_that_of_the_metrics_whose_names_end_alike_and_of_no_others(run) -> None:
    made = run(
        {
            "train/loss": [3.0 - step / 50 for step in range(100)],
            "val/loss": [4.0 + 5.0 * step / 100 for step in range(100)],
            "val/accuracy": [60.0 + step / 10 for step in range(100)],
        }
    )

    def highest(*, is_shared: bool) -> str:
        page = Page(shares_y=lambda: is_shared)
        lines = report("p", made, ALL, page).splitlines()
        return next(line for line in lines if "┤" in line).partition("┤")[0].strip()

    assert float(highest(is_shared=False)) < 5
    assert 9 <= float(highest(is_shared=True)) < 60
