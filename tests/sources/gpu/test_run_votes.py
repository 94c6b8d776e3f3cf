from trackio_view.sources.gpu.run_votes import ALONE, HELD, WROTE, RunVotes

ONE, OTHER = (7, "100"), (8, "100")
A, B = ("id-a", "a"), (None, "b")


def test_two_looks_at_the_lock_settle_a_run_and_one_does_not() -> None:
    votes = RunVotes()
    votes.count(ONE, "my", A, HELD)
    votes.count(OTHER, "my", A, HELD)
    assert votes.settled(ONE, "my") is None
    votes.count(ONE, "my", A, HELD)
    assert votes.settled(ONE, "my") == A
    assert votes.settled(ONE, "my") is None, "the votes begin anew"
    assert votes.settled(OTHER, "my") is None
    assert votes.settled(OTHER, "none") is None


def test_a_write_and_one_of_everybody_settle_a_run() -> None:
    votes = RunVotes()
    votes.count(ONE, "my", A, WROTE)
    votes.count(ONE, "my", A, ALONE)
    assert votes.settled(ONE, "my") == A


def test_votes_for_another_run_ask_for_more() -> None:
    votes = RunVotes()
    for run, weight, settled in [
        (B, HELD, None),
        (A, HELD, None),
        (A, HELD, None),
        (B, WROTE, None),
        (A, HELD, None),
        (A, WROTE, A),
    ]:
        votes.count(ONE, "my", run, weight)
        assert votes.settled(ONE, "my") == settled


def test_votes_of_another_project_count_for_nothing() -> None:
    votes = RunVotes()
    votes.count(ONE, "other", A, HELD)
    votes.count(ONE, "my", A, HELD)
    assert votes.settled(ONE, "my") is None
    assert votes.settled(ONE, "other") is None


def test_a_run_without_an_id_is_settled() -> None:
    votes = RunVotes()
    votes.count(ONE, "my", B, HELD)
    votes.count(ONE, "my", B, WROTE)
    assert votes.settled(ONE, "my") == B
