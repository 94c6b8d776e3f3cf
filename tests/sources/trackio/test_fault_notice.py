"""Looks at a project tell each fault once, and that it has passed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trackio_view.model.events import DataEvent, Notice, ProjectOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.fault_notice import FaultNotice
from trackio_view.sources.trackio.faults import damaged, locked, missing, not_a_database

NAMED = ProjectId("/data", "llama")
UNNAMED = ProjectId("/data", "")


def seen(
    notice: FaultNotice, error: Exception | None, project: ProjectId = NAMED
) -> list[DataEvent]:
    """Return the events of a look that fails with `error`."""

    def look() -> Iterator[DataEvent]:
        if error is not None:
            raise error
        yield from ()

    return list(notice.told(look, lambda: project))


def test_a_fault_is_told_once_and_taken_back_once() -> None:
    notice = FaultNotice()
    said = Notice(ProjectOrigin(NAMED), str(not_a_database()), Severity.ERROR)
    told = [seen(notice, error) for error in (not_a_database(), not_a_database(), None, None)]
    assert told == [[said], [], [said._replace(text=None)], []]


def test_another_fault_takes_the_place_of_the_first() -> None:
    notice = FaultNotice()
    seen(notice, not_a_database())
    assert seen(notice, damaged()) == [Notice(ProjectOrigin(NAMED), str(damaged()), Severity.ERROR)]


def test_a_fault_that_passes_by_itself_is_not_told() -> None:
    assert [seen(FaultNotice(), error) for error in (locked(), missing())] == [[], []]


def test_a_notice_from_before_the_project_was_known_is_taken_back_where_it_was_given() -> None:
    notice = FaultNotice()
    said = Notice(ProjectOrigin(UNNAMED), str(damaged()), Severity.ERROR)
    assert seen(notice, damaged(), UNNAMED) == [said]
    assert seen(notice, None) == [said._replace(text=None)]
    assert seen(notice, damaged(), UNNAMED) == [said]
    assert seen(notice, not_a_database()) == [
        said._replace(text=None),
        Notice(ProjectOrigin(NAMED), str(not_a_database()), Severity.ERROR),
    ]


def test_a_bug_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        seen(FaultNotice(), ZeroDivisionError())
