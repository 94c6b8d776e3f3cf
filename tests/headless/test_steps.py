"""Text, JSON, CSV, pictures and `--until` agree on a run's step, whichever trainer logged it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from trackio_view.headless.exit_codes import ExitCode

START = 1_772_359_200.0


def ignore(_: str) -> None:
    return None


def said(text: str, label: str) -> str:
    """Return the text behind a label of `--once`."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{label}: ")]
    return line.partition(": ")[2]


def csv_steps(text: str, metric: str) -> list[int]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [int(row["step"]) for row in rows if row["metric"] == metric]


def header_of(command: Any, tmp_path: Path) -> str:
    """Return the first line of a picture of the live screen."""
    path = tmp_path / "frame.txt"
    assert command("--once", "--output", str(path)).code == 0
    return path.read_text().splitlines()[0]


TRAINERS = {
    "transformers": "train/global_step",
    "Lightning": "trainer/global_step",
    "verl": "training/global_step",
    "a step inside the dictionary": "__step",
    "an import from W&B": "_step",
    "LLaMA-Factory": "current_steps",
}


@pytest.mark.parametrize("metric", TRAINERS.values(), ids=TRAINERS.keys())
@pytest.mark.parametrize("zoom", ["0", "3"])
def test_the_trainings_own_step_everywhere(
    command, new_project, waiting, tmp_path, metric: str, zoom: str
) -> None:
    steps = range(10, 130, 10)
    project = new_project("p").configure({"max_steps": 200})
    project.log([{"train/loss": 1 / step, metric: step} for step in steps], gap=20)
    project.log([{"eval/loss": 0.5}], start=START + 220)
    text = command("--once", "--zoom", zoom).out
    assert said(text, "Latest Iteration") == "120"
    assert said(text, "Iteration From") == metric
    assert said(text, "Progress") == "60% (step 120 of 200, 30.0/min)"
    assert "Loss Trend (Iterations 10 to 120):" in text
    (run,) = command("--once", "--format", "json", "--zoom", zoom).json["projects"][0]["runs"]
    told = (run["last_step"], run["step_metric"], run["last_logged_step"])
    assert told == (120, metric, 12)
    assert run["steps_per_second"] == pytest.approx(0.5)
    table = command("--once", "--format", "csv", "--zoom", zoom).out
    assert csv_steps(table, "train/loss") == list(steps)
    assert csv_steps(table, "eval/loss") == [120]
    header = header_of(command, tmp_path)
    assert "step 120 of 200" in header
    assert "30.0/min" in header
    wait = waiting("step >= 120")
    assert wait.wait(ignore) is ExitCode.DONE
    assert (wait.watch.current.value, wait.watch.current.step) == (120, 120)
    assert waiting("train/loss < 1").watch.look()


def test_the_step_of_a_trainer_that_times_its_own_functions(command, new_project, tmp_path) -> None:
    """As TRL's GRPO logs: the times with the training's step, all else without one."""
    rows: list[dict[str, Any]] = []
    logged = []
    for step in range(10):
        rows += [{f"profiling/Time taken: {name}": 0.1} for name in ("generate", "reward", "loss")]
        rows += [{"train/loss": 1 / (step + 1), "train/global_step": step + 1}]
        rows += [{"completions": {"_type": "trackio.table", "_value": [{"step": step}]}}]
        logged += [step, step, step, 2 * step + 1, 2 * step + 2]
    new_project("p").configure({"max_steps": 20}).log(rows, steps=logged)
    text = command("--once").out
    assert said(text, "Latest Iteration") == "10"
    assert said(text, "Progress").startswith("50% (step 10 of 20")
    (run,) = command("--once", "--format", "json").json["projects"][0]["runs"]
    assert (run["last_step"], run["step_metric"]) == (10, "train/global_step")
    table = command("--once", "--format", "csv").out
    assert csv_steps(table, "train/loss") == list(range(1, 11))
    assert "step 10 of 20" in header_of(command, tmp_path)


def test_without_such_a_metric_nothing_is_said_of_it(command, new_project) -> None:
    new_project("p").log([{"loss": 1.0, "epoch": row / 4, "tokens": row * 9} for row in range(9)])
    text = command("--once").out
    assert said(text, "Latest Iteration") == "8"
    assert "Iteration From" not in text
    (run,) = command("--once", "--format", "json").json["projects"][0]["runs"]
    assert (run["last_step"], run["step_metric"], run["last_logged_step"]) == (8, None, 8)
    assert run["reasons"]["step_metric"] == "the step is TrackIO's own"


