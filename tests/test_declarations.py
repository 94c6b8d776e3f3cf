"""What is declared in the same way everywhere: states, pairs of lists, and lines of tables."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from numbers import Real
from pathlib import Path
from types import NoneType

PACKAGE = Path(__file__).parents[1] / "trackio_view"
Rooms = Mapping[Path, ast.Module]

PLAIN = {"str": str, "int": int, "float": Real, "bool": bool, "None": NoneType}
"""Annotation of a field -> what it may hold."""


def nodes(rooms: Rooms) -> Iterator[tuple[Path, ast.AST]]:
    for path, tree in rooms.items():
        for node in ast.walk(tree):
            yield path, node


def keywords(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def test_every_state_has_the_attributes_that_it_declares_and_no_others(rooms: Rooms) -> None:
    found = [
        (path, node.name, decorator)
        for path, node in nodes(rooms)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator)
    ]
    assert len(found) > 50
    for path, name, decorator in found:
        said = keywords(decorator) if isinstance(decorator, ast.Call) else {}
        assert said.get("slots") == "True", f"{name} of {path}"
        if "eq" in said or "repr" in said:
            # What is neither compared nor printed need not be able to: each costs a start time.
            assert (said.get("eq"), said.get("repr")) == ("False", "False"), f"{name} of {path}"


def test_every_pair_of_lists_says_whether_they_are_as_long_as_each_other(rooms: Rooms) -> None:
    found = [
        (path, node)
        for path, node in nodes(rooms)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip"
    ]
    assert len(found) > 50
    for path, call in found:
        assert "strict" in keywords(call), f"line {call.lineno} of {path}"


def test_every_cache_says_how_much_it_holds(rooms: Rooms) -> None:
    found = [
        (path, node)
        for path, node in nodes(rooms)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("lru_cache")
    ]
    assert len(found) > 50
    for path, call in found:
        assert "maxsize" in keywords(call), f"line {call.lineno} of {path}"


def lines_within(value: object, where: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield the named tuples of ours that a table has, each with where it stands."""
    if isinstance(value, tuple) and type(value).__module__.startswith("trackio_view."):
        yield where, value
    if isinstance(value, Mapping):
        value = tuple(value.items())
    if isinstance(value, (tuple, list)):
        for place, member in enumerate(value):
            yield from lines_within(member, f"{where}[{place}]")


def test_each_line_of_a_table_holds_what_its_fields_are_for() -> None:
    checked = 0
    for path in sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py"):
        room = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        module = importlib.import_module(room.removesuffix(".__init__"))
        for name, table in vars(module).items():
            for where, line in lines_within(table, f"{room}.{name}"):
                for field, kind in inspect.get_annotations(type(line)).items():
                    text = str(getattr(kind, "__forward_arg__", kind))
                    held = [kind_named(part, type(line)) for part in text.split(" | ")]
                    kinds = tuple(one for one in held if one is not None)
                    if len(kinds) == len(held):
                        value = getattr(line, field)
                        assert isinstance(value, kinds), f"{field} of {where} is {value!r}"
                        checked += 1
    assert checked > 1000


def kind_named(text: str, line: type) -> type | None:
    """Return the class that an annotation names, `None` for a kind that mypy alone knows."""
    found = PLAIN.get(text) or vars(sys.modules[line.__module__]).get(text)
    return found if isinstance(found, type) else None
