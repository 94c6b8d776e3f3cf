"""Exceptions of the package follow one convention: the name tells what is reported, without
`Error`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path


def exceptions(rooms: Mapping[Path, ast.Module]) -> dict[str, str]:
    """Return every class of exception with its module, by its name."""
    found: dict[str, str] = {}
    for path, tree in rooms.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef):
                continue
            bases = {ast.unparse(base) for base in node.bases}
            if any(base in found or base.endswith(("Exception", "Error")) for base in bases):
                assert node.name not in found, f"two exceptions are called {node.name}"
                assert ast.get_docstring(node), f"{node.name} does not say what it reports"
                found[node.name] = path.stem
    return found


def test_an_exception_is_named_for_what_it_reports(rooms: Mapping[Path, ast.Module]) -> None:
    named = exceptions(rooms)
    assert len(named) > 10
    assert {name for name in named if name.endswith(("Error", "Exception"))} == set()
