"""What the live screen is fed by: its sources, as the options choose them.

Nothing is opened here: each source is a coroutine that `live` starts, stops and starts anew. What
a source needs is imported as it starts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, Notice, ProjectOrigin
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.options.command_line import Options
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.screen_table import wanted

if TYPE_CHECKING:
    from trackio_view.recording.files import Replay

DataSender = MemoryObjectSendStream[DataEvent]
Producing = Coroutine[Any, Any, None]

_GPU_SECONDS = 1.0
_LOADS_AT_ONCE = 3


@dataclass(slots=True)
class Sources:
    """How the live screen gets its data; made from the options."""

    list_projects: Callable[[DataSender], Producing] | None
    watch_project: Callable[[ProjectId, DataSender], Producing]
    watch_gpus: Callable[[DataSender], Producing]
    watch_page: Callable[[RunKey, DataSender], Producing] | None = None
    """Reads what a run logged beside numbers, while its page is open."""


def replay_sources(replay: Replay, options: Options, dashboard: Dashboard) -> Sources:
    """Return what plays a recording, and bring on screen what was when it was made."""
    from trackio_view.model.gpu import VendorReport

    dashboard.directory = str(options.replay)
    name = options.project[0] if options.project else replay.header.project
    # From where it comes, its first event tells.
    asked = None if name is None else ProjectId(str(options.replay), name)
    if asked is not None:
        dashboard.watch(asked)
    if not (options.gpu or options.gpu_db):
        if replay.header.screen == "gpus":
            dashboard.show_gpus()
        elif replay.header.screen == "system":
            dashboard.show_system()

    def meet(project: ProjectId) -> None:
        if asked is not None and asked not in replay.projects and project.name == name:
            dashboard.go_on_as(asked, project)
        dashboard.meet(project)
        if dashboard.view.project is None:
            dashboard.watch(project)

    async def play(send: DataSender) -> None:
        await replay.play(send, meet)

    async def watch(project: ProjectId, send: DataSender) -> None:
        await replay.ended.wait()
        if project not in replay.projects:
            text = f"The recording tells nothing of {project.name}."
            await send.send(Notice(ProjectOrigin(project), text))

    async def watch_gpus(send: DataSender) -> None:
        await replay.ended.wait()
        if not replay.sampled:
            report = VendorReport("recording", 0, "no GPU was sampled while this was recorded")
            await send.send(GpusSampled((), (report,)))

    return Sources(play, watch, watch_gpus)


def _gpu_source(
    options: Options, directory: str | None = None
) -> Callable[[DataSender], Producing]:
    async def watch(send: DataSender) -> None:
        from trackio_view.sources.gpu.processes import TrainingProcesses, marking
        from trackio_view.sources.gpu.sampler import Roots
        from trackio_view.sources.gpu.watch import watch_gpus

        roots = Roots() if options.sysroot is None else Roots.captured(options.sysroot)
        receive: Callable[[GpusSampled], Coroutine[Any, Any, None]] = send.send
        if directory is not None and roots.live:
            receive = marking(TrainingProcesses(directory, roots.proc), receive)
        await watch_gpus(roots, gpu_interval(options.interval), receive)

    return watch


def gpu_interval(asked: float) -> float:
    """Return the seconds between looks at the GPUs, which change faster than trainings log.

    Who asks for fewer looks than there are without asking gets fewer.
    """
    return asked if asked > Options().interval else min(asked, _GPU_SECONDS)


def log_sources(path: Path, options: Options, dashboard: Dashboard) -> Sources:
    """Return what watches a plain training log, as a project of its file's name."""
    from trackio_view.sources.log.training_log import watch_log

    dashboard.watch(ProjectId(str(path), path.stem))

    async def watch(_: ProjectId, send: DataSender) -> None:
        await watch_log(path, options.interval, send)

    return Sources(None, watch, _gpu_source(options))


def project_sources(
    directory: str | os.PathLike[str] | None, options: Options, dashboard: Dashboard
) -> Sources:
    """Return what watches the projects of a directory, by default where TrackIO keeps them."""
    from trackio_view.sources.trackio.files.file_watch import FileWatch
    from trackio_view.sources.trackio.files.locations import data_directory, project_file
    from trackio_view.sources.trackio.project_list import Interest, watch_projects_list
    from trackio_view.sources.trackio.project_watch import watch_project

    folder = data_directory(directory)
    dashboard.directory = folder
    # The first that was named is shown, the others are one key away.
    for name in reversed(options.project):
        dashboard.watch(project_file(folder, name).id)
    dashboard.watch_all = options.all
    dashboard.view.runs.all_projects = options.all or len(options.project) > 1
    # One look at the files of all projects, and few that are read whole at a time.
    files = FileWatch(options.interval)
    loads = anyio.CapacityLimiter(_LOADS_AT_ONCE)

    def interest() -> Interest:
        return Interest(wanted(dashboard).projects, dashboard.watched)

    async def list_projects(send: DataSender) -> None:
        await watch_projects_list(folder, options.interval, send, interest)

    async def watch(project: ProjectId, send: DataSender) -> None:
        path = os.path.join(project.origin, f"{project.name}.db")
        await watch_project(path, project, options.interval, send, files=files, loads=loads)

    async def watch_page(page: RunKey, send: DataSender) -> None:
        from trackio_view.sources.trackio.tables.objects import watch_run_objects

        path = os.path.join(page.project.origin, f"{page.project.name}.db")
        await watch_run_objects(path, page.project, page.run_id, options.interval, send)

    return Sources(list_projects, watch, _gpu_source(options, folder), watch_page)
