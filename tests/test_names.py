"""A name means one thing: no two classes of the package are called the same."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "trackio_view"


def test_no_two_classes_have_one_name() -> None:
    rooms: defaultdict[str, set[str]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                # A private class is read beside public ones, so an underscore tells nothing apart.
                rooms[node.name.lstrip("_")].add(path.relative_to(PACKAGE).as_posix())
    assert len(rooms) > 100
    assert {name: found for name, found in rooms.items() if len(found) > 1} == {}
