"""Who had the lock in each session, by openings, closings and looks that the test makes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackio_view.sources.gpu.lock_sessions import LockSessions


def holders(sessions: LockSessions) -> list[int | None]:
    """Return who had the lock since the last call, one for each session."""
    return [session.holder for session in sessions.take("my")]


def look(
    sessions: LockSessions, *pids: int, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """See these hold the lock, while something happens to it."""
    sessions.look(lambda project: set(pids), meanwhile)


def test_who_holds_the_lock_in_a_session_that_alone_is_open_has_it() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7)
    sessions.closed("my")
    assert holders(sessions) == [7]
    assert holders(sessions) == []
    assert sessions.take_seen() == [("my", 7)]
    assert sessions.take_seen() == []


def test_nobody_knows_whose_session_it_is_where_two_are_open() -> None:
    sessions = LockSessions()
    for _ in range(2):
        sessions.opened("my")
    # This one may hold the lock while the other one released it, but has yet to close it.
    look(sessions, 7)
    assert holders(sessions) == [None, None]
    assert sessions.take_seen() == [("my", 7)], "it holds the lock"


def test_who_waited_for_the_lock_is_seen_once_it_has_it() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7)
    sessions.opened("my")
    look(sessions, 7)
    sessions.closed("my")
    look(sessions, 8)
    sessions.closed("my")
    assert holders(sessions) == [7, 8]
    assert sessions.open() == set()


def test_who_gave_up_to_wait_for_the_lock_did_not_have_it() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7)
    sessions.opened("my")
    sessions.closed("my")
    look(sessions, 7)
    assert holders(sessions) == [7, 7]


@pytest.mark.parametrize("change", ["opened", "closed", None])
def test_who_is_seen_while_another_opens_the_lock_may_be_the_other(change: str | None) -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7, meanwhile=lambda: change and getattr(sessions, change)("my"))
    assert holders(sessions)[0] == (None if change == "opened" else 7)


def test_two_holders_tell_nothing_of_a_session() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7, 0)
    assert holders(sessions) == [None]


def test_a_closing_without_an_opening_is_a_session_of_somebody_unknown() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7)
    for _ in range(2):
        sessions.closed("my")
    assert holders(sessions) == [7, None]


def test_a_session_that_is_open_when_rows_are_read_may_add_more() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    look(sessions, 7)
    assert holders(sessions) == [7]
    sessions.closed("my")
    assert [session.holder for session in sessions.since_taken("my")] == [7]
    assert holders(sessions) == [7]
    assert holders(sessions) == []
    assert sessions.since_taken("other") == []


def test_sessions_of_days_are_not_kept() -> None:
    sessions = LockSessions()
    for _ in range(1000):
        sessions.opened("my")
        look(sessions, 7)
        sessions.closed("my")
    found = holders(sessions)
    assert len(found) < 200
    assert None in found, "others may have had the lock"


def test_a_holder_is_looked_for_until_it_is_seen_and_not_for_ever() -> None:
    sessions = LockSessions()
    sessions.opened("my")
    sessions.opened("other")
    looks: list[str] = []
    for _ in range(1000):
        sessions.look(lambda project: looks.append(project) or set(), lambda: None)
    assert 10 < looks.count("my") == looks.count("other") < 100
    assert sessions.sought() == set()
    sessions.stirred("my")
    assert sessions.sought() == {"my"}, "who opened its database may have the lock"
    look(sessions, 7)
    sessions.stirred("my")
    sessions.stirred("none")
    assert sessions.sought() == set(), "it is known"
    sessions.closed("my")
    assert sessions.sought() == set(), "nobody has it"
