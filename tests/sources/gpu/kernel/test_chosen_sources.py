"""A value keeps its source: no other one takes its place without a word."""

from __future__ import annotations

from functools import partial

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.chosen_sources import ChosenSources


def test_the_first_source_that_answers_is_kept() -> None:
    answers: dict[str, int | Absence] = {"a": Absence.UNSUPPORTED, "b": 2, "c": 3}
    chosen = ChosenSources()

    def read() -> int | Absence:
        return chosen.read("v", [(name, partial(answers.__getitem__, name)) for name in answers])

    assert read() == 2
    answers |= {"a": 1, "b": Absence.UNSUPPORTED}
    assert read() is Absence.FAILED, "neither of the others is what was read"
    answers["b"] = 4
    assert read() == 4
    answers["b"] = Absence.STALE
    assert read() is Absence.STALE
    chosen.clear()
    assert read() == 1


def test_a_failure_that_may_pass_is_waited_for() -> None:
    answers: dict[str, int | Absence] = {"a": Absence.LOST, "b": 2}
    chosen = ChosenSources()

    def read() -> int | Absence:
        return chosen.read("v", [(name, partial(answers.__getitem__, name)) for name in answers])

    assert read() is Absence.LOST
    answers["a"] = 1
    assert read() == 1
    assert chosen.read_only("other", lambda: 2) == 2
    assert chosen.read("none", []) is Absence.UNSUPPORTED
