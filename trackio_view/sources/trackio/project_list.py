"""Watches the data directory: which projects there are, and a summary of each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    DataEvent,
    Notice,
    ProgramOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
)
from trackio_view.model.missing_project import folder_awaited
from trackio_view.model.summary import newest_first
from trackio_view.sources.source import CALM_SHARE, Interest
from trackio_view.sources.trackio.files.access import Signature, settled, signature
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.inbox import Inbox, inbox_notice, projects_of
from trackio_view.sources.trackio.tables.summaries import summarize

_SUMMARY_SHARE = 0.1
"""The share of time that may go into the summaries of growing projects, all together."""
_FAULT_RETRY = 5.0


@dataclass(slots=True)
class _Known:
    """The summary of a database, `None` for one that is no project, and when it was made."""

    state: Signature | None
    """The state of the files that the summary tells of; `None` where they may have
    changed unseen.
    """
    file: Signature | None
    """The state of the files at the last look."""
    summary: ProjectSummary | None
    made: float
    """When it was made, by the monotonic clock, which took `cost` seconds."""
    cost: float

    @property
    def faulty(self) -> bool:
        return self.summary is not None and self.summary.fault is not None

    def stays(self, state: Signature | None, *, is_watched: bool) -> bool:
        """Note the newest state of the files; return whether the summary needs no other look. Of a
        project that is watched, only the size is brought up to date: its rows are read elsewhere.
        """
        self.file = state
        if self.faulty:
            return False
        if self.state == state:
            return True
        if not is_watched or not self.summary:
            return False
        size = self.summary.size if state is None else state.size
        self.summary = self.summary._replace(size=size)
        return True

    def due(self, share: float, count: int) -> float:
        """Return when the summary may be made anew, by the monotonic clock, where `share` of the
        time is for `count` projects.
        """
        pause = self.cost * count / share
        return self.made + (max(pause, _FAULT_RETRY) if self.faulty else pause)


async def watch_projects_list(
    directory: str | os.PathLike[str],
    interval: float,
    send: MemoryObjectSendStream[DataEvent],
    interest: Callable[[], Interest] = Interest,
    inbox: Inbox | None = None,
) -> None:
    """Send the list of projects, and again whenever it changed, until cancelled.

    A file is not opened where stat says that it is as it was. A directory that cannot be read
    makes a notice, one that is missing an empty list that says so. The new name of a file is sent
    before the list that has it. What waits in the `inbox` counts, too. Ends where nobody receives.
    """
    origin = os.fspath(directory)
    inbox = inbox or Inbox(origin)
    known: dict[str, _Known] = {}
    listed: ProjectsListed | None = None
    fault: str | None = None
    said: str | None = None
    while True:
        trouble: str | None = None
        remarks: Sequence[str] = ()
        try:
            states = await to_thread.run_sync(_states, origin, inbox)
            if not states and not await to_thread.run_sync(os.path.isdir, origin):
                remarks = (folder_awaited(),)
            for renamed in _renames(known, states):
                await send.send(renamed)
            for path in known.keys() - {project.path for project, _ in states}:
                del known[path]
            wanted = interest()
            share = _SUMMARY_SHARE if wanted.on_screen else CALM_SHARE
            for project, state in states:
                entry = known.get(project.path)
                if entry is not None and (
                    entry.stays(state, is_watched=project.id in wanted.watched)
                    or time.monotonic() < entry.due(share, len(states))
                ):
                    continue
                known[project.path] = await to_thread.run_sync(_look, project, state, inbox)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            trouble = f"The data directory cannot be read: {reason}."
        try:
            if trouble != fault:
                fault = trouble
                await send.send(Notice(ProgramOrigin.DATA_DIRECTORY, fault))
            remark = inbox.remark
            if remark != said:
                said = remark
                await send.send(inbox_notice(origin, said))
            summaries = (entry.summary for entry in known.values() if entry.summary is not None)
            found = ProjectsListed(origin, newest_first(summaries), remarks)
            if found != listed:
                listed = found
                await send.send(found)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        await anyio.sleep(interval)


def _renames(
    known: Mapping[str, _Known], states: Iterable[tuple[ProjectFile, Signature | None]]
) -> list[ProjectRenamed]:
    """Return which of the files that have gone are there under another name.

    An inode alone is no proof, for it is used again: the file must be as it was at the last look.
    """
    now = {project.path: (project, state) for project, state in states}
    gone = {
        entry.file.database[0]: entry
        for path, entry in known.items()
        if path not in now and entry.file is not None
    }
    renames = []
    for path, (project, state) in now.items():
        if path in known or state is None:
            continue
        entry = gone.get(state.database[0])
        if entry is None or entry.file is None or entry.summary is None:
            continue
        if entry.file.database == state.database:
            renames.append(ProjectRenamed(entry.summary.id, project.id.name))
    return renames


def _states(directory: str, inbox: Inbox) -> list[tuple[ProjectFile, Signature | None]]:
    inbox.look()
    return [(project, _state(project, inbox)) for project in projects_of(directory, inbox)]


def _state(project: ProjectFile, inbox: Inbox) -> Signature | None:
    try:
        return signature(project.path)._replace(waiting=inbox.version(project.id.name))
    except OSError:
        return None


def _look(project: ProjectFile, state: Signature | None, inbox: Inbox) -> _Known:
    started = time.monotonic()
    summary = inbox.with_waiting(project.id, summarize(project))
    now = time.monotonic()
    # A change within the clock's resolution would not show, so the file is looked at again.
    known_state = state if state is not None and settled(state) else None
    return _Known(known_state, state, summary, now, now - started)