def test_a_step_that_is_absent_is_told_as_absent(command, new_project, tmp_path) -> None:
    """The first releases of TrackIO logged no steps."""
    project = new_project("p").log([{"loss": 1.0}])
    project.execute("DROP INDEX idx_metrics_run_step", [()])
    project.execute("ALTER TABLE metrics DROP COLUMN step", [()])
    assert said(command("--once").out, "Latest Iteration") == "unknown"
    (run,) = command("--once", "--format", "json").json["projects"][0]["runs"]
    for name in ("last_step", "last_logged_step"):
        assert (run[name], run["reasons"][name]) == (None, "the newest row has no step")
    assert "step –" in header_of(command, tmp_path)


def test_a_late_evaluation_moves_nothing_back(
    command, new_project, waiting, clock, tmp_path
) -> None:
    clock.time = START + 60 * 600
    project = new_project("p").configure({"max_steps": 10_000})
    steps = range(0, 6000, 100)
    project.log([{"loss": 1.0} for _ in steps], gap=600, steps=steps)
    before = header_of(command, tmp_path)
    project.log([{"eval/loss": 0.5}], start=START + 59 * 600 + 60, steps=[5500])
    for zoom in ("0", "4"):
        assert said(command("--once", "--zoom", zoom).out, "Latest Iteration") == "5900"
        (run,) = command("--once", "--format", "json", "--zoom", zoom).json["projects"][0]["runs"]
        assert (run["last_step"], run["last_logged_step"]) == (5900, 5500)
        assert run["steps_per_second"] == pytest.approx(1 / 6)
    shown = header_of(command, tmp_path)
    assert "step 5,900 of 10,000" in shown
    assert shown.partition("step")[2] == before.partition("step")[2]
    wait = waiting("loss < 0", timeout=5000)
    assert wait.wait(ignore) is ExitCode.TIMED_OUT
    # The pace of the training decides: ten gaps after its newest row, instead of five minutes.
    assert waiting("loss < 0").wait(ignore) is ExitCode.SILENT
    assert clock.time - (START + 59 * 600 + 60) == pytest.approx(6000, abs=3)


@pytest.mark.parametrize("zoom", ["2", "3", "4"])
def test_an_import_shows_the_last_steps_of_every_metric(
    command, new_project, tmp_path, zoom: str
) -> None:
    """`import_tf_events` writes all rows of one tag, then all of the next."""
    wanted = {"2": 200, "3": 100, "4": 50}[zoom]
    project = new_project("p")
    for tag in ("a", "b", "c"):
        project.log([{tag: float(step)} for step in range(250)], steps=range(250))
    text = command("--once", "--zoom", zoom).out
    assert said(text, "Latest Iteration") == "249"
    assert f"(Iterations {250 - wanted} to 249)" in text
    (run,) = command("--once", "--format", "json", "--zoom", zoom).json["projects"][0]["runs"]
    assert run["window_row_count"] == 3 * wanted
    for facts in run["metrics"].values():
        assert (facts["first"], facts["last"], facts["count"]) == (250 - wanted, 249, wanted)
    table = command("--once", "--format", "csv", "--zoom", zoom).out
    for tag in ("a", "b", "c"):
        assert csv_steps(table, tag) == list(range(250 - wanted, 250))
    few = command("--once", "--format", "csv", "--zoom", zoom, "--points", "10").out
    for tag in ("a", "b", "c"):
        assert set(csv_steps(few, tag)) <= set(range(250 - wanted, 250))
        assert len(csv_steps(few, tag)) <= 10


def test_ranks_of_one_name_are_told_apart(command, new_project) -> None:
    project = new_project("p")
    for rank in range(2):
        project.log([{"loss": float(rank)}] * 3, "ddp", run_id=f"rank{rank}")
    rows = list(csv.DictReader(io.StringIO(command("--once", "--format", "csv").out)))
    assert {(row["run"], row["run_id"], row["value"]) for row in rows} == {
        ("ddp", "rank0", "0"),
        ("ddp", "rank1", "1"),
    }


@pytest.fixture
def evaluated(new_project) -> Any:
    """Return a project whose newest run logged traces alone."""
    project = new_project("p")
    project.log([{"loss": 2.0}, {"loss": 0.5}], "brave")
    trace = {"_type": "trackio.trace", "messages": []}
    return project.log([{"sample": trace} for _ in range(30)], "lm-eval", start=START + 9)


def test_the_newest_run_is_the_newest_with_numbers(command, evaluated, waiting, tmp_path) -> None:
    ended = command("--once")
    assert (ended.code, ended.err) == (0, "lm-eval logged no numbers: 30 traces\n")
    assert said(ended.out, "Run") == "brave"
    assert "p ▸ brave" in header_of(command, tmp_path)
    wait = waiting("loss < 1")
    assert wait.wait(ignore) is ExitCode.DONE
    assert wait.watch.current.run.name == "brave"
    evaluated.log([{"sample": {"_type": "trackio.table"}}], "later")
    assert not wait.watch.look() or wait.watch.current.run.name == "brave"
    assert len(csv_steps(command("--once", "--format", "csv").out, "loss")) == 2


