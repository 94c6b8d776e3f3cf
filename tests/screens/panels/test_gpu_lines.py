"""The strip of GPUs below the charts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trackio_view.screens.shell import frame
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond
from trackio_view.view.seen_screens import wanted


def test_the_strip_stands_below_the_charts(dashboard, gpus_sampled) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    assert wanted(dashboard).gpus
    dashboard.apply(gpus_sampled(2))
    lines = Composer().compose(dashboard, 0.0).lines()
    assert "GPU 0" in lines[-3]
    assert "GPU 1" in lines[-3]
    assert "train/loss" in lines[1]


def test_the_strip_tells_what_a_gpu_does_and_marks_one_that_is_not_well(
    dashboard, gpus_sampled
) -> None:
    respond(dashboard, Resized(200, 40))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(1, activity="tensor cores 93 %", ecc_uncorrected=0))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert "GPU 0 " in strip
    assert "tensor cores 93 %" in strip
    dashboard.apply(gpus_sampled(1, activity="tensor cores 93 %", ecc_uncorrected=4))
    assert "GPU 0!" in Composer().compose(dashboard, 0.0).lines()[-3]
    dashboard.known.thresholds = {**dashboard.known.thresholds, "gpu_memory_errors": 5}
    assert "GPU 0 " in Composer().compose(dashboard, 0.0).lines()[-3]


def test_the_strip_says_which_gpus_train_the_run_on_screen(
    dashboard, gpus_sampled, monkeypatch
) -> None:
    dashboard.apply(gpus_sampled(2))
    dashboard.view.gpus.strip = True
    (_, second) = dashboard.known.gpus.samples
    monkeypatch.setattr(frame, "training_gpus", lambda *_: [(1, second)])
    dashboard.width, dashboard.height = 160, 40
    first, _, rest = Composer().compose(dashboard, 0.0).lines()[-3].partition("GPU 1")
    assert "trains this run" not in first
    assert "trains this run" in rest


@pytest.mark.parametrize(("count", "shown"), [(4, 4), (5, 5), (8, 4), (16, 4)])
def test_the_strip_says_how_many_have_no_room(dashboard, gpus_sampled, count, shown) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(count))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert strip.count("GPU ") == shown
    assert (f"+{count - shown} more" in strip) == (shown < count)


LONG = "works 6 % of the time, waits for the rest (data, CPU, other ranks)"


@pytest.mark.parametrize(
    ("width", "told", "left_out"),
    [
        (160, [LONG, "60/80 GB", "64°C", "421 W"], []),
        (100, [LONG, "60/80 GB"], ["64°C", "421 W"]),
        (80, ["waits for the rest", "60/80 GB"], ["data", "421 W"]),
        (50, ["60/80 GB", "64°C", "421 W"], ["works"]),
    ],
)
def test_for_what_a_gpu_does_the_last_facts_give_way(
    dashboard, gpus_sampled, width: int, told: list[str], left_out: list[str]
) -> None:
    respond(dashboard, Resized(width, 40))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(1, activity=LONG, power=421.0))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert [part for part in told if part not in strip] == []
    assert [part for part in left_out if part in strip] == []


def test_the_strip_tells_what_each_instance_does(dashboard, gpus_sampled) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    instances = ("MIG 0: tensor cores 80 %", "MIG 2: idle: no kernels")
    dashboard.apply(gpus_sampled(1, partition_activity=instances))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert "MIG 0: tensor cores 80 %, MIG 2: idle: no kernels" in strip


def test_the_banner_names_the_machines(dashboard, gpus_sampled) -> None:
    """Of one that has a name, of several, and of this machine without a name."""
    (reading,) = gpus_sampled(1).samples

    def banner(*hosts: str) -> str:
        own = reading.identity
        identities = [replace(own, host=host, key=f"{host}-0") for host in hosts]
        samples = tuple(replace(reading, identity=identity) for identity in identities)
        dashboard.apply(replace(gpus_sampled(1), samples=samples))
        return Composer().compose(dashboard, 0.0).lines()[0]

    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("g"))
    assert "1 GPU " in banner("")
    assert " of " not in banner("")
    assert "1 GPU of node-1" in banner("node-1")
    assert "2 GPUs in 2 machines" in banner("node-1", "node-2")
