"""What is logged and typed is read in time that grows with its length, however odd it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

LENGTH = 100_000

CASES = {
    "digits in a JSON text": ("log_lines", "read_line", '{"loss": "' + "1" * LENGTH + 'x"}'),
    "digits in a line": ("log_lines", "read_line", "loss=" + "1" * LENGTH + "/"),
    "digits with commas": ("log_lines", "read_line", "loss=1" + ",111" * (LENGTH // 4) + "/"),
    "nothing but prefixes": ("log_lines", "read_line", "[a] " * 500_000),
    "blanks behind a name": ("log_lines", "read_line", "loss" + " " * LENGTH + "!"),
    "blanks behind a day": ("rows", "parse_time", "2026-01-01" + " " * LENGTH + "x"),
    "digits in a filter": ("query_terms", "parse_number", "1" * LENGTH + "!"),
}
"""Name -> module, function, and a text on which trying all ways takes minutes."""

READ = """
import importlib, sys
room, function, text = eval(sys.stdin.read())
getattr(importlib.import_module(room), function)(text)
"""


@pytest.mark.parametrize("name", CASES)
def test_a_long_text_is_read_once(name: str) -> None:
    room, function, text = CASES[name]
    package = "model" if room == "query_terms" else "sources"
    # In a process of its own: what tries all ways can't be stopped from within.
    subprocess.run(
        [sys.executable, "-c", READ],
        input=repr((f"trackio_view.{package}.{room}", function, text)),
        text=True,
        check=True,
        timeout=30,
    )
