"""The cursor of the table of runs stays on its run, and keys do what the table of keys says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey
from trackio_view.view.actions import Action, Mode
from trackio_view.view.marks import Marks
from trackio_view.view.runs.columns import RunEntry
from trackio_view.view.runs.cursor import RunsView
from trackio_view.view.runs.table import Arrangement, RunsTable, make_table

NOW = 1_000.0
Entries = Callable[..., list[RunEntry]]


@pytest.fixture
def entries(batch: Any) -> Entries:
    """Return a function that makes runs of these names; the first started last."""

    def make(*names: str) -> list[RunEntry]:
        project = Project(ProjectId("", "p"))
        for place, name in enumerate(names):
            config = {"lr": 0.1 if place % 2 else 0.2, "seed": place}
            run = project.runs[name] = Run(name, name, config=config)
            rows = batch({"loss": [1.0, 2.0]}, run_id=name, times=[500.0 - place, 600.0])
            run.append(rows)
        return [RunEntry(project, run) for run in project.runs.values()]

    return make


def table_of(view: RunsView, entries: Sequence[RunEntry]) -> RunsTable:
    return make_table(entries, view.arrangement, NOW)


def under(view: RunsView, table: RunsTable) -> str | None:
    line = view.line(table)
    return line.entry.run.name if line is not None and line.entry is not None else None


def test_the_cursor_stays_on_its_run_while_others_come_and_go(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b", "c", "d")
    table = table_of(view, runs)
    assert under(view, table) == "a"
    view.move(table, 2)
    assert under(view, table) == "c"
    assert under(view, table_of(view, entries("z", "a", "b", "c", "d"))) == "c"
    assert under(view, table_of(view, runs[2:])) == "c"
    assert under(view, table_of(view, runs[:2])) == "b", "gone: the nearest that there is"
    assert view.line(table_of(view, [])) is None
    assert view.position(table_of(view, [])) == 0
    view.move(table_of(view, []), 1)
    assert under(view, table) == "a"


def test_the_cursor_stops_at_either_end(entries: Entries) -> None:
    view = RunsView()
    table = table_of(view, entries("a", "b", "c"))
    view.move(table, -1)
    assert under(view, table) == "a"
    view.move(table, 99)
    assert under(view, table) == "c"


def test_a_kept_place_is_where_the_cursor_is_once_its_run_goes(entries: Entries) -> None:
    view = RunsView()
    view.move(table_of(view, entries("a", "b", "c", "d")), 1)
    # Three runs came before it, and a key was pressed meanwhile.
    view.keep_place(table_of(view, entries("x", "y", "z", "a", "b", "c", "d")))
    assert under(view, table_of(view, entries("x", "y", "z", "a", "c", "d"))) == "c"


@pytest.mark.parametrize(
    ("offset", "place", "room", "expected"),
    [(0, 0, 5, 0), (0, 5, 5, 1), (3, 2, 5, 2), (3, 7, 5, 3), (3, 8, 5, 4), (9, 0, 5, 0)],
)
def test_the_cursors_line_is_on_screen(
    entries: Entries, offset: int, place: int, room: int, expected: int
) -> None:
    view = RunsView(offset=offset)
    table = table_of(view, entries(*"abcdefghij"))
    view.move(table, place)
    view.scroll(table, room)
    assert view.offset == expected


def test_left_and_right_move_between_columns_and_sorting_goes_round(entries: Entries) -> None:
    view = RunsView()
    runs = entries("a", "b")
    table, marks = table_of(view, runs), Marks()
    keys = [column.key for column in table.columns]
    assert view.column_position(table) == 0
    view.act(Action.LEFT, table, marks)
    assert view.column_position(table) == 0
    for _ in keys:
        view.act(Action.RIGHT, table, marks)
    assert view.column_position(table) == len(keys) - 1
    for key, descending in (("step", True), ("name", False)):
        view.column = key
        seen = []
        for _ in range(3):
            view.act(Action.SORT, table, marks)
            seen.append((view.arrangement.sort, view.arrangement.descending))
        assert seen == [(key, descending), (key, not descending), (None, False)]
        for presses in range(3):
            for action in (*[Action.SORT] * presses, Action.BEST_FIRST):
                view.act(action, table, marks)
            sort = (view.arrangement.sort, view.arrangement.descending)
            assert sort == (key, descending), "best first, whatever came before"
    view.column = "no such column"
    assert view.column_position(table) == 0


def test_marking(entries: Entries) -> None:
    view, marks = RunsView(), Marks()
    runs = entries("a", "b", "c")
    table = table_of(view, runs)
    assert view.act(Action.MARK, table, marks)
    assert under(view, table) == "b", "after a mark the next run is at hand"
    view.act(Action.MARK, table, marks)
    assert [key.run_id for key in marks.runs] == ["a", "b"]
    view.act(Action.MARK_ONLY, table, marks)
    assert [key.run_id for key in marks.runs] == ["c"]
    view.act(Action.MARK_MATCHING, table, marks)
    assert {key.run_id for key in marks.runs} == {"a", "b", "c"}
    view.move(table, -9)
    view.act(Action.PIN, table, marks)
    assert marks.pinned == RunKey(ProjectId("", "p"), "a")
    view.act(Action.UNMARK_ALL, table, marks)
    assert len(marks) == 0
    assert not view.act(Action.QUIT, table, marks), "no key of the table"
    view.act(Action.ALL_PROJECTS, table, marks)
    assert view.all_projects


def test_marking_a_group_marks_its_members_or_unmarks_them_all(entries: Entries) -> None:
    view, marks = RunsView(arrangement=Arrangement(group="config:lr")), Marks()
    runs = entries("a", "b", "c", "d")
    table = table_of(view, runs)
    group = table.lines[0].group
    assert group is not None
    members = {entry.key for entry in group.members}
    marks.mark(list(members)[:1])
    view.act(Action.MARK, table, marks)
    assert set(marks.runs) == members, "some were marked: now all are"
    view.move(table, -9)
    view.act(Action.MARK, table, marks)
    assert len(marks) == 0


def test_folding_goes_both_ways() -> None:
    view = RunsView()
    view.fold("lr = 0.1")
    view.fold("lr = 0.2")
    assert view.arrangement.collapsed == {"lr = 0.1", "lr = 0.2"}
    view.fold("lr = 0.1")
    assert view.arrangement.collapsed == {"lr = 0.2"}


def test_a_filter_holds_as_soon_as_it_parses_and_goes_back_when_dropped(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b", "c")

    def names() -> list[str]:
        return [entry.run.name for entry in table_of(view, runs).matching]

    view.start_typing()
    view.type("lr>0.1")
    assert (view.filter, view.fault) == ("lr>0.1", None)
    assert names() == ["a", "c"]
    view.type(["space", "("])
    assert view.fault is not None
    assert view.filter == "lr>0.1", "what does not parse does not hold"
    assert names() == ["a", "c"]
    assert not view.end_typing(keep=True)
    view.type(["backspace", "backspace"])
    assert view.end_typing(keep=True)
    view.start_typing()
    assert view.typing.text == "lr>0.1"
    view.type(["backspace"] * 9)
    assert names() == ["a", "b", "c"]
    view.type(["("])
    assert view.end_typing(keep=False)
    assert (view.filter, view.fault) == ("lr>0.1", None)
    assert names() == ["a", "c"]


def test_the_table_is_made_anew_only_where_something_asks_for_it(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b")
    made: list[int] = []

    def count() -> list[RunEntry]:
        made.append(1)
        return runs

    first = view.table(1, count, NOW)
    assert view.table(1, count, NOW + 500) is first
    assert view.table(2, count, NOW) is not first
    view.arrangement = Arrangement(sort="age")
    view.table(2, count, NOW)
    view.table(2, count, NOW + 0.5)
    assert len(made) == 3
    view.table(2, count, NOW + 1)
    assert len(made) == 4, "ages move with time"
    view.arrangement = Arrangement(sort="step")
    view.table(2, count, NOW)
    view.table(2, count, NOW + 9)
    assert len(made) == 5
    view.forget_table()
    view.table(2, count, NOW + 9)
    assert len(made) == 6


def test_a_filter_by_age_loses_runs_as_time_goes(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b")
    view.start_typing()
    view.type("age<10min")
    assert view.end_typing(keep=True)
    assert len(view.table(1, lambda: runs, NOW).matching) == 2
    assert len(view.table(1, lambda: runs, NOW + 900).matching) == 0


def test_groups_by_state_follow_the_time(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b")
    view.arrangement = Arrangement(group="state")

    def groups(now: float) -> list[str]:
        lines = view.table(1, lambda: runs, now).lines
        return [line.group.title for line in lines if line.group is not None]

    assert groups(601.0) != groups(601.0 + 86_400)


def test_columns_are_chosen_dropped_and_moved(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b")
    mode = Mode.RUN_COLUMNS
    before = view.chosen_columns(runs)
    view.open_choices(mode, runs)
    assert [column.key for column in view.choices(mode, runs)][: len(before)] == list(before)
    view.move_choice(mode, runs, 1)
    view.shift_column(runs, 1)
    swapped = (before[0], before[2], before[1], *before[3:])
    assert view.chosen_columns(runs) == swapped
    assert view.choice == 2
    assert before[1] == "name"
    view.choose(mode, runs)
    assert view.chosen_columns(runs) == swapped, "the name stays"
    view.move_choice(mode, runs, -1)
    view.choose(mode, runs)
    assert view.chosen_columns(runs) == (before[0], before[1], *before[3:])
    view.move_choice(mode, runs, 999)
    added = view.choices(mode, runs)[view.choice].key
    view.choose(mode, runs)
    assert view.chosen_columns(runs) == (before[0], before[1], *before[3:], added)
    assert view.choices(mode, runs)[view.choice].key == added, "the cursor goes with the column"
    view.move_choice(mode, runs, -999)
    view.shift_column(runs, -1)
    assert view.choice == 0


def test_groups_are_chosen_from_a_list_whose_first_line_is_none(entries: Entries) -> None:
    view, runs = RunsView(), entries("a", "b", "c")
    mode = Mode.RUN_GROUPS
    view.open_choices(mode, runs)
    keys = [column.key for column in view.choices(mode, runs)]
    view.move_choice(mode, runs, keys.index("config:lr") + 1)
    view.fold("lr = 0.1")
    view.choose(mode, runs)
    assert view.arrangement.group == "config:lr"
    assert view.arrangement.collapsed == frozenset(), "another grouping is unfolded"
    view.open_choices(Mode.RUN_COLUMNS, runs)
    assert view.choice == 0, "the list of columns has no present one"
    view.open_choices(mode, runs)
    assert view.choice == keys.index("config:lr") + 1
    view.move_choice(mode, runs, 999)
    assert view.choice == len(keys)
    view.move_choice(mode, runs, -999)
    view.choose(mode, runs)
    assert view.arrangement.group is None
