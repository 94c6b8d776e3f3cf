"""Charts of GPUs show the fields of the table, in their units, up to now."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from trackio_view.model.gpu import Absence, GpusSampled
from trackio_view.model.gpu_history import HISTORY_SPANS, HOUR_SPAN, GpuHistory
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels import gpu_charts
from trackio_view.screens.panels.gpu_chart_content import GPU_CHARTS, byte_unit
from trackio_view.screens.panels.gpu_charts import LEAST_CHART_HEIGHT, charts_of, draw_charts_of_one
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.dashboard import Dashboard

LAST = 119.0


@pytest.fixture
def history_of(gpus_sampled: Callable[..., GpusSampled]) -> Callable[..., GpuHistory]:
    """Return a function that samples one GPU for two minutes, with fields as given."""

    def make(**fields: object) -> GpuHistory:
        dashboard = Dashboard(width=120, height=40)
        for second in range(int(LAST) + 1):
            dashboard.apply(gpus_sampled(1, float(second), **fields))
        (history,) = dashboard.known.gpus.histories.values()
        return history

    return make


def drawn(history: GpuHistory, width: int, height: int, only: str = "") -> list[str]:
    frame = Frame(width, height)
    charts = [
        chart for chart in charts_of(history, HISTORY_SPANS[-1]) if chart.title.startswith(only)
    ]
    area = Rect(0, 0, width, height)
    draw_charts_of_one(frame, area, charts, history, HISTORY_SPANS[-1], Repertoire.BRAILLE, Memo())
    return frame.lines()


def test_a_gpu_has_the_charts_that_it_has_lines_for(
    history_of: Callable[..., GpuHistory],
) -> None:
    titles = [chart.title for chart in charts_of(history_of(), HISTORY_SPANS[-1])]
    assert titles == ["utilization", "memory", "temperature", "power", "clocks", "memory bus"]
    lines = {"fan_rpm": 900.0, "pcie_read": 1e6, "decoder": 3.0, "temperatures": {}}
    more = charts_of(history_of(**lines), HISTORY_SPANS[-1])
    assert [chart.title for chart in more] == [
        *("utilization", "memory", "power", "clocks", "memory bus"),
        *("fan speed", "codecs", "PCIe traffic"),
    ]


SENSORS = {"gpu": 56.0, "hotspot": 59.0, "memory": 54.0, "VR graphics": 49.0}


@pytest.mark.parametrize(
    ("title", "fields", "width", "heading"),
    [
        ("utilization", {"utilization": 42.0}, 60, ["utilization", "42 %"]),
        ("memory", {"memory_used": 2**30, "memory_total": 2**32}, 60, ["memory", "25 %"]),
        ("power", {"power": 1234.0}, 60, ["power (W)", "draw 1,234", "limit 700"]),
        ("clocks", {}, 60, ["clocks (MHz)", "graphics 1,755", "memory 2,619"]),
        ("clocks", {}, 44, ["clocks", "graphics 1,755", "memory 2,619"]),
        ("clocks", {}, 40, ["MHz", "graphics 1,755", "memory 2,619"]),
        ("clocks", {}, 30, ["clocks", "graphics 1,755"]),
        ("temp", {"temperatures": {"gpu": 64.0, "hot": 70.0}}, 60, ["gpu 64", "hot 70"]),
        ("temp", {"temperatures": SENSORS}, 40, ["°C", "gpu 56", "hotspot 59", "memory 54"]),
        ("PCIe", {"pcie_read": 2e6, "pcie_write": 3e3}, 60, ["in 2.0 MB/s", "out 3.0 KB/s"]),
    ],
)
def test_headings_give_way_unit_first_then_lines_but_never_names(
    history_of: Callable[..., GpuHistory],
    title: str,
    fields: dict[str, object],
    width: int,
    heading: Sequence[str],
) -> None:
    first = drawn(history_of(**fields), width, 12, title)[0]
    places = [first.find(part) for part in heading]
    assert -1 not in places, first
    assert places == sorted(places)
    if width == 30:
        assert "MHz" not in first
        assert "2,619" not in first


@pytest.mark.parametrize(
    ("title", "fields", "width", "above", "below"),
    [
        (
            "clocks",
            {"clock_soc": 711.0, "clock_video": 25.0},
            40,
            ["MHz", "graphics 1,755", "memory 2,619"],
            ["soc 711", "video 25"],
        ),
        ("clocks", {"clock_soc": 711.0}, 30, ["clocks", "graphics 1,755"], ["memory 2,619", "soc"]),
        (
            "temp",
            {"temperatures": {**SENSORS, "VR SoC": 49.0, "VR memory": 51.0}},
            40,
            ["°C", "gpu 56", "hotspot 59", "memory 54"],
            ["VR gfx 49", "VR SoC 49", "VR mem 51"],
        ),
        (
            "arithmetic",
            {"fp64": 0.0, "fp32": 76.0, "fp16": 1.0, "integer": 2.0},
            40,
            ["arithmetic", "fp64 0", "fp32 76"],
            ["fp16 1", "integer 2"],
        ),
    ],
)
def test_lines_without_room_above_are_named_below(
    history_of: Callable[..., GpuHistory],
    title: str,
    fields: dict[str, object],
    width: int,
    above: Sequence[str],
    below: Sequence[str],
) -> None:
    rows = drawn(history_of(**fields), width, 12, title)
    assert [part for part in above if part not in rows[0]] == []
    lowest = next(row for row in rows[1:] if row.startswith("╰"))
    assert [part for part in below if part not in lowest] == []


def test_an_idle_gpu_has_few_charts_that_are_flat(history_of: Callable[..., GpuHistory]) -> None:
    fields = {"utilization": 0.0, "fan_rpm": 900.0, "decoder": 0.0, "memory_bus_load": 0.0}
    history = history_of(**fields)
    shown = charts_of(history, HISTORY_SPANS[-1])
    assert [chart.title for chart in shown] == ["utilization", "memory", "temperature", "power"]
    sample = history.latest._replace(time=LAST + 1, fan_rpm=1200.0)
    history.record(sample, history.times[-1] + 1)
    shown = charts_of(history, HISTORY_SPANS[-1])
    assert [chart.title for chart in shown[4:]] == ["fan speed"]


@pytest.mark.parametrize(
    ("rate", "unit"),
    [(3e3, "KB/s"), (56e9, "GB/s"), (0.0, "B/s"), (700.0, "B/s"), (math.inf, "B/s")],
)
def test_bytes_are_on_the_axis_in_a_unit_of_their_own(
    history_of: Callable[..., GpuHistory], rate: float, unit: str
) -> None:
    lines = drawn(history_of(pcie_read=rate, pcie_write=0.0), 70, 14, "PCIe")
    assert f"PCIe traffic ({unit})" in lines[0]
    assert not any("e9" in line or "000,000" in line for line in lines)


def test_a_line_that_has_no_newest_value_has_none_in_the_heading(
    history_of: Callable[..., GpuHistory], gpus_sampled: Callable[..., GpusSampled]
) -> None:
    history = history_of(temperatures={"gpu": 64.0, "hot": 70.0})
    (sample,) = gpus_sampled(1, LAST + 1).samples
    history.record(sample._replace(temperatures={"gpu": 65.0}), LAST + 1)
    first = drawn(history, 60, 12, "temp")[0]
    assert "gpu 65" in first
    assert "hot" not in first, "what it was before is not what it is now"
    history.record(sample._replace(state=Absence.STALE), LAST + 2)
    first = drawn(history, 60, 12, "temp")[0]
    assert "gpu" not in first
    assert "nan" not in first


@pytest.mark.parametrize("height", [3, 7, 8, 9, 10])
def test_an_axis_of_times_where_there_is_room(
    history_of: Callable[..., GpuHistory], height: int
) -> None:
    text = "\n".join(drawn(history_of(), 40, height, "utilization"))
    assert (" now" in text) == (height >= 8)


@pytest.mark.parametrize(("height", "axes"), [(16, 1), (17, 1), (20, 2)])
def test_the_lowest_charts_have_the_axis_of_times_where_not_all_have_room(
    history_of: Callable[..., GpuHistory], height: int, axes: int
) -> None:
    """Each of two rows of charts is half as high as the place for both."""
    lines = drawn(history_of(), 90, height)
    assert len([line for line in lines if line.startswith("╭")]) == 2
    assert len([line for line in lines if " now" in line]) == axes


def test_of_many_charts_those_that_matter_most_fill_the_place(
    history_of: Callable[..., GpuHistory],
) -> None:
    history = history_of()
    charts = charts_of(history, HISTORY_SPANS[-1])
    titles = [chart.title for chart in charts]
    for width, height in ((30, LEAST_CHART_HEIGHT), (60, 14), (90, 20), (100, 7)):
        lines = drawn(history, width, height)
        text = "\n".join(lines)
        # Where room is short, some charts have their unit instead of their title.
        shown = [
            chart.title
            for chart in charts
            if f"─ {chart.title} " in text or f"─ {chart.unit} " in text
        ]
        assert shown == titles[: len(shown)]
        assert len(shown) == min(len(titles), (width // 30) * max(1, height // LEAST_CHART_HEIGHT))
        assert lines[-1].startswith("╰")
        assert lines[-1].rstrip().endswith("╯")
        assert len(lines[-1].rstrip()) == width
    assert "".join(drawn(history, 40, 2)).strip() == ""


def test_charts_of_several_are_drawn_anew_only_where_a_cell_is_full(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    for second in range(120):
        dashboard.apply(gpus_sampled(8, float(second)))
    composer = Composer()
    composer.compose(dashboard, 0.0)
    frames = []
    for second in range(120, 150):
        before = composer.memo.computed
        dashboard.apply(gpus_sampled(8, float(second)))
        composer.compose(dashboard, 0.0)
        frames.append(composer.memo.computed - before)
    drawn_anew = [count for count in frames if count]
    assert 5 <= len(drawn_anew) <= 7, "each cell is 5 seconds wide"


def test_charts_of_one_are_drawn_anew_where_a_dot_is_full_and_tell_of_now_in_between(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    for second in range(400):
        dashboard.apply(gpus_sampled(1, float(second)))
    composer = Composer()
    composer.compose(dashboard, 0.0)
    charts = []
    for second in range(400, 440):
        before = composer.memo.computed
        load = float(second % 100)
        dashboard.apply(gpus_sampled(1, float(second), utilization=load))
        lines = composer.compose(dashboard, 0.0).lines()
        assert f" {load:.0f} % " in lines[1], "the border tells the newest value"
        assert lines == Composer().compose(dashboard, 0.0).lines()
        charts.append(composer.memo.computed - before)
    # In 43 columns of two dots, 300 seconds are shown: a dot is full each 3.5 seconds.
    assert set(charts) == {0, 6}, "of six charts"
    assert 11 <= charts.count(6) <= 12


def test_the_unit_of_bytes_is_looked_for_only_where_the_chart_is_drawn_anew(
    gpus_sampled: Callable[..., GpusSampled], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(
        gpu_charts, "byte_unit", lambda *asked: (looked.append(asked), byte_unit(*asked))[1]
    )
    dashboard, composer = Dashboard(width=120, height=40), Composer()
    dashboard.show_gpus()
    dashboard.view.gpus.span = HOUR_SPAN
    found = []
    for second in range(420):
        traffic = 1e6 if second < 405 else 2e9
        dashboard.apply(gpus_sampled(1, float(second), pcie_read=traffic, pcie_write=1e6))
        if second >= 400:
            looked.clear()
            lines = composer.compose(dashboard, 0.0).lines()
            found.append(len(looked))
            assert lines == Composer().compose(dashboard, 0.0).lines()
    assert found == [1, 0, 0, 0, 0] * 4, "a chart is 5 seconds behind at most"


@pytest.mark.parametrize("count", [1, 3])
def test_samples_that_are_far_apart_are_shown_when_they_come(
    gpus_sampled: Callable[..., GpusSampled], count: int
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    composer = Composer()
    for sample in range(29):
        dashboard.apply(gpus_sampled(count, 14.0 * sample, utilization=0.0))
    # Within the chart of utilization, which is the first one.
    upper_half = Rect(7, 3, 35, 2) if count == 1 else Rect(7, 10, 32, 2)

    def braille() -> set[str]:
        part = composer.compose(dashboard, 0.0).part(upper_half)
        return {glyph for row in part.glyphs for glyph in row if "\u2800" <= glyph <= "\u28ff"}

    assert not braille()
    dashboard.apply(gpus_sampled(count, 14.0 * 29, utilization=90.0))
    assert braille()
    for second in range(1, 6):
        dashboard.apply(gpus_sampled(count, 14.0 * 29 + second, utilization=90.0))
        before = composer.memo.computed
        composer.compose(dashboard, 0.0)
        drawn_anew = composer.memo.computed > before
        assert drawn_anew == (second == {1: 3, 3: 4}[count]), "a step is full"


def test_what_one_did_before_it_was_lost_is_shown_to_its_end(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    loads = [0.0] * 400 + [90.0]
    for second, load in enumerate(loads):
        dashboard.apply(gpus_sampled(1, float(second), utilization=load))
    composer = Composer()
    before = composer.compose(dashboard, 0.0).lines()
    told = gpus_sampled(1, 401.0)
    gone = told.samples[0]._replace(state=Absence.LOST)
    dashboard.apply(told._replace(samples=(gone,)))
    after = composer.compose(dashboard, 0.0).lines()
    upper_half = [row for row in range(2, 6) if before[row][7:43] != after[row][7:43]]
    assert upper_half, "the last load reaches it"


def test_charts_of_several_go_on_although_one_of_them_is_lost(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    for second in range(120):
        dashboard.apply(gpus_sampled(3, float(second)))
    composer = Composer()
    composer.compose(dashboard, 0.0)
    for lost in range(2):
        before = composer.memo.computed
        for second in range(120 + 40 * lost, 160 + 40 * lost):
            told = gpus_sampled(3, float(second))
            samples = [
                sample._replace(state=Absence.LOST) if number == lost else sample
                for number, sample in enumerate(told.samples)
            ]
            dashboard.apply(told._replace(samples=tuple(samples)))
            composer.compose(dashboard, 0.0)
        assert composer.memo.computed - before >= 7, "each cell is 5 seconds wide"


def test_charts_of_several_gpus_follow_from_what_is_known(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    composer = Composer()
    for second in range(90):
        dashboard.apply(gpus_sampled(3, float(second)))
        known_before = composer.compose(dashboard, 0.0).lines()
        assert known_before == Composer().compose(dashboard, 0.0).lines(), second


def test_the_first_samples_are_in_the_charts_of_several_at_once(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    for second in (3, 4):
        dashboard.apply(gpus_sampled(3, float(second)))
    lines = Composer().compose(dashboard, 0.0).lines()
    assert not any("waiting for data" in line for line in lines), "a step of time is 2.5 seconds"


def test_a_limit_alone_is_no_power(history_of: Callable[..., GpuHistory]) -> None:
    titles = [chart.title for chart in charts_of(history_of(power=None), HISTORY_SPANS[-1])]
    assert "memory" in titles
    assert "power" not in titles


def test_a_line_that_is_not_the_first_of_its_chart_is_named(
    history_of: Callable[..., GpuHistory],
) -> None:
    history = history_of(clock_graphics=None, clock_memory=2619.0)
    first = drawn(history, 60, 12, "clocks")[0]
    assert "memory 2,619" in first


@pytest.mark.parametrize(
    ("fields", "titles"),
    [
        ({"kernels": 40.0}, ["kernels (%)", "GPU clock (MHz)"]),
        (
            {"kernels": None, "memory_bandwidth": 35.0, "clock_graphics": None},
            ["activity: memory (%)", "clocks: memory (MHz)"],
        ),
        ({"kernels": None, "sm_busy": 90.0}, ["activity: SMs (%)"]),
    ],
)
def test_a_chart_of_several_is_called_by_the_lines_that_it_has(
    gpus_sampled: Callable[..., GpusSampled], fields: dict[str, object], titles: list[str]
) -> None:
    dashboard = Dashboard(width=200, height=60)
    dashboard.show_gpus()
    for second in range(5):
        told = {"sm_busy": None, "memory_bandwidth": None, "clock_memory": 2619.0, **fields}
        dashboard.apply(gpus_sampled(3, float(second), **told))
    text = "\n".join(Composer().compose(dashboard, 0.0).lines())
    for title in titles:
        assert f" {title} " in text
    assert ("kernels (%)" in text) == (fields["kernels"] is not None)


def test_a_chart_of_gpus_with_unlike_lines_is_called_by_its_own_name(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=200, height=60)
    dashboard.show_gpus()
    for second in range(5):
        sampled = gpus_sampled(2, float(second), kernels=None, sm_busy=90.0)
        first, other = sampled.samples
        samples = (first, other._replace(sm_busy=None, memory_bandwidth=30.0))
        dashboard.apply(sampled._replace(samples=samples))
    text = "\n".join(Composer().compose(dashboard, 0.0).lines())
    assert " activity (%) " in text


def test_a_line_whose_values_are_all_older_than_the_window_is_an_empty_chart(
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    dashboard = Dashboard(width=120, height=40)
    for second in range(100):
        traffic = {"pcie_read": 3e6} if second < 20 else {}
        dashboard.apply(gpus_sampled(1, float(second), **traffic))
    (history,) = dashboard.known.gpus.histories.values()
    minute = HISTORY_SPANS[-1]
    charts = [chart for chart in GPU_CHARTS if chart.title == "PCIe traffic"]
    frame = Frame(60, 12)
    area = Rect(0, 0, 60, 12)
    draw_charts_of_one(frame, area, charts, history, minute, Repertoire.BRAILLE, Memo())
    assert "PCIe traffic" in frame.lines()[0]
    assert "B/s" in frame.lines()[0]
