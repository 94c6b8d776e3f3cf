"""Which runs the table has, in which order, groups and columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.view.runs.columns import (
    FIXED_COLUMNS,
    QuerySubject,
    RunColumn,
    RunEntry,
    column_of,
)
from trackio_view.view.runs.query import parse_query
from trackio_view.view.runs.table import (
    Arrangement,
    available_columns,
    default_columns,
    group_columns,
    group_entries,
    make_table,
    spread_of,
    varying_keys,
)

NOW = 1_000.0
Entry = Callable[..., RunEntry]


@pytest.fixture
def entry(batch: Any) -> Entry:
    """Return a function that makes a run of a project, started at `start`."""
    projects: dict[str, Project] = {}

    def make(
        name: str,
        metrics: dict[str, list[float]] | None = None,
        *,
        config: dict[str, Any] | None = None,
        group: str | None = None,
        start: float = 0.0,
        project: str = "p",
        run_id: str | None = None,
    ) -> RunEntry:
        values = metrics if metrics is not None else {"loss": [2.0, 1.0]}
        count = len(next(iter(values.values()), []))
        run = Run(run_id or f"id-{name}", name, config=config, group=group)
        times = [start + 10.0 * row for row in range(count)]
        run.append(batch(values, run_id=run.run_id, run_name=name, times=times))
        known = projects.setdefault(project, Project(ProjectId("", project)))
        known.runs[run.run_id] = run
        return RunEntry(known, run)

    return make


def names(entries: Any, wanted: Arrangement) -> list[str]:
    return [line.entry.run.name for line in make_table(entries, wanted, NOW).lines if line.entry]


def test_the_youngest_run_stands_first(entry: Entry) -> None:
    runs = [entry("old", start=1.0), entry("new", start=9.0), entry("mid", start=5.0)]
    assert names(runs, Arrangement()) == ["new", "mid", "old"]


@pytest.mark.parametrize(
    ("descending", "expected"),
    [(False, ["a", "b", "nan", "none"]), (True, ["b", "a", "nan", "none"])],
)
def test_absent_values_come_last_either_way(
    entry: Entry, descending: bool, expected: list[str]
) -> None:
    runs = [
        entry("none", {"other": [1.0]}, start=1.0),
        entry("a", {"loss": [1.0]}),
        entry("nan", {"loss": [math.nan]}, start=2.0),
        entry("b", {"loss": [2.0]}),
    ]
    assert names(runs, Arrangement(sort="last:loss", descending=descending)) == expected


def test_numbers_sort_before_texts_and_texts_without_case(entry: Entry) -> None:
    values = ["b", 10, 9, "A", True, 10**400]
    runs = [entry(str(place), config={"k": value}) for place, value in enumerate(values)]
    assert names(runs, Arrangement(sort="config:k")) == ["4", "2", "1", "5", "3", "0"]


def test_states_sort_from_live_to_stale(entry: Entry) -> None:
    runs = [entry("stale", start=-9e5), entry("live", start=985.0), entry("idle", start=900.0)]
    assert names(runs, Arrangement(sort="state")) == ["live", "idle", "stale"]


def test_a_filter_leaves_out_and_counts(entry: Entry) -> None:
    runs = [entry("a", config={"lr": 0.1}), entry("b", config={"lr": 0.01}), entry("c")]
    table = make_table(runs, Arrangement(query=parse_query("lr<0.05")), NOW)
    assert [found.run.name for found in table.matching] == ["b"]
    assert table.total == 3


def test_fields_of_a_filter(entry: Entry) -> None:
    run = entry(
        "a",
        {"train/loss": [3.0, 1.0, 2.0], "lr": [0.5, 0.5, 0.5]},
        config={"optimizer": {"lr": 0.1}, "Loss": "mse"},
        group="g",
    )
    subject = QuerySubject(run, NOW)
    assert subject.value("lr") == 0.1, "the config comes before the metric"
    assert subject.value("last.lr") == 0.5
    assert subject.value("config.optimizer.lr") == subject.value("config.LR") == 0.1
    assert subject.value("loss") == "mse"
    assert subject.value("last.loss") == 2.0
    assert subject.value("best.loss") == 1.0
    assert subject.value("train/loss") == 2.0
    assert subject.value("run") == subject.value("name") == "a"
    assert subject.value("group") == "g"
    assert subject.value("State") == "stale"
    assert subject.value("nothing") is None


def test_the_best_run_of_a_column_is_known(entry: Entry) -> None:
    runs = [
        entry("a", {"loss": [3.0], "acc": [0.1]}),
        entry("b", {"loss": [1.0], "acc": [0.5]}),
        entry("c", {"loss": [math.inf], "acc": [0.9]}),
    ]
    winners = make_table(runs, Arrangement(), NOW).winners
    assert winners == {"best:loss": runs[1].key, "best:acc": runs[2].key}
    assert make_table(runs[:1], Arrangement(), NOW).winners == {}, "it is better than no other"


def test_two_runs_of_the_same_name_are_told_apart(entry: Entry) -> None:
    runs = [entry("a", run_id="1"), entry("a", run_id="2"), entry("a", project="q", run_id="3")]
    table = make_table(runs, Arrangement(), NOW)
    assert len(table.lines) == len(table.positions) == 3
    assert table.same_names == {(ProjectId("", "p"), "a")}
    alike = make_table([runs[0], entry(" a ", run_id="4")], Arrangement(), NOW)
    assert alike.same_names == {(ProjectId("", "p"), "a")}, "they look the same"


def test_groups_have_their_summaries(entry: Entry) -> None:
    runs = [
        entry("a", {"loss": [1.0]}, config={"lr": 0.1}),
        entry("b", {"loss": [2.0]}, config={"lr": 0.1}),
        entry("c", {"loss": [5.0]}, config={"lr": 0.01}),
        entry("d", {"loss": [math.nan]}),
    ]
    column = column_of("config:lr")
    loss = column_of("last:loss")
    assert column is not None
    assert loss is not None
    groups = group_entries(runs, column, NOW)
    assert [group.key for group in groups] == ["lr = 0.01", "lr = 0.1", "no lr"]
    spread = spread_of(groups[1], loss, NOW)
    assert spread is not None
    assert (spread.finite, spread.mean, spread.best) == (2, 1.5, 1.0)
    assert spread.deviation == pytest.approx(math.sqrt(0.5))
    single = spread_of(groups[0], loss, NOW)
    assert single is not None
    assert single.deviation is None
    assert spread_of(groups[2], loss, NOW) is None
    assert spread_of(groups[1], FIXED_COLUMNS[1], NOW) is None
    huge = [entry(name, {"loss": [value]}) for name, value in (("e", 4e281), ("f", 8e281))]
    (group,) = group_entries(huge, column, NOW)
    spread = spread_of(group, loss, NOW)
    assert spread is not None
    assert spread.deviation == pytest.approx(math.sqrt(8) * 1e281)


def test_grouped_lines_fold_and_follow_the_sorting(entry: Entry) -> None:
    runs = [
        entry("a", {"loss": [1.0]}, config={"lr": 0.1}),
        entry("b", {"loss": [2.0]}, config={"lr": 0.1}),
        entry("c", {"loss": [5.0]}, config={"lr": 0.01}),
        entry("d", {"loss": [math.nan]}, config={"lr": 0.001}),
    ]

    def shown(wanted: Arrangement) -> list[str]:
        lines = make_table(runs, wanted, NOW).lines
        return [line.group.key if line.group else line.entry.run.name for line in lines]  # type: ignore[union-attr]

    grouped = Arrangement(group="config:lr", sort="last:loss")
    last = ["lr = 0.001", "d"]
    assert shown(grouped) == ["lr = 0.1", "a", "b", "lr = 0.01", "c", *last]
    other_way = Arrangement(group="config:lr", sort="last:loss", descending=True)
    assert shown(other_way) == ["lr = 0.01", "c", "lr = 0.1", "b", "a", *last]
    folded = Arrangement(group="config:lr", collapsed=frozenset({"lr = 0.1"}))
    assert shown(folded) == [*last, "lr = 0.01", "c", "lr = 0.1"]
    assert len(make_table(runs, folded, NOW).matching) == 4


def test_columns(entry: Entry) -> None:
    runs = [
        entry("a", {"loss": [1.0], "size": [3.0]}, config={"lr": 0.1, "seed": 1, "max_steps": 9}),
        entry("b", {"acc": [1.0]}, config={"lr": 0.1, "seed": 2}, group="g"),
    ]
    keys = [column.key for column in available_columns(runs)]
    assert len(keys) == len(set(keys))
    assert {"last:size", "best:acc", "best:loss", "config:lr", "rows"} <= set(keys)
    assert "best:size" not in keys, "its name tells of no better"
    assert varying_keys(runs) == ["seed"]
    assert default_columns(runs) == (
        *("state", "name", "config:seed", "trend:loss", "last:loss", "best:loss"),
        *("last:acc", "best:acc", "progress", "eta", "rate", "age", "duration", "group"),
        # Both runs have gone equally far.
        "step",
    )
    assert [column.key for column in group_columns(runs)][:4] == [
        *("group", "project", "state", "config:seed"),
    ]
    assert column_of("nonsense") is column_of("other:x") is None


def test_columns_that_are_the_same_in_all_rows_come_last(entry: Entry) -> None:
    runs = [
        entry(name, {"loss": [2.0, loss], "acc": [0.5]}, config={"lr": lr}, group="all")
        for name, loss, lr in (("a", 1.0, 0.1), ("b", 0.5, 0.2))
    ]
    keys = default_columns(runs)
    assert keys[:6] == ("state", "name", "config:lr", "trend:loss", "last:loss", "best:loss")
    assert keys[-4:] == ("last:acc", "best:acc", "step", "group")
    # Columns stay when a second passes. With a single run, every column has one value.
    assert keys[6:-4] == ("rate", "age", "duration")
    assert default_columns(runs[:1])[2:5] == ("trend:loss", "last:loss", "best:loss")


def test_a_column_is_asked_only_as_far_as_its_first_differing_row(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [entry(str(n), {"loss": [float(n)]}, config={"lr": n}, group=str(n)) for n in range(500)]
    asked: list[str] = []

    def counted(key: str) -> RunColumn | None:
        column = column_of(key)
        if column is None:
            return None
        value = column.value
        return column._replace(value=lambda one, now: (asked.append(key), value(one, now))[1])

    default_columns(runs)
    monkeypatch.setattr("trackio_view.view.runs.table.column_of", counted)
    default_columns(runs)
    # The first row's value, and those of the first two rows.
    assert asked.count("last:loss") == asked.count("group") == asked.count("config:lr") == 3


def test_a_run_without_rows_times_or_config(entry: Entry) -> None:
    bare = RunEntry(Project(ProjectId("", "p")), Run("r", ""))
    for column in available_columns([bare, entry("a", config={"k": 1})]):
        assert column.value(bare, NOW) in (None, "", 0, "r", "p", "unknown")


VALUES = st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3), st.booleans())


@given(values=st.lists(VALUES, max_size=12), descending=st.booleans())
def test_every_sorting_keeps_every_run_and_ends_with_the_absent(
    values: list[Any], descending: bool
) -> None:
    project = Project(ProjectId("", "p"))
    entries = [
        RunEntry(project, Run(str(place), "", config={"k": value}))
        for place, value in enumerate(values)
    ]
    wanted = Arrangement(sort="config:k", descending=descending, group="config:k")
    table = make_table(entries, wanted, NOW)
    assert sorted(e.run.run_id for e in table.matching) == sorted(e.run.run_id for e in entries)
    kept = [entry.run.flat_config["k"] for entry in table.matching]
    absent = [value is None or value != value for value in kept]
    assert absent == sorted(absent)
    members = [entry for line in table.lines if line.group for entry in line.group.members]
    assert sorted(e.run.run_id for e in members) == sorted(e.run.run_id for e in entries)


def test_a_filter_finds_what_a_name_stands_for(entry: Entry) -> None:
    config = {"loss": "mse", "dropout": None, "steps": 7, "model": {"ema": {"decay": 0.9}}}
    subject = QuerySubject(entry("a", {"loss": [0.5, 0.25]}, config=config), NOW)

    def found(text: str) -> bool:
        return parse_query(text).matches(subject)

    assert found("loss:mse loss<0.3")
    assert found("dropout:null dropout!=0.1 -dropout<1")
    assert found("steps=7")
    assert found("step=1")
    assert found("model.ema.decay>=0.9 EMA.decay=0.9 decay=0.9 config.decay=0.9")
    assert not found("ema=0.9 OR ma.decay=0.9")


def test_fields_that_no_run_has_are_told_where_nothing_matches(entry: Entry) -> None:
    runs = [entry("a", config={"lr": 0.1}), entry("b")]

    def unknown(text: str) -> Any:
        return make_table(runs, Arrangement(query=parse_query(text)), NOW).unknown_fields

    assert unknown("lrr>1 or<2") == ["lrr", "or"]
    assert unknown("lr>1") == []
    assert unknown("lrr>1 OR lr<1") == []
    assert make_table([], Arrangement(query=parse_query("x>1")), NOW).unknown_fields == []


def test_whole_numbers_are_one_group_however_they_are_written(entry: Entry) -> None:
    values = [1, 1.0, "1", True, 0.5, None, ""]
    runs = [entry(f"r{n}", config={"decay": value}) for n, value in enumerate(values)]
    column = column_of("config:decay")
    assert column is not None
    found = {group.key: len(group.members) for group in group_entries(runs, column, NOW)}
    assert found == {
        "decay = 0.5": 1,
        "decay = 1": 3,
        "decay = true": 1,
        'decay = ""': 1,
        "no decay": 1,
    }


def test_the_best_is_that_of_the_runs_that_are_in_the_table(entry: Entry) -> None:
    runs = [entry(name, {"loss": [value, 9.0]}) for name, value in (("a", 3.0), ("b", 1.0))]
    runs.append(entry("c", {"loss": [2.0, 9.0]}))
    columns = ("name", "best:loss")
    table = make_table(runs, Arrangement(columns=columns), NOW)
    assert table.winners == {"best:loss": runs[1].key}
    filtered = make_table(runs, Arrangement(parse_query("-name:b"), columns=columns), NOW)
    assert filtered.winners == {"best:loss": runs[2].key}
