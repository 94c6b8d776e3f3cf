"""Rows that TrackIO could not send to a server yet, and keeps in a project of its own."""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.model.summary import UNSENT as UNSENT
from trackio_view.sources.trackio.tables.schema import Schema

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Row

_UNSENT = "SELECT space_id FROM metrics WHERE space_id IS NOT NULL LIMIT 1"
UNSENT_INDEX = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'idx_metrics_pending'"
"""TrackIO made the index of such rows together with the column."""


def unsent_sentence(fetch: Callable[[str], list[Row]], schema: Schema) -> str | None:
    """Return what to say of a project with rows that wait for a server, `None` of any other.

    A server's token for writing is not told.
    """
    if "space_id" not in schema.metrics:
        return None
    # Without the index, SQLite would look at each row.
    rows = fetch(_UNSENT) if fetch(UNSENT_INDEX) else ()
    if not rows:
        return None
    # Few projects have such rows, and the others need not load what reads addresses.
    from trackio_view.sources.http.addresses import NoAddress, parse_address

    try:
        address = parse_address(str(rows[0][0]))
    except NoAddress:
        return "Rows here wait to be sent to a server: what has arrived there is not here."
    return (
        f"Rows here wait to be sent to {address.shown}:"
        f" --server {address.named} shows what has arrived there."
    )
