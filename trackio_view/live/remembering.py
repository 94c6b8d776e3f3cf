"""Brings a project's screen back as it was left, and writes what the person changes in it.

Files are read and written in threads: a disk that hangs holds up no key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import Notice, ProgramOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import EVERYTHING
from trackio_view.options.session import Session, read_session, session_path, write_session
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.remembered import changed, own_parts, remembered, restore, words

_DISK_SECONDS = 0.5
"""How long data waits for a disk that has to tell how a project was left."""
_WRITING_SECONDS = 1.0
"""How long after a change it is written, together with the changes that follow."""
_SAID_SECONDS = 8.0
_WIDTH_OF_HINT = 80
_OF_RUNS = ("marked", "pinned")
"""The remembered parts that are about the runs of the project on screen alone."""


class Start(NamedTuple):
    """How the program begins with a remembered session."""

    fresh: bool = False
    """Whether nothing is restored, and changes replace what was remembered."""
    given: Collection[str] = ()
    """The parts that the command line sets for the first project. They are not restored."""


class Remembering:
    """How the project on screen was left, and what has changed since."""

    def __init__(
        self, dashboard: Dashboard, report: Callable[[Notice], None], start: Start
    ) -> None:
        self._dashboard = dashboard
        self._report = report
        self._fresh, self._given = start
        self._project: ProjectId | None = None
        self._known: dict[str, Any] = remembered(dashboard.view)
        """What is in the file, or was there at the beginning."""
        self._start = self._known
        self._left: dict[ProjectId, dict[str, Any]] = {}
        """All that is remembered of each project that was on screen before."""
        self._replaced: set[ProjectId] = set()
        """The projects of which everything from before a fresh start was replaced."""
        self._waits = False
        self._said = ""
        self._said_left = 0.0
        self._faulty = False

    @property
    def is_behind(self) -> bool:
        """Whether another project came on screen than the one that is remembered."""
        return self._dashboard.view.project != self._project

    async def follow(self) -> bool:
        """Go over to the project that came on screen. Return whether anything was restored."""
        view, before = self._dashboard.view, self._project
        changes = self._changes()
        project = self._project = view.project
        # Keys that are typed while files are read and written change something else than this.
        begun = self._known = remembered(view)
        if before is not None:
            self._left[before] = _without_runs(begun)
            with anyio.move_on_after(_DISK_SECONDS):
                await self._write(before, _without_runs(changes))
        if project is None or view.project != project:
            return False
        given, self._given = self._given, ()
        left = await self._left_of(project)
        if view.project != project:
            return False
        values = {name: value for name, value in left.items() if name not in given}
        # What names metrics or runs of the project that was on screen means nothing in this one. A
        # project that got another name is the same one.
        goes_on = before is None or before not in self._dashboard.known.projects
        anew = {} if goes_on else {name: self._start[name] for name in own_parts(begun)}
        restore(view, {**anew, **values}, begun)
        now = remembered(view)
        came = changed(now, begun).keys() & (anew.keys() | values.keys())
        self._known = {**begun, **{name: now[name] for name in came}}
        restored = came & values.keys()
        if restored:
            view.said = self._said = f"{words(view, restored)}{self._way_back(restored)}"
            self._said_left = _SAID_SECONDS
        return bool(came)

    async def _left_of(self, project: ProjectId) -> dict[str, Any]:
        """Return how a project was left, as far as a file tells or it was on screen before."""
        if self._fresh:
            return {}
        found = None
        with anyio.move_on_after(_DISK_SECONDS):
            found = await anyio.to_thread.run_sync(_read, project, abandon_on_cancel=True)
        if found is None:
            return {}
        if found.fault is not None:
            self._tell(found.fault)
        # A part that is not in the file was left as it had begun. It may have changed elsewhere
        # since.
        return {**self._left.get(project, {}), **found.values}

    def _way_back(self, restored: Collection[str]) -> str:
        """Return by which key or option the person gets rid of what was restored; empty where a
        narrow terminal has no room for it.
        """
        if self._dashboard.width < _WIDTH_OF_HINT:
            return ""
        view = self._dashboard.view
        if "window" in restored and view.charts.framing.window != EVERYTHING:
            return f" · {view.key_of(Action.ALL_DATA)} resets the window"
        return " · --fresh starts anew"

    def pass_time(self, seconds: float) -> bool:
        """Let time pass. Return whether the notice of what was restored was taken back because it
        is old.
        """
        if not self._said:
            return False
        view, self._said_left = self._dashboard.view, self._said_left - seconds
        if view.said == self._said and self._said_left > 0:
            return False
        is_shown, self._said = view.said == self._said, ""
        if is_shown:
            view.said = ""
        return is_shown

    def write_in_time(self, group: TaskGroup) -> None:
        """Have the changes written soon, also if the program ends before."""
        if not self._waits and self._project is not None:
            self._waits = True
            group.start_soon(self._write_later)

    async def _write_later(self) -> None:
        try:
            await anyio.sleep(_WRITING_SECONDS)
        finally:
            self._waits = False
            project = self._project
            if project is not None and not self.is_behind:
                changes, self._known = self._changes(), remembered(self._dashboard.view)
                with anyio.CancelScope(shield=True):
                    await self._write(project, changes)

    def _changes(self) -> dict[str, Any]:
        return changed(remembered(self._dashboard.view), self._known)

    async def _write(self, project: ProjectId, changes: dict[str, Any]) -> None:
        if changes:
            anew = self._fresh and project not in self._replaced
            self._replaced.add(project)
            writing = partial(_write, project, changes, anew)
            self._tell(await anyio.to_thread.run_sync(writing, abandon_on_cancel=True))

    def _tell(self, fault: str | None) -> None:
        """Say once why the session cannot be kept, until it can be kept again."""
        if fault is not None or self._faulty:
            self._report(Notice(ProgramOrigin.SESSION, fault, Severity.INFO))
        self._faulty = fault is not None


def _without_runs(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _OF_RUNS}


def _read(project: ProjectId) -> Session:
    return read_session(project, session_path(project))


def _write(project: ProjectId, changes: dict[str, Any], anew: bool) -> str | None:
    return write_session(project, session_path(project), changes, anew=anew)
