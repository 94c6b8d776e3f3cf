import re
from pathlib import Path
from typing import Any

import pytest

from trackio_view.headless import gpu_text
from trackio_view.headless.gpu_text import gpu_report, with_projects
from trackio_view.model.gpu import SAME_JOB, Absence, GpuProcess, GpusSampled, VendorReport
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import parse_arguments
from trackio_view.sources.gpu.training_processes import TrainingProcesses
from trackio_view.wording.gpu_fields import EVERY_GPU_LINE


def test_labels_and_numbers_of_the_first_trackio_view(gpus_sampled) -> None:
    lines = list(gpu_report(gpus_sampled(2, power=643.0, fan_percent=30.0)))
    assert lines[0] == "GPU 0: NVIDIA H100 80GB HBM3"
    for line in (
        "Utilization: 88%",
        "Memory: 60.0/80.0 GB (75%)",
        "Temperature: 64°C (memory 71°C)",
        "Power: 643/700W",
        "Fan: 30%",
        "GPU Clock: 1755 MHz",
        "Mem Clock: 2619 MHz",
        "Perf State: P0",
    ):
        assert line in lines
    assert "GPU 1: NVIDIA H100 80GB HBM3" in lines


def test_a_number_that_is_not_what_all_expect_says_what_it_is(gpus_sampled) -> None:
    lines = list(
        gpu_report(
            gpus_sampled(
                1,
                utilization=25.0,
                measures={"utilization": "time awake", "power": "VDD_GPU_SOC"},
                power=10.0,
                power_limit=None,
                clock_graphics=0.0,
                temperatures={"hotspot": 71.0, "memory": 64.0},
            )
        )
    )
    assert "Utilization: 25% (time awake)" in lines
    assert "Power: 10W (VDD_GPU_SOC)" in lines
    assert "GPU Clock: 0 MHz (idle)" in lines
    assert "Temperature: 71°C (hotspot, memory 64°C)" in lines


def test_the_text_names_what_schedulers_call_the_gpu(gpus_sampled) -> None:
    reading = gpus_sampled(1)
    (sample,) = reading.samples
    identity = sample.identity._replace(uuid="GPU-8f6d\x1b[2J")
    lines = list(gpu_report(reading._replace(samples=(sample._replace(identity=identity),))))
    assert lines[1].startswith("UUID: GPU-8f6d")
    assert "\x1b" not in lines[1]
    assert not any(line.startswith("UUID") for line in gpu_report(reading))


def test_an_absent_field_says_why(gpus_sampled) -> None:
    reasons = {"utilization": Absence.DENIED, "power": Absence.UNSUPPORTED}
    lines = list(gpu_report(gpus_sampled(1, utilization=None, power=None, reasons=reasons)))
    assert "Utilization: n/a (permission denied)" in lines
    assert "Power: n/a (not supported)" in lines


def test_a_gpu_that_is_asleep_has_no_numbers(gpus_sampled) -> None:
    reading = gpus_sampled(1, state=Absence.ASLEEP, power=None)
    assert "State: asleep" in list(gpu_report(reading))
    assert "Power: n/a (asleep)" in list(gpu_report(reading))


def test_without_gpus_a_line_a_vendor(gpus_sampled) -> None:
    report = (VendorReport("AMD", 0, "no card"), VendorReport("Intel", 0, "no card"))
    assert list(gpu_report(GpusSampled((), report))) == [
        "No GPUs detected",
        "AMD: no card",
        "Intel: no card",
    ]


def test_no_escape_of_a_process_is_printed(gpus_sampled) -> None:
    process = GpuProcess(7, command="evil\x1b[2J")
    text = "\n".join(gpu_report(gpus_sampled(1, processes=(process,))))
    assert "\x1b" not in text


def test_processes_that_are_out_of_sight_are_told_of(gpus_sampled) -> None:
    def told(**fields: object) -> list[str]:
        report = gpu_report(gpus_sampled(1, **fields))
        return [line for line in report if line.startswith("Hidden Processes")]

    unseen = {"processes": "visible processes"}
    assert told() == []
    assert told(measures=unseen) == ["Hidden Processes: unknown (others are out of sight here)"]
    assert told(measures=unseen, hidden_processes=3) == ["Hidden Processes: 3 (of other users)"]


def test_the_table_tells_every_field_of_a_sample(gpus_sampled) -> None:
    told = {name for line in EVERY_GPU_LINE for name in line.fields}
    sample = gpus_sampled(1).samples[0]
    fields = set(sample._fields)
    apart = {"identity", "time", "processes", "hidden_processes"}
    apart |= {"state", "state_text", "reasons", "measures"}
    assert told == fields - apart


def test_health_comes_first_and_by_the_settings(gpus_sampled) -> None:
    reading = gpus_sampled(1, throttled_heat=31.0, activity="tensor cores 93 %")
    lines = list(gpu_report(reading))
    assert lines[1] == "Health: held back by heat 31 % of the time"
    assert "Activity: tensor cores 93 %" in lines
    assert not [line for line in gpu_report(reading, {"gpu_heat": 0}) if "Health" in line]


