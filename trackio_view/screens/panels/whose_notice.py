"""Whose a notice is, wherever it is told: what is said of several projects may be the same."""

from __future__ import annotations

from trackio_view.model.events import Notice, ProjectOrigin
from trackio_view.view.dashboard import Dashboard


def whose(dashboard: Dashboard, notice: Notice) -> str:
    """Return what the project is called that a notice is about; empty for the one on screen, and
    for a notice that is about no project that is read.
    """
    if not isinstance(notice.origin, ProjectOrigin):
        return ""
    project = notice.origin.project
    if project not in dashboard.known.projects or project == dashboard.view.project:
        return ""
    return dashboard.project_title(project)
