"""The search for a vendor's GPUs: what it reports meanwhile, and a search that begins early."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.gpu import VendorReport
from trackio_view.sources.gpu.sampler import Clock, Found, Roots
from trackio_view.sources.gpu.search import VENDORS, Search, Vendor, search_ahead

NOWHERE = Roots(sys=Path("/nonexistent"), proc=Path("/nonexistent"), live=False)
FOUND = Found((), VendorReport("Fake", 2, "2 found."))


def test_a_later_search_that_hangs_takes_back_no_gpu_that_was_found() -> None:
    search = Search(Vendor("Fake", lambda: lambda roots, clock: FOUND), NOWHERE, lambda: 9.0, None)
    search.waiting_since = 4.0
    assert search.report(6.9, 3.0) is None
    assert search.report(9.0, 3.0) == VendorReport("Fake", 0, "No answer to the search for 5 s.")
    samplers: Any = (object(), object())
    search.found = Found(samplers, VendorReport("Fake", 2, "2 found."))
    assert search.report(6.9, 3.0) == VendorReport("Fake", 2, "2 found.")
    assert search.report(9.0, 3.0) == VendorReport("Fake", 2, "No answer to the search for 5 s.")


def test_the_driver_that_takes_long_to_start_is_searched_for_ahead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    released, asked = threading.Event(), []

    def discover(roots: Roots, clock: Clock) -> Found:
        asked.append(roots)
        released.wait(20)
        return FOUND

    monkeypatch.setattr("trackio_view.sources.gpu.nvidia.gpus.discover", discover)
    search = search_ahead(tmp_path)
    search.start()
    assert search.found is None, "nobody waits for the driver"
    released.set()
    while search.found is None:
        assert search.fault is None
    assert search.found is FOUND
    assert asked == [Roots.captured(tmp_path)], "started twice, it looks once"
    assert search.vendor is VENDORS[0]
    search.stopping.set()
