"""What looks at a project tell of it beside its rows: each fault once, and that it has passed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trackio_view.model.events import DataEvent, Notice, ProjectOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import damaged, locked, missing, not_a_database
from trackio_view.sources.trackio.looks import Looks

NAMED = ProjectId("/data", "llama")
UNNAMED = ProjectId("/data", "")


def seen(looks: Looks, error: Exception | None, project: ProjectId = NAMED) -> list[DataEvent]:
    """Return what a look tells that `error` ends."""

    def look() -> Iterator[DataEvent]:
        if error is not None:
            raise error
        yield from ()

    return list(looks.events(look, lambda: project))


def test_a_fault_is_told_once_and_taken_back_once() -> None:
    looks = Looks()
    said = Notice(ProjectOrigin(NAMED), str(not_a_database()), Severity.ERROR)
    told = [seen(looks, error) for error in (not_a_database(), not_a_database(), None, None)]
    assert told == [[said], [], [said._replace(text=None)], []]


def test_another_fault_takes_the_place_of_the_first() -> None:
    looks = Looks()
    seen(looks, not_a_database())
    assert seen(looks, damaged()) == [Notice(ProjectOrigin(NAMED), str(damaged()), Severity.ERROR)]


def test_what_passes_by_itself_is_no_fault() -> None:
    assert [seen(Looks(), error) for error in (locked(), missing())] == [[], []]


def test_what_was_said_before_the_project_was_known_is_taken_back_where_it_was_said() -> None:
    looks = Looks()
    said = Notice(ProjectOrigin(UNNAMED), str(damaged()), Severity.ERROR)
    assert seen(looks, damaged(), UNNAMED) == [said]
    assert seen(looks, None) == [said._replace(text=None)]
    assert seen(looks, damaged(), UNNAMED) == [said]
    assert seen(looks, not_a_database()) == [
        said._replace(text=None),
        Notice(ProjectOrigin(NAMED), str(not_a_database()), Severity.ERROR),
    ]


def test_a_bug_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        seen(Looks(), ZeroDivisionError())
