"""Which GPUs of this machine a run trains on, by the processes that use them."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.model.gpu import GpuProcess, GpuSample
from trackio_view.model.pace import RunState, state_of
from trackio_view.model.project import Project
from trackio_view.model.run import Run


def training_gpus(
    samples: Sequence[GpuSample], project: Project, run: Run, now: float
) -> list[tuple[int, GpuSample]]:
    """Return the numbers and readings of the GPUs that a run trains on, none unless it is live.

    A process whose run is not known counts for the only live run of its project. `now` is in
    seconds since the epoch.
    """
    live = [other for other in project.every_run if state_of(other, now) is RunState.LIVE]
    if run not in live:
        return []
    return [
        (number, sample)
        for number, sample in enumerate(samples)
        if any(
            process.project == project.id
            and (len(live) == 1 if process.run is None else _is_of(process, run))
            for process in sample.processes or ()
        )
    ]


def _is_of(process: GpuProcess, run: Run) -> bool:
    """Return whether a process was seen to log a run; where runs have no ids their names count."""
    return process.run_id == run.run_id if process.run_id else process.run == run.name
