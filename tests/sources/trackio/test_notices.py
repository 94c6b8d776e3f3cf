"""Each notice of a subject is sent once, and taken back once."""

from __future__ import annotations

from trackio_view.model.events import Notice, ProjectOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.notices import Notices

PROJECT = ProjectId("/data", "one")


def test_only_what_is_new_of_a_subject_is_said() -> None:
    notices = Notices(PROJECT)
    origin = ProjectOrigin(PROJECT)
    assert list(notices.news("rows", None)) == []
    assert list(notices.news("rows", "2 rows")) == [
        Notice(origin, "2 rows", Severity.WARNING, "rows")
    ]
    assert list(notices.news("rows", "2 rows")) == []
    assert list(notices.news("lock", "locked", Severity.ERROR)) == [
        Notice(origin, "locked", Severity.ERROR, "lock")
    ]
    (news,) = notices.news("rows", "3 rows")
    assert news.text == "3 rows"
    (taken_back,) = notices.news("rows", None)
    assert (taken_back.text, taken_back.subject) == (None, "rows")
    assert list(notices.news("rows", None)) == []
