"""The cost of GPUs: a reading of each vendor's card, and the screen with eight GPUs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from trackio_view.model.gpu import GpuIdentity, GpuSample, GpusSampled, VendorReport
from trackio_view.screens.shell.frame import Composer
from trackio_view.sources.gpu.sampler import Found, Roots, Tier
from trackio_view.terminal.diff import diff
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import ColorDepth
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond

CAPTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "gpu"
TICKS = 200
FIELDS = {"AMD": "amd/rx6900xt", "Intel": "intel/b580"}


def tick(vendor: str) -> Mapping[str, float]:
    """Return the processor time of one reading of one card."""
    found = _found(vendor)
    if not found.samplers:
        raise RuntimeError(f"no {vendor} GPU here, and no capture in {CAPTURES}")
    sampler = found.samplers[0]
    sampler.sample(Tier.ALL)
    taken = {}
    for name, tiers in (("fast", Tier.FAST), ("all", Tier.ALL)):
        begin = time.process_time()
        for _ in range(TICKS):
            sampler.sample(tiers)
        taken[f"{name}, CPU"] = (time.process_time() - begin) / TICKS * 1000
    for opened in found.samplers:
        opened.close()
    return taken


def _found(vendor: str) -> Found:
    # As in the program, each vendor's module is imported when its hardware is read.
    if vendor == "AMD":
        from trackio_view.sources.gpu.amd.gpus import discover
    elif vendor == "Intel":
        from trackio_view.sources.gpu.intel.gpus import discover
    else:
        from trackio_view.sources.gpu.nvidia.gpus import discover
    roots = Roots.captured(CAPTURES / FIELDS[vendor]) if vendor in FIELDS else Roots()
    return discover(roots, time.monotonic)


def screen_of_eight() -> Mapping[str, float]:
    """Return the processor time of a tick of eight GPUs: folding, drawing and comparing."""
    dashboard = Dashboard()
    respond(dashboard, Resized(120, 40))
    dashboard.show_gpus()
    composer = Composer()
    shown = None
    begin = 0.0
    for number in range(TICKS + 20):
        if number == 20:
            begin = time.process_time()
        dashboard.apply(_reading(number))
        frame = composer.compose(dashboard, 1e9)
        diff(shown, frame, Look(ColorDepth.TRUECOLOR))
        shown = frame
    per_tick = (time.process_time() - begin) / TICKS
    return {"a tick, CPU": per_tick * 1000, "at 1 s, CPU": per_tick * 100}


def _reading(number: int) -> GpusSampled:
    samples = tuple(
        GpuSample(
            identity=GpuIdentity(f"0000:{card:02x}:00.0", "NVIDIA", "H100"),
            time=float(number),
            utilization=float((number * 7 + card * 13) % 101),
            memory_used=(40 + (number + card) % 40) << 30,
            memory_total=80 << 30,
            temperatures={"gpu": 40.0 + (number + card) % 30},
            power=300.0 + (number * 11 + card) % 400,
            power_limit=700.0,
            clock_graphics=1500.0 + number % 400,
        )
        for card in range(8)
    )
    return GpusSampled(samples, (VendorReport("NVIDIA", 8, "8 GPUs"),))
