"""Which GPUs a run trains on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.gpu import GpuProcess, GpuSample, GpusSampled
from trackio_view.model.knowledge import Knowledge
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.training_gpus import training_gpus

NOW = 1_700_000_000.0
P = ProjectId("", "p")


def project(batch: Callable[..., RunRows], **ages: float) -> Project:
    """Return a project of runs whose newest rows are so many seconds old."""
    known = Knowledge()
    known.meet(P)
    known.apply(LoadStarted(P, 0, len(ages)))
    rows = [
        batch({"loss": [1.0]}, run_id=f"id-{name}", run_name=name, times=[NOW - age])
        for name, age in ages.items()
    ]
    known.apply(RowsLoaded(P, 0, rows, len(ages)))
    known.apply(LoadFinished(P, 0))
    return known.projects[P]


@pytest.fixture
def used(gpus_sampled: Callable[..., GpusSampled]) -> Callable[..., list[GpuSample]]:
    """Return a function that makes readings of one GPU for each list of processes."""

    def samples(*processes: Sequence[GpuProcess] | None) -> list[GpuSample]:
        found = gpus_sampled(len(processes)).samples
        return [
            sample._replace(processes=None if some is None else tuple(some))
            for sample, some in zip(found, processes, strict=True)
        ]

    return samples


def process(
    run: str | None, run_id: str | None = None, project: ProjectId | None = P
) -> GpuProcess:
    return GpuProcess(1, "compute", project=project, run=run, run_id=run_id)


def numbers(samples: list[GpuSample], of: Project, run: str) -> list[int]:
    return [number for number, _ in training_gpus(samples, of, of.runs[run], NOW)]


def test_a_process_of_the_run_s_id_or_where_it_has_none_of_its_name(
    batch: Callable[..., RunRows], used: Callable[..., list[GpuSample]]
) -> None:
    known = project(batch, a=1.0, b=1.0)
    samples = used(
        [process(run="a", run_id="id-b")],
        [process(run="a")],
        [process(run="b", run_id="id-a")],
        [process(run="a", run_id="id-a", project=ProjectId("far", "p"))],
        [],
        None,
    )
    assert numbers(samples, known, "id-a") == [1, 2]
    assert numbers(samples, known, "id-b") == [0]


def test_a_process_of_no_known_run_belongs_to_the_only_one_that_is_live(
    batch: Callable[..., RunRows], used: Callable[..., list[GpuSample]]
) -> None:
    samples = used([process(run=None)])
    alone = project(batch, a=1.0, ended=90_000.0)
    assert numbers(samples, alone, "id-a") == [0]
    assert numbers(samples, alone, "id-ended") == []
    assert numbers(samples, project(batch, a=1.0, b=1.0), "id-a") == []
