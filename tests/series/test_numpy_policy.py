"""numpy is imported only where that pays, and used wherever it is there and is faster."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

import trackio_view
from trackio_view.series.numpy_policy import import_for_rows, numpy_pays, numpy_pays_for_blocks


@pytest.mark.parametrize(
    ("count", "loaded", "pays"),
    [
        (999, False, False),
        (999, True, False),
        (1_000, False, False),
        (1_000, True, True),
        (249_999, False, False),
        (250_000, False, True),
    ],
)
def test_an_import_must_earn_its_price(
    count: int, loaded: bool, pays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", {"numpy": object()} if loaded else {})
    assert numpy_pays(count) is pays


@pytest.mark.parametrize(
    ("count", "loaded", "pays"),
    [(999, True, False), (1_000, True, True), (19_999, False, False), (20_000, False, True)],
)
def test_blocks_have_a_price_of_their_own(
    count: int, loaded: bool, pays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", {"numpy": object()} if loaded else {})
    assert numpy_pays_for_blocks(count) is pays


def test_it_is_imported_ahead_for_many_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    monkeypatch.setattr(importlib, "import_module", imported.append)
    import_for_rows(19_999)
    assert not imported
    import_for_rows(20_000)
    assert imported == ["numpy"]


def test_no_other_room_asks_whether_numpy_is_there() -> None:
    """Others name numpy in `import numpy as np`, after they asked here, and nowhere in a string."""
    package = Path(trackio_view.__file__).parent
    for path in package.rglob("*.py"):
        if path.name != "numpy_policy.py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                assert not (isinstance(node, ast.Constant) and node.value == "numpy"), path
