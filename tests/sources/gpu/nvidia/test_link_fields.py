"""Bytes a second over PCIe, NVLink and C2C: by the counters of the parts, else by the driver's."""

from __future__ import annotations

import pytest

from tests.sources.gpu.nvidia.answering import device_of, field
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import activity, codes
from trackio_view.sources.gpu.nvidia.device import NvidiaDevice
from trackio_view.sources.gpu.nvidia.link_fields import c2c, nvlink, traffic
from trackio_view.sources.gpu.sampler import Tier

MIB = 2**20
FIELDS = "nvmlDeviceGetFieldValues"
STATE = ("nvmlDeviceGetNvLinkState", "gpu", 0)


@pytest.mark.parametrize(("direction", "number"), [(0, 21), (1, 20)])
@pytest.mark.parametrize(("rate", "told"), [(3.0, 3.0 * MIB), (0.0, 0.0), (None, None)])
def test_traffic_that_parts_of_the_card_count_comes_first(
    direction: int, number: int, rate: float | None, told: float | None
) -> None:
    device = device_of({}, None if rate is None else {number: rate})
    assert traffic(direction)(device) == told


@pytest.mark.parametrize(("direction", "field_id"), [(0, 198), (1, 197)])
def test_wide_counts_of_the_driver_make_a_rate_of_two_ticks(direction: int, field_id: int) -> None:
    answers: dict[object, object] = {(FIELDS, "gpu", (field_id,)): field(1000)}
    device = device_of(answers, Absence.UNSUPPORTED)
    read = traffic(direction)
    assert read(device) is None, "one reading is no rate"
    answers[FIELDS, "gpu", (field_id,)] = field(9000)
    device.calls.begin()
    device.time = 4.0
    assert read(device) == 2000.0


def test_counts_begin_with_the_first_sample_as_the_driver_may_refuse_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(NvidiaDevice, "short_traffic", lambda _: (7.0, 5.0))
    pcie, link = (198,), ((139, 0xFFFFFFFF),)
    answers: dict[object, object] = {STATE: 1, (FIELDS, "gpu", pcie): field(1000)}
    answers[FIELDS, "gpu", link] = field(100)
    device, narrow = device_of(answers), device_of({FIELDS: field(1000, kind=1)})
    read_pcie, read_link = traffic(0), nvlink(activity.NVLINK_READ)
    assert [read_pcie(device), read_link(device), read_pcie(narrow)] == [None, None, None]
    answers |= {(FIELDS, "gpu", pcie): field(9000), (FIELDS, "gpu", link): field(200)}
    device.calls.begin()
    device.time, device._figures = 4.0, Absence.DENIED
    assert [read_pcie(device), read_link(device)] == [2000.0, 25 * 1024]


def test_a_count_that_leaps_is_no_rate() -> None:
    pcie, link = (198,), ((139, 0xFFFFFFFF),)
    answers: dict[object, object] = {STATE: 1}
    device = device_of(answers, Absence.UNSUPPORTED)
    told = []
    for time, count in enumerate((1000, 1 << 60, (1 << 60) + 500)):
        answers[FIELDS, "gpu", pcie] = answers[FIELDS, "gpu", link] = field(count)
        device.calls.begin()
        device.time = float(time)
        told.append((traffic(0)(device), nvlink(activity.NVLINK_READ)(device)))
    assert told == [(None, None), (None, None), (500.0, 500.0 * 1024)]


@pytest.mark.parametrize("direction", [0, 1])
def test_narrow_counts_are_measured_in_a_short_window(
    direction: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NvidiaDevice, "short_traffic", lambda _: (7.0, 5.0))
    device = device_of({FIELDS: field(1000, kind=1)}, Absence.UNSUPPORTED)
    assert traffic(direction)(device) == (7.0, 5.0)[direction]


def test_traffic_that_cannot_be_read_says_why() -> None:
    assert traffic(0)(device_of({}, Absence.UNSUPPORTED)) is Absence.UNSUPPORTED
    denied = device_of({FIELDS: (codes.NO_PERMISSION, None)}, Absence.UNSUPPORTED)
    assert traffic(0)(denied) is Absence.DENIED


