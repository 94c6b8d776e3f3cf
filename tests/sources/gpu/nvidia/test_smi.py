"""NVIDIA's GPUs by the output of `nvidia-smi`, where the library cannot be used."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence, GpuIdentity
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.sources.gpu.nvidia.smi import (
    ASKED,
    LACKS,
    Smi,
    SmiFault,
    SmiSearch,
    sample_of,
)
from trackio_view.sources.gpu.sampler import Roots, Tier

IDENTITY = GpuIdentity("0000:3b:00.0", "NVIDIA", "NVIDIA H100 80GB HBM3")
H100 = {
    "pci.bus_id": "00000000:3B:00.0",
    "uuid": "GPU-1a2b",
    "name": "NVIDIA H100 80GB HBM3",
    "driver_version": "550.54.15",
    "utilization.gpu": "87",
    "utilization.memory": "45",
    "memory.used": "40536",
    "memory.total": "81559",
    "power.draw": "512.31",
    "power.limit": "700.00",
    "clocks.current.graphics": "1755",
    "clocks.current.sm": "1755",
    "clocks.current.memory": "2619",
    "clocks.current.video": "1500",
    "fan.speed": "[N/A]",
    "pcie.link.gen.current": "5",
    "pcie.link.width.current": "16",
    "pcie.link.gen.max": "5",
    "pcie.link.width.max": "16",
    "ecc.errors.corrected.volatile.total": "3",
    "ecc.errors.uncorrected.volatile.total": "0",
    "temperature.gpu": "61",
    "temperature.memory": "55",
    "pstate": "P0",
    "memory.reserved": "551",
    "power.draw.instant": "498.10",
    "power.draw.average": "512.31",
    "module.power.draw.average": "[N/A]",
    "power.min_limit": "200.00",
    "power.max_limit": "700.00",
    "power.default_limit": "700.00",
    "temperature.gpu.tlimit": "-3",
    "clocks.max.graphics": "1980",
    "clocks.max.memory": "2619",
    "utilization.encoder": "0",
    "utilization.decoder": "7",
    "retired_pages.single_bit_ecc.count": "[N/A]",
    "retired_pages.double_bit.count": "2",
    "clocks_event_reasons.active": "0x0000000000000004",
    "clocks_throttle_reasons.active": "0x0000000000000004",
    "vbios_version": "96.00.89.00.01",
    "persistence_mode": "Enabled",
    "compute_mode": "Exclusive_Process",
    "mig.mode.current": "Disabled",
}


class Card:
    """An `nvidia-smi` of GPUs that a test makes, which knows the fields of its driver alone."""

    def __init__(self, *gpus: dict[str, str], unknown: Sequence[str] = ()) -> None:
        self.gpus = gpus
        self.unknown = set(unknown)
        self.calls: list[list[str]] = []
        """The fields of each call; a call for the list of fields has none."""
        self.is_silent = False
        """Whether it has no list of fields."""

    def known(self) -> list[str]:
        return [name for name in ASKED if name not in self.unknown]

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if command[1:] == ["--help-query-gpu"]:
            self.calls.append([])
            listed = "" if self.is_silent else "".join(f'"{one}"\nWords.\n' for one in self.known())
            return subprocess.CompletedProcess(command, 0, listed, "")
        query, form = command[1:]
        assert form == "--format=csv,noheader,nounits"
        names = query.removeprefix("--query-gpu=").split(",")
        self.calls.append(names)
        for name in names:
            if name in self.unknown:
                said = f'Field "{name}" is not a valid field to query.\n'
                return subprocess.CompletedProcess(command, 2, said, "")
        lines = (", ".join(gpu[name] for name in names) for gpu in self.gpus)
        return subprocess.CompletedProcess(command, 0, "".join(f"{one}\n" for one in lines), "")


def smi(card: Card, times: Sequence[float] = (0.0,)) -> Smi:
    left = list(times)
    return Smi("nvidia-smi", lambda: left.pop(0) if len(left) > 1 else left[0], card)


def test_it_is_asked_for_what_the_table_says() -> None:
    assert set(H100) == set(ASKED)
    card = Card(H100)
    _, told = smi(card).told()
    assert told == {"0000:3b:00.0": H100}


def test_every_field_in_its_unit() -> None:
    sample = sample_of(IDENTITY, 5.0, H100)
    assert sample.time == 5.0
    assert (sample.utilization, sample.memory_bus_load) == (87.0, 45.0)
    assert (sample.memory_used, sample.memory_total) == (40536 << 20, 81559 << 20)
    assert (sample.power, sample.power_limit) == (512.31, 700.0)
    assert (sample.clock_graphics, sample.clock_sm, sample.clock_memory) == (1755, 1755, 2619)
    assert (sample.clock_video, sample.ecc_uncorrected) == (1500.0, 0)
    assert (sample.pcie_generation, sample.pcie_width, sample.ecc_corrected) == (5, 16, 3)
    assert (sample.pcie_generation_max, sample.pcie_width_max) == (5, 16)
    assert dict(sample.temperatures) == {"gpu": 61.0, "memory": 55.0}
    assert (sample.performance_state, sample.fan_percent) == ("P0", None)
    assert sample.reasons["fan_percent"] is Absence.UNSUPPORTED


def test_counts_are_whole_numbers() -> None:
    sample = sample_of(IDENTITY, 5.0, H100)
    told = {name: getattr(sample, name) for name in FIELDS_THAT_MAY_LACK}
    whole = {name for name, value in told.items() if type(value) is int}
    assert whole == {
        *("memory_used", "memory_total", "ecc_corrected", "ecc_uncorrected"),
        *("pcie_generation", "pcie_width", "pcie_generation_max", "pcie_width_max"),
        *("memory_reserved", "pages_retired"),
    }


def test_every_field_that_nvidia_smi_lacks_has_a_reason() -> None:
    sample = sample_of(IDENTITY, 5.0, H100)
    assert sample.reasons["processes"] is Absence.BEYOND_SMI
    assert sample.reasons["kernels"] is Absence.BEYOND_SMI
    for name in FIELDS_THAT_MAY_LACK:
        value = getattr(sample, name)
        assert (value is None or value == {}) == (name in sample.reasons), name


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("[Not Supported]", Absence.UNSUPPORTED),
        ("N/A", Absence.UNSUPPORTED),
        ("[Insufficient Permissions]", Absence.DENIED),
        ("[GPU is lost]", Absence.LOST),
        ("[GPU requires reset]", Absence.LOST),
        ("[Unknown Error]", Absence.LOST),
        ("", Absence.UNSUPPORTED),
        # The values are beyond any card's power, or are no numbers.
        ("99999999", Absence.UNSUPPORTED),
        ("nan", Absence.UNSUPPORTED),
        ("-1", Absence.UNSUPPORTED),
        # A chip always draws some power.
        ("0.00", Absence.UNSUPPORTED),
    ],
)
def test_a_word_in_place_of_a_number_is_absent_with_its_reason(said: str, why: Absence) -> None:
    sample = sample_of(IDENTITY, 0.0, {**H100, "power.draw": said})
    assert sample.power is None
    assert sample.reasons["power"] is why


def test_a_field_that_a_driver_does_not_know_is_left_out_from_then_on() -> None:
    card = Card(H100, unknown=["temperature.memory", "clocks.current.video"])
    asked = smi(card, [0.0, 0.0, 100.0])
    for _ in range(2):
        _, told = asked.told()
        sample = sample_of(IDENTITY, 0.0, told["0000:3b:00.0"])
        assert dict(sample.temperatures) == {"gpu": 61.0}
        assert sample.clock_video is None
    asked_for = [len(ASKED) - len(names) for names in card.calls]
    assert asked_for == [0, len(ASKED), 2, 2]


def test_a_driver_that_does_not_list_its_fields_is_asked_for_one_less_each_time() -> None:
    card = Card(H100, unknown=["temperature.memory", "clocks.current.video"])
    card.is_silent = True
    _, told = smi(card, [0.0, 0.0]).told()
    assert set(told["0000:3b:00.0"]) == set(card.known())
    assert [len(ASKED) - len(names) for names in card.calls] == [0, len(ASKED), 1, 2]


def test_the_page_of_details_has_limits_margins_and_clocks() -> None:
    sample = sample_of(IDENTITY, 5.0, H100)
    assert (sample.power_limit_min, sample.power_limit_max) == (200.0, 700.0)
    assert (sample.power_instant, sample.power_average) == (498.1, 512.31)
    assert (sample.power_limit_default, sample.power_module) == (700.0, None)
    assert (sample.memory_reserved, sample.heat_margin) == (551 << 20, -3.0)
    assert (sample.clock_graphics_max, sample.clock_memory_max) == (1980.0, 2619.0)
    assert (sample.encoder, sample.decoder, sample.pages_retired) == (0.0, 7.0, 2)
    assert (sample.persistence, sample.compute_mode) == ("on", "one program alone")
    assert (sample.partitions, sample.throttle_reasons) == ((), ("power cap",))
    assert sample.firmware == "96.00.89.00.01"


def test_an_older_driver_has_another_name_for_what_holds_it_back() -> None:
    older = {name: text for name, text in H100.items() if "event_reasons" not in name}
    sample = sample_of(IDENTITY, 0.0, {**older, "clocks_throttle_reasons.active": "0x41"})
    assert sample.throttle_reasons == ("hardware thermal slowdown",)
    none = sample_of(IDENTITY, 0.0, {**H100, "clocks_event_reasons.active": "0x0000000000000001"})
    assert none.throttle_reasons == ()
    del older["clocks_throttle_reasons.active"]
    untold = sample_of(IDENTITY, 0.0, older)
    assert untold.throttle_reasons is None
    assert untold.reasons["throttle_reasons"] is Absence.UNSUPPORTED


def test_a_gpu_in_partitions_says_so() -> None:
    sample = sample_of(IDENTITY, 0.0, {**H100, "mig.mode.current": "Enabled"})
    assert sample.partitions == ("MIG on, instances unknown",)


def test_eight_gpus_that_are_looked_at_each_second_are_one_call_every_two() -> None:
    card = Card(H100)
    asked = smi(card, [0.0, 0.0, *[0.1] * 8, *[1.1] * 8])
    for _ in range(17):
        asked.told()
    assert len(card.calls) == 1


def test_a_gpu_that_is_listed_no_more_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(H100, {**H100, "pci.bus_id": "00000000:86:00.0"})
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("trackio_view.sources.gpu.nvidia.smi._run", card)
    clock = [0.0]
    found = SmiSearch()(Roots(), lambda: clock[0])
    assert [sampler.identity.key for sampler in found.samplers] == ["0000:3b:00.0", "0000:86:00.0"]
    assert found.report.text.endswith(f"{LACKS}.")
    assert found.samplers[1].sample(Tier.ALL).utilization == 87.0
    card.gpus, clock[0] = card.gpus[:1], 100.0
    assert found.samplers[0].sample(Tier.ALL).state is None
    assert found.samplers[1].sample(Tier.ALL).state is Absence.LOST


def test_its_own_word_is_said_where_it_tells_nothing() -> None:
    words = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."

    def fails(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 9, f"{words} Make sure\nof that.", "")

    with pytest.raises(SmiFault, match=words) as caught:
        Smi("nvidia-smi", lambda: 0.0, fails).told()
    # A sampler raises an OSError, whose text is shown.
    assert caught.value.strerror == f"{words} Make sure"

    def hangs(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, 1)

    with pytest.raises(SmiFault, match="does not answer"):
        Smi("nvidia-smi", lambda: 0.0, hangs).told()


@pytest.mark.parametrize("has_driver", [True, False])
def test_a_machine_without_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_driver: bool
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    if has_driver:
        (tmp_path / "driver" / "nvidia").mkdir(parents=True)
    found = SmiSearch()(Roots(proc=tmp_path), lambda: 0.0)
    assert not found.samplers
    assert "no nvidia-smi on its PATH" in found.report.text
    assert ("driver is loaded" in found.report.text) == has_driver


def test_a_capture_is_not_asked(tmp_path: Path) -> None:
    assert "capture" in SmiSearch()(Roots.captured(tmp_path), lambda: 0.0).report.text


@pytest.mark.parametrize("printed", ["", "\n", "a, b\n", '"unfinished\n', "x" * 10_000])
def test_whatever_it_prints_is_no_fault_of_ours(printed: str) -> None:
    def prints(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, printed, "")

    _, told = Smi("nvidia-smi", lambda: 0.0, prints).told()
    for key, row in told.items():
        sample = sample_of(GpuIdentity(key, "NVIDIA", "x"), 0.0, row)
        assert sample.utilization is None


def printing(text: str, code: int = 0) -> Smi:
    """Return an `nvidia-smi` that prints a text."""

    def prints(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, code, text, "")

    return Smi("nvidia-smi", lambda: 0.0, prints)


LINE = ", ".join(H100[name] for name in ASKED)


@pytest.mark.parametrize(
    "said",
    [
        "WARNING: infoROM is corrupted at gpu 0000:3B:00.0",
        "No devices were found",
        "Unable to determine the device handle for GPU0000:86:00.0: GPU is lost.",
        "a, b",
    ],
)
@pytest.mark.parametrize("code", [0, 14, 15])
def test_a_warning_is_no_gpu_and_hides_none(said: str, code: int) -> None:
    _, told = printing(f"{said}\n{LINE}\n{said}\n", code).told()
    assert told == {"0000:3b:00.0": H100}


def test_a_program_that_fails_and_prints_odd_bytes_tells_of_the_gpus_that_it_can_read(
    tmp_path: Path,
) -> None:
    program, printed = tmp_path / "nvidia-smi", tmp_path / "printed"
    printed.write_bytes(f"{LINE}\nGPU ".encode() + b"\xff is lost.\n")
    # It may ask something, and nobody would answer.
    program.write_text(f"#!/bin/sh\nread answer\ncat {printed}\nexit 14\n")
    program.chmod(0o755)
    assert Smi(str(program), lambda: 0.0).told()[1] == {"0000:3b:00.0": H100}


def test_a_warning_alone_is_why_nothing_is_told() -> None:
    with pytest.raises(SmiFault, match="No devices"):
        printing("No devices were found", 6).told()
    assert printing("No devices were found").told()[1] == {}


def test_a_device_without_an_address_is_known_by_its_uuid() -> None:
    line = ", ".join({**H100, "pci.bus_id": "[N/A]"}[name] for name in ASKED)
    _, told = printing(line).told()
    assert list(told) == ["GPU-1a2b"]


def test_commas_of_a_name_move_no_number() -> None:
    name = "NVIDIA RTX, Special, Edition"
    line = ", ".join({**H100, "name": name}[one] for one in ASKED)
    _, told = printing(line).told()
    assert told["0000:3b:00.0"] == {**H100, "name": name}


def test_numbers_with_decimal_commas_are_no_other_fields() -> None:
    line = LINE.replace("512.31", "512,31").replace("498.10", "498,10")
    _, told = printing(line).told()
    sample = sample_of(IDENTITY, 0.0, told["0000:3b:00.0"])
    assert (sample.utilization, sample.power, sample.clock_sm) == (None, None, None)


def test_a_line_that_ends_early_lacks_what_it_did_not_say() -> None:
    _, told = printing(", ".join(H100[name] for name in ASKED[:6])).told()
    sample = sample_of(IDENTITY, 0.0, told["0000:3b:00.0"])
    assert (sample.utilization, sample.memory_used) == (87.0, None)
    assert sample.reasons["memory_used"] is Absence.UNSUPPORTED


def test_bytes_that_no_table_holds_cost_no_gpu() -> None:
    _, told = printing(f"\0\n{'x' * 200_000}\n{LINE}\0\n").told()
    assert list(told) == ["0000:3b:00.0"]


@pytest.mark.parametrize("said", ["[GPU is lost]", "[GPU requires reset]"])
def test_a_gpu_of_which_nothing_is_told_is_lost(said: str) -> None:
    row = {name: text if name in ASKED[:4] else said for name, text in H100.items()}
    sample = sample_of(IDENTITY, 0.0, row)
    assert (sample.state, sample.state_text) == (Absence.LOST, said.strip("[]"))


def test_an_error_in_place_of_a_value_is_a_failure() -> None:
    sample = sample_of(IDENTITY, 0.0, {**H100, "fan.speed": "ERR!"})
    assert (sample.fan_percent, sample.reasons["fan_percent"]) == (None, Absence.FAILED)


def test_a_gpu_in_partitions_has_no_load_of_its_own() -> None:
    row = {**H100, "mig.mode.current": "Enabled", "utilization.gpu": "0"}
    sample = sample_of(IDENTITY, 0.0, row)
    assert (sample.utilization, sample.memory_bus_load) == (None, None)
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED


def test_one_that_hangs_is_not_waited_for_by_each_gpu_in_turn() -> None:
    calls = []

    def hangs(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        raise subprocess.TimeoutExpired(command, 1)

    asked = Smi("nvidia-smi", lambda: 0.0, hangs)
    for _ in range(8):
        with pytest.raises(SmiFault, match="does not answer"):
            asked.told()
    assert len(calls) == 1
