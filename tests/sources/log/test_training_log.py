from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from trackio_view.model.events import (
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectVanished,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.sources.log import training_log
from trackio_view.sources.log.log_words import COUNTER_NAMES
from trackio_view.sources.log.training_log import TrainingLog, read_log

NAN = math.nan


def project_of(events: list[DataEvent]) -> Run:
    """Return the run that the events of the newest generation make."""
    run = Run("", "")
    for event in events:
        if isinstance(event, LoadStarted):
            run = Run("", "")
        elif isinstance(event, RowsLoaded):
            for batch in event.batches:
                run.append(batch)
            assert event.loaded_rows == run.row_count == run.last_id
    return run


def drain(log: TrainingLog) -> list[DataEvent]:
    events = log.read_new()
    while not log.at_end:
        events += log.read_new()
    return events


def values_of(run: Run, metric: str) -> list[float]:
    return list(run.series[metric].values) if metric in run.series else []


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def test_the_events_of_a_log_are_those_of_a_project(tmp_path: Path) -> None:
    path = tmp_path / "baseline.log"
    path.write_text(
        "hello\nstep 1 loss 0.5\nstep 2 loss 0.25 big=9007199254740993 edge=9007199254740992"
        " huge=1e300\n"
    )
    events = list(read_log(path))
    assert [type(event) for event in events] == [LoadStarted, RowsLoaded, LoadFinished]
    told_of = {getattr(event, "project", None) for event in events}
    assert told_of == {ProjectId(str(path), "baseline")}
    run = project_of(events)
    assert run.name == "baseline.log"
    assert list(run.steps) == [1, 2]
    assert run.last_step == 2
    assert values_of(run, "loss") == [0.5, 0.25]
    assert run.series["big"].number(-1) == 9007199254740993
    assert list(run.series["big"].rows) == [1]
    kept = [run.series[name].exact for name in ("big", "edge", "huge")]
    assert kept == [{0: 9007199254740993}, {}, {}], "only an integer that no float holds"
    assert run.last_time == path.stat().st_mtime


@pytest.mark.parametrize("name", [name for name in COUNTER_NAMES if "batch" not in name])
def test_every_step_name_counts_the_steps(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"{name}=10 loss=1\n{name.upper()}=20 loss=2\n")
    assert list(project_of(list(read_log(path))).steps) == [10, 20]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("loss=1\nloss=2\nloss=3\n", [0, 1, 2]),
        ("epoch=7 iter=3 loss=1\n", [3]),
        (
            "| epoch 1 | 200/1000 batches | loss 3 |\n| epoch 2 | 200/1000 batches | loss 2 |\n",
            [200, 1200],
        ),
        ("Epoch [1/2], Step [5/10], Loss: 3\nEpoch [2/2], Step [5/10], Loss: 2\n", [5, 15]),
        ("Epoch 1/2\n9/9 [==] - loss: 3\nEpoch 2/2\n9/9 [==] - loss: 2\n", [9, 18]),
        ("batch=1 loss=1\nbatch=2 loss=1\nbatch=1 loss=1\n", [1, 2, 3]),
        ("step 40\nloss: 3\nstep 80\nloss: 2\n", [40, 80]),
        ("step=9 loss=1\nstep=3 loss=1\n", [9, 3]),
        ("epoch=0.25 loss=1\nepoch=0.5 loss=1\n", [0.25, 0.5]),
        ("step=nan loss=1\n", [0]),
    ],
)
def test_steps(tmp_path: Path, text: str, steps: list[float]) -> None:
    path = tmp_path / "a.log"
    path.write_text(text)
    assert list(project_of(list(read_log(path))).steps) == steps