@pytest.mark.parametrize("arguments", [(), ("--format", "csv"), ("--format", "json")])
def test_kinds_that_a_run_without_numbers_logged_are_told(command, evaluated, arguments) -> None:
    evaluated.log([{"note": "a text", "t": {"_type": "trackio.table"}}], "lm-eval")
    evaluated.alert("done", run="lm-eval")
    ended = command("--once", "--run", "lm-eval", *arguments)
    told = "lm-eval logged no numbers: 30 traces, 1 text, 1 table, 1 alert\n"
    assert (ended.code, ended.err) == (1, told)


@pytest.mark.parametrize("form", ["text", "csv", "json"])
def test_all_forms_agree_on_what_is_nothing(command, new_project, form) -> None:
    new_project("hollow").log([{}, {}], "r")
    told = new_project("told")
    told.log([{"note": "a text"}], "words")
    told.alert("done", run="words")
    new_project("whole").log([{"loss": 2.0}], "r")
    for arguments, code in (
        (("-p", "hollow"), 1),
        (("-p", "told"), 1),
        (("-p", "whole"), 0),
        (("-p", "whole", "--since", "2030-01-01"), 1),
        (("-p", "whole", "--metric", "none"), 1),
        (("-p", "whole", "--run", "none"), 1),
        (("-p", "none"), 1),
        (("-p", "whole", "-p", "told"), 1),
    ):
        ended = command("--once", "--format", form, *arguments)
        assert (ended.code, bool(ended.err)) == (code, code == 1), arguments
    # The document holds everything known of a run without numbers.
    if form == "json":
        (project,) = json.loads(command("--once", "--format", form, "-p", "told").out)["projects"]
        assert [run["name"] for run in project["runs"]] == ["words"]
        assert [alert["title"] for alert in project["alerts"]] == ["done"]


def test_a_run_that_only_logs_its_machine_is_named(command, new_project, tmp_path) -> None:
    project = new_project("p")
    project.execute(
        "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
        " run_name TEXT, metrics TEXT)",
        [()],
    )
    project.execute(
        "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        [("w", "2026-03-01T10:00:00+00:00", "warm", '{"gpu/0/utilization": 5}')] * 2,
    )
    for arguments in ((), ("--format", "csv"), ("--format", "json")):
        ended = command("--once", "-p", "p", *arguments)
        assert (ended.code, ended.err) == (1, "warm logged no numbers: 2 system rows\n")
    ended = command("--once", "-p", "p", "--output", str(tmp_path / "frame.txt"))
    assert (ended.code, ended.err) == (1, "warm logged no numbers: 2 system rows\n")


def log_machine(project: Any, run: str, time: str) -> None:
    project.execute(
        "CREATE TABLE IF NOT EXISTS system_metrics(id INTEGER PRIMARY KEY, run_id TEXT,"
        " timestamp TEXT, run_name TEXT, metrics TEXT)",
        [()],
    )
    project.execute(
        "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        [(f"id-of-{run}", time, run, '{"gpu/0/utilization": 5}')],
    )


def test_a_newer_run_without_rows_is_named(command, new_project) -> None:
    project = new_project("p")
    project.log([{"loss": 2.0}, {"loss": 0.5}], "brave")
    log_machine(project, "older", "2020-03-01T10:00:00+00:00")
    assert command("--once").err == ""
    log_machine(project, "warm", "2030-03-01T10:00:00+00:00")
    ended = command("--once")
    assert (ended.code, ended.err) == (0, "warm logged no numbers: 1 system row\n")
    assert said(ended.out, "Run") == "brave"
    assert command("--once", "--run", "brave").err == ""
    log_machine(project, "brave", "2031-03-01T10:00:00+00:00")
    assert command("--once").err == ""


def test_a_newer_run_that_only_raised_an_alert_is_named(command, new_project) -> None:
    project = new_project("p")
    project.log([{"loss": 2.0}, {"loss": 0.5}], "brave")
    project.alert("heard of", run="brave", time=START + 1e6)
    assert command("--once").err == ""
    project.alert("alone", run="loud", time=START + 2e6)
    ended = command("--once")
    assert (ended.code, ended.err) == (0, "loud logged no numbers: 1 alert\n")
    assert said(ended.out, "Run") == "brave"


def test_a_run_of_empty_rows(command, new_project) -> None:
    new_project("p").log([{}], "hollow")
    ended = command("--once")
    assert (ended.code, ended.err) == (1, "hollow logged no numbers: its rows are empty\n")
