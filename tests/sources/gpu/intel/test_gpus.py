"""Which of Intel's GPUs are found, in which order, and what the search reports."""

from __future__ import annotations

from trackio_view.sources.gpu.intel import gpus as intel
from trackio_view.sources.gpu.sampler import Roots


def test_reports_say_what_was_looked_for(write_tree, clock) -> None:
    root = write_tree({"sys/class/drm/card0/device/vendor": "0x1002"})
    found = intel.discover(Roots.captured(root), clock)
    assert (found.samplers, found.report.found) == ((), 0)
    assert "0x8086" in found.report.text
