"""Follows the alerts of a project: each row is read once."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from trackio_view.model.alerts import Alert
from trackio_view.sources.trackio.reader import Fetch
from trackio_view.sources.trackio.tables.alerts import (
    ALERT_COLUMNS,
    alerts_named,
    alerts_query,
    any_after,
    decode_alerts,
)
from trackio_view.sources.trackio.tables.rows import MOST_TEXT
from trackio_view.sources.trackio.tables.witnesses import Witnesses, found

_MOST_ROWS = 500
_MOST_WITNESSES = 100


class AlertRows:
    """The position up to which a project's alerts have been read."""

    def __init__(self) -> None:
        self.last_id = 0
        """The id of the newest alert that was read."""
        self._columns: set[str] | None = None
        self._was_read = False
        """Whether all alerts so far have been read."""
        self._witnesses = Witnesses(_MOST_WITNESSES)

    def forget_columns(self) -> None:
        """Forget the columns, as the schema has changed."""
        self._columns = None

    @property
    def columns(self) -> Collection[str]:
        """The table's columns, as far as they were looked at."""
        return self._columns or ()

    def begin(self) -> None:
        """Start again from the first alert."""
        self.last_id, self._was_read = 0, False
        self._witnesses.forget()

    def are_there(self, fetch: Fetch, identity: str) -> bool:
        """Return whether the alerts that were read are still there, as far as seeks can tell."""
        expected = self._witnesses.expected
        if not expected:
            return True
        self._look_at_columns(fetch)
        questions = self.witnesses(identity)
        return bool(questions) and found(fetch(questions[0])) == expected

    def witnesses(self, identity: str) -> list[str]:
        """Return the questions whose answers tell whether these alerts are still there."""
        expected = self._witnesses.expected
        query = alerts_named(self.columns, identity, expected) if expected else None
        return [] if query is None else [query]

    def _look_at_columns(self, fetch: Fetch) -> None:
        if self._columns is None:
            self._columns = {name for (name,) in fetch(ALERT_COLUMNS)}

    def read(self, fetch: Fetch, identity: str) -> Iterator[list[Alert]]:
        """Yield the alerts that came since the last call, in id order; none without a table.

        `identity` is the column by which the project's metric rows tell runs apart.
        """
        self._look_at_columns(fetch)
        query = alerts_query(self.columns, identity, most=MOST_TEXT)
        if query is None:
            return
        # Mostly there are no new alerts, and a short question is cheap.
        if self._was_read and not fetch(any_after(self.columns), (self.last_id,)):
            return
        self._was_read = False
        while rows := fetch(query, (self.last_id, _MOST_ROWS)):
            if rows[-1][0] <= self.last_id:
                # The ids are garbled: following them would never end.
                return
            self.last_id = rows[-1][0]
            self._witnesses.take((*row[:3], row[-1]) for row in rows)
            yield decode_alerts(rows)
        self._was_read = True
