"""All that is read of each exporter's real output, held as a text beside this file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import lines_of
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.prometheus.api import Prometheus
from trackio_view.sources.prometheus.fleet import Fleet

READ = Path(__file__).parent / "captures"
EXPOSITIONS = (
    "amd/mi300x-synthetic",
    *("dcgm/a100-vgpu", "dcgm/h100-kubernetes-some", "dcgm/l4", "dcgm/l40s", "dcgm/t4-untyped"),
    "intel/xpumd-b60-sample",
    "node_exporter/four-amd-cards",
    "nvidia_gpu_exporter/h100-mig",
    "nvidia_gpu_exporter/h100",
    "nvidia_gpu_exporter/rtx4080super-idle",
    "nvidia_gpu_exporter/two-h200-one-mig-synthetic",
)


@pytest.mark.parametrize("name", EXPOSITIONS)
def test_all_that_is_read(
    served: Any,
    prometheus: Any,
    expositions: Callable[[str], str],
    hold_text: Callable[[Path, str], None],
    name: str,
) -> None:
    prometheus.scrape("10.0.0.9:9400", expositions(name))
    fleet = Fleet(Prometheus(parse_address(served.address), {}), lambda: prometheus.now + 7)
    try:
        sampled = fleet.look(0.0)
    finally:
        fleet.prometheus.client.close()
    # The two machines that each fleet of these tests has are no part of what is captured.
    own = [host for host in sampled.hosts if not host.name.startswith("node-")]
    assert own
    lines = [line for host in own for line in lines_of(host) if ".time:" not in line]
    text = "\n".join([*lines_of(sampled.families, "families"), *lines]) + "\n"
    hold_text(READ / f"{name.replace('/', '-')}.txt", text)
