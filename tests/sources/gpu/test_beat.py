"""Readings that are due shortly after others stay so, however long each of them takes."""

from __future__ import annotations

from trackio_view.sources.gpu.beat import Beat


def test_pauses_are_counted_from_when_it_was_due() -> None:
    beat = Beat(10.0)
    assert beat.wait(10.25, 1.0) == 0.75
    # It woke late, at 11.1, and took another quarter of a second.
    assert beat.wait(11.375, 1.0) == 0.625
    assert beat.due == 12.0


def test_a_beat_that_takes_too_long_is_due_at_once_and_makes_up_for_nothing() -> None:
    beat = Beat(10.0)
    assert beat.wait(13.5, 1.0) == 0.0
    assert beat.wait(13.75, 1.0) == 0.75


def test_a_longer_pause_counts_from_the_same_moment() -> None:
    beat = Beat(10.0)
    assert beat.wait(10.5, 10.0) == 9.5
