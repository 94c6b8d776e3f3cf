"""The page with everything known of a GPU."""

from __future__ import annotations

import pytest

from tests.pressing import press
from trackio_view.charts.palette import VALUE
from trackio_view.model.gpu import Absence, GpuId, GpusSampled
from trackio_view.model.health import DEFAULT_THRESHOLDS
from trackio_view.screens.gpu_details import SECTIONS, detail_lines, in_columns
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import text_width
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.gpu_details import GpuDetailsView
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond
from trackio_view.wording.gpu_fields import EVERY_GPU_LINE

H200 = {
    "power_instant": 276.0,
    "power_memory": 50.2,
    "power_limit": 500.0,
    "power_limit_min": 200.0,
    "power_limit_max": 700.0,
    "power_limit_default": 700.0,
    "heat_limits": {"slowdown": 89.0, "shutdown": 95.0, "memory": 95.0, "GPU": 87.0},
    "heat_margin": 53.0,
    "memory_reserved": 616 * 2**20,
    "bar1_used": 2 * 2**20,
    "bar1_total": 256 * 2**30,
    "cuda_version": "13.0",
    "persistence": "on",
    "compute_mode": "shared",
    "engines": {},
}


REASONS = {"no rate measured yet", *(absence.value for absence in Absence)}


@pytest.fixture
def details(gpus_sampled):
    """Return a function that opens the page, presses keys and composes it."""

    def show(width: int, height: int, *keys: str, count: int = 2, **fields) -> Frame:
        dashboard = Dashboard(width=width, height=height)
        dashboard.show_gpus()
        dashboard.apply(gpus_sampled(count, 0.0, **{**H200, **fields}))
        composer = Composer()
        for key in ("i", *keys):
            respond(dashboard, KeyPressed(key))
            frame = composer.compose(dashboard, 0.0)
        return resolved(frame, Look())

    return show


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(details, golden, width, height) -> None:
    golden(f"gpu-details-{width}x{height}", details(width, height))


def _text(sample, width: int) -> list[str]:
    lines = detail_lines(sample, width, DEFAULT_THRESHOLDS)
    return ["".join(segment.text for segment in line) for line in lines]


def test_each_field_is_told_once_and_each_section_has_a_first_one(gpus_sampled) -> None:
    (sample,) = gpus_sampled(1).samples
    text = _text(sample, 2000)
    told = [line[2:18].rstrip() for line in text if line.startswith("  ")]
    for line in text:
        why, _, labels_without = line.partition(": ")
        if why.strip() in REASONS:
            told += labels_without.split(" · ")
    labels = [line.label for line in EVERY_GPU_LINE]
    assert [label for label in labels if told.count(label) != 1] == []
    assert set(SECTIONS) <= set(labels)
    assert labels[0] in SECTIONS
    assert [title for title in SECTIONS.values() if title not in text] == []


def test_absent_fields_stand_by_their_reason_at_the_end_of_their_section(gpus_sampled) -> None:
    without = dict.fromkeys(("bar1_used", "bar1_total"), Absence.DENIED)
    links = dict.fromkeys(("nvlink_read", "nvlink_write"), Absence.UNSUPPORTED)
    links |= dict.fromkeys(("xgmi_read", "xgmi_write"), Absence.UNSUPPORTED)
    (sample,) = gpus_sampled(1, reasons={**without, **links}).samples
    text = _text(sample, 200)
    work = text[text.index("work") : text.index("memory") - 1]
    assert work[-1] == "  not supported: NVLink · XGMI"
    assert work[-2].startswith("  no rate measured yet: Activity · Tensor Cores · ")
    memory = text[text.index("memory") : text.index("heat") - 1]
    assert memory[-1] == "  permission denied: BAR1"
    assert memory[1].startswith("  Memory   ")


