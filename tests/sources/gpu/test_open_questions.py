"""What is still asked about: processes of a folder like /proc that the test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.model.gpu import SAME_JOB, GpuProcess, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.logging_links import LoggingLinks
from trackio_view.sources.gpu.open_questions import OpenQuestions

MY, OTHER = ProjectId("/data", "my"), ProjectId("/data", "other")
LAUNCHER, RANK, TRAINER, BYSTANDER = 20, 40, 41, 60


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Return a folder in which a launcher has two processes, and a shell another one."""
    for pid, parent, command in (
        (LAUNCHER, 7, "torchrun"),
        (RANK, LAUNCHER, "python"),
        (TRAINER, LAUNCHER, "python"),
        (BYSTANDER, 7, "python"),
        (7, 1, "bash"),
    ):
        (tmp_path / str(pid)).mkdir()
        fields = " ".join(["S", str(parent), "0", "7", *["0"] * 15, "100", "0"])
        (tmp_path / str(pid) / "stat").write_text(f"{pid} ({command}) {fields}\n")
    return tmp_path


@pytest.fixture
def reading(gpus_sampled: Callable[..., GpusSampled]) -> Callable[..., GpusSampled]:
    """Return a function that makes a reading of two GPUs, the second of which tells of no
    processes."""

    def read(*processes: int, same_job: int | None = None) -> GpusSampled:
        marked = tuple(
            GpuProcess(pid, "compute", None, link=SAME_JOB if pid == same_job else None)
            for pid in processes
        )
        sampled = gpus_sampled(1, processes=marked)
        return GpusSampled(sampled.samples + gpus_sampled(2, processes=None).samples[1:], ())

    return read


@pytest.fixture
def questions(proc: Path) -> OpenQuestions:
    return OpenQuestions(LoggingLinks(proc), asks_runs=True)


def test_a_process_is_asked_about_until_its_project_is_known(
    questions: OpenQuestions, reading: Callable[..., GpusSampled]
) -> None:
    assert not questions.are_open(), "no reading came yet"
    questions.see(reading(TRAINER, BYSTANDER))
    assert list(questions.without_project()) == [TRAINER, BYSTANDER]
    assert questions.candidates() == {TRAINER, LAUNCHER, BYSTANDER}, "or what started it logs"
    assert questions.are_open()
    questions.links.learn(BYSTANDER, MY, "writes")
    assert list(questions.without_project()) == [TRAINER]
    assert questions.candidates() == {TRAINER, LAUNCHER}
    questions.links.learn(LAUNCHER, MY, "writes")
    assert questions.candidates() == {TRAINER}, "the launcher's is known"
    questions.see(reading())
    assert not questions.are_open(), "what left the GPUs is asked about no more"


def test_for_whom_another_process_of_the_job_logs_is_not_asked_about(
    questions: OpenQuestions, reading: Callable[..., GpusSampled]
) -> None:
    questions.see(reading(RANK, BYSTANDER, same_job=RANK))
    assert list(questions.without_project()) == [BYSTANDER]
    questions.see(reading(RANK, BYSTANDER))
    assert list(questions.without_project()) == [RANK, BYSTANDER]


def test_a_run_is_asked_for_until_it_is_settled_and_again_after_a_minute(
    questions: OpenQuestions,
    reading: Callable[..., GpusSampled],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 1000.0
    monkeypatch.setattr(f"{OpenQuestions.__module__}.time.monotonic", lambda: moment)
    questions.see(reading(RANK, TRAINER))
    questions.links.learn(LAUNCHER, MY, "writes")
    questions.links.learn(TRAINER, OTHER, "writes")
    questions.links.learn(BYSTANDER, MY, "writes")
    launcher, trainer = (LAUNCHER, "100"), (TRAINER, "100")
    assert sorted(questions.without_run()) == [launcher, trainer], "the bystander has no GPU"
    assert list(questions.without_run("my")) == [launcher]
    assert list(questions.without_run("other")) == [trainer]
    assert questions.asked_about() == {LAUNCHER, TRAINER, RANK}
    questions.links.learn(RANK, MY, "writes")
    for process in (launcher, trainer, (RANK, "100")):
        questions.links.settle(process, ("id", "run"), moment)
    assert list(questions.without_run()) == []
    assert not questions.are_open()
    assert questions.asked_about() == frozenset()
    moment += 60
    assert list(questions.without_run()) == []
    moment += 1
    assert len(list(questions.without_run())) == 3
    assert questions.are_open()
    assert questions.asked_about() == {LAUNCHER, TRAINER, RANK}


def test_without_a_database_no_run_is_asked_for(
    proc: Path, reading: Callable[..., GpusSampled]
) -> None:
    questions = OpenQuestions(LoggingLinks(proc), asks_runs=False)
    questions.see(reading(TRAINER))
    questions.links.learn(TRAINER, MY, "writes")
    assert list(questions.without_run()) == []
    assert not questions.are_open()
