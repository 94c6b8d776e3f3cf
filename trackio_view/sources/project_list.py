"""Watches the data directory: which projects there are, and what a glance tells of each."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, Notice, ProjectsListed, ProjectSummary
from trackio_view.sources.access import Signature, settled, signature
from trackio_view.sources.locations import ProjectFile, find_projects
from trackio_view.sources.overview import newest_first, summarize

_SUMMARY_SHARE = 0.05
"""The share of time that may go into one growing project's summaries."""
_FAULT_RETRY = 5.0


@dataclass(slots=True)
class _Known:
    """A database's summary, `None` for one that is no project, and when it was made."""

    state: Signature | None
    summary: ProjectSummary | None
    due: float
    """When it may be made anew, by the monotonic clock: not all the time, where it costs."""

    @property
    def faulty(self) -> bool:
        return self.summary is not None and self.summary.fault is not None


async def watch_projects_list(
    directory: str | os.PathLike[str], interval: float, send: MemoryObjectSendStream[DataEvent]
) -> None:
    """Send the list of projects, and again whenever it changed, until cancelled.

    Nothing is opened of which stat says that it is as it was. A directory that cannot be read
    makes a notice, one that is missing an empty list. Ends where nobody receives.
    """
    known: dict[str, _Known] = {}
    listed: list[ProjectSummary] | None = None
    fault: str | None = None
    while True:
        trouble: str | None = None
        try:
            states = await to_thread.run_sync(_states, os.fspath(directory))
            for path in known.keys() - {project.path for project, _ in states}:
                del known[path]
            for project, state in states:
                entry = known.get(project.path)
                changed = entry is None or entry.state != state or entry.faulty
                if changed and (entry is None or time.monotonic() >= entry.due):
                    known[project.path] = await to_thread.run_sync(_look, project, state)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            trouble = f"The data directory cannot be read: {reason}."
        try:
            if trouble != fault:
                fault = trouble
                await send.send(Notice("projects", fault, subject="directory"))
            projects = newest_first(
                entry.summary for entry in known.values() if entry.summary is not None
            )
            if projects != listed:
                listed = projects
                await send.send(ProjectsListed(projects))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        await anyio.sleep(interval)


def _states(directory: str) -> list[tuple[ProjectFile, Signature | None]]:
    return [(project, _state(project)) for project in find_projects(directory)]


def _state(project: ProjectFile) -> Signature | None:
    try:
        return signature(project.path)
    except OSError:
        return None


def _look(project: ProjectFile, state: Signature | None) -> _Known:
    started = time.monotonic()
    summary = summarize(project)
    now = time.monotonic()
    pause = (now - started) / _SUMMARY_SHARE
    if summary is not None and summary.fault is not None:
        pause = max(pause, _FAULT_RETRY)
    # A change within the clock's grain of the last would not show: then it is looked at again.
    known_state = state if state is not None and settled(state) else None
    return _Known(known_state, summary, now + pause)
