"""`--format json` is valid and exact, and gives a reason for everything absent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.headless.valid_documents import SCHEMA, VALIDATOR, valid
from trackio_view.headless import json_document, once
from trackio_view.headless.gpu_document import GPU_KEYS, gpu_documents, search_documents
from trackio_view.model.gpu import Absence, GpuProcess, GpuSample
from trackio_view.model.gpu_fields import FIELD_BY_NAME, FieldKind

DATA = Path(__file__).parents[1] / "data" / "trackio"
START = 1_772_359_200.0


def test_the_schema_is_one_and_lets_no_unknown_key_pass(command, varied) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = command("--once", "--format", "json").json
    document["projects"][0]["runs"][0]["age"] = 3
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("database", sorted(path.stem for path in DATA.glob("*.db")))
@pytest.mark.parametrize(
    "arguments", [(), ("-z", "4"), ("--since", "2020-01-01"), ("--since", "1d")]
)
def test_every_schema_of_trackio_gives_a_valid_document(command, database, arguments) -> None:
    ended = command("--once", "--format", "json", "--dir", str(DATA), "-p", database, *arguments)
    assert (ended.code, bool(ended.err)) == ((1, True) if "1d" in arguments else (0, False))
    (project,) = valid(ended.json)["projects"]
    trained = {run["name"] for run in project["runs"] if run["row_count"]}
    assert trained == {"odd", "run-0", "run-1"}


def test_facts_of_a_run(command, varied) -> None:
    document = valid(command("--once", "--format", "json", "-p", "varied").json)
    second, first = document["projects"][0]["runs"]
    assert (second["name"], first["name"]) == ("second", "first")
    assert first["config"] == {"lr": 0.1, "_Group": "sweep", "seeds": [1, "NaN"]}
    assert (first["group"], first["state"], first["row_count"]) == ("sweep", "stale", 30)
    assert first["started_epoch_seconds"] == START
    assert first["last_row_epoch_seconds"] == START + 29
    assert first["last_step"] == 29
    assert first["steps_per_second"] == 1
    assert second["reasons"]["config"] == "the run has no readable config"
    loss = second["metrics"]["train/loss"]
    assert loss["count"] == 700
    assert loss["nonfinite_count"] == 2
    assert (loss["first"], loss["last"], loss["min"]) == (3, 0.67, 0.67)
    assert loss["max"] is None
    assert loss["reasons"] == {"max": "logged as Infinity"}
    assert second["metrics"]["tokens"]["last"] == 2**60 + 699
    assert second["metrics"]["tokens"]["change"] == 3
    assert "text" not in second["metrics"]


@pytest.mark.parametrize("zoom", ["0", "4"])
def test_progress_is_told_at_every_zoom_level(command, new_project, zoom) -> None:
    project = new_project()
    project.log([{"loss": 1.0}] * 120).configure({"max_steps": 200})
    project.log([{"loss": 1.0}], run="endless", start=START + 120)
    ended = command("--once", "--format", "json", "-z", zoom)
    endless, run = valid(ended.json)["projects"][0]["runs"]
    assert (run["last_step"], run["total_steps"], run["progress"]) == (119, 200, 0.6)
    assert (endless["total_steps"], endless["progress"]) == (None, None)
    assert endless["reasons"]["progress"] == "the config names no number of steps or epochs"


@pytest.mark.parametrize(
    ("rows", "config", "progress"),
    [
        pytest.param([{"loss": 1.0}] * 3000, {"max_steps": 6000}, 0.5, id="each step from 0"),
        pytest.param(
            [{"loss": 1.0, "train/global_step": step + 1} for step in range(3000)],
            {"max_steps": 6000},
            0.5,
            id="the trainer's step from 1",
        ),
        pytest.param(
            [{"loss": 1.0, "train/global_step": step} for step in range(5, 3005)],
            {"max_steps": 6008},
            0.5,
            id="a resumed run's step",
        ),
        pytest.param(
            [{"loss": 1.0, **({} if row % 500 else {"epoch": row // 500})} for row in range(2900)],
            {"epochs": 10},
            0.5,
            id="an epoch that is logged rarely",
        ),
    ],
)
def test_progress_is_the_same_of_what_is_read_in_part(
    command, new_project, monkeypatch, rows, config, progress
) -> None:
    monkeypatch.setattr(json_document, "SHORT_ROWS", 10)
    monkeypatch.setattr(once, "SHORT_ROWS", 10)
    new_project().log(rows).configure(config)
    for choice in ([], ["-z", "4"], ["-z", "6"], ["-z", "4", "--metric", "^loss$"]):
        (run,) = command("--once", "--format", "json", *choice).json["projects"][0]["runs"]
        assert run["progress"] == progress, choice
        assert "\nProgress: 50%" in command("--once", *choice).out, choice


def test_a_log_tells_its_progress(command, tmp_path) -> None:
    log = tmp_path / "trainer_log.jsonl"
    line = '{"current_steps": %d, "total_steps": 200, "loss": 1.5, "epoch": 1.5}\n'
    log.write_text(line % 10 + line % 120)
    (run,) = valid(command("--once", "--format", "json", "--log", str(log)).json)["projects"][0][
        "runs"
    ]
    assert (run["last_step"], run["total_steps"], run["progress"]) == (120, 200, 0.6)


def test_whole_numbers_have_no_point(command, new_project) -> None:
    new_project().log([{"loss": 2.0, "n": 3}])
    out = command("--once", "--format", "json").out
    assert '"last": 2,' in out
    assert '"last": 3,' in out


def test_alerts_of_the_selection(command, varied) -> None:
    (project,) = command("--once", "--format", "json").json["projects"]
    error, done = project["alerts"]
    assert (error["level"], error["title"], error["text"]) == ("error", "loss is NaN", "at 350")
    assert (error["step"], error["epoch_seconds"]) == (350, START + 450)
    assert done["reasons"] == {"text": "the alert has no text", "step": "the alert names no step"}
    (project,) = command("--once", "--format", "json", "--run", "first").json["projects"]
    assert [alert["title"] for alert in project["alerts"]] == ["done"]
    # A table from before run ids knows its runs by their names.
    varied.execute("UPDATE alerts SET run_id = run_name WHERE id > ?", [(0,)])
    (project,) = command("--once", "--format", "json", "--run", "first").json["projects"]
    assert [alert["title"] for alert in project["alerts"]] == ["done"]
    assert [run["name"] for run in project["runs"]] == ["first"]


def test_alerts_are_listed_since_a_moment(command, varied) -> None:
    def titles(since: float) -> list[str]:
        moment = datetime.fromtimestamp(since, UTC).isoformat()
        (project,) = command("--once", "--format", "json", "--since", moment).json["projects"]
        return [alert["title"] for alert in project["alerts"]]

    assert titles(START) == ["loss is NaN", "done"]
    assert titles(START + 1) == ["loss is NaN"]
    assert titles(START + 450) == ["loss is NaN"]
    assert titles(START + 451) == []
    # Of one without a readable time it is not known that it was raised before.
    varied.execute("UPDATE alerts SET timestamp = ? WHERE title = ?", [("soon", "done")])
    assert titles(START + 451) == ["done"]


def test_a_window_and_metrics(command, varied, monkeypatch) -> None:
    # The run is read as a long one is: no further back than its window.
    monkeypatch.setattr(json_document, "SHORT_ROWS", 10)
    chosen = ("--run", "second", "-z", "4", "--metric", "train/loss")
    document = valid(command("--once", "--format", "json", *chosen).json)
    (run,) = document["projects"][0]["runs"]
    assert list(run["metrics"]) == ["train/loss"]
    assert (run["window_row_count"], run["row_count"]) == (50, 700)
    assert run["metrics"]["train/loss"]["count"] == 50
    assert run["started_epoch_seconds"] == START + 100
    assert document["selection"]["zoom_distinct_steps"] == 50


def test_the_order_of_everything_is_the_same_each_time(command, varied) -> None:
    def text() -> str:
        lines = command("--once", "--format", "json").out.splitlines()
        moving = ("generated_epoch_seconds", "last_row_age_seconds")
        return "\n".join(line for line in lines if not any(key in line for key in moving))

    assert text() == text()


def test_a_missing_part_is_null_with_the_sentence_of_stderr(command, new_project, folder) -> None:
    new_project("empty")
    (folder / "broken.db").write_bytes(b"no database at all" * 100)
    new_project("full").log([{"loss": 1}])
    ended = command(
        "--once", "--format", "json", "-p", "broken", "-p", "empty", "-p", "full", "-p", "no"
    )
    broken, empty, full, missing = valid(ended.json)["projects"]
    assert ended.code == 1
    assert broken["runs"] is None
    assert broken["reasons"]["runs"] in ended.err
    assert "The project 'no' does not exist in " in missing["reasons"]["runs"]
    assert empty["runs"] == []
    assert len(full["runs"]) == 1


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_what_any_of_the_runs_logged_is_enough(command, new_project, metric) -> None:
    project = new_project()
    project.log([{"loss": 1.0}], run="older")
    project.log([{"accuracy": 0.5}], run="newer", start=START + 10)
    project.log([{"loss": "a word"}], run="oldest", start=START - 10)
    between = datetime.fromtimestamp(START + 5, UTC).isoformat()
    for choice in ([], ["--metric", metric], ["--since", between]):
        ended = command("--once", "--format", "json", *choice)
        assert (ended.code, ended.err) == (0, ""), choice
    ended = command("--once", "--format", "json", "--metric", "none")
    assert (ended.code, ended.err[:14]) == (1, "No metric none")


def test_a_config_that_json_cannot_say(command, new_project) -> None:
    project = new_project().log([{"loss": 1}])
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    project.configure({"deep": deep, "name": "\ud800\u202e\x1b"})
    ended = command("--once", "--format", "json")
    (run,) = valid(ended.json)["projects"][0]["runs"]
    if run["config"] is not None:
        assert any("nested" in reason for reason in run["reasons"].values())
    assert ended.out.isascii()


def test_half_a_pair_of_surrogates_is_no_character(command, new_project) -> None:
    document = r'{"a\ud83d": 1, "b\ud83d\ude80": 2, "c\\ud83d": 3}'
    new_project("p").execute(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
        " VALUES ('r', '', 'r', 0, ?)",
        [(document,)],
    )
    ended = command("--once", "--format", "json")
    (run,) = valid(ended.json)["projects"][0]["runs"]
    assert set(run["metrics"]) == {"a\ufffd", "b\U0001f680", "c\\ud83d"}


def test_a_change_beyond_every_number(command, new_project) -> None:
    new_project("p").log([{"loss": 1.5e308}, {"loss": -1.5e308}])
    (run,) = valid(command("--once", "--format", "json").json)["projects"][0]["runs"]
    loss = run["metrics"]["loss"]
    assert (loss["change"], loss["reasons"]) == (None, {"change": "too large for a number"})


def test_a_log_is_a_project_too(command, tmp_path) -> None:
    log = tmp_path / "training.log"
    log.write_text("step=1 loss=3.5\nstep=2 loss=2.5\n")
    document = valid(command("--once", "--format", "json", "--log", str(log)).json)
    (project,) = document["projects"]
    assert project["name"] == "training"
    assert project["runs"][0]["metrics"]["loss"]["change"] == -1
    assert project["alerts"] is None


def gpu_document(reading: Any) -> Any:
    return {
        "schema_version": 1,
        "program_version": "",
        "generated_epoch_seconds": 0,
        "selection": None,
        "projects": None,
        "gpus": gpu_documents(reading),
        "gpu_search": search_documents(reading),
        "reasons": {"selection": "", "projects": ""},
    }


def test_every_field_of_a_gpu(gpus_sampled) -> None:
    process = GpuProcess(7)
    reading = gpus_sampled(2, fan_percent=30.0, power=None, processes=(process,))
    first, second = reading.samples
    first = first._replace(reasons={"power": Absence.DENIED})
    reading = reading._replace(samples=(first, second))
    document = valid(gpu_document(reading))
    gpu = document["gpus"][0]
    assert gpu["memory_used_bytes"] == 60 * 2**30
    assert gpu["temperatures_celsius"] == {"gpu": 64, "memory": 71}
    assert gpu["power_watts"] is None
    assert gpu["reasons"]["power_watts"] == "permission denied"
    assert gpu["processes"][0]["reasons"]["memory_bytes"] == "not reported"
    told = set(GPU_KEYS)
    fields = set(GpuSample._fields)
    assert told == fields - {"identity", "state", "state_text", "reasons"}
    asleep = gpus_sampled(1, state=Absence.ASLEEP, utilization=None, temperatures={})
    gpu = valid(gpu_document(asleep))["gpus"][0]
    assert (gpu["state"], gpu["reasons"]["temperatures_celsius"]) == ("asleep", "asleep")


_SCHEMA_OF_KIND: dict[FieldKind, object] = {
    FieldKind.CELSIUS: {
        "type": ["object", "null"],
        "additionalProperties": {"type": "number"},
        "description": "By sensor, the main one first.",
    },
    FieldKind.BY_NAME: {
        "type": ["object", "null"],
        "additionalProperties": {"type": "number"},
        "description": "By the name of what each is of.",
    },
    FieldKind.WORD: {"type": ["string", "null"]},
    FieldKind.WORDS: {"type": ["array", "null"], "items": {"type": "string"}},
    FieldKind.PROCESSES: {"type": ["array", "null"], "items": {"$ref": "#/$defs/process"}},
    FieldKind.BY_FIELD: {"type": "object", "additionalProperties": {"type": "string"}},
}


def test_the_schema_of_a_gpu_is_that_of_the_table_of_fields() -> None:
    gpu = SCHEMA["$defs"]["gpu"]
    keys = list(GPU_KEYS.values())
    first = gpu["required"].index("monotonic_seconds")
    assert gpu["required"][first:] == [*keys, "reasons"]
    assert list(gpu["properties"]) == gpu["required"]
    for name, key in GPU_KEYS.items():
        expected = _SCHEMA_OF_KIND.get(FIELD_BY_NAME[name].kind, {"type": ["number", "null"]})
        if name == "hidden_processes":
            expected = {"type": "integer", "minimum": 0}
        assert gpu["properties"][key] == expected, key


def test_where_no_gpus_can_be_asked_for_the_document_and_stderr_say_why(command) -> None:
    ended = command("--gpu", "--once", "--format", "json", "--ssh", "bad host")
    document = valid(ended.json)
    assert (ended.code, document["gpus"], document["gpu_search"]) == (1, None, None)
    assert ended.err == f"{document['reasons']['gpus']}\n"


def test_gpus_of_a_capture(command, captures) -> None:
    ended = command(
        "--gpu", "--once", "--format", "json", "--sysroot", str(captures / "gpu" / "none")
    )
    assert valid(ended.json)["gpus"] == []
    assert len(ended.json["gpu_search"]) == 4


def test_a_run_without_traces_says_so(command, varied) -> None:
    document = valid(command("--once", "--format", "json", "-p", "varied").json)
    for run in document["projects"][0]["runs"]:
        assert run["traces"] is None
        assert run["reasons"]["traces"] == "no trace of the run is known"