def test_of_several_gpus_the_end_says_which_are_not_well(gpus_sampled) -> None:
    well, ill = {"memory_repair": "none due"}, {"memory_repair": "failed"}
    assert not [line for line in gpu_report(gpus_sampled(3, **well)) if "Not Well" in line]
    reading = gpus_sampled(3, **ill)
    samples = (reading.samples[0], reading.samples[1]._replace(**well), reading.samples[2])
    lines = list(gpu_report(reading._replace(samples=samples)))
    sentence = "memory repair failed: have the GPU replaced"
    assert lines[-2:] == ["", f"Not Well: GPU 0, 2: {sentence}"]
    assert lines.count(f"Health: {sentence}") == 2
    two = list(gpu_report(reading._replace(samples=samples[:2])))
    assert two[-1] == f"Not Well: GPU 0: {sentence}"
    assert not [line for line in gpu_report(reading, {"gpu_memory_repair": 0}) if "Not" in line]
    # Where there is one GPU, its own block has said it.
    assert not [line for line in gpu_report(gpus_sampled(1, **ill)) if "Not Well" in line]


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e9])
def test_each_line_has_one_unit_whatever_its_size(gpus_sampled, scale: float) -> None:
    process = GpuProcess(7, memory=int(scale * 4))
    fields = {"pcie_read": 50 * scale, "pcie_write": 0.0, "energy": 3 * scale}
    lines = list(gpu_report(gpus_sampled(1, processes=(process,), **fields)))
    (traffic,) = (line for line in lines if line.startswith("PCIe Traffic"))
    assert re.fullmatch(r"PCIe Traffic: [\d.]+ MB/s in, 0.0 MB/s out", traffic)
    (energy,) = (line for line in lines if line.startswith("Energy"))
    assert re.fullmatch(r"Energy: \d+ J", energy)
    (told,) = (line for line in lines if line.startswith("Process"))
    assert re.fullmatch(r"Process: 7 \d+\.\d\d GB", told)


def test_a_process_says_all_that_is_known_of_it(gpus_sampled) -> None:
    process = GpuProcess(7, "compute", 3 * 2**30, 40.0, "ada", "train.py", compute_units=12)
    lines = list(gpu_report(gpus_sampled(1, processes=(process,))))
    assert "Process: 7 ada compute 3.00 GB 40% 12 CUs train.py" in lines


@pytest.mark.parametrize(
    ("run", "link", "told"),
    [
        ("first", "writes", "7 logs first of digits train.py"),
        ("first", SAME_JOB, "7 is a rank of first of digits train.py"),
        (None, "holds the lock", "7 logs to digits train.py"),
    ],
)
def test_a_process_says_what_it_logs(gpus_sampled, run, link, told) -> None:
    process = GpuProcess(
        7, command="train.py", project=ProjectId("/data", "digits"), run=run, link=link
    )
    assert f"Process: {told}" in list(gpu_report(gpus_sampled(1, processes=(process,))))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Process: 7 logs first of digits train.py\n"),
        (("--format", "json"), '"run": "first"'),
    ],
)
def test_a_reading_is_told_with_what_was_looked_for(
    command, gpus_sampled, monkeypatch, arguments, told
) -> None:
    process = GpuProcess(7, command="train.py")
    logs = process._replace(project=ProjectId("/data", "digits"), run="first")
    monkeypatch.setattr(gpu_text, "read_gpus", lambda _: gpus_sampled(1, processes=(process,)))
    monkeypatch.setattr(
        TrainingProcesses, "look_for", lambda *_: gpus_sampled(1, processes=(logs,))
    )
    assert told in command("--gpu", "--once", *arguments).out


def test_only_processes_of_this_machine_are_asked_what_they_log(
    gpus_sampled: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        TrainingProcesses, "look_for", lambda _, reading: (asked.append(reading), reading)[1]
    )
    here = parse_arguments(["--gpu", "--once"])
    reading = gpus_sampled(1)
    with_projects(reading, here)
    assert asked == [reading]
    for options, other in (
        (here._replace(ssh=("box",)), reading),
        (here._replace(sysroot=tmp_path), reading),
        (here, gpus_sampled(1, processes=())),
    ):
        assert with_projects(other, options) is other
    assert asked == [reading]


def test_a_machine_of_which_no_gpu_is_read_is_told_of_beside_others(gpus_sampled: Any) -> None:
    reading = gpus_sampled(1)
    (sample,) = reading.samples
    there = sample._replace(identity=sample.identity._replace(host="alpha"))
    report = (
        VendorReport("alpha, NVIDIA", 1, "found"),
        VendorReport("alpha, AMD", 0, "no card"),
        VendorReport("beta", 0, "beta refuses connections."),
    )
    lines = list(gpu_report(reading._replace(samples=(there,), report=report)))
    assert lines[-2:] == ["", "beta: beta refuses connections."]
    assert not any("no card" in line for line in lines)
    whole = list(gpu_report(reading._replace(samples=(there,), report=report[:2])))
    assert whole == lines[:-2], "no blank line stands before nothing"
    here = list(gpu_report(reading._replace(report=(VendorReport("AMD", 0, "no card"),))))
    assert not any("no card" in line for line in here)
