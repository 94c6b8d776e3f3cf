"""A directory of TrackIO's files as a source: shared looks, and the questions of its pages."""

from __future__ import annotations

from typing import Any

import anyio

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    ProjectsListed,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.run import RunKey
from trackio_view.sources.source import Interest
from trackio_view.sources.trackio.source import TrackioFiles

INTERVAL = 0.01


async def test_projects_are_listed_watched_and_their_pages_read(
    project: Any, receiving: Any
) -> None:
    note = {"_type": "trackio.markdown", "_value": "a note"}
    project.log([{"loss": 1.0, "note": note}, {"loss": 0.5}])
    source = TrackioFiles(str(project.path.parent), INTERVAL)
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        received = receiving(receive)
        tasks.start_soon(source.list, send, Interest)
        with anyio.fail_after(20):
            listed = await received.until(ProjectsListed)
            (found,) = [summary.id for summary in listed.projects]
            tasks.start_soon(source.watch, found, send)
            await received.until(LoadFinished)
            (run,) = {batch.run_id for event in received.of(RowsLoaded) for batch in event.batches}
            tasks.start_soon(source.page, RunKey(found, run), send)
            page = await received.until(RunObjectsLoaded)
        tasks.cancel_scope.cancel()
    assert source.named(project.path.stem) == found
    assert [text.text for text in page.objects.texts] == ["a note"]


async def test_all_watches_look_at_files_together(project: Any) -> None:
    project.log([{"loss": 1.0}])
    source = TrackioFiles(str(project.path.parent), INTERVAL)
    assert source._sharing() is source._sharing()
