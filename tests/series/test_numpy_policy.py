"""numpy is imported only where that pays, and used wherever it is imported and faster."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import trackio_view
from trackio_view.series.numpy_policy import (
    has_numpy,
    import_for_rows,
    numpy_pays,
    numpy_pays_for_blocks,
)


@pytest.fixture(autouse=True)
def imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the names of modules that would be imported. None is, because a second numpy would end
    the process."""
    names: list[str] = []
    monkeypatch.setattr(importlib, "import_module", names.append)
    has_numpy.cache_clear()
    yield names
    has_numpy.cache_clear()


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


def test_it_is_imported_ahead_for_many_rows_alone(imported: list[str]) -> None:
    import_for_rows(19_999)
    assert not imported
    import_for_rows(20_000)
    assert imported == ["numpy"]


@pytest.mark.parametrize("modules", [{}, {"numpy": None}])
def test_where_it_is_not_installed_nothing_is_worked_on_by_it(
    modules: dict[str, None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    monkeypatch.setattr(sys, "modules", modules)
    assert not numpy_pays(250_000)
    assert not numpy_pays_for_blocks(250_000)
    import_for_rows(20_000)


def test_no_other_room_asks_whether_numpy_is_there() -> None:
    """Other modules name numpy only in `import numpy as np`, after they asked the policy.

    The demo is a process of its own and needs numpy; a report names all packages.
    """
    beside = (Path("headless/report.py"), Path("series/numpy_policy.py"))
    package = Path(trackio_view.__file__).parent
    for path in package.rglob("*.py"):
        if path.relative_to(package) not in beside and path.parent.name != "demo":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                assert not (isinstance(node, ast.Constant) and node.value == "numpy"), path
