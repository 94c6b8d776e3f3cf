"""A name means one thing: no two classes are called the same, and no two rooms without a reason."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "trackio_view"

A_SCREEN = "what a screen knows, and what draws it"
A_VENDOR = "the same of each vendor's GPUs"
KNOWN_AND_READ = "what is known of a thing, and how it is read"
THE_PROTOCOL = "the protocol that all sources answer, and those that do"
SHARED_NAMES = {
    "alerts": KNOWN_AND_READ,
    "bounds": A_VENDOR,
    "card": A_VENDOR,
    "chart_list": A_SCREEN,
    "config_diff": A_SCREEN,
    "faults": "what keeps data from being read, in a file, on a server and behind SSH",
    "fields": A_VENDOR,
    "fleet": f"what is known of a fleet, how it is read; {A_SCREEN}",
    "gpu_details": A_SCREEN,
    "gpu_fields": "the fields, and the words for them",
    "gpus": f"{A_VENDOR}; {A_SCREEN}",
    "media": A_SCREEN,
    "objects": KNOWN_AND_READ,
    "projects": "the list of projects, for scripts and on the screen",
    "run_page": A_SCREEN,
    "source": THE_PROTOCOL,
    "throttling": A_VENDOR,
    "trace": A_SCREEN,
    "traces": f"{KNOWN_AND_READ}; {A_SCREEN}, and the words for them",
    "watch": "what looks again and again: at GPUs, at projects elsewhere",
    "trace_reading": "what asks for traces, and what reads them from a file",
    "wall": A_SCREEN,
    "windows": "the windows, and the words for them",
}
"""Module name -> what the modules of that name have in common, so that one name fits all."""


def test_no_two_classes_have_one_name(rooms: Mapping[Path, ast.Module]) -> None:
    named: defaultdict[str, set[str]] = defaultdict(set)
    for path, tree in rooms.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                # A private class is read beside public ones, so an underscore does not make another
                # name.
                named[node.name.lstrip("_")].add(path.as_posix())
    assert len(named) > 100
    assert {name: found for name, found in named.items() if len(found) > 1} == {}


def test_no_two_types_have_one_name(rooms: Mapping[Path, ast.Module]) -> None:
    """The name of a type in the head of a room means that type in every room."""
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for path, tree in rooms.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                meanings[node.name.lstrip("_")].add(path.as_posix())
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name) and _is_of_a_type(target.id):
                        # A type may be quoted, which makes no other type of it.
                        meaning = ast.unparse(node.value).replace("'", "").replace('"', "")
                        meanings[target.id.lstrip("_")].add(meaning)
    assert len(meanings) > 300
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


def _is_of_a_type(name: str) -> bool:
    """Return whether a name is written as those of types are: `GoToPlace`, and not `PLACES`."""
    plain = name.lstrip("_")
    return plain[:1].isupper() and not plain.isupper() and "_" not in plain


def test_rooms_of_one_name_hold_the_same_thing() -> None:
    rooms = Counter(path.stem for path in PACKAGE.rglob("*.py") if path.stem != "__init__")
    assert {name for name, count in rooms.items() if count > 1} == set(SHARED_NAMES)
