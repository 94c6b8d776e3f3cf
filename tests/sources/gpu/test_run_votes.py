import time

import pytest

from trackio_view.sources.gpu.run_votes import RunOfRows, RunVotes

ONE, OTHER = (7, "100"), (8, "100")
A: RunOfRows = ("id-a", "a")
B: RunOfRows = (None, "b")


def test_two_flushes_settle_a_run_and_one_does_not() -> None:
    votes = RunVotes()
    votes.count(ONE, "my", A)
    votes.count(OTHER, "my", A)
    assert votes.settled(ONE, "my") is None
    votes.count(ONE, "my", A)
    assert votes.settled(ONE, "my") == A
    assert votes.settled(ONE, "my") is None, "the votes begin anew"
    assert votes.settled(OTHER, "my") is None
    assert votes.settled(OTHER, "none") is None


def test_votes_for_another_run_ask_for_more() -> None:
    votes = RunVotes()
    for run, settled in [(B, None), (A, None), (A, None), (A, A)]:
        votes.count(ONE, "my", run)
        assert votes.settled(ONE, "my") == settled


def test_votes_of_another_project_count_for_nothing() -> None:
    votes = RunVotes()
    votes.count(ONE, "other", A)
    votes.count(ONE, "my", A)
    assert votes.settled(ONE, "my") is None
    assert votes.settled(ONE, "other") is None


def test_a_run_without_an_id_is_settled() -> None:
    votes = RunVotes()
    votes.count(ONE, "my", B)
    votes.count(ONE, "my", B)
    assert votes.settled(ONE, "my") == B


def test_who_wrote_nothing_with_a_run_is_ruled_out_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    votes = RunVotes()
    votes.rule_out(ONE, "my", [A])
    for process, project, run in [(ONE, "my", A), (ONE, "other", A), (OTHER, "my", A)]:
        for _ in range(2):
            votes.count(process, project, run)
    assert votes.settled(OTHER, "my") == A
    assert votes.settled(ONE, "other") == A
    now[0] += 19.9
    for _ in range(2):
        votes.count(ONE, "my", A)
    assert votes.settled(ONE, "my") is None
    now[0] += 0.1
    for _ in range(2):
        votes.count(ONE, "my", A)
    assert votes.settled(ONE, "my") == A
