"""What CONTRIBUTING.md promises of tests is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TOLD = (TESTS.parent / "CONTRIBUTING.md").read_text("utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TOLD)


def test_the_fault_table_names_a_test_in_each_part() -> None:
    table = TOLD.partition("## The fault table")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert sum("| what the person sees | held by |" in row for row in rows) == 6
    assert len(NAMED) == table.count("::")
    assert len(NAMED) >= len(rows) - 6


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    text = (TESTS / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)
