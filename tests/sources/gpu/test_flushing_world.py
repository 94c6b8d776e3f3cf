"""Simulated machines whose processes train, log and write: no run is told to be another's."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.sources.gpu.flushing_world import Job, World, follow, watched
from trackio_view.sources.gpu import closings, file_looks, lock_openings, write_counts


@pytest.fixture
def world_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int, Callable[[Random], list[Job]], float], World]:
    """Return the function that makes a world of a seed and jobs, and how late it is seen."""

    def make(seed: int, jobs: Callable[[Random], list[Job]], late: float) -> World:
        random = Random(seed)
        world = World(random, jobs(random), late)
        monkeypatch.setattr(time, "monotonic", lambda: world.now)
        monkeypatch.setattr(write_counts, "bytes_written", world.bytes_written)
        monkeypatch.setattr(write_counts, "all_processes", world.all_processes)
        monkeypatch.setattr(lock_openings, "lock_holders", world.lock_holders)
        monkeypatch.setattr(closings, "lock_holders", world.lock_holders)
        monkeypatch.setattr(file_looks, "lock_holders", world.lock_holders)
        monkeypatch.setattr(file_looks, "file_times", world.file_times)
        monkeypatch.setattr(time, "sleep", world.sleep)
        monkeypatch.setattr(closings, "has_changes", world.has_changes)
        monkeypatch.setattr(closings, "sees_everybody", world.sees_everybody)
        return world

    return make


def in_step(random: Random) -> list[Job]:
    """Return jobs of one project that wait for each other's lock."""
    begins = random.uniform(0.0, 0.5)
    late = [0.0, random.uniform(0.0, 0.02), random.uniform(0.0, 0.13)]
    return [
        Job(10 + number, run=f"run-{number}", begins=begins + after)
        for number, after in enumerate(late)
    ]


def beside_writers(random: Random) -> list[Job]:
    """Return a job that logs, beside two that write other files some times a second."""
    begins = random.uniform(0.0, 0.5)
    others = [Job(pid, "other", begins=9.0, has_gpu=False, noise=8.0) for pid in (20, 21)]
    return [Job(10, run="run-a", begins=begins), *others]


def beside_others(random: Random) -> list[Job]:
    """Return jobs that log, one that only takes the lock, and one that uses no GPU."""
    return [
        *in_step(random)[:2],
        Job(20, begins=random.uniform(0.0, 0.5)),
        Job(21, run="run-x", begins=random.uniform(0.0, 0.5), has_gpu=False),
        Job(22, "other", "run-y", begins=random.uniform(0.0, 0.5)),
    ]


def two_loggers(random: Random) -> list[Job]:
    """Return a job that only takes the lock, beside two that use no GPU."""
    begins = random.uniform(0.0, 0.5)
    return [
        Job(20, begins=begins),
        Job(21, run="run-x", begins=begins + random.uniform(0.0, 0.1), has_gpu=False),
        Job(22, run="run-y", begins=random.uniform(0.0, 0.5), has_gpu=False),
    ]


def beside_unseen(random: Random) -> list[Job]:
    """Return a job that only takes the lock, beside one of another namespace that logs."""
    begins = random.uniform(0.0, 0.5)
    late = random.uniform(0.0, 0.1)
    return [Job(20, begins=begins), Job(21, run="run-x", begins=begins + late, is_seen=False)]


def of_one_closing(random: Random) -> list[Job]:
    """Return jobs that close the lock once in each flush; one of them only takes it."""
    return [
        Job(job.pid, job.project, job.run, job.begins, has_gpu=job.has_gpu, looks_at_tables=False)
        for job in beside_others(random)
    ]


def rarely(random: Random) -> list[Job]:
    """Return a job that logs each 2 or 5 seconds beside one that does each second."""
    return [
        Job(10, run="run-a", begins=random.uniform(0.0, 0.5), seconds=random.choice([2.0, 5.0])),
        Job(11, run="run-b", begins=random.uniform(0.0, 0.5), seconds=1.0),
    ]


def checkpoints(random: Random) -> list[Job]:
    """Return a job that writes all the time and only takes the lock, beside two that log."""
    begins = random.uniform(0.0, 0.5)
    return [
        Job(20, begins=begins, noise=random.choice([5, 20, 50, 200])),
        Job(21, run="run-x", begins=begins + random.uniform(0.0, 0.1), has_gpu=False),
        Job(10, run="run-a", begins=random.uniform(0.0, 0.5)),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_jobs_in_step_are_told_apart(
    tmp_path: Path, world_of: Callable[..., World], seed: int
) -> None:
    world = world_of(seed, in_step, 0.005)
    assert len(follow(world, watched(world, tmp_path), 6.0)) == 3


@pytest.mark.parametrize("seed", range(20, 40))
def test_jobs_are_told_within_three_seconds_beside_others(
    tmp_path: Path, world_of: Callable[..., World], seed: int
) -> None:
    world = world_of(seed, beside_others, 0.005)
    assert follow(world, watched(world, tmp_path), 3.0).keys() == {10, 11, 22}


@pytest.mark.parametrize("seed", range(10))
def test_jobs_of_a_container_are_told_by_who_has_the_lock(
    tmp_path: Path, world_of: Callable[..., World], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    world = world_of(seed, in_step, 0.002)
    monkeypatch.setattr(closings, "sees_everybody", lambda proc: False)
    assert len(follow(world, watched(world, tmp_path), 3.0)) == 3


@pytest.mark.parametrize("seed", range(10))
def test_a_job_is_told_within_five_seconds_where_nobody_tells_of_openings(
    tmp_path: Path, world_of: Callable[..., World], seed: int
) -> None:
    world = world_of(seed, beside_writers, 0.005)
    world.tells_openings = False
    assert follow(world, watched(world, tmp_path), 5.0).keys() == {10}


@pytest.mark.parametrize("late", [0.005, 0.02, 0.05, 0.1])
@pytest.mark.parametrize(
    "jobs",
    [in_step, beside_others, of_one_closing, two_loggers, beside_unseen, rarely, checkpoints],
)
@pytest.mark.parametrize("seed", range(12))
def test_no_run_is_anothers(
    tmp_path: Path,
    world_of: Callable[..., World],
    seed: int,
    jobs: Callable[[Random], list[Job]],
    late: float,
) -> None:
    world = world_of(seed, jobs, late)
    follow(world, watched(world, tmp_path), 6.0)


@pytest.mark.parametrize("late", [0.005, 0.05])
@pytest.mark.parametrize(
    "jobs",
    [in_step, beside_others, of_one_closing, two_loggers, beside_unseen, rarely, checkpoints],
)
@pytest.mark.parametrize("seed", range(3))
def test_no_run_is_anothers_where_nobody_tells_of_openings(
    tmp_path: Path,
    world_of: Callable[..., World],
    seed: int,
    jobs: Callable[[Random], list[Job]],
    late: float,
) -> None:
    world = world_of(seed, jobs, late)
    world.tells_openings = False
    follow(world, watched(world, tmp_path), 6.0)
