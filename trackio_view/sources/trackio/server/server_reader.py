"""Reads a project of a server by the same statements as a file, one question after the other.

A look begins with one statement, the gate: how far does each table go, and are the rows that were
read still there? Within the look, its answers are not asked for again.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from trackio_view.sources.server_json import json_value
from trackio_view.sources.trackio.distant import DistantPlace, FilesThere
from trackio_view.sources.trackio.faults import FaultKind, damaged
from trackio_view.sources.trackio.files.access import Access, Signature
from trackio_view.sources.trackio.reader import Row
from trackio_view.sources.trackio.server.faults import (
    ServerFault,
)
from trackio_view.sources.trackio.server.mirror import TableMirror
from trackio_view.sources.trackio.tables.schema import STATEMENTS
from trackio_view.sources.trackio.tables.unsent import UNSENT_INDEX

_SAMPLE_ROWS = 50
_AFTER = re.compile(r" FROM (\w+) WHERE (\w+) > \? ORDER BY \2 (?:DESC )?LIMIT (?:\?|\d+)$")
"""The end of a question for rows after an id."""
_ROWS_BY_ID = re.compile(
    r" CAST\(metrics AS TEXT\) FROM .* ORDER BY (?:row)?id(?: LIMIT (?:\?|\d+))?$"
)
"""A question for rows of metrics, in the order of their ids."""
_LOWEST = {
    "metrics": "(SELECT min({key}) FROM {name})",
    "system_metrics": "(SELECT min({key}) FROM {name})",
    "alerts": "NULL",
    # A config is written as a new row where it changes, so its highest id tells of that; it is
    # deleted with its run.
    "configs": "(SELECT count(*) FROM {name})",
}
"""What the gate tells of a table beside its highest id."""
_MADE, _SIZE, _WITNESS = 90, 91, 100
"""The numbers of the gate's other answers."""


