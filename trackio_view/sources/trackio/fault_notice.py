"""The notice of a fault that keeps a project from being read, updated with each look of
`--until`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from trackio_view.model.events import DataEvent, Notice, ProjectOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, explain

_PASSING = (FaultKind.MISSING, FaultKind.EMPTY, FaultKind.TRANSIENT, FaultKind.REPLACED)
"""Faults that are not told of during a wait, because the next look may find them gone."""


class FaultNotice:
    """The present notice about a project, if there is one."""

    def __init__(self) -> None:
        self._standing: Notice | None = None

    def told(
        self, look: Callable[[], Iterable[DataEvent]], project: Callable[[], ProjectId]
    ) -> Iterator[DataEvent]:
        """Yield what `look` finds, and a notice where its fault is another than that of the last.

        A fault that passes by itself makes no notice. Raises an error that is no fault of the data.
        """
        fault: str | None = None
        try:
            yield from look()
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            explained = explain(error)
            if explained is None:
                raise
            if explained.kind not in _PASSING:
                fault = explained.text
        standing = self._standing
        if standing is not None and standing.text != fault:
            self._standing = None
            if fault is None or standing.origin != ProjectOrigin(project()):
                yield standing._replace(text=None)
        if fault is not None and self._standing is None:
            self._standing = Notice(ProjectOrigin(project()), fault, Severity.ERROR)
            yield self._standing
