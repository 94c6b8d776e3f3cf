"""The labels of `--gpu-db --once`, which scripts grep, for one GPU, several, and none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from trackio_view.headless.system_words import plain

START = 1_772_359_200.0
TABLE = (
    "CREATE TABLE IF NOT EXISTS system_metrics(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " run_id TEXT NOT NULL, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,"
    " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
)
LogSystem = Callable[..., None]


pytestmark = pytest.mark.usefixtures("utc")


@pytest.fixture
def log_system() -> LogSystem:
    def log(project: Any, documents: Sequence[Mapping[str, Any]], run: str = "run") -> None:
        project.execute(TABLE, [()])
        rows = [
            (
                f"id-of-{run}",
                f"2026-03-01T10:{10 * number // 60:02d}:{10 * number % 60:02d}+00:00",
                run,
                json.dumps(document).encode(),
            )
            for number, document in enumerate(documents)
        ]
        project.execute(
            "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
            rows,
        )

    return log


def two_gpus(row: int) -> dict[str, float]:
    """Return a row as TrackIO's monitor of NVIDIA's GPUs logs it."""
    document: dict[str, float] = {}
    for device in range(2):
        document |= {
            f"gpu/{device}/utilization": 90 + row + device,
            f"gpu/{device}/allocated_memory": 60.0 + device,
            f"gpu/{device}/total_memory": 80.0,
            f"gpu/{device}/memory_usage": (60.0 + device) / 80,
            f"gpu/{device}/temp": 60 + row + device,
            f"gpu/{device}/power": 500.0 + row,
            f"gpu/{device}/sm_clock": 1755 - device,
            f"gpu/{device}/memory_clock": 2619,
            f"gpu/{device}/fan_speed": 30,
        }
    return document | {
        "gpu/mean_utilization": 90.5 + row,
        "gpu/total_allocated_memory": 121.0,
        "gpu/total_power": 1000.0 + 2 * row,
        "gpu/max_temp": 61 + row,
    }


def test_all_gpus_together_each_of_them_and_the_host(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}] * 30)
    host = {"cpu/utilization": 12.5, "memory/used": 30.25, "temp/own": 41.0, "my/own": 7}
    log_system(project, [two_gpus(0), host, two_gpus(1), two_gpus(2)])
    ended = command("--gpu-db", "-p", "project", "--once")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    for line in (
        "GPU Metrics from Database - Project: project",
        "Run: run",
        "View: All data",
        "GPU Utilization: 92.5% (mean of 2 GPUs)",
        "Memory Usage: 121.0 GB (75.6%) of 160.0 GB",
        "Temperature: 63°C (max of 2 GPUs)",
        "Power: 1004W (total of 2 GPUs)",
        "Clock Frequencies:",
        "  Memory: 2619 MHz",
        "GPU 0:",
        "  GPU Utilization: 92.0%",
        "  Memory Usage: 60.0 GB (75.0%) of 80.0 GB",
        "    SM: 1755 MHz",
        "  Fan: 30%",
        "GPU 1:",
        "  Temperature: 63°C",
        "CPU utilization: 12.5%",
        "Memory used: 30.25 GB",
        "Temperature (own): 41°C",
        "my/own: 7",
        "Historical Data (4 logged entries):",
        "  GPU Utilization: 90.5% - 92.5% (avg: 91.5%)",
        "  Temperature: 61°C - 63°C (avg: 62°C)",
        "  Power: 1000W - 1004W (avg: 1002W)",
        "    GPU Utilization: 91.0% - 93.0% (avg: 92.0%)",
        "Available GPU Metrics:",
        "  - gpu/0/utilization (3 data points)",
        "  - cpu/utilization (1 data point)",
    ):
        assert line in lines, line


def test_the_first_word_after_a_label_is_a_number(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [two_gpus(0)])
    out = command("--gpu-db", "-p", "project", "--once").out
    for label in ("GPU Utilization", "Memory Usage", "Temperature", "Power"):
        found = re.search(rf"^{label}: ([\d.]+)", out, re.MULTILINE)
        assert found, label
        assert float(found[1]) > 0


def test_keys_of_older_loggers_in_the_metrics(command: Any, new_project: Any) -> None:
    new_project().log(
        {
            "loss": 1.0,
            "gpu/utilization": 90 + row,
            "gpu/memory_used_gb": 61.5,
            "gpu/memory_percent": 76.9,
            "gpu/temperature_c": 65,
            "gpu/power_w": 540.4,
            "gpu/clock_graphics_mhz": 1755,
        }
        for row in range(3)
    )
    ended = command("--gpu-db", "-p", "project", "--once")
    lines = ended.out.splitlines()
    assert ended.code == 0
    for line in (
        "GPU Utilization: 92.0%",
        "Memory Usage: 61.5 GB (76.9%)",
        "Temperature: 65°C",
        "Power: 540W",
        "  Graphics: 1755 MHz",
        "Historical Data (3 logged entries):",
        "  GPU Utilization: 90.0% - 92.0% (avg: 91.0%)",
        "  - gpu/power_w (3 data points)",
    ):
        assert line in lines, line
    assert "loss" not in ended.out
    assert "GPU 0" not in ended.out


def test_a_lone_gpu_without_aggregates_stands_for_all(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [{"gpu/0/utilization": 40, "gpu/0/power": 99.0}])
    lines = command("--gpu-db", "-p", "project", "--once").out.splitlines()
    assert "GPU Utilization: 40.0%" in lines
    assert "  Power: 99W - 99W (avg: 99W)" in lines


def test_sums_that_nobody_logged_are_made_and_said_to_be(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [{"gpu/0/power": 99.0, "gpu/1/power": 101.0, "gpu/1/temp": 50}])
    lines = command("--gpu-db", "-p", "project", "--once").out.splitlines()
    assert "Power: 200W (total of 2 GPUs)" in lines


def test_figures_that_differ_between_gpus_are_told_of_all_together(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    differing = {
        "uncorrected_memory_errors": (0, 3, 1),
        "corrected_memory_errors": (2, 0, 0),
        "throttle_thermal": (0, 1, 0),
        "pcie_rx": (10.0, 20.5, 1.0),
        "fan_speed": (30, 90, 60),
        "sm_clock": (1980, 345, 1980),
        "power_limit": (700, 650, 700),
    }
    logged = {
        f"gpu/{device}/{key}": values[device]
        for key, values in differing.items()
        for device in range(3)
    }
    log_system(project, [logged])
    lines = command("--gpu-db", "-p", "project", "--once").out.splitlines()
    of_all = lines[: lines.index("GPU 0:")]
    for line in (
        "Memory errors uncorrected: 4 (total of 3 GPUs)",
        "Memory errors corrected: 2 (total of 3 GPUs)",
        "Throttled by heat: 1 (highest of 3 GPUs)",
        "PCIe received: 31.5 MB/s (total of 3 GPUs)",
        "Fan: 90% (highest of 3 GPUs)",
    ):
        assert line in of_all, line
    assert not any("clock" in line.lower() or "limit" in line for line in of_all)


def test_whole_numbers_beyond_those_of_floats_keep_their_digits(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [{"my/own": 2**60 + 1}, {"my/own": 2**60 + 3}, {"my/own": "NaN"}])
    lines = command("--gpu-db", "-p", "project", "--once").out.splitlines()
    (told,) = [line for line in lines if line.startswith("  my/own: ")]
    assert told.startswith(f"  my/own: {2**60 + 1} - {2**60 + 3} (avg: ")
    assert told.endswith("), 1 not finite")


def test_the_window_is_that_of_the_trainings_steps(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}] * 200)
    log_system(project, [{"gpu/0/utilization": row} for row in range(20)])
    lines = command("--gpu-db", "-p", "project", "--once", "--zoom", "4").out.splitlines()
    assert "View: Last 50" in lines
    assert "Historical Data (5 logged entries):" in lines
    assert "  GPU Utilization: 15.0% - 19.0% (avg: 17.0%)" in lines
    assert "  - gpu/0/utilization (20 data points)" in lines


def test_since_leaves_older_rows_out(command: Any, new_project: Any, log_system: LogSystem) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [{"gpu/0/utilization": row} for row in range(20)])
    arguments = ("--gpu-db", "-p", "project", "--once", "--since")
    # The training ended before. The readings of its machine since then are shown all the same.
    lines = command(*arguments, "2026-03-01T10:02:31Z").out.splitlines()
    assert "View: All data, since 2026-03-01 10:02:31" in lines
    assert "  GPU Utilization: 16.0% - 19.0% (avg: 17.5%)" in lines
    ended = command(*arguments, "2026-03-01T10:02:31Z", "--zoom", "4")
    assert "  GPU Utilization: 16.0% - 19.0% (avg: 17.5%)" in ended.out.splitlines()
    ended = command(*arguments, "2026-03-01T10:05Z")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "No rows since then in run run of project\n"


def test_several_projects_stand_apart(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    for name in ("one", "two"):
        log_system(new_project(name).log([{"loss": 1.0}]), [{"gpu/0/power": 7.0, "own": 1}])
    new_project("none").log([{"loss": 1.0}])
    ended = command("--gpu-db", "--once", "-p", "one", "-p", "none", "-p", "two")
    assert ended.code == 1
    assert ended.out.count("\n\n====") == 1
    assert ended.out.startswith("====")
    # Only the labels of known keys are written as labels are.
    assert "own: 1" in ended.out.splitlines()


def test_not_a_number_is_said_and_never_a_zero(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [{"gpu/0/power": 7.0}, {"gpu/0/power": "NaN", "gpu/0/temp": "Infinity"}])
    lines = command("--gpu-db", "-p", "project", "--once").out.splitlines()
    assert "Power: NaN" in lines
    assert "Temperature: Infinity" in lines
    assert "  Power: 7W - 7W (avg: 7W), 1 not finite" in lines
    assert "  Temperature: no finite values" in lines


def test_no_share_stands_beside_a_size_that_is_no_number(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    memory = {"gpu/0/memory_usage": 0.5, "gpu/0/allocated_memory": 40, "gpu/0/total_memory": 80}
    log_system(project, [memory, {"gpu/0/allocated_memory": "NaN"}])
    lines = command("--gpu-db", "-p", "project", "--once").out.splitlines()
    assert "Memory Usage: NaN of 80.0 GB" in lines


def test_the_newest_run_that_logged_its_machine_or_the_one_named(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}], run="early").log([{"loss": 1.0}], run="late")
    log_system(project, [{"gpu/0/power": 7.0}], run="early")
    assert "Run: early" in command("--gpu-db", "-p", "project", "--once").out
    ended = command("--gpu-db", "-p", "project", "--once", "--run", "late")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("No GPU metrics found for project: project, run late\n")
    ended = command("--gpu-db", "-p", "project", "--once", "--run", "nobody")
    assert ended.code == 1
    assert "No run 'nobody'" in ended.err
    log_system(project, [{"memory/percent": 7.0}], run="machine only")
    ended = command("--gpu-db", "-p", "project", "--once", "--run", "machine only")
    assert "Memory: 7%" in ended.out.splitlines()


def test_some_metrics_only(command: Any, new_project: Any, log_system: LogSystem) -> None:
    project = new_project().log([{"loss": 1.0}])
    log_system(project, [two_gpus(0)])
    out = command("--gpu-db", "-p", "project", "--once", "--metric", "temp").out
    assert "Temperature: 61°C" in out
    assert "Power" not in out
    assert command("--gpu-db", "-p", "project", "--once", "--metric", "none").code == 1


def test_nothing_logged_says_how_to_log_it(command: Any, new_project: Any) -> None:
    new_project().log([{"loss": 1.0}])
    ended = command("--gpu-db", "-p", "project", "--once")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("No GPU metrics found for project: project\n")
    assert "trackio.init(..., auto_log_gpu=True)" in ended.err


@pytest.mark.parametrize("arguments", [["--gpu-db"], ["--gpu-db", "--once"]])
def test_without_a_project_it_is_wrong_usage(command: Any, arguments: list[str]) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert "--gpu-db needs --project" in ended.err


def test_an_unknown_project(command: Any, folder: Any) -> None:
    ended = command("--gpu-db", "-p", "nowhere", "--once")
    assert ended.code == 1
    assert "The project 'nowhere' does not exist in " in ended.err


def test_hostile_keys_and_names_are_defused(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project()
    log_system(
        project, [{"temp/\x1b[31m": 1.0, "\n": math.pi, "": 2, "gpu/0/a\x07": 3}], run="\x1b"
    )
    out = command("--gpu-db", "-p", "project", "--once").out
    assert not set(out) & set("\x1b\x07\x9b")
    assert "(no name): 2" in out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--record", "f", "--once"], "--record is for the live screen"),
        (["--replay", "f", "--list"], "--replay is for the live screen"),
        (["--replay", "f", "--record", "g"], "--replay and --record exclude each other"),
        (["--replay", "f", "--demo"], "--replay and --demo exclude each other"),
        (["--speed", "2"], "--speed needs --replay"),
        (["--replay", "f", "--speed", "nan"], "is not between"),
        (["--replay", "f", "--speed", "0"], "is not between"),
    ],
)
def test_options_of_recordings_that_make_no_sense(
    command: Any, arguments: list[str], said: str
) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.001, "0.001"),
        (0.00123456, "0.0012"),
        (0.000999, "0.000999"),
        (-0.00123456, "-0.0012"),
        (1.23456, "1.2346"),
        (123456.0, "123456"),
        (1e15 + 0.5, "1000000000000000.5"),
        (7, "7"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_have_four_decimals_at_most_unless_they_are_tiny(number: float, text: str) -> None:
    assert plain(number) == text


def test_keys_stand_by_their_numbers(command: Any, new_project: Any, log_system: LogSystem) -> None:
    digits = "\u0663" * 5000
    keys = ["disk_10/used", "disk_9/used", digits, f"temp/{digits}"]
    log_system(new_project("p"), [dict.fromkeys(keys, 1.0)])
    out = command("--once", "--gpu-db", "--project", "p").out
    assert 0 < out.index("- disk_9/used") < out.index("- disk_10/used")


def test_gpus_stand_by_their_numbers(command: Any, new_project: Any, log_system: LogSystem) -> None:
    keys = [f"gpu/{device}/utilization" for device in (10, 2, 0, 9)]
    log_system(new_project("p"), [dict.fromkeys(keys, 1.0)])
    out = command("--once", "--gpu-db", "--project", "p").out
    assert re.findall(r"^GPU (\d+):$", out, re.MULTILINE) == ["0", "2", "9", "10"]


def status(out: str) -> str:
    """Return the part that tells the newest values."""
    return out.partition("Latest GPU Status")[2].partition("Historical Data")[0]


def test_a_gpu_that_is_logged_no_more_has_no_part_in_the_newest_values(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    first_alone = {key: value for key, value in two_gpus(3).items() if key.startswith("gpu/0/")}
    first_alone["gpu/total_allocated_memory"] = 60.0
    log_system(project, [*map(two_gpus, range(3)), *[first_alone] * 6])
    told = status(command("--gpu-db", "-p", "project", "--once").out)
    assert "Memory Usage: 60.0 GB (75.0%) of 80.0 GB\n" in told
    assert "\nFan: 30%\n" in told, "of the only GPU that is left"
    assert told.endswith("GPU 1:\n  Not logged since 2026-03-01 10:00:20\n\n")


def test_a_sensor_that_is_logged_no_more_is_named(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    rows = [{"gpu/0/temp": 50, "gpu/0/fan_speed": 30, "gpu/0/power_limit": 300}]
    rows += [{"gpu/0/temp": 51, "gpu/0/fan_speed": 31}]
    rows += [{"gpu/0/temp": 52}] * 5
    log_system(project, rows)
    told = status(command("--gpu-db", "-p", "project", "--once").out)
    assert "  Temperature: 52°C\n" in told
    assert "Fan: 3" not in told
    assert "  Power limit: 300W\n" in told, "what was logged once may hold for the whole run"
    assert "  Not logged since 2026-03-01 10:00:10: Fan\n" in told


def test_sensors_that_ended_one_after_another_are_told_since_the_last_of_them(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    both, one = {"gpu/0/fan_speed": 30, "gpu/0/power": 300}, {"gpu/0/power": 300}
    log_system(project, [{"gpu/0/temp": 50, **more} for more in (both, both, one, one, *[{}] * 7)])
    told = status(command("--gpu-db", "-p", "project", "--once").out)
    assert re.search("Not logged since 2026-03-01 10:00:30: (Fan, Power|Power, Fan)\n", told)


def test_a_mean_that_ranks_logged_is_no_gpu(
    command: Any, new_project: Any, log_system: LogSystem
) -> None:
    project = new_project().log([{"loss": 1.0}])
    rows = [
        {
            f"rank{rank}/gpu/{rank}/utilization": 90 + rank,
            f"rank{rank}/gpu/{rank}/power": 300,
            f"rank{rank}/gpu/mean_utilization": 90 + rank,
            f"rank{rank}/gpu/total_power": 300,
        }
        for rank in (0, 1) * 5
    ]
    log_system(project, rows)
    told = status(command("--gpu-db", "-p", "project", "--once").out)
    assert "GPU Utilization: 90.5% (mean of 2 GPUs)" in told
    assert "Power: 600W (total of 2 GPUs)" in told
    assert re.findall(r"^GPU (.*):$", told, re.MULTILINE) == ["0 of rank 0", "1 of rank 1"]
    log_system(project, [{"rank3/gpu/mean_utilization": 7}], "means")
    out = command("--gpu-db", "-p", "project", "--once", "--run", "means").out
    assert "GPU mean of rank 3:\n  GPU Utilization: 7.0%" in status(out)
