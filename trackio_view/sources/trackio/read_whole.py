"""A project that is read whole for a snapshot, because rows of it wait in an inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.source import Part, SnapshotEvent
from trackio_view.sources.trackio.followed import ProjectFollower
from trackio_view.sources.trackio.inbox import inbox_notice
from trackio_view.sources.whole import WholeProject


class ReadWhole:
    """The project of the newest snapshot with what waits for it, kept for the next snapshot."""

    def __init__(self, follower: Callable[[str], ProjectFollower]) -> None:
        """`follower` returns what reads the project of a name."""
        self._follower = follower
        self._kept: tuple[ProjectId, WholeProject] | None = None

    def part(self, project: ProjectId, part: Part, remark: str | None) -> Iterator[SnapshotEvent]:
        """Yield a part of a project; `remark` is what is to be said of the inbox."""
        if self._kept is None or self._kept[0] != project:
            events = list(self._follower(project.name).read())
            self._kept = project, WholeProject(project, events)
        whole = self._kept[1]
        yield from whole.notices
        if remark is not None:
            yield inbox_notice(project.origin, remark)
        yield from whole.part(part)

    def close(self) -> None:
        """Let go of the project."""
        self._kept = None
