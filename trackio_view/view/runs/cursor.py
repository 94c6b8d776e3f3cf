"""What the person looks at in the table of runs, and how keys change it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Action, Mode
from trackio_view.view.marks import Marks
from trackio_view.view.runs.columns import RunColumn, RunEntry, column_of
from trackio_view.view.runs.query import QueryFault, parse_query
from trackio_view.view.runs.query_terms import EVERYTHING, Query
from trackio_view.view.runs.table import (
    Arrangement,
    RunsTable,
    TableLine,
    available_columns,
    default_columns,
    group_columns,
    make_table,
)
from trackio_view.view.text_entry import TypedLine

_CHANGES_WITH_TIME = frozenset({"age", "state", "eta", "rate"})


@dataclass(slots=True, eq=False, repr=False)
class RunsView:
    """How the table is arranged, and where in it the person is."""

    all_projects: bool = False
    """Whether the runs of all watched projects are listed rather than those of one."""
    arrangement: Arrangement = field(default_factory=Arrangement)
    filter: str = ""
    """The text of the filter that holds."""
    typing: TypedLine = field(default_factory=TypedLine)
    """The filter while it is typed; it holds as soon as it parses."""
    fault: QueryFault | None = None
    """Why the typed text is no filter. The previous filter holds meanwhile."""
    column: str | None = None
    """The key of the column that the cursor is in; `None` for the first to sort by."""
    choice: int = 0
    """The chosen line of the list of columns or groups that lies over the table."""
    offset: int = 0
    """The first line on screen; the cursor moves it."""
    _line: RunKey | str | None = None
    """What the cursor's line shows. The cursor stays on its run while others come and go."""
    _place: int = 0
    """The place of that line when a key was last pressed while it existed."""
    _judged: str = ""
    """The text that was typed when it was parsed last."""
    _filter_before: tuple[str, Query] = ("", EVERYTHING)
    _table: RunsTable | None = None
    _table_of: tuple[object, ...] = ()

    def table(
        self, revision: object, entries: Callable[[], Sequence[RunEntry]], now: float
    ) -> RunsTable:
        """Return the table. It is made anew only when `revision`, the arrangement or the time have
        changed.

        `now` is in seconds since the epoch; only whole seconds count.
        """
        wanted = self.arrangement
        now = math.floor(now)
        of_time = wanted.query != EVERYTHING or (
            {wanted.sort, wanted.group} & _CHANGES_WITH_TIME != set()
        )
        made_of = (revision, wanted, now if of_time else None)
        if self._table is None or self._table_of != made_of:
            self._table, self._table_of = make_table(entries(), wanted, now), made_of
        return self._table

    def forget_table(self) -> None:
        """Drop the table that was made last, and the runs in it."""
        self._table, self._table_of = None, ()

    def position(self, table: RunsTable) -> int:
        """Return the cursor's line, 0 in an empty table."""
        place = table.positions.get(self._line) if self._line is not None else None
        return max(0, min(self._place if place is None else place, len(table.lines) - 1))

    def line(self, table: RunsTable) -> TableLine | None:
        """Return the line that the cursor is on, `None` in an empty table."""
        return table.lines[self.position(table)] if table.lines else None

    def column_position(self, table: RunsTable) -> int:
        """Return the place of the cursor's column among the table's."""
        keys = [column.key for column in table.columns]
        wanted = self.column or self.arrangement.sort
        return keys.index(wanted) if wanted in keys else 0

    def keep_place(self, table: RunsTable) -> None:
        """Remember the place of the cursor for the case that its line goes."""
        if self._line in table.positions:
            self._place = self.position(table)

    def rename_project(self, project: ProjectId, renamed: ProjectId) -> None:
        """Keep the cursor on its run, though the run's project got another name."""
        if isinstance(self._line, RunKey) and self._line.project == project:
            self._line = self._line._replace(project=renamed)

    def move(self, table: RunsTable, lines: int) -> None:
        """Move the cursor by lines."""
        self._place = max(0, min(self.position(table) + lines, len(table.lines) - 1))
        line = table.lines[self._place] if table.lines else None
        self._line = None if line is None else line.identity

    def scroll(self, table: RunsTable, room: int) -> None:
        """Let `room` lines be seen, the cursor's among them."""
        place = self.position(table)
        self.offset = max(min(self.offset, place), place - room + 1, 0)

    def act(self, action: Action, table: RunsTable, marks: Marks) -> bool:
        """Take in a key of the table; return whether it has a meaning there."""
        line = self.line(table)
        if action in (Action.LEFT, Action.RIGHT):
            place = self.column_position(table) + (1 if action is Action.RIGHT else -1)
            if table.columns:
                self.column = table.columns[max(0, min(place, len(table.columns) - 1))].key
        elif action in (Action.SORT, Action.BEST_FIRST):
            if table.columns:
                column = table.columns[self.column_position(table)]
                self._sort_by(column, again=action is Action.BEST_FIRST)
        elif action is Action.ALL_PROJECTS:
            self.all_projects = not self.all_projects
        elif action is Action.MARK_MATCHING:
            marks.mark(entry.key for entry in table.matching)
        elif action is Action.UNMARK_ALL:
            marks.clear()
        elif action is Action.MARK:
            if line is not None:
                self._mark(line, marks)
                self.move(table, 1)
        elif action in (Action.MARK_ONLY, Action.PIN):
            if line is not None and line.entry is not None:
                mark = marks.only if action is Action.MARK_ONLY else marks.pin
                mark(line.entry.key)
        else:
            return False
        return True

    def fold(self, group: str) -> None:
        """Show or hide the members of a group."""
        collapsed = self.arrangement.collapsed
        self.arrangement = self.arrangement._replace(collapsed=collapsed ^ {group})

    def _mark(self, line: TableLine, marks: Marks) -> None:
        if line.entry is not None:
            marks.toggle(line.entry.key)
        elif line.group is not None:
            keys = [entry.key for entry in line.group.members]
            if all(key in marks for key in keys):
                marks.unmark(keys)
            else:
                marks.mark(keys)

    def _sort_by(self, column: RunColumn, *, again: bool) -> None:
        """Sort by a column: first in its own direction, then in the other one, then not at all.

        `again` is for its own direction whatever came before.
        """
        wanted = self.arrangement
        if again or wanted.sort != column.key:
            self.arrangement = wanted._replace(sort=column.key, descending=column.descending)
        elif wanted.descending is column.descending:
            self.arrangement = wanted._replace(descending=not wanted.descending)
        else:
            self.arrangement = wanted._replace(sort=None, descending=False)
        self.column = column.key

    def start_typing(self) -> None:
        """Begin to change the present filter."""
        self.typing.start(self.filter)
        self.fault, self._judged = None, self.filter
        self._filter_before = (self.filter, self.arrangement.query)

    def type(self, keys: Iterable[str]) -> None:
        """Take in keys of the filter's text. A text that is a filter holds at once."""
        self.typing.feed(keys)
        self.judge()

    def judge(self) -> None:
        """Let the typed text be the filter, if it is one and has changed."""
        typed = self.typing.text
        if typed == self._judged:
            return
        self._judged = typed
        try:
            query = parse_query(typed)
        except QueryFault as error:
            self.fault = error
            return
        self.fault = None
        self.filter = typed
        self.arrangement = self.arrangement._replace(query=query)

    def end_typing(self, keep: bool) -> bool:
        """Keep what was typed, or take it back; return whether the typing is over.

        What does not parse can't be kept: it is left to be mended.
        """
        if keep and self.fault is not None:
            return False
        if keep:
            self.typing.finish()
        else:
            self.typing.drop()
            self.filter, query = self._filter_before
            self.arrangement = self.arrangement._replace(query=query)
        self.fault = None
        return True

    def choices(self, mode: Mode, entries: Sequence[RunEntry]) -> list[RunColumn]:
        """Return the columns listed over the table: the chosen first, or those to group by."""
        if mode is Mode.RUN_GROUPS:
            return group_columns(entries)
        chosen = self.chosen_columns(entries)
        others = [column for column in available_columns(entries) if column.key not in chosen]
        return [*(column for key in chosen if (column := column_of(key))), *others]

    def chosen_columns(self, entries: Sequence[RunEntry]) -> tuple[str, ...]:
        """Return the keys of the table's columns."""
        chosen = self.arrangement.columns
        return default_columns(entries) if chosen is None else chosen

    def open_choices(self, mode: Mode, entries: Sequence[RunEntry]) -> None:
        """Put the cursor of the list on the present choice."""
        self.choice = 0
        if mode is Mode.RUN_GROUPS and self.arrangement.group is not None:
            keys = [column.key for column in self.choices(mode, entries)]
            if self.arrangement.group in keys:
                self.choice = keys.index(self.arrangement.group) + 1

    def choose(self, mode: Mode, entries: Sequence[RunEntry]) -> None:
        """Apply the choice under the cursor of the list: show or hide a column, or group in another
        way.
        """
        choices = self.choices(mode, entries)
        if mode is Mode.RUN_GROUPS:
            group = choices[self.choice - 1].key if 0 < self.choice <= len(choices) else None
            self.arrangement = self.arrangement._replace(group=group, collapsed=frozenset())
        elif self.choice < len(choices):
            key = choices[self.choice].key
            chosen = self.chosen_columns(entries)
            if key not in chosen:
                columns = (*chosen, key)
                self.choice = len(chosen)
            elif key == "name":
                return
            else:
                columns = tuple(other for other in chosen if other != key)
            self.arrangement = self.arrangement._replace(columns=columns)

    def move_choice(self, mode: Mode, entries: Sequence[RunEntry], lines: int) -> None:
        """Move the cursor of the list by lines."""
        # The first line of the list of groups is for none.
        last = len(self.choices(mode, entries)) - (0 if mode is Mode.RUN_GROUPS else 1)
        self.choice = max(0, min(self.choice + lines, last))

    def shift_column(self, entries: Sequence[RunEntry], places: int) -> None:
        """Move the column under the cursor of the list to the left or right in the table."""
        columns = list(self.chosen_columns(entries))
        target = self.choice + places
        if self.choice < len(columns) and 0 <= target < len(columns):
            columns[self.choice], columns[target] = columns[target], columns[self.choice]
            self.choice = target
            self.arrangement = self.arrangement._replace(columns=tuple(columns))
