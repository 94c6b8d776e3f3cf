"""The samplers are sent to a machine unchanged, and their readings come back unchanged."""

from __future__ import annotations

import ast
import json
import math
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.model.gpu import GpuIdentity, GpuSample, GpusSampled
from trackio_view.origins import _sampled
from trackio_view.sources.far import gpus_there
from trackio_view.sources.far.far_gpus import GPUS, ROOMS
from trackio_view.sources.far.gpus_there import FAR_VENDORS, FarGpus, told
from trackio_view.sources.gpu.sampler import Roots
from trackio_view.sources.gpu.search import VENDORS
from trackio_view.sources.gpu.watch import sample_once

PACKAGE = Path(__file__).parents[3] / "trackio_view"
CAPTURES = ("amd/rx6900xt", "amd/phoenix", "amd/vangogh", "intel/b580", "intel/tigerlake")


def without_times(event: GpusSampled) -> dict[str, Any]:
    """Return the readings of files by key, without their times."""
    found = {}
    for sample in event.samples:
        fields: dict[str, Any] = told(sample)
        fields.pop("time")
        found[sample.identity.key] = fields
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_that_is_sent_brings_what_it_imports(room: str) -> None:
    text = (PACKAGE / f"{room.replace('.', '/')}.py").read_text("utf-8")
    before = {f"trackio_view.{name}" for name in ROOMS[: ROOMS.index(room)]}
    tree = ast.parse(text, feature_version=GPUS.least_python)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            # Packages that only live screens need are imported inside functions.
            names = {alias.name.partition(".")[0] for alias in node.names}
            assert names <= sys.stdlib_module_names or names == {"anyio"}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            whole = {f"{module}.{alias.name}" for alias in node.names}
            is_known = module in before or whole <= before
            assert is_known or module.partition(".")[0] in sys.stdlib_module_names


def test_every_vendor_is_looked_for_there() -> None:
    assert [vendor.name for vendor in FAR_VENDORS] == [vendor.name for vendor in VENDORS]
    for vendor in FAR_VENDORS:
        assert callable(vendor.load())


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_machine_tells_the_readings_that_it_sampled(captures: Path, capture: str) -> None:
    folder = captures / "gpu" / capture
    far = FarGpus(1.0, str(folder))
    answer = json.loads(json.dumps(far.answer({"do": "once", "patience": 20.0})))
    event = _sampled(answer["event"])
    here = sample_once(Roots.captured(folder), 20.0, vendors=FAR_VENDORS)
    assert event.samples
    assert without_times(event) == without_times(here)
    assert [line.vendor for line in event.report] == [vendor.name for vendor in FAR_VENDORS]
    assert math.isfinite(answer["now"])
    far.close()


def test_it_goes_on_sampling_between_two_questions(captures: Path) -> None:
    far = FarGpus(0.01, str(captures / "gpu" / "amd" / "rx6900xt"))
    try:
        events = [_sampled(far.answer({"do": "newest"})["event"]) for _ in range(2)]
        while not events[-1].samples:
            events.append(_sampled(far.answer({"do": "newest"})["event"]))
        assert events[-1].samples[0].identity.name == "AMD Radeon RX 6900 XT"
    finally:
        far.close()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_no_words_for(value: float) -> None:
    event = GpusSampled((GpuSample(GpuIdentity("a", "AMD", "b"), 1.0, power=value),), ())
    (sample,) = _sampled(json.loads(json.dumps(told(event), allow_nan=False))).samples
    assert sample.power == pytest.approx(value, nan_ok=True)


def test_an_object_that_is_no_reading_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="no way to tell"):
        told(object())


def test_the_first_answer_waits_for_one_reading_of_each_and_for_no_second(
    captures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls, sleep = 0, time.sleep

    def poll(seconds: float) -> None:
        nonlocal polls
        polls += 1
        assert polls < 2000, "a second reading comes an hour later"
        sleep(seconds)

    far = FarGpus(3600.0, str(captures / "gpu" / "amd" / "rx6900xt"))
    monkeypatch.setattr(gpus_there, "time", SimpleNamespace(sleep=poll))
    try:
        event = _sampled(far.answer({"do": "newest"})["event"])
        assert [sample.identity.name for sample in event.samples] == ["AMD Radeon RX 6900 XT"]
    finally:
        far.close()
