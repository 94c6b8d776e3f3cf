from trackio_view.sources.gpu.run_votes import HELD, WROTE, RunVotes

ONE, OTHER = (7, "100"), (8, "100")
A, B = ("id-a", "a"), (None, "b")


def test_two_looks_at_the_lock_settle_a_run_and_one_does_not() -> None:
    votes = RunVotes()
    assert not votes.decided(ONE, A, HELD)
    assert not votes.decided(OTHER, A, HELD)
    assert votes.decided(ONE, A, HELD)
    assert not votes.decided(ONE, A, HELD), "the votes begin anew"


def test_votes_for_another_run_ask_for_more() -> None:
    votes = RunVotes()
    assert not votes.decided(ONE, B, HELD)
    assert not votes.decided(ONE, A, HELD)
    assert not votes.decided(ONE, A, HELD)
    assert not votes.decided(ONE, B, WROTE)
    assert not votes.decided(ONE, A, HELD)
    assert votes.decided(ONE, A, WROTE)
