"""What the runs logged of their machines, as `--gpu-db --format json` tells it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.headless.valid_documents import valid

START = 1_772_359_200.0
SYSTEM_TABLE = (
    "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
    " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL)"
)


@pytest.fixture
def with_machines(new_project) -> Any:
    """Return a project of three runs, of which one logged no readings and one nothing else."""
    project = new_project("p").log([{"loss": 2.0}] * 60, "both", start=START)
    project.log([{"loss": 1.0, "gpu/power_w": 99.5}], "old", start=START - 99)
    project.log([{"loss": 1.0}], "bare", start=START - 50)
    project.execute(SYSTEM_TABLE, [()])
    project.execute(
        "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        [
            (f"id-of-{run}", f"2026-03-01T10:00:{10 * row:02}Z", run, f'{{"{key}": {value + row}}}')
            for row in range(6)
            for run, key, value in (
                ("both", "gpu/1/memory_usage", 0),
                ("both", "gpu/mean_utilization", 90),
                ("alone", "own", 7),
            )
        ],
    )
    return project


def test_the_document_has_the_machine_metrics_of_each_run(command, with_machines) -> None:
    ended = command("--once", "--format", "json", "--gpu-db", "-p", "p")
    assert (ended.code, ended.err) == (0, "")
    runs = {run["name"]: run for run in valid(ended.json)["projects"][0]["runs"]}
    mean, share = runs["both"]["system_metrics"].values()
    assert (share["title"], share["device"], share["unit"]) == ("GPU memory", "1", "%")
    assert (share["last"], share["count"], share["reasons"]) == (
        500,
        6,
        {"aggregate": "of one device"},
    )
    assert (mean["aggregate"], mean["min"], mean["max"]) == ("mean", 90, 95)
    assert share["last_epoch_seconds"] == START + 50, "a GPU that fails is logged no more"
    assert runs["both"]["metrics"]["loss"]["count"] == 60
    assert runs["old"]["system_metrics"]["gpu/power_w"]["last"] == 99.5
    assert runs["bare"]["system_metrics"] is None
    assert runs["bare"]["reasons"]["system_metrics"] == "the run logged nothing of its machine"
    alone = runs["alone"]
    assert (alone["row_count"], alone["last_step"], alone["metrics"]) == (0, None, {})
    assert alone["reasons"]["last_step"] == "the run logged no metric"
    assert alone["system_metrics"]["own"]["reasons"].keys() == {"unit", "device"}
    plain = valid(command("--once", "--format", "json", "-p", "p").json)["projects"][0]["runs"]
    assert [run["name"] for run in plain] == list(runs), "as --list counts them"
    assert {run["reasons"]["system_metrics"] for run in plain} == {"--gpu-db asks for them"}


def test_some_of_what_machines_logged(command, with_machines, new_project) -> None:
    arguments = ("--once", "--format", "json", "--gpu-db", "-p", "p")
    (run,) = valid(command(*arguments, "--run", "alone").json)["projects"][0]["runs"]
    assert run["system_metrics"]["own"]["last"] == 12
    (run,) = valid(command(*arguments, "--run", "both", "-z", "4").json)["projects"][0]["runs"]
    assert [it["count"] for it in run["system_metrics"].values()] == [5, 5]
    ended = command(*arguments, "--metric", "memory")
    keys = [list(run["system_metrics"] or ()) for run in valid(ended.json)["projects"][0]["runs"]]
    assert (ended.code, sorted(keys)) == (0, [[], [], [], ["gpu/1/memory_usage"]])
    ended = command(*arguments, "--metric", "none")
    assert ended.code == 1
    assert "No GPU metrics found" not in ended.err, "there are some, of other names"
    ended = command(*arguments, "--since", "2026-03-01T10:00:35Z")
    runs = {run["name"]: run["system_metrics"] for run in valid(ended.json)["projects"][0]["runs"]}
    assert runs["alone"]["own"]["count"] == 2, "those of 10:00:40 and 10:00:50"
    assert command(*arguments, "--run", "none").code == 1
    new_project("bare").log([{"loss": 1.0}])
    ended = command("--once", "--format", "json", "--gpu-db", "-p", "bare")
    assert (ended.code, ended.err[:21]) == (1, "No GPU metrics found ")
    assert valid(ended.json)["projects"][0]["runs"][0]["system_metrics"] is None


@pytest.mark.parametrize("names", [("with", "bare"), ("bare", "with")])
def test_one_run_of_several_is_enough_to_have_logged_its_machine(
    command, new_project, names
) -> None:
    project = new_project("p")
    for number, name in enumerate(names):
        row = {"loss": 1.0, "gpu/power_w": 99.5} if name == "with" else {"loss": 1.0}
        project.log([row], name, start=START + 60 * number)
    arguments = ("--once", "--format", "json", "--gpu-db", "-p", "p", "--metric")
    for metric in ("power", "none"):
        assert "No GPU metrics found" not in command(*arguments, metric).err


def test_without_a_question_about_machines_a_run_of_its_machine_alone_has_no_numbers(
    command, with_machines
) -> None:
    ended = command("--once", "--format", "json", "-p", "p", "--run", "alone")
    (run,) = valid(ended.json)["projects"][0]["runs"]
    assert (run["name"], run["row_count"], run["system_metrics"]) == ("alone", 0, None)
    assert (ended.code, ended.err) == (1, "alone logged no numbers: 6 system rows\n")
