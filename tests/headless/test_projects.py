"""A line of the list of projects."""

from __future__ import annotations

import pytest

from trackio_view.headless.projects import _row
from trackio_view.model.project_id import ProjectId
from trackio_view.model.summary import ProjectSummary


@pytest.mark.usefixtures("utc")
def test_a_project_in_a_line_and_what_is_not_known_of_it() -> None:
    known = ProjectSummary(ProjectId("", "small\x1b[31m"), 3, 6000, 1_700_000_000.0, 4_500_000)
    name, runs, rows, newest, size = _row(known)
    assert "\x1b" not in name
    assert (runs, rows, newest, size) == ("3", "6000", "2023-11-14 22:13:20", "4.3 MB")
    unknown = ProjectSummary(ProjectId("", "broken"), None, None, None, None)
    assert _row(unknown) == ["broken", "-", "-", "-", "-"]
