"""The GPU screen: golden frames for one, two, eight and sixteen GPUs, and what must hold."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackio_view.model.dashboard import Dashboard
from trackio_view.model.events import KeyPressed, Resized
from trackio_view.model.gpu import Absence, GpuIdentity, GpuProcess, GpusSampled, VendorReport
from trackio_view.model.responses import respond
from trackio_view.screens.frame import Composer
from trackio_view.terminal.cells import Frame


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
        for key in keys:
            respond(dashboard, KeyPressed(key))
        return Composer(unicode=unicode).compose(dashboard, 0.0)

    return show


@pytest.mark.parametrize("count", [1, 2, 8, 16])
@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(show_gpus, golden, count, width, height) -> None:
    golden(f"gpus-{count}-{width}x{height}", show_gpus(count, width, height))


def test_golden_one_of_eight(show_gpus, golden) -> None:
    golden("gpu-3-of-8-120x40", show_gpus(8, 120, 40, "3"))


def test_golden_ascii(show_gpus, golden) -> None:
    frame = show_gpus(2, 80, 24, unicode=False)
    assert "".join(frame.lines()).isascii()
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
    fields = {"utilization": None, "memory_used": None, "power": None, "temperatures": {}}
    for keys in ((), ("0",)):
        text = "\n".join(show_gpus(2, 120, 40, *keys, **fields).lines())
        assert not re.search(r"(?<![\d,.])0 ?(%|W|°C|GB)", text)


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


def test_the_strip_stands_below_the_charts(dashboard, gpus_sampled) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    assert dashboard.wants_gpus
    dashboard.apply(gpus_sampled(2))
    lines = Composer().compose(dashboard, 0.0).lines()
    assert "GPU 0" in lines[-3]
    assert "GPU 1" in lines[-3]
    assert "train/loss" in lines[1]


def test_g_goes_to_the_gpus_and_back(dashboard) -> None:
    for key, shown in (("g", True), ("g", False)):
        respond(dashboard, KeyPressed(key))
        assert dashboard.view.on_gpus is shown


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
        sampled.samples[0].processes = (process,)
        sampled.samples[0].identity = hostile
    dashboard.apply(sampled)
    composer = Composer()
    for key in ("", *keys):
        respond(dashboard, KeyPressed(key))
        frame = composer.compose(dashboard, 0.0)
        assert [len(row) for row in frame.glyphs] == [width] * height
        for row in frame.glyphs:
            assert not any(unicodedata.category(char)[0] == "C" for char in "".join(row))
