"""One place says which run a row belongs to; here is each kind of project that there is."""

from __future__ import annotations

import pytest

from trackio_view.sources.trackio.run_identity import (
    BY_EITHER,
    BY_PROJECT,
    has_runs,
    run_identity,
    run_known_by,
    run_name,
    run_of,
)

BOTH = {"id", "run_id", "run_name", "metrics"}
NAME = {"id", "run_name", "metrics"}
ID = {"id", "run_id", "metrics"}


@pytest.mark.parametrize(
    ("columns", "identity", "name"),
    [
        (BOTH, "run_id", "run_name"),
        (NAME, "run_name", "run_name"),
        (ID, "run_id", "run_id"),
        (NAME | {"project_name"}, BY_PROJECT, BY_PROJECT),
        (BOTH | {"project_name"}, "run_id", "run_name"),
        (ID | {"project_name"}, "run_id", "run_id"),
    ],
)
def test_metrics_tell_runs_by_their_ids_where_they_have_them(
    columns: set[str], identity: str, name: str
) -> None:
    assert has_runs(columns)
    assert (run_identity(columns), run_name(columns)) == (identity, name)


def test_a_table_without_either_has_no_runs() -> None:
    assert not has_runs({"id", "metrics"})


@pytest.mark.parametrize("of_metrics", ["run_id", "run_name", BY_EITHER])
def test_the_metrics_decide_for_a_table_that_has_both(of_metrics: str) -> None:
    assert run_identity(BOTH, of_metrics) == of_metrics
    assert run_identity(NAME, of_metrics) == "run_name"
    assert run_identity(ID, of_metrics) == "run_id"


def test_a_row_without_an_id_is_of_the_run_of_its_name() -> None:
    assert run_of("1f", "a") == "1f"
    assert run_of(None, "a") == "a"


def test_a_run_is_asked_for_as_the_table_tells_it() -> None:
    assert run_known_by("run_name", "1f", "a") == "a"
    assert run_known_by("run_id", "1f", "a") == run_known_by(BY_EITHER, "1f", "a") == "1f"
