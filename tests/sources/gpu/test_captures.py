"""All that is read of each captured machine, held as a text beside this file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import lines_of
from trackio_view.sources.gpu.sampler import Roots
from trackio_view.sources.gpu.search import VENDORS
from trackio_view.sources.gpu.watch import sample_once

READ = Path(__file__).parent / "captures"
CAPTURES = (
    *("amd/phoenix", "amd/rx5700xt", "amd/rx6900xt", "amd/rx7600s", "amd/vangogh"),
    *("intel/a380-i915", "intel/b580", "intel/tigerlake"),
)


def is_left_out(line: str) -> bool:
    """Return whether a line is of the moment, or of a field that no card of that kind has."""
    name, _, value = line.partition(": ")
    return name.endswith(("].time", "clock_zero")) or (
        ".reasons." in name and value == "UNSUPPORTED"
    )


@pytest.mark.parametrize("name", CAPTURES)
def test_all_that_is_read(
    captures: Path, hold_text: Callable[[Path, str], None], name: str
) -> None:
    vendors = tuple(vendor for vendor in VENDORS if vendor.name.lower() == name.partition("/")[0])
    event = sample_once(Roots.captured(captures / "gpu" / name), 20.0, vendors=vendors)
    assert event.samples
    lines = [line for line in lines_of(event) if not is_left_out(line)]
    hold_text(READ / f"{name.replace('/', '-')}.txt", "\n".join(lines) + "\n")
