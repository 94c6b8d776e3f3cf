"""How much of a metric's variance each config key explains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.view.runs.columns import RunColumn, RunEntry, column_of
from trackio_view.view.runs.explained import explained_by, explained_column

Runs = Callable[[Sequence[tuple[dict[str, Any], float]]], list[RunEntry]]
PROJECT = Project(ProjectId("", "p"))


@pytest.fixture
def runs(batch: Any) -> Runs:
    """Return a function that makes runs of a config and of one value of a loss."""

    def make(made_of: Sequence[tuple[dict[str, Any], float]]) -> list[RunEntry]:
        entries = []
        for number, (config, loss) in enumerate(made_of):
            run = Run(str(number), "", config=config)
            run.append(batch({"loss": [loss]}, run_id=str(number)))
            entries.append(RunEntry(PROJECT, run))
        return entries

    return make


def the(key: str) -> RunColumn:
    column = column_of(key)
    assert column is not None
    return column


def shares(entries: Sequence[RunEntry], *keys: str) -> dict[str, float]:
    return dict(explained_by(entries, the("last:loss"), keys, 0.0))


def test_a_key_that_decides_explains_all_and_one_that_does_not_nothing(runs: Runs) -> None:
    made = [
        ({"lr": lr, "seed": seed, "same": 1}, {1: 0.5, 2: 0.3, 3: 0.9}[lr])
        for lr in (1, 2, 3)
        for seed in range(4)
    ]
    found = explained_by(runs(made), the("last:loss"), ["seed", "lr", "same"], 0.0)
    assert [(one.key, one.share) for one in found] == [("lr", pytest.approx(1.0)), ("seed", 0.0)]


def test_the_share_is_epsilon_squared(runs: Runs) -> None:
    numbers = {"a": [1.0, 2.0, 4.0], "b": [3.0, 5.0, 6.0, 7.0]}
    made = [({"k": key}, number) for key, values in numbers.items() for number in values]
    # The mean of all is 4 and the sum of squares 28. Within groups it is 4.6667 about 7/3 and 8.75
    # about 5.25.
    expected = 1 - 6 / 5 * (4 + 2 / 3 + 8.75) / 28
    assert shares(runs(made), "k") == {"k": pytest.approx(expected)}


def test_numbers_that_most_runs_have_for_their_own_are_taken_together_by_rank(runs: Runs) -> None:
    # The best value is in the middle, which a straight line could not show.
    made = [({"lr": 10.0**-n, "id": f"r{n}"}, abs(n - 5.5) ** 2) for n in range(12)]
    found = shares(runs(made), "lr", "id")
    assert 0.6 < found["lr"] < 1.0
    # Texts that all differ would explain everything, so they mean nothing.
    assert "id" not in found


def test_of_few_runs_or_no_spread_nothing_is_said(runs: Runs) -> None:
    made = [({"k": n % 2}, float(n % 2)) for n in range(6)]
    assert shares(runs(made), "k") == {"k": 1.0}
    assert shares(runs(made[:5]), "k") == {}
    # Runs that diverged do not count, nor do those without the key.
    assert shares(runs([*made[:5], ({"k": 1}, math.nan)]), "k") == {}
    assert shares(runs([*made[:5], ({}, 1.0)]), "k") == {}
    assert shares(runs([({"k": n % 2}, 1.0) for n in range(9)]), "k") == {}
    assert shares(runs([({"k": "abcd"[n % 4]}, float(n)) for n in range(6)]), "k") == {}


VALUES = st.none() | st.booleans() | st.integers(0, 9) | st.floats() | st.sampled_from("ab")


@given(st.lists(st.tuples(VALUES, st.floats()), max_size=14))
def test_a_share_is_a_share_whatever_was_logged(made: list[tuple[Any, float]]) -> None:
    from tests.conftest import make_batch

    entries = []
    for number, (value, loss) in enumerate(made):
        run = Run(str(number), "", config={"k": value})
        run.append(make_batch({"loss": [loss]}, run_id=str(number)))
        entries.append(RunEntry(PROJECT, run))
    for share in shares(entries, "k").values():
        assert 0.0 <= share <= 1.0


def test_the_metric_sorted_by_is_explained_or_else_the_best_one(batch: Any) -> None:
    run = Run("r", "r")
    run.append(batch({"loss": [1.0], "val/acc": [0.5], "size": [3.0]}, run_id="r"))
    entries = [RunEntry(PROJECT, run)]

    def chosen(sort: str | None) -> str | None:
        column = explained_column(entries, sort)
        return None if column is None else column.key

    assert chosen(None) == chosen("step") == chosen("config:lr") == "best:val/acc"
    assert chosen("last:size") == "last:size"
    del run.series["val/acc"]
    assert chosen(None) == "best:loss"
    run.series.clear()
    assert chosen(None) is None


def test_the_key_that_explains_most_comes_first(runs: Runs) -> None:
    made = [
        ({"noise": number % 2, "lr": number // 4, "some": number // 6}, float(number // 4))
        for number in range(12)
    ]
    entries = runs(made)
    found = explained_by(entries, the("last:loss"), ("noise", "some", "lr"), 0.0)
    assert [one.key for one in found] == ["lr", "some", "noise"]
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