def test_why_a_gpu_has_no_reading_is_told_once(gpus_sampled) -> None:
    asleep = {"state": Absence.ASLEEP, "state_text": "suspended to save power"}
    (sample,) = gpus_sampled(1, power=None, **asleep).samples
    text = _text(sample, 60)
    told = [line for line in text if "suspended" in line]
    assert told == [f"  {'State':<16} {sample.state_text}"]
    assert any(line.startswith("  no reading: Power ·") for line in text)


def test_a_limit_that_was_changed_is_told(details) -> None:
    text = "\n".join(details(100, 90).lines())
    assert "200 to 700 W, lowered from 700 W" in text
    assert "700 W by default" in "\n".join(details(100, 90, power_limit=700.0).lines())
    assert "raised from 700 W" in "\n".join(details(100, 90, power_limit=750.0).lines())


def test_the_end_can_be_reached_and_is_the_end(details) -> None:
    lines = details(60, 24, "end").lines()
    assert any("Instances" in line for line in lines)
    # The row above the footer's keys says that a key did nothing.
    assert details(60, 24, "end", "down").lines()[:-2] == lines[:-2]


@pytest.mark.parametrize("width", [20, 40, 63, 125, 190, 400])
def test_no_line_is_wider_than_its_place(gpus_sampled, width) -> None:
    (sample,) = gpus_sampled(1, **H200).samples
    for line in detail_lines(sample, width, DEFAULT_THRESHOLDS):
        assert sum(text_width(segment.text) for segment in line) <= width


def test_keys_go_to_other_gpus_and_back(gpus_sampled) -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.show_gpus()
    dashboard.apply(gpus_sampled(3))
    ids = list(dashboard.known.gpus.histories)

    def details_after(*keys: str) -> GpuDetailsView | None:
        press(dashboard, *keys)
        return dashboard.view.state(GpuDetailsView)

    def gpu_after(*keys: str) -> GpuId | None:
        shown = details_after(*keys)
        return None if shown is None else shown.gpu

    assert gpu_after("down", "i") == ids[1], "that of the overview's line"
    assert [gpu_after(key) for key in ("right", "right", "left")] == [ids[2], ids[0], ids[2]]
    assert details_after("escape") is None
    assert dashboard.view.mode is Mode.GPUS
    assert gpu_after("0", "i") == ids[0], "the one that fills the screen"
    dashboard.apply(GpusSampled((), ()))
    frame = Composer().compose(dashboard, 0.0)
    assert any(line.startswith("│ This GPU is no longer there. ") for line in frame.lines())
    press(dashboard, "right", "i", "i")
    assert dashboard.view.mode is Mode.GPUS, "without a GPU there is nothing to open"


def page_of(*heights: int) -> list[tuple[StyledText, ...]]:
    """Return lines of sections that are so high, with their numbers as text."""
    lines: list[tuple[StyledText, ...]] = []
    for section, height in enumerate(heights):
        lines += [() for _ in range(bool(section))]
        lines += [(StyledText(f"{section}", VALUE),) for _ in range(height)]
    return lines


@pytest.mark.parametrize(
    ("heights", "count", "rows"),
    [
        ((3, 3, 3), 3, [3, 3, 3]),
        ((3, 3, 3), 2, [7, 3]),
        ((3, 3, 3), 1, [11]),
        ((2, 9, 2), 3, [2, 9, 2]),
        ((2, 2, 2, 2, 8), 2, [11, 8]),
        ((4,), 3, [4]),
        ((1, 1, 1, 1, 1, 1), 3, [3, 3, 3]),
    ],
)
def test_no_section_is_in_two_columns_and_none_is_higher_than_need_be(
    heights: tuple[int, ...], count: int, rows: list[int]
) -> None:
    columns = in_columns(page_of(*heights), count)
    assert [len(column) for column in columns] == rows
    told = [{line[0].text for line in column if line} for column in columns]
    assert sum(map(len, told)) == len(heights), "each section is in one column alone"
    assert all(column[0] and column[-1] for column in columns)
    found = [line[0].text for column in columns for line in column if line]
    assert found == [line[0].text for line in page_of(*heights) if line], "nothing is lost"