@pytest.mark.parametrize("number", [activity.NVLINK_READ, activity.NVLINK_WRITE])
def test_nvlink_is_told_only_where_there_is_a_link(number: int) -> None:
    figures = {number: 2.0}
    assert nvlink(number)(device_of({}, figures)) is Absence.UNSUPPORTED
    assert nvlink(number)(device_of({STATE: 1}, figures)) == 2.0 * MIB
    assert nvlink(number)(device_of({STATE: 1}, {number: 0.0})) == 0.0
    assert nvlink(number)(device_of({STATE: 1}, None)) is None
    assert nvlink(number)(device_of({STATE: 1}, Absence.LOST)) is Absence.LOST


def test_links_that_are_all_down_are_no_link() -> None:
    name, number = "nvmlDeviceGetNvLinkState", activity.NVLINK_READ
    down: dict[object, object] = {(name, "gpu", link): 0 for link in range(4)}
    device = device_of(down, {number: 0.0})
    assert nvlink(number)(device) is Absence.UNSUPPORTED, "a board without a bridge"
    assert nvlink(number)(device_of({**down, (name, "gpu", 2): 1}, {number: 0.0})) == 0.0
    failing = {**down, (name, "gpu", 2): (codes.TIMEOUT, None)}
    assert nvlink(number)(device_of(failing, {number: 0.0})) is Absence.LOST


def test_links_are_looked_for_in_slow_ticks_and_after_a_failure() -> None:
    name, number = "nvmlDeviceGetNvLinkState", activity.NVLINK_READ
    answers: dict[object, object] = {name: (codes.TIMEOUT, None)}
    device = device_of(answers, {number: 2.0})
    told = [nvlink(number)(device)]
    for tiers, is_up in (
        (Tier.FAST | Tier.ACTIVITY, 1),
        (Tier.FAST | Tier.ACTIVITY, 0),
        (Tier.ALL, 0),
        (Tier.FAST | Tier.ACTIVITY, 1),
        (Tier.ALL, 1),
    ):
        answers[name] = is_up
        device.begin(1.0, tiers)
        device._figures_read = True
        told.append(nvlink(number)(device))
    rate, none = 2.0 * MIB, Absence.UNSUPPORTED
    assert told == [Absence.LOST, rate, rate, none, none, rate]


@pytest.mark.parametrize(
    ("number", "field_id"), [(activity.NVLINK_WRITE, 138), (activity.NVLINK_READ, 139)]
)
def test_older_chips_count_nvlink_in_kib_over_all_links(number: int, field_id: int) -> None:
    answers: dict[object, object] = {STATE: 1}
    device = device_of(answers, Absence.UNSUPPORTED)
    assert nvlink(number)(device) is Absence.UNSUPPORTED, "they have no such field"
    count = FIELDS, "gpu", ((field_id, 0xFFFFFFFF),)
    answers[count] = field(100)
    device = device_of(answers, Absence.UNSUPPORTED)
    assert nvlink(number)(device) is None
    answers[count] = field(200)
    device.calls.begin()
    device.time = 2.0
    assert nvlink(number)(device) == 50 * 1024


def test_nvlink_counted_in_32_bits_begins_anew() -> None:
    count = FIELDS, "gpu", ((139, 0xFFFFFFFF),)
    answers: dict[object, object] = {STATE: 1, count: field((1 << 32) - 600, kind=1)}
    device = device_of(answers, Absence.UNSUPPORTED)
    nvlink(activity.NVLINK_READ)(device)
    answers[count] = field(400, kind=1)
    device.calls.begin()
    device.time = 2.0
    assert nvlink(activity.NVLINK_READ)(device) == 500 * 1024


@pytest.mark.parametrize("number", [activity.C2C_READ, activity.C2C_WRITE])
def test_c2c_is_told_only_where_a_processor_is_linked(number: int) -> None:
    figures = {number: 1.5}
    assert c2c(number)(device_of({}, figures)) is Absence.UNSUPPORTED
    assert c2c(number)(device_of({FIELDS: field(0)}, figures)) is Absence.UNSUPPORTED
    assert c2c(number)(device_of({FIELDS: field(1)}, figures)) == 1.5 * MIB
    assert c2c(number)(device_of({FIELDS: field(1)}, None)) is None
    assert c2c(number)(device_of({FIELDS: field(1)}, Absence.UNWATCHED)) is Absence.UNWATCHED
    device = device_of({FIELDS: field(1)}, figures)
    c2c(number)(device)
    assert device.calls.library.asked == [(FIELDS, "gpu", (170,))]  # type: ignore[attr-defined]
