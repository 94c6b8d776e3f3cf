"""The GPU screen: golden frames for one, two, eight and sixteen GPUs, and properties of all."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.model.gpu import Absence, GpuIdentity, GpuProcess, GpusSampled, VendorReport
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.panels.gpu_chart_content import look_of
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import Style
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond


@pytest.fixture
def show_gpus(gpus_sampled):
    """Return a function that samples for two minutes and composes the GPU screen."""

    def show(
        count: int, width: int, height: int, *keys: str, unicode: bool = True, **fields
    ) -> Frame:
        dashboard = Dashboard(width=width, height=height)
        dashboard.show_gpus()
        for second in range(120):
            dashboard.apply(gpus_sampled(count, float(second), **fields))
        press(dashboard, *keys)
        return resolved(
            Composer(Repertoire.BRAILLE if unicode else Repertoire.ASCII).compose(dashboard, 0.0),
            Look(repertoire=Repertoire.BRAILLE if unicode else Repertoire.ASCII),
        )

    return show


@pytest.mark.parametrize("count", [1, 2, 8, 16])
@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(show_gpus, golden, count, width, height) -> None:
    golden(f"gpus-{count}-{width}x{height}", show_gpus(count, width, height))


def test_golden_one_of_eight(show_gpus, golden) -> None:
    golden("gpu-3-of-8-120x40", show_gpus(8, 120, 40, "3"))


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize(
    ("name", "keys"), [("typed", ""), ("kept", " enter"), ("of-none", " 9 9 9")]
)
def test_golden_of_a_filter(show_gpus, golden, name, keys, width, height) -> None:
    typed = "/ g p u space 1" + keys
    golden(f"gpus-filter-{name}-{width}x{height}", show_gpus(16, width, height, *typed.split()))


def test_golden_ascii(show_gpus, golden) -> None:
    frame = show_gpus(2, 80, 24, unicode=False)
    assert "".join(frame.lines()).isascii()
    assert "64'C" in "".join(frame.lines())
    assert "?C" not in "".join(frame.lines())
    golden("gpus-ascii-2-80x24", frame)


def test_digits_pick_and_a_returns(show_gpus) -> None:
    assert "GPU 5 NVIDIA" in "\n".join(show_gpus(8, 120, 40, "5").lines())
    assert "mean load" in "\n".join(show_gpus(8, 120, 40, "5", "a").lines())
    assert "mean load" in "\n".join(show_gpus(8, 120, 40, "9").lines()), "there is no GPU 9"


def test_arrows_reach_beyond_the_tenth_gpu(show_gpus) -> None:
    frame = show_gpus(16, 120, 40, *["down"] * 12, "enter")
    assert "GPU 12 NVIDIA" in "\n".join(frame.lines())


def test_the_filter_narrows_as_it_is_typed(show_gpus) -> None:
    text = "\n".join(show_gpus(16, 120, 40, "/", *"gpu", "space", "1", "4").lines())
    assert "GPUs with 'gpu 14'" in text
    assert "filter: gpu 14" in text
    assert "GPUs with" not in "\n".join(show_gpus(16, 120, 40, "/", "4", "escape").lines())


def test_sorting_changes_the_column_that_leads(show_gpus) -> None:
    texts = ["\n".join(show_gpus(2, 120, 40, *["s"] * count).lines()) for count in range(6)]
    orders = [text.split("processes by ")[1].split()[0] for text in texts]
    assert orders == ["memory", "load", "pid", "gpu", "user", "memory"]


def test_an_absent_field_is_never_a_zero(show_gpus) -> None:
    fields: dict[str, object] = {
        "utilization": None,
        "memory_used": None,
        "power": None,
        "temperatures": {},
    }
    for keys in ((), ("0",)):
        text = "\n".join(show_gpus(2, 120, 40, *keys, **fields).lines())
        assert not re.search(r"(?<![\d,.])0 ?(%|W|°C|GB)", text)


def styled(frame: Frame, glyph: str) -> list[Style]:
    return [
        style
        for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
        for found, style in zip(glyphs, styles, strict=True)
        if found == glyph
    ]


def test_the_work_of_a_gpu_is_told_in_a_sentence(show_gpus) -> None:
    waits = "works 6 % of the time, waits for the rest (data, CPU, other ranks)"
    fields = {"activity": waits, "tensor_cores": 4.9}
    assert f"GPU 0: {waits}" in "\n".join(show_gpus(2, 160, 40, **fields).lines())
    assert "GPU 1: works 6 %" in "\n".join(show_gpus(2, 120, 40, "down", **fields).lines())
    lines = show_gpus(1, 120, 30, **fields).lines()
    panel = " ".join(line[87:].strip("│ ") for line in lines)
    assert waits in " ".join(panel.split())
    assert any("tensor cores" in line for line in lines), "a chart beside the load's"


def test_on_wide_screens_each_row_says_what_its_gpu_does(show_gpus) -> None:
    doing = "kernels too small: 5 % of the SMs busy"
    lines = show_gpus(8, 200, 50, activity=doing).lines()
    assert "what it does" in lines[2]
    assert all(doing in line for line in lines[3:11])
    without = show_gpus(8, 200, 50).lines()
    assert "what it does" not in without[2]
    # What is wrong with one comes before what it does.
    for fields in ({"activity": doing}, {}):
        lines = show_gpus(2, 200, 50, memory_repair="failed", **fields).lines()
        assert all("memory repair failed: have the GPU replaced" in line for line in lines[3:5])


def test_a_gpu_in_instances_says_what_each_does(show_gpus) -> None:
    instances = ("MIG 0: tensor cores 80 %", "MIG 2: idle: no kernels")
    text = "\n".join(show_gpus(1, 200, 50, "0", partition_activity=instances).lines())
    assert "MIG 0: tensor cores 80 %" in text
    assert "MIG 2: idle: no kernels" in text
    totals = show_gpus(2, 120, 40, partition_activity=instances).lines()[5]
    assert "GPU 0: MIG 0: tensor cores 80 %" in totals


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (80, "GPU 0: MIG 0: works 12 %, waits, MIG 2: idle, …"),
        (60, "GPU 0: MIG 0: works 12 %, waits, …"),
        (120, "GPU 0: MIG 0: works 12 %, waits, MIG 2: idle, MIG 3: tensor cores 80 % "),
        (200, "(data, CPU, other ranks), MIG 2: idle: no kernels, MIG 3: tensor cores 80 % "),
    ],
)
def test_the_work_of_an_instance_is_never_cut(show_gpus, width: int, said: str) -> None:
    instances = (
        "MIG 0: works 12 % of the time, waits for the rest (data, CPU, other ranks)",
        "MIG 2: idle: no kernels",
        "MIG 3: tensor cores 80 %",
    )
    lines = show_gpus(2, width, 24, partition_activity=instances).lines()
    assert any(said in line for line in lines), lines


@pytest.fixture
def show_two_unwell(gpus_sampled):
    """Return a function that composes the overview of eight GPUs, of which 3 and 5 are not well."""

    def show(width: int, height: int, *keys: str) -> Frame:
        dashboard = Dashboard(width=width, height=height)
        dashboard.show_gpus()
        reading = gpus_sampled(8, memory_repair="none due", activity="tensor cores 93 %")
        samples = list(reading.samples)
        samples[3] = samples[3]._replace(memory_repair="failed")
        samples[5] = samples[5]._replace(ecc_uncorrected=2, throttled_heat=31.0)
        dashboard.apply(reading._replace(samples=tuple(samples)))
        press(dashboard, *keys)
        return Composer(Repertoire.BRAILLE).compose(dashboard, 0.0)

    return show


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("keys", [(), ("down",) * 3])
def test_every_gpu_that_is_not_well_is_told_of_wherever_the_cursor_is(
    show_two_unwell, width: int, height: int, keys: tuple[str, ...]
) -> None:
    lines = show_two_unwell(width, height, *keys).lines()
    words = " ".join(" ".join(line.strip("│ ") for line in lines).split())
    for sentence in (
        "GPU 3: memory repair failed: have the GPU replaced",
        "GPU 5: 2 uncorrected memory errors since the driver loaded: results may be wrong, jobs"
        " will be killed",
        "GPU 5: held back by heat 31 % of the time",
    ):
        assert sentence in words
    # Marks and rows of all GPUs stay.
    assert [sum(f"!{number} " in line for line in lines) for number in (3, 5)] == [1, 1]
    assert all(any(f"{number}  " in line[:7] for line in lines) for number in range(8))


def test_unwell_gpus_without_room_are_counted(show_two_unwell) -> None:
    lines = show_two_unwell(40, 12).lines()
    told = next(row for row, line in enumerate(lines) if "GPU 3: memory repair failed" in line)
    assert "+2 more" in lines[told + 1]


@pytest.mark.parametrize("width", [*range(80, 130, 2), 160, 200])
def test_a_title_is_whole_or_another_one(show_gpus, width: int) -> None:
    titles = show_gpus(2, width, 40).lines()[2].split("power", 1)[1].strip("│ ")
    assert titles.partition("  ")[0] in ("load history", "history", "")


def test_a_gpu_that_is_not_well_has_a_mark_and_a_sentence(show_gpus) -> None:
    well = {"memory_repair": "none due", "ecc_uncorrected": 0}
    assert "!" not in "\n".join(show_gpus(2, 120, 40, **well).lines())
    ill = {**well, "ecc_uncorrected": 2, "activity": "tensor cores 93 %"}
    lines = show_gpus(2, 160, 40, **ill).lines()
    assert sum("!0 " in line or "!1 " in line for line in lines) == 2
    said = "2 uncorrected memory errors since the driver loaded"
    assert f"GPU 0-1: {said}" in "\n".join(lines)
    for width, height, left in ((120, 24, 86), (160, 50, 118)):
        lines = show_gpus(1, width, height, **ill).lines()
        panel = " ".join(line[left:].strip("│ ") for line in lines)
        words = " ".join(panel.split())
        assert "results may be wrong, jobs will be killed" in words


def test_a_row_has_the_marker_of_its_lines(show_gpus) -> None:
    frame = show_gpus(16, 200, 50)
    lines = frame.lines()
    for number in range(16):
        row = next(y for y, line in enumerate(lines) if f" {number} " in line[:8])
        marker, style, *_ = look_of(number)
        assert frame.glyphs[row][2] == shown_by(Repertoire.BRAILLE)[marker]
        assert frame.styles[row][2] == style
    # Lines of one colour have different markers.
    looks = [look_of(number) for number in range(16)]
    assert len(set(looks)) == 16
    # Without charts there is nothing to recognise by colours.
    assert "●" not in "\n".join(show_gpus(16, 80, 24).lines())


def test_the_newest_point_has_the_marker_of_the_row(show_gpus) -> None:
    frame = show_gpus(2, 120, 40)
    first, second = (look_of(number).style for number in range(2))
    newest = styled(frame, "●")
    # A marker in each row, and in each chart at least the GPU in front.
    assert newest.count(first) >= 1
    assert newest.count(second) > 4


def test_gpus_that_do_the_same_are_both_seen(gpus_sampled) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    for second in range(120):
        dashboard.apply(gpus_sampled(2, float(second), utilization=50.0))
    frame = Composer().compose(dashboard, 0.0)
    top = next(y for y, line in enumerate(frame.lines()) if "utilization" in line)
    colors = {
        style.foreground
        for glyphs, styles in zip(frame.glyphs[top:], frame.styles[top:], strict=True)
        for glyph, style in list(zip(glyphs, styles, strict=True))[:29]
        if "\u2801" <= glyph <= "\u28ff"
    }
    assert colors == {look_of(number).style.foreground for number in range(2)}


@pytest.mark.parametrize("keys", [(), ("0",)])
def test_charts_say_when(show_gpus, keys: tuple[str]) -> None:
    text = "\n".join(show_gpus(2, 200, 50, *keys).lines())
    assert "-4:00" in text
    assert "now" in text
    assert "-2:00:00" in "\n".join(show_gpus(2, 200, 50, *keys, "-", "-", "-").lines())


def test_each_line_of_a_chart_has_its_value(show_gpus) -> None:
    for width, name in ((200, "graphics 1,755"), (120, "1,755")):
        text = "\n".join(show_gpus(1, width, 50).lines())
        heading = next(line for line in text.splitlines() if "clocks" in line)
        assert name in heading
        assert "2,619" in heading
    assert "draw " in text
    assert "limit 700" in text


@pytest.mark.parametrize(("width", "height"), [(100, 30), (120, 40), (200, 50)])
def test_the_charts_that_matter_are_all_there(show_gpus, width: int, height: int) -> None:
    fields = {"fan_percent": 40.0, "fan_rpm": 1400.0, "encoder": 0.0, "decoder": 0.0}
    text = "\n".join(show_gpus(1, width, height, **fields).lines())
    for title in ("utilization", "memory", "power", "clocks", "fan"):
        assert f"╭─ {title} " in text
    # Where the names of both lines leave no room for the title, the unit stands in its place.
    assert re.search("╭─ (temperature|°C) ", text)


def test_every_gpu_has_a_row_before_processes_fill_the_screen(show_gpus, gpus_sampled) -> None:
    processes = tuple(GpuProcess(number) for number in range(20))
    lines = show_gpus(8, 80, 24, processes=processes).lines()
    assert all(any(line.startswith(f"│ {number} ") for line in lines) for number in range(8))
    assert " of 16" in "\n".join(show_gpus(16, 80, 24, processes=processes).lines())


def test_a_process_is_shown_with_the_name_of_its_project(show_gpus) -> None:
    process = GpuProcess(7, project=ProjectId("/data", "mnist"))
    text = "\n".join(show_gpus(1, 160, 40, processes=(process,)).lines())
    assert re.search(r"│ +0 +7 .* mnist ", text)
    assert "/data" not in text


def test_long_values_go_on_in_the_next_line(show_gpus) -> None:
    temperatures = {"gpu": 61.0, "hotspot": 72.0, "memory": 80.0, "VR SoC": 64.0}
    lines = show_gpus(1, 120, 40, temperatures=temperatures).lines()
    first = next(y for y, line in enumerate(lines) if "Temperature" in line)
    assert "61°C" in lines[first]
    assert "VR SoC 64°C)" in "".join(lines[first : first + 3])
    assert "…" not in "".join(line[86:] for line in lines[1:36])


def test_no_number_is_cut(show_gpus) -> None:
    whole = "\n".join(show_gpus(8, 200, 50).lines())
    numbers = set(re.findall(r"[\d.,/]+", whole))
    for width in range(40, 130, 3):
        upper = show_gpus(8, width, 24).lines()[1:13]
        for line in upper:
            found = re.findall(r"[\d,/]+(?: W|%|°C)", line)
            assert {re.match(r"[\d,/]+", text)[0] for text in found} <= numbers  # type: ignore[index]
        totals = next(line for line in upper if line.startswith("│ all"))
        assert totals.rstrip("│ ").endswith(("all", "load", "GB", "W", "at most")), totals


def test_bars_give_way_where_room_is_short(show_gpus) -> None:
    assert "━" in "\n".join(show_gpus(1, 120, 40).lines())
    short = "\n".join(show_gpus(1, 120, 16).lines())
    assert "━" not in short
    for label in ("Utilization", "Memory", "Temperature", "Power"):
        assert label in short


def test_a_table_of_nobody_says_whether_that_is_known(show_gpus) -> None:
    assert "no process uses" in "\n".join(show_gpus(1, 120, 40, processes=()).lines())
    assert "nobody tells who uses" in "\n".join(show_gpus(1, 120, 40, processes=None).lines())


def test_hidden_processes_are_the_machines_and_count_once(show_gpus) -> None:
    assert "(7 of other users hidden)" in "\n".join(
        show_gpus(2, 120, 40, hidden_processes=7).lines()
    )


@pytest.fixture
def two_machines(gpus_sampled) -> Dashboard:
    """One GPU here and one at the same address of another machine, on a screen wide enough for
    names."""
    made = Dashboard(width=200, height=50)
    made.show_gpus()
    for second in range(120):
        here = gpus_sampled(1, float(second), hidden_processes=2)
        (sample,) = gpus_sampled(1, float(second), hidden_processes=3, power=111.0).samples
        there = sample._replace(identity=sample.identity._replace(host="node7"))
        made.apply(here)
        made.apply(GpusSampled((there,), here.report, "node7"))
    return made


def test_the_names_of_their_hosts_tell_cards_apart(two_machines) -> None:
    text = "\n".join(Composer().compose(two_machines, 0.0).lines())
    assert "2 GPUs in 2 machines" in text
    assert re.search(r" 0 +this machine: NVIDIA H100", text)
    assert re.search(r" 1 +node7: NVIDIA H100.* 111/700 W", text)
    assert "(5 of other users hidden)" in text, "each machine's once"
    two_machines.width = 120
    assert " node7: H100" in "\n".join(Composer().compose(two_machines, 0.0).lines())


@pytest.mark.parametrize(("keys", "number"), [(("1",), 1), (("down", "enter"), 1), (("0",), 0)])
def test_of_two_cards_at_one_address_the_chosen_one_is_shown(two_machines, keys, number) -> None:
    press(two_machines, *keys)
    text = "\n".join(Composer().compose(two_machines, 0.0).lines())
    assert f"GPU {number} {('this machine', 'node7')[number]}: NVIDIA" in text
    assert ("111/700W" in text) == bool(number)
    assert f"({(2, 3)[number]} of other users hidden)" in text


def test_a_host_is_found_by_the_filter(two_machines) -> None:
    for key in ("/", *"node7"):
        respond(two_machines, KeyPressed(key))
    text = "\n".join(Composer().compose(two_machines, 0.0).lines())
    assert "node7: NVIDIA" in text
    assert "this machine:" not in text


def test_a_stale_gpu_says_so_and_the_others_go_on(gpus_sampled) -> None:
    dashboard = Dashboard(width=120, height=40)
    dashboard.show_gpus()
    fresh = gpus_sampled(2)
    stale = gpus_sampled(1, 3.0, state=Absence.STALE, state_text="not answering for 3 s").samples
    dashboard.apply(fresh)
    dashboard.apply(GpusSampled((*stale, fresh.samples[1]), fresh.report))
    text = "\n".join(Composer().compose(dashboard, 0.0).lines())
    assert "not answering for 3 s" in text
    assert "560/700 W" in text or "%" in text


def test_without_gpus_each_vendor_says_what_was_missing() -> None:
    dashboard = Dashboard(width=100, height=24)
    dashboard.show_gpus()
    assert "Looking for GPUs" in "\n".join(Composer().compose(dashboard, 0.0).lines())
    dashboard.apply(GpusSampled((), (VendorReport("NVIDIA", 0, "The driver is not loaded."),)))
    text = "\n".join(Composer().compose(dashboard, 0.0).lines())
    assert "No GPUs detected" in text
    assert "NVIDIA: The driver is not loaded." in text


def test_g_goes_to_the_gpus_and_back(dashboard) -> None:
    for key, shown in (("g", True), ("g", False)):
        respond(dashboard, KeyPressed(key))
        assert (dashboard.view.mode is Mode.GPUS) is shown


KEYS = ["+", "-", "a", "s", "0", "7", "/", "x", "up", "down", "left", "right", "enter", "escape"]
KEYS += ["g", "?", "page_down", "home", "end", "backspace"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 80),
    count=st.integers(0, 20),
    keys=st.lists(st.sampled_from(KEYS), max_size=8),
)
def test_every_size_and_key_gives_a_whole_frame(gpus_sampled, width, height, count, keys) -> None:
    dashboard = Dashboard(width=width, height=height)
    dashboard.show_gpus()
    hostile = GpuIdentity("key", "NVIDIA", "\x1b[2J\nname", "\x07")
    process = GpuProcess(1, "compute", 5, None, "\x1b]0;user", "evil\x1b[31m")
    sampled = gpus_sampled(count)
    if count:
        first, *others = sampled.samples
        first = first._replace(processes=(process,), identity=hostile)
        sampled = sampled._replace(samples=(first, *others))
    dashboard.apply(sampled)
    composer = Composer()
    for key in ("", *keys):
        respond(dashboard, KeyPressed(key))
        frame = resolved(composer.compose(dashboard, 0.0), Look())
        assert [len(row) for row in frame.glyphs] == [width] * height
        for row in frame.glyphs:
            assert not any(unicodedata.category(char)[0] == "C" for char in "".join(row))


def test_the_list_of_gpus_is_full_to_its_end(show_gpus) -> None:
    def numbers(*keys: str) -> list[int]:
        return [
            int(line.split()[1]) for line in show_gpus(16, 80, 14, *keys).lines() if "H100" in line
        ]

    assert numbers() == list(range(8))
    assert numbers(*["down"] * 6) == list(range(2, 10))
    assert numbers("end") == list(range(8, 16))
