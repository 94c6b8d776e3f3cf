"""What is known of projects without decoding a row."""

from __future__ import annotations

from trackio_view.model.project_id import ProjectId
from trackio_view.model.summary import ProjectSummary, newest_first, newest_with_rows


def summary(name: str, newest: float | None, origin: str = "") -> ProjectSummary:
    return ProjectSummary(ProjectId(origin, name), 1, 1, newest, 1)


def test_the_newest_come_first_and_those_without_a_time_last() -> None:
    projects = [summary("empty", None), summary("old", -5.0), summary("new", 7.0)]
    assert [one.name for one in newest_first(projects)] == ["new", "old", "empty"]


def test_of_one_time_they_come_by_name_and_then_by_origin() -> None:
    projects = [summary("b", 1.0), summary("a", 1.0, "z"), summary("a", 1.0, "y")]
    assert [one.id for one in newest_first(projects)] == [
        ProjectId("y", "a"),
        ProjectId("z", "a"),
        ProjectId("", "b"),
    ]


def test_the_newest_that_has_rows_is_found() -> None:
    unread = summary("unread", 9.0)._replace(row_count=None)
    empty = summary("empty", 8.0)._replace(row_count=0)
    assert newest_with_rows([unread, empty, summary("new", 7.0)]) == ProjectId("", "new")
    assert newest_with_rows([unread, empty]) is None
