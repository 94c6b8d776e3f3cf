"""The bounds of an Intel card, its engines, and its memory without permission to ask the driver."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sources.gpu.intel.test_card import CARD, GT0, GT1, HWMON, I915, XE
from trackio_view.model.gpu import Absence, GpuProcess
from trackio_view.sources.gpu.intel import bounds
from trackio_view.sources.gpu.intel import gpus as intel
from trackio_view.sources.gpu.intel.card import IntelCard, sensor_name
from trackio_view.sources.gpu.kernel.drm import drm_cards
from trackio_view.sources.gpu.sampler import Roots, Tier


def card_of(root: Any, clock: Any) -> IntelCard:
    roots = Roots.captured(root)
    (drm,) = drm_cards(roots)
    (sampler,) = intel.discover(roots, clock).samplers
    card = IntelCard(drm, roots, clock, sampler.identity, discrete=True)
    card.begin(clock())
    return card


def test_a_card_of_xe_tells_its_bounds(write_tree: Any, clock: Any) -> None:
    root = write_tree(
        {
            **XE,
            f"{HWMON}/temp2_crit": 125_000,
            f"{HWMON}/temp2_emergency": 105_000,
            f"{HWMON}/temp6_crit": 115_000,
            f"{HWMON}/temp7_crit": 116_000,
            f"{HWMON}/power1_rated_max": 190_000_000,
            f"{HWMON}/in1_input": 745,
            f"{GT0}/freq0/rp0_freq": 2850,
            f"{GT1}/freq0/rp0_freq": 3000,
        }
    )
    (sampler,) = intel.discover(Roots.captured(root), clock).samplers
    sample = sampler.sample(Tier.ALL)
    assert sample.heat_limits == {
        "gpu critical": 125.0,
        "gpu emergency": 105.0,
        "memory critical": 115.0,
    }
    assert sample.heat_margin == 57.0
    assert (sample.power_limit_default, sample.voltage) == (190.0, 0.745)
    assert sample.clock_graphics_max == 2850.0, "not that of the unit for media"


def test_the_highest_clock_of_i915(write_tree: Any, clock: Any) -> None:
    root = write_tree({**I915, f"{CARD}/gt/gt0/rps_RP0_freq_mhz": 2450})
    (sampler,) = intel.discover(Roots.captured(root), clock).samplers
    sample = sampler.sample(Tier.ALL)
    assert sample.clock_graphics_max == 2450.0
    assert sample.reasons["voltage"] is Absence.UNSUPPORTED


def test_engines_are_told_by_class_and_as_what_is_seen(write_tree: Any, clock: Any) -> None:
    def fdinfo(compute: int, video: int) -> dict[str, str]:
        text = (
            "drm-driver: xe\ndrm-pdev: 0000:09:00.0\ndrm-client-id: 7\n"
            f"drm-cycles-ccs: {compute}\ndrm-total-cycles-ccs: {clock.now * 1000:.0f}\n"
            f"drm-cycles-vcs: {video}\ndrm-total-cycles-vcs: {clock.now * 1000:.0f}\n"
        )
        return {"proc/4242/fdinfo/5": text}

    tree = {**XE, "proc/4242/comm": "python", "dev/dri/renderD128": ""}
    root = write_tree({**tree, **fdinfo(0, 0)})
    (root / "proc/4242/fd").mkdir(parents=True)
    (root / "proc/4242/fd/5").symlink_to("/dev/dri/renderD128")
    card = card_of(root, clock)
    assert bounds.engines(card) is None
    clock.advance(2.0)
    write_tree(fdinfo(1500, 200))
    assert bounds.engines(card) == {"compute": 75.0, "video": 10.0}
    assert card.measures()["engines"] == "visible processes"


def test_memory_that_nobody_may_ask_for_is_that_of_visible_processes(
    write_tree: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree(XE)
    card = card_of(root, clock)
    card.roots = Roots(sys=root / "sys", proc=root / "proc")
    denied = (Absence.DENIED, Absence.DENIED)
    monkeypatch.setattr("trackio_view.sources.gpu.intel.memory.read", lambda *_: denied)
    monkeypatch.setattr(
        IntelCard, "processes", lambda _: (GpuProcess(1, memory=2 << 30), GpuProcess(2))
    )
    assert (card.memory(0), card.memory(1)) == (2 << 30, Absence.DENIED)
    assert card.measures()["memory_used"] == "visible processes"
    monkeypatch.setattr(IntelCard, "processes", lambda _: ())
    card.begin(clock())
    assert card.memory(0) is Absence.DENIED, "no visible process is no memory of 0"


def test_the_captured_card_tells_its_limits(captures: Any, clock: Any) -> None:
    found = intel.discover(Roots.captured(captures / "gpu" / "intel" / "b580"), clock)
    sample = found.samplers[0].sample(Tier.ALL)
    assert sample.heat_limits is not None
    assert set(sample.heat_limits) >= {"gpu critical", "memory critical"}
    assert sample.clock_graphics_max == 2850.0


@pytest.mark.parametrize(
    ("number", "label", "name"),
    [
        (1, "pkg", "gpu"),
        (3, "", "memory"),
        (9, "vram_ch_3", "memory"),
        (9, "of a maker", "of a maker"),
        (9, "", "sensor 9"),
    ],
)
def test_a_sensor_is_called_as_samples_call_it(number: int, label: str, name: str) -> None:
    assert sensor_name(number, label) == name
