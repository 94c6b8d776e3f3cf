"""Vendors and devices that hang, get lost and come back as a test says."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from trackio_view.model.gpu import (
    Absence,
    GpuIdentity,
    GpuSample,
    GpusSampled,
    VendorReport,
)
from trackio_view.sources.gpu.sampler import Clock, Found, Roots, Tier
from trackio_view.sources.gpu.search import Vendor

UNSUPPORTED = dict.fromkeys(GpuSample._fields, Absence.UNSUPPORTED)


@dataclass
class FakeSampler:
    """A device that behaves as its fields say."""

    key: str
    state: Absence | None = None
    error: Exception | None = None
    hang: threading.Event | None = None
    """If there is one, `sample` waits until it is set."""
    complete: bool = True
    """Whether every field that is absent says why."""
    readings: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def identity(self) -> GpuIdentity:
        return GpuIdentity(self.key, "Fake", f"Fake {self.key}")

    def sample(self, tiers: Tier) -> GpuSample:
        if self.hang is not None:
            self.hang.wait(20)
        if self.error is not None:
            raise self.error
        self.readings += 1
        reasons = UNSUPPORTED if self.complete else {}
        return GpuSample(
            self.identity, 0.0, utilization=self.readings, state=self.state, reasons=reasons
        )

    def close(self) -> None:
        self.closed.set()


@dataclass
class FakeVendor:
    """A vendor whose devices are the present content of a list."""

    samplers: list[FakeSampler]
    name: str = "Fake"
    searches: int = 0
    hang: threading.Event | None = None
    error: Exception | None = None

    def discover(self, roots: Roots, clock: Clock) -> Found:
        self.searches += 1
        if self.hang is not None:
            self.hang.wait(20)
        if self.error is not None:
            raise self.error
        report = VendorReport(self.name, len(self.samplers), f"{len(self.samplers)} found.")
        return Found(tuple(self.samplers), report)

    @cached_property
    def vendor(self) -> Vendor:
        return Vendor(self.name, lambda: self.discover)


NOWHERE = Roots(sys=Path("/nonexistent"), proc=Path("/nonexistent"), live=False)


def states(event: GpusSampled) -> dict[str, Absence | None]:
    return {sample.identity.key: sample.state for sample in event.samples}
