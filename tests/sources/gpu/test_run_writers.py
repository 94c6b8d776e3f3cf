import time

import pytest

from trackio_view.model.run import RunOfRows
from trackio_view.sources.gpu.run_writers import RunWriters

A: RunOfRows = ("id-a", "a")
B: RunOfRows = (None, "b")


def flush(writers: RunWriters, *wrote: int, runs: tuple[RunOfRows, ...] = (A,)) -> None:
    """Let a flush come of which all processes that wrote are known."""
    writers.narrow("my", runs, wrote, knows_everybody=True)


def test_two_flushes_tell_the_writer_of_a_run_and_one_does_not() -> None:
    writers = RunWriters()
    flush(writers, 7)
    assert writers.told("my", [A]) == {}
    flush(writers, 7)
    assert writers.told("my", [A]) == {7: [A]}
    assert writers.told("other", [A]) == writers.told("my", [B]) == {}


def test_who_did_not_write_with_one_flush_is_ruled_out() -> None:
    writers = RunWriters()
    for wrote in [(7, 8, 9), (7, 8), (7, 9)]:
        assert writers.told("my", [A]) == {}
        flush(writers, *wrote)
    assert writers.told("my", [A]) == {7: [A]}
    assert writers.suspects() == {7}


def test_several_are_suspected_until_one_is_left() -> None:
    writers = RunWriters()
    assert not writers.are_several()
    flush(writers, 7, runs=(B,))
    assert not writers.are_several()
    flush(writers, 7, 8)
    assert writers.are_several()
    flush(writers, 7)
    assert not writers.are_several()


def test_a_process_may_write_two_runs() -> None:
    writers = RunWriters()
    for _ in range(2):
        flush(writers, 7, runs=(A, B))
    assert writers.told("my", [A, B]) == {7: [A, B]}
    assert writers.told("my", [B]) == {7: [B]}


def test_nobody_is_ruled_out_before_all_processes_were_looked_at() -> None:
    writers = RunWriters()
    for _ in range(5):
        writers.narrow("my", [A], [7], knows_everybody=False)
    assert writers.told("my", [A]) == {}
    assert writers.is_unknown("my", [A])
    flush(writers, 7, 8)
    assert not writers.is_unknown("my", [A])
    assert writers.is_unknown("my", [A, B])
    writers.narrow("my", [A], [7], knows_everybody=False)
    assert writers.told("my", [A]) == {7: [A]}, "8 was looked at, and did not write"


def test_where_nobody_is_left_another_process_may_write_the_run_and_more_is_asked() -> None:
    writers = RunWriters()
    flush(writers, 7)
    flush(writers, 8)
    assert writers.is_unknown("my", [A])
    for _ in range(5):
        flush(writers, 8)
    assert writers.told("my", [A]) == {}
    flush(writers, 8)
    assert writers.told("my", [A]) == {8: [A]}


def test_a_run_whose_writer_is_not_seen_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    writers = RunWriters()
    for _ in range(3):
        flush(writers)
    assert not writers.is_unknown("my", [A])
    for _ in range(30):
        flush(writers, 7)
    assert writers.told("my", [A]) == {}
    now[0] += 60.0
    assert writers.is_unknown("my", [A])
    for _ in range(2):
        flush(writers, 7)
    assert writers.told("my", [A]) == {7: [A]}