class ServerReader:
    """A project of a server or another place, as it is at the moment of a look."""

    access = Access.REMOTE
    latency = 0.0

    def __init__(self, place: DistantPlace, project: str) -> None:
        self.questions = 0
        """How many statements were sent so far, for tests that count work."""
        self.waited = 0.0
        """The seconds of waiting for their answers."""
        self._place = place
        self._files: FilesThere | None = None
        """The files at the time of the gate, where they can be looked at."""
        self._project = project
        self._size = 0
        self._mirror: TableMirror | None = None
        self._statements: list[Row] = []
        self._made: Any = None
        """The answer that changes with the tables' definitions."""
        self._configs: Any = None
        self._details: dict[str, list[Row]] = {}
        self._known: dict[str, list[Row]] = {}
        """The gate's answers, by question."""
        self._highest: dict[str, float] = {}
        """The newest id of each table, by the gate."""
        self._gate: list[Row] | None = None
        self._packs = place.packs_rows
        """Whether rows are asked for as one text, which halves the server's work."""

    @property
    def damage(self) -> str | None:
        """Which part of the project cannot be read where it lies, in one sentence."""
        return self._place.damage(self._project)

    @property
    def opened(self) -> Signature:
        """A state that identifies the project, with its approximate size."""
        absent = (0, 0, 0)
        inode = 1 if self._files is None else self._files.signature.database[0]
        return Signature((inode, self._size, 0), absent, absent)

    @property
    def size(self) -> int | None:
        """How many bytes the files had at the newest look, where they can be looked at."""
        return None if self._files is None else self._files.signature.size

    @property
    def is_there(self) -> bool:
        """Whether the newest look found the project."""
        return self._gate is not None

    @property
    def is_certain(self) -> bool:
        """Whether a look without news is certain."""
        return self._files is not None and self._files.is_settled

    def is_as_at_last_look(self, files: FilesThere | None) -> bool:
        """Return whether the files have not changed, so that a look would tell nothing new."""
        return self.is_certain and files == self._files and self._gate is not None

    def look(self, witnesses: Sequence[str] = ()) -> bool:
        """Look how far the tables go; return whether anything changed since the last look.

        `witnesses` are questions for four columns, whose answers the look brings along. Raises
        ServerFault.
        """
        self.end_look()
        files = self._place.files(self._project)
        if self.is_as_at_last_look(files):
            return False
        if self._mirror is None:
            self._learn_tables()
        names = dict(self._tables())
        # Answers repeat the question and, in each row, the names of columns: so these are short.
        parts = [
            f"SELECT {number} k,{_LOWEST[name].format(key=key, name=name)} a,"
            f"(SELECT max({key}) FROM {name}) b,{self._made_last(name, key)} c,NULL d"
            for number, (name, key) in enumerate(names.items())
        ]
        parts.append(f"SELECT {_MADE},count(*),sum(length(sql)),NULL,NULL FROM sqlite_master")
        if "metrics" in names and not self._size:
            parts.append(
                f"SELECT {_SIZE},avg(length(metrics)),NULL,NULL,NULL"
                f" FROM (SELECT metrics FROM metrics"
                f" ORDER BY {names['metrics']} DESC LIMIT {_SAMPLE_ROWS})"
            )
        for number, question in enumerate(witnesses):
            parts.append(f"SELECT {_WITNESS + number},* FROM ({question})")
        self._gate, before = None, self._gate
        gate = self._ask(" UNION ALL ".join(parts))
        # Files that changed may have lost rows in the middle, which the gate does not show.
        changed = gate != before or files is not None
        self._take(gate, witnesses, names)
        self._gate, self._files = gate, files
        return changed

    def distrusted(self) -> ServerReader:
        """Return this reader, which from now on reads a copy of what is readable. Raises
        DatabaseFault.
        """
        self.forget()
        if not self._place.distrust(self._project):
            raise damaged()
        return self

    def end_look(self) -> None:
        """Forget the look's answers, which grow old."""
        self._known, self._highest = {}, {}

    def forget(self) -> None:
        """Look at everything anew the next time."""
        self._mirror = self._gate = self._files = None
        self._details = {}
        self.end_look()

    def fetch(self, query: str, values: Sequence[Any] = (), /) -> list[Row]:
        """Return all rows of a query. Raises ServerFault."""
        if self._mirror is None:
            self._learn_tables()
        if query == STATEMENTS:
            return self._statements
        if "pragma_" in query and self._mirror is not None:
            return self._mirror.fetch(query, values)
        if query == UNSENT_INDEX and self._mirror is not None:
            # In a trainer's own directory rows may wait for a server, and in a server's none do.
            return [] if self._place.inbox is None else self._mirror.fetch(query)
        if not values and query in self._known:
            return self._known[query]
        after = _AFTER.search(query)
        if after is not None and values[0] >= self._highest.get(after[1], math.inf):
            return []
        if query.endswith("FROM configs ORDER BY rowid"):
            if query not in self._details:
                self._details = {query: self._ask(query)}
            return self._details[query]
        if self._packs and self._mirror is not None and _ROWS_BY_ID.search(query):
            rows = self._packed(query, values, self._mirror.width(query, values))
            if rows is not None:
                return rows
        return self._ask(inlined(query, values))

    def _packed(self, query: str, values: Sequence[Any], width: int) -> list[Row] | None:
        """Return rows that came as one text; `None` where a text would not hold all of them
        exactly.

        SQLite writes 15 digits of a fraction into a text, and no infinity that JSON knows. It
        refuses to write bytes, and where it was built without JSON, everything.
        """
        names = [f"c{number}" for number in range(width)]
        fractions = "+".join(f"(typeof({name})='real')" for name in names)
        columns = ",".join(names)
        try:
            ((text, inexact),) = self._ask(
                f"WITH found({columns}) AS ({inlined(query, values)})"
                f" SELECT json_group_array(json_array({columns})),sum({fractions}) FROM found"
            )
            found = None if inexact else json_value(text)
        except ValueError:
            found = None
        except ServerFault as fault:
            if fault.kind is not FaultKind.REFUSED:
                raise
            found = None
        if found is None:
            self._packs = False
            return None
        rows = [tuple(row) for row in found]
        # SQLite does not promise the order in which it joins rows.
        rows.sort(key=itemgetter(0))
        return rows

    def interrupt(self) -> None:
        """Let the question that another thread waits for fail."""
        self._place.interrupt()

    def close(self) -> None:
        """Do nothing: the connection belongs to the place."""

    def _learn_tables(self) -> None:
        rows = self._ask("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        self._statements = rows
        self._mirror = TableMirror(row[0] for row in rows)

    def _tables(self) -> list[tuple[str, str]]:
        """Return the tables that show changes, and the name of each one's id."""
        found = []
        for name in _LOWEST:
            query = f"SELECT name, pk, upper(type) FROM pragma_table_info('{name}')"
            rows = [] if self._mirror is None else self._mirror.fetch(query)
            if rows:
                has_id = any(row[0] == "id" and row[1] and row[2] == "INTEGER" for row in rows)
                found.append((name, "id" if has_id else "rowid"))
        return found

    def _made_last(self, name: str, key: str) -> str:
        """Return what tells when the newest row of a table was made, where that shows changes.

        A database that is put in the place of another may have as many configs as that one.
        """
        if name != "configs" or self._mirror is None:
            return "NULL"
        columns = [
            row[0] for row in self._mirror.fetch("SELECT name FROM pragma_table_info('configs')")
        ]
        if "created_at" not in columns:
            return "NULL"
        return f"(SELECT created_at FROM configs ORDER BY {key} DESC LIMIT 1)"

    def _take(self, gate: list[Row], witnesses: Sequence[str], names: dict[str, str]) -> None:
        """Keep the answers of a gate, so that they are not asked for again."""
        told: dict[Any, list[Row]] = {}
        for kind, *rest in gate:
            told.setdefault(kind, []).append(tuple(rest))
        for number, question in enumerate(witnesses):
            answers = self._known[question] = told.get(_WITNESS + number, [])
            if len(answers) < _rows_asked_for(question):
                # A run that is renamed keeps the id of its config, though not those of its rows.
                self._details = {}
        configs: Row | None = None
        for number, (name, key) in enumerate(names.items()):
            low, high, made = told[number][0][:3]
            if not isinstance(high, int | None) or not isinstance(low, int | None):
                raise ValueError("ids are whole numbers")
            self._highest[name] = -math.inf if high is None else high
            if name == "configs":
                configs = low, high, made
            elif name in ("metrics", "system_metrics"):
                both = f"SELECT (SELECT min({key}) FROM {name}), (SELECT max({key}) FROM {name})"
                self._known[both] = [(low, high)]
        if told[_MADE] != self._made:
            if self._made is not None:
                self._learn_tables()
            self._made = told[_MADE]
        if configs != self._configs:
            self._configs, self._details = configs, {}
        length = told[_SIZE][0][0] if _SIZE in told else None
        if length is not None:
            if not isinstance(length, int | float):
                raise ValueError("a length is a number")
            low, high = told[0][0][:2]
            self._size = int(length * 2 * (1 + (high or 0) - (low or 0)))

    def _ask(self, statement: str) -> list[Row]:
        self.questions += 1
        # In an answer two columns of one name become one: with this prefix SQLite gives each its
        # own name.
        wrapped = statement if statement.startswith("PRAGMA") else f"SELECT * FROM ({statement})"
        started = time.monotonic()
        rows = self._place.query(self._project, wrapped)
        took = time.monotonic() - started
        self.waited += took
        # The first question connects, which takes longer than any answer.
        self.latency = min(self.latency, took) if self.questions > 1 else took
        return rows


def _rows_asked_for(witnesses: str) -> int:
    """Return how many rows a question asks for that ends with the list of their ids."""
    return witnesses.rpartition("(")[2].count(",") + 1


def inlined(query: str, values: Sequence[Any]) -> str:
    """Return a query with its values written into it: a server takes no parameters."""
    pieces = query.split("?")
    if len(pieces) != len(values) + 1:
        raise ValueError("a query has as many places as values")
    written = [pieces[0]]
    for value, piece in zip(values, pieces[1:], strict=True):
        written += [literal(value), piece]
    return "".join(written)


def literal(value: Any) -> str:
    """Return a value as SQL (https://sqlite.org/lang_expr.html)."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        if math.isinf(value):
            return "9e999" if value > 0 else "-9e999"
        return "NULL" if math.isnan(value) else repr(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    text = str(value)
    if "\0" in text:
        # A statement ends there.
        return f"CAST(x'{text.encode().hex()}' AS TEXT)"
    return "'" + text.replace("'", "''") + "'"