def test_an_evaluation_is_kept_apart_from_the_training(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(
        "04/21 21:03:53 - mmengine - INFO - Epoch(train) [1][10/90]  time: 0.5  loss: 2\n"
        "04/21 21:03:54 - mmengine - INFO - Epoch(val) [1][5/5]  time: 0.1  coco/bbox_mAP: 0.3\n"
    )
    run = project_of(list(read_log(path)))
    assert list(run.steps) == [10, 10]
    assert run.times[1] - run.times[0] == 1
    assert {name: list(series.values) for name, series in run.series.items()} == {
        "epoch": [1],
        "time": [0.5],
        "loss": [2],
        "val/time": [0.1],
        "coco/bbox_mAP": [0.3],
    }


def test_a_log_says_how_many_steps_there_will_be(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    line = '{"current_steps": %d, "total_steps": 120, "loss": 1, "epoch": 1.5, "percentage": 4}\n'
    path.write_text(line % 5 + line % 10)
    log = TrainingLog(path)
    events = drain(log)
    run = project_of(events)
    assert list(run.steps) == [5, 10]
    assert set(run.series) == {"loss", "epoch"}
    (details,) = [event for event in events if isinstance(event, DetailsLoaded)]
    assert [(told.run_id, told.config) for told in details.runs] == [
        ("trainer_log.jsonl", {"total_steps": 120})
    ]
    append(path, line % 15)
    assert not any(isinstance(event, DetailsLoaded) for event in log.read_new())


def test_the_newest_word_on_how_many_steps_there_will_be_counts(tmp_path: Path) -> None:
    path = tmp_path / "trainer_log.jsonl"
    line = '{"current_steps": %d, "total_steps": %d, "loss": 1}\n'
    path.write_text(line % (5, 120))
    log = TrainingLog(path)
    drain(log)
    append(path, line % (10, 500))
    (details,) = [event for event in log.read_new() if isinstance(event, DetailsLoaded)]
    assert [told.config for told in details.runs] == [{"total_steps": 500}]


def test_epochs_are_no_steps_once_the_log_counts_steps(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("epoch=3 eval_loss=3\n")
    log = TrainingLog(path)
    assert list(project_of(drain(log)).steps) == [3]
    append(path, "step=100 epoch=4 loss=2\nepoch=4 eval_loss=1\n")
    run = project_of(drain(log))
    assert list(run.steps) == [0, 100, 100]
    assert list(run.series["eval_loss"].rows) == [0, 2]


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"step={step} loss={step}\n" for step in range(30_000)))
    log = TrainingLog(path)
    events = drain(log)
    size = path.stat().st_size
    # A few bytes before each piece are read again, to notice a rewritten log.
    assert size > training_log.CHUNK_BYTES
    assert log.bytes_read <= size + 64 * (size // training_log.CHUNK_BYTES + 1)
    before = log.bytes_read
    assert log.read_new() == []
    assert log.bytes_read == before
    append(path, "step=30000 loss=7\n")
    events += log.read_new()
    assert log.bytes_read - before <= len("step=30000 loss=7\n") + 64
    assert project_of(events).row_count == 30_001
    assert sum(isinstance(event, LoadFinished) for event in events) == 1


def test_a_line_counts_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "loss=0.1")
    log = TrainingLog(path)
    events = drain(log)
    assert values_of(project_of(events), "loss") == []
    append(path, "23\nlo")
    events += drain(log)
    append(path, "ss=4 acc=")
    events += drain(log)
    append(path, "1\r\n")
    events += drain(log)
    assert values_of(project_of(events), "loss") == [0.123, 4]
    assert values_of(project_of(events), "acc") == [1]


def test_a_reader_that_cannot_wait_takes_the_last_line_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("loss=1\nloss=2")
    events = list(read_log(path))
    assert values_of(project_of(events), "loss") == [1, 2]
    notices = [event for event in events if isinstance(event, Notice)]
    assert [notice.severity for notice in notices] == [Severity.INFO]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_whole_log_in_utf_16_is_not_called_incomplete(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.log"
    path.write_bytes("loss=1\r\nloss=2\r\n".encode(encoding))
    events = list(read_log(path))
    assert values_of(project_of(events), "loss") == [1, 2]
    assert not [event for event in events if isinstance(event, Notice)]


def test_progress_bars_end_their_lines_with_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    bars = "".join(f"\rEpoch 0: 10%|█ | {n}/100 [00:01<00:09, loss={n}.5]" for n in (10, 20, 30))
    append(path, bars + "\n")
    run = project_of(list(read_log(path)))
    assert list(run.steps) == [10, 20, 30]
    assert values_of(run, "loss") == [10.5, 20.5, 30.5]


@pytest.mark.parametrize("how", ["truncated", "replaced", "rewritten longer"])
def test_a_log_that_starts_again_is_read_anew(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a.log"
    path.write_text("loss=1\nloss=2\n")
    log = TrainingLog(path)
    events = drain(log)
    if how == "truncated":
        path.write_text("loss=9\n")
    elif how == "replaced":
        (tmp_path / "new").write_text("loss=9\n" + "hello\n" * 5)
        os.replace(tmp_path / "new", path)
    else:
        path.write_text("loss=9\n" + "x\n" * 50)
    events += drain(log)
    assert values_of(project_of(events), "loss") == [9]
    generations = [event.generation for event in events if isinstance(event, LoadStarted)]
    assert generations == [1, 2]


def test_invalid_bytes_and_huge_lines_cost_only_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_log, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(training_log, "LONGEST_LINE", 5000)
    path = tmp_path / "a.log"
    append(path, b"loss=1 name=\xff\xfe\xc3\n" + b"loss=8 " * 3000 + b"\nloss=2\n")
    events = drain(TrainingLog(path))
    assert values_of(project_of(events), "loss") == [1, 2]


def test_text_without_metrics_is_read_to_its_end_with_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_log, "CHUNK_BYTES", 100)
    path = tmp_path / "a.log"
    append(path, "hello there\n" * 100)
    log = TrainingLog(path)
    events = drain(log)
    assert [event.text is not None for event in events if isinstance(event, Notice)] == [True]
    assert any(isinstance(event, LoadFinished) for event in events)
    append(path, "loss=1\n")
    events = drain(log)
    assert [event.text for event in events if isinstance(event, Notice)] == [None]


def test_a_log_without_any_text_yet_is_not_called_one_without_metrics(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "")
    log = TrainingLog(path)
    assert not [event for event in drain(log) if isinstance(event, Notice)]
    append(path, "\n\n")
    assert not [event for event in drain(log) if isinstance(event, Notice)]
    append(path, "hello there\n")
    (notice,) = drain(log)
    assert isinstance(notice, Notice)


def test_a_missing_log_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "later.log"
    log = TrainingLog(path)
    (notice,) = drain(log)
    assert isinstance(notice, Notice)
    assert "does not exist" in (notice.text or "")
    assert drain(log) == []
    path.write_text("loss=1\n")
    events = drain(log)
    assert Notice(ProjectOrigin(log.project), None, Severity.WARNING, "file") in events
    assert values_of(project_of(events), "loss") == [1]
    path.unlink()
    events = drain(log)
    assert ProjectVanished(log.project) in events
    assert sum(isinstance(event, ProjectVanished) for event in events + drain(log)) == 1
    path.write_text("loss=5\n")
    assert values_of(project_of(drain(log)), "loss") == [5]


def test_a_folder_and_a_pipe_are_each_a_notice_and_no_log(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        events = list(read_log(path))
        assert [event.severity for event in events if isinstance(event, Notice)] == [Severity.ERROR]
        assert not any(isinstance(event, LoadStarted) for event in events)


def test_a_reader_that_cannot_wait_says_only_that_a_log_is_missing(tmp_path: Path) -> None:
    (notice,) = read_log(tmp_path / "none.log")
    assert isinstance(notice, Notice)
    assert notice.text == f"{tmp_path / 'none.log'} does not exist"
