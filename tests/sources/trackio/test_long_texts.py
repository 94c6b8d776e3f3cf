"""The time to read logged and typed texts grows with their length, however odd they are."""

from __future__ import annotations

import subprocess
import sys

import pytest

LENGTH = 100_000

LOG = "sources.log.lines"
ROWS = "sources.trackio.tables.rows"
FILTER = "view.runs.query_terms"

CASES = {
    "digits in a JSON text": (LOG, "read_line", '{"loss": "' + "1" * LENGTH + 'x"}'),
    "digits in a line": (LOG, "read_line", "loss=" + "1" * LENGTH + "/"),
    "digits with commas": (LOG, "read_line", "loss=1" + ",111" * (LENGTH // 4) + "/"),
    "nothing but prefixes": (LOG, "read_line", "[a] " * 500_000),
    "blanks behind a name": (LOG, "read_line", "loss" + " " * LENGTH + "!"),
    "blanks behind a day": (ROWS, "parse_time", "2026-01-01" + " " * LENGTH + "x"),
    "digits in a filter": (FILTER, "parse_number", "1" * LENGTH + "!"),
}
"""Name -> module, function, and a text for which trying all ways takes hours."""

READ = """
import importlib, sys
room, function, text = eval(sys.stdin.read())
getattr(importlib.import_module(room), function)(text)
"""


@pytest.mark.parametrize("name", CASES)
def test_a_long_text_is_read_once(name: str) -> None:
    room, function, text = CASES[name]
    # In a process of its own, because a search that tries all ways could not be stopped from
    # within.
    subprocess.run(
        [sys.executable, "-c", READ],
        input=repr((f"trackio_view.{room}", function, text)),
        text=True,
        check=True,
        timeout=300,
    )
