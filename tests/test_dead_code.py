"""Whatever a room defines is used by the package: by the room itself or by another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from trackio_view.screens.shell.drawings import drawing_at
from trackio_view.view.screen_table import SCREENS

CALLED_BY_PYTHON = {"emit", "makefile", "readinto"}
"""Methods that classes of the standard library call by these names."""


def names_read(tree: ast.AST) -> set[str]:
    """Return the names that a room reads. A text may be a type, or the name of a field."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(node.value.split())
    return found


def attributes_read(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def names_imported(tree: ast.AST) -> set[tuple[str | None, str]]:
    return {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def names_defined(tree: ast.Module) -> Iterator[str]:
    """Yield the functions, classes, types and constants of a room."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def methods(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield part.name


def is_of_python(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def test_no_room_defines_what_nobody_uses(rooms: Mapping[Path, ast.Module]) -> None:
    imported = set().union(*map(names_imported, rooms.values()))
    # Some rooms are imported whole, and their names read as attributes.
    attributes = set().union(*map(attributes_read, rooms.values()))
    drawings = {f"trackio_view.screens.{screen.drawing}" for screen in SCREENS.values()}
    unused = set()
    for path, tree in rooms.items():
        room = ".".join(("trackio_view", *path.with_suffix("").parts))
        own = names_read(tree) | attributes
        for name in names_defined(tree):
            is_used = name in own or (room, name) in imported or f"{room}.{name}" in drawings
            if not is_used and not is_of_python(name):
                unused.add(f"{room}.{name}")
    assert len(imported) > 1000
    assert unused == set()


def test_every_drawing_that_the_table_of_screens_names_exists() -> None:
    assert all(drawing_at(screen.drawing) for screen in SCREENS.values())


def test_no_class_has_a_method_that_nobody_calls(rooms: Mapping[Path, ast.Module]) -> None:
    read = set().union(*map(names_read, rooms.values())) | CALLED_BY_PYTHON
    found = {name for tree in rooms.values() for name in methods(tree) if not is_of_python(name)}
    assert len(found) > 500
    assert found - read == set()
