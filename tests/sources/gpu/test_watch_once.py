"""GPUs are read once for a command that ends, which waits for nothing that hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.gpu.fake_vendors import NOWHERE, FakeSampler, FakeVendor, states
from trackio_view.cli import _HUNG_SECONDS
from trackio_view.headless.gpu_text import read_gpus
from trackio_view.model.gpu import (
    Absence,
    GpuProcess,
    GpusSampled,
)
from trackio_view.options.command_line import Options
from trackio_view.sources.gpu.driver_threads import hung_threads
from trackio_view.sources.gpu.sampler import Roots, Tier
from trackio_view.sources.gpu.search import VENDORS
from trackio_view.sources.gpu.watch import (
    needs_second_reading,
    sample_once,
)


def test_once_reads_once_where_nothing_is_a_rate() -> None:
    device = FakeSampler("a")
    event = sample_once(NOWHERE, 5.0, vendors=[FakeVendor([device]).vendor])
    assert states(event) == {"a": None}
    assert device.readings == 1


def test_once_has_moments_too() -> None:
    event = sample_once(NOWHERE, 5.0, vendors=[FakeVendor([FakeSampler("a")]).vendor])
    assert event.clock_zero is not None
    assert abs(event.clock_zero + time.monotonic() - time.time()) < 3600


def test_once_reads_twice_for_a_rate() -> None:
    device = FakeSampler("a", complete=False)
    event = sample_once(NOWHERE, 5.0, vendors=[FakeVendor([device]).vendor])
    assert event.samples[0].utilization == 2


def test_once_does_not_wait_for_what_hangs() -> None:
    released = threading.Event()
    devices = FakeVendor([FakeSampler("hung", hang=released), FakeSampler("live")])
    search = FakeVendor([], name="Hung", hang=released)
    event = sample_once(NOWHERE, 0.2, vendors=[devices.vendor, search.vendor])
    assert states(event) == {"hung": Absence.STALE, "live": None}
    assert [line.text for line in event.report] == ["2 found.", "No answer to the search for 0 s."]
    released.set()


def test_once_raises_a_bug() -> None:
    vendor = FakeVendor([FakeSampler("a", error=ZeroDivisionError("a bug"))])
    with pytest.raises(ZeroDivisionError):
        sample_once(NOWHERE, 5.0, vendors=[vendor.vendor])


def test_processes_without_load_need_a_second_reading() -> None:
    sample = FakeSampler("a").sample(Tier.ALL)
    assert not needs_second_reading(sample)
    sample = sample._replace(processes=(GpuProcess(1),))
    assert needs_second_reading(sample)
    sample = sample._replace(processes=(GpuProcess(1), GpuProcess(2, load=3.0)))
    assert not needs_second_reading(sample)
    sample = sample._replace(state=Absence.ASLEEP, processes=(GpuProcess(1),))
    assert not needs_second_reading(sample)


def test_the_code_of_a_vendor_is_loaded_where_it_has_a_card(tmp_path: Path) -> None:
    """Every start searches for all vendors, and waits for the answer."""
    program = (
        "import sys; from pathlib import Path\n"
        "from trackio_view.sources.gpu.sampler import Roots\n"
        "from trackio_view.sources.gpu.watch import VENDORS\n"
        f"roots = Roots.captured(Path({str(tmp_path)!r}))\n"
        "for vendor in VENDORS[1:]: assert not vendor.load()(roots, float).samplers\n"
        "print(*(name for name in sys.modules if name.endswith(('.card', '.fields', '_metrics'))))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.stdout.split(), ended.stderr) == ([], "")


def test_every_vendor_of_the_table_searches_an_empty_machine(tmp_path: Path) -> None:
    event = sample_once(Roots.captured(tmp_path), 10.0)
    assert event.samples == ()
    assert [line.vendor for line in event.report] == [vendor.name for vendor in VENDORS]
    assert all(line.text.endswith(".") for line in event.report)


@pytest.mark.parametrize("arguments", [(), ("--format", "json")], ids=["text", "json"])
def test_a_driver_that_hangs_for_good_holds_up_no_script(
    compile_stub: Callable[..., Path], arguments: tuple[str, ...]
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "trackio_view", "--gpu", "--once", *arguments],
        env={
            **os.environ,
            "LD_LIBRARY_PATH": str(compile_stub().parent),
            "NVML_STUB_hang": "0",
            "NVML_STUB_hang_seconds": "3600",
            "NVML_STUB_leaving_seconds": "3600",
        },
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        # The test passes if the program ends at all.
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "not answering for " in ended.stdout


def test_a_script_waits_for_a_driver_for_less_than_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []

    def sample(_: Roots, timeout: float) -> GpusSampled:
        asked.append(timeout)
        return GpusSampled((), ())

    monkeypatch.setattr("trackio_view.sources.gpu.watch.sample_once", sample)
    read_gpus(Options())
    assert max(asked) + _HUNG_SECONDS < 3


def test_a_thread_that_hangs_is_told_from_one_that_ends() -> None:
    released = threading.Event()
    sample_once(NOWHERE, 0.05, vendors=[FakeVendor([FakeSampler("a", hang=released)]).vendor])
    assert hung_threads(0.01)
    released.set()
    assert not hung_threads(10)
