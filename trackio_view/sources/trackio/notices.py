"""The newest notice of each subject of a project, so that none is sent twice in a row."""

from __future__ import annotations

from collections.abc import Iterator

from trackio_view.model.events import Notice, ProjectOrigin, Severity
from trackio_view.model.project_id import ProjectId


class Notices:
    """The notices of one project."""

    def __init__(self, project: ProjectId) -> None:
        self._origin = ProjectOrigin(project)
        self._said: dict[str, str] = {}

    def news(
        self, subject: str, text: str | None, severity: Severity = Severity.WARNING
    ) -> Iterator[Notice]:
        """Yield a notice where it says something new of `subject`; `None` takes an old one back."""
        if self._said.get(subject) == text:
            return
        if text is None:
            del self._said[subject]
        else:
            self._said[subject] = text
        yield Notice(self._origin, text, severity, subject)
