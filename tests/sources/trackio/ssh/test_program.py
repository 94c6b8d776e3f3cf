"""The modules that are sent to a machine are those of this package, and run without it there."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.ssh import program

PACKAGE = Path(__file__).parents[4] / "trackio_view"
OLDEST = (3, 8)


def talk(python: str, folder: Path, *questions: dict[str, Any]) -> tuple[list[Any], str]:
    """Return the answers of the program under a Python, and its errors."""
    asked = [json.dumps(question).encode() for question in ({"directory": str(folder)}, *questions)]
    done = subprocess.run(
        ["sh", "-c", program.PROJECTS.command.replace("python3", python, 1)],
        input=program.packed_program(program.PROJECTS)
        + b"".join(b"%d\n%s" % (len(one), one) for one in asked),
        capture_output=True,
        cwd="/",
        timeout=60,
    )
    answers, rest = [], done.stdout.partition(b"trackio-view reads 1\n")[2]
    while rest:
        head, _, rest = rest.partition(b"\n")
        answers.append(json.loads(rest[: int(head)]))
        rest = rest[int(head) :]
    return answers, done.stderr.decode()


@pytest.mark.parametrize("room", program.ROOMS)
def test_a_room_that_is_sent_brings_what_it_imports(room: str) -> None:
    text = (PACKAGE / f"{room.replace('.', '/')}.py").read_text("utf-8")
    tree = ast.parse(text, feature_version=OLDEST)
    sent = {f"trackio_view.{name}" for name in program.ROOMS}
    for node in imported(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= sys.stdlib_module_names
        else:
            module = node.module or ""
            assert module in sent or module.partition(".")[0] in sys.stdlib_module_names
    for call in ast.walk(tree):
        # These features are newer than the oldest Python that has to run the modules.
        if isinstance(call, ast.Call):
            assert not {"strict", "slots"} & {word.arg for word in call.keywords}
            if getattr(call.func, "id", "") == "isinstance":
                assert not isinstance(call.args[1], ast.BinOp)


def test_rooms_are_found_with_all_that_they_import_each_after_those_that_it_needs() -> None:
    before: set[str] = set()
    # It imports names of rooms, and rooms of a folder.
    for room in program.rooms_for("sources.gpu.amd.fields"):
        tree = ast.parse((PACKAGE / f"{room.replace('.', '/')}.py").read_text("utf-8"))
        for node in imported(tree):
            module = getattr(node, "module", None) or ""
            if module.startswith("trackio_view."):
                assert module in before or {f"{module}.{one.name}" for one in node.names} <= before
        before.add(f"trackio_view.{room}")
    assert {"trackio_view.sources.gpu.amd.sensors", "trackio_view.model.gpu"} < before


def imported(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield all imports that may be run, also those within functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting += node.orelse
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        else:
            waiting += ast.iter_child_nodes(node)


def test_rooms_are_compiled_where_they_are_needed(project: Any) -> None:
    project.log([{"loss": 1.0}])
    loader = program.packed_program(program.PROJECTS)
    head, _, rest = loader.partition(b"\n")
    text = rest[: int(head)].replace(b"sys.modules[last].run()", b"print(*sys.modules)")
    done = subprocess.run(
        ["sh", "-c", program.PROJECTS.command.replace("python3", sys.executable, 1)],
        input=b"%d\n" % len(text) + text + rest[int(head) :],
        capture_output=True,
        cwd="/",
        timeout=60,
    )
    loaded = set(done.stdout.decode().split())
    ours = {name for name in loaded if name.startswith("trackio_view.")}
    rooms = {f"trackio_view.{name}" for name in program.ROOMS}
    assert rooms - ours == {
        "trackio_view.sources.media_unread",
        "trackio_view.sources.trackio.files.damaged_file",
        "trackio_view.sources.trackio.files.held_log",
        "trackio_view.sources.trackio.files.private_copy",
        "trackio_view.sources.trackio.files.media_files",
        "trackio_view.sources.trackio.files.salvage",
        "trackio_view.sources.trackio.run_identity",
    }
    assert not loaded & {"tempfile", "shutil", "dataclasses"}


@pytest.mark.parametrize("python", [sys.executable, "python3.8", "python3.9", "python3.14"])
def test_it_answers_under_old_and_new_pythons(project: Any, python: str) -> None:
    tried = [python, "-c", "import sqlite3"]
    if shutil.which(python) is None or subprocess.run(tried, capture_output=True).returncode:
        pytest.skip(f"{python} is not installed")
    project.log([{"loss": 1.0}, {"loss": 2.0}])
    folder = project.path.parent
    answers, said = talk(
        python,
        folder,
        {"do": "list"},
        {"do": "query", "project": "project", "statement": "SELECT step, 9e999 FROM metrics"},
    )
    odd = [[0, 1, "float", "inf"], [1, 1, "float", "inf"]]
    (name, files), *others = answers[1]["projects"]
    assert (name, len(files), others) == ("project", 4, [])
    assert [answers[0], *answers[2:]] == [
        {"directory": str(folder)},
        {"rows": [[0, None], [1, None]], "odd": odd},
    ]
    assert said == ""


def test_the_command_is_one_line_that_every_shell_takes_as_it_is() -> None:
    inside = program.PROJECTS.command.split("'")
    assert len(inside) == 3
    assert "\n" not in program.PROJECTS.command
    # A C shell expands the first character even within quotes, and fish the second before quotes.
    assert not set(inside[1]) & set("!\\`$")


def test_an_older_python_says_so_in_words_of_its_own() -> None:
    starter = program.PROJECTS.command.split("'")[1].replace("(3, 8)", "(9, 8)")
    done = subprocess.run([sys.executable, "-c", starter], capture_output=True, text=True, input="")
    assert done.stderr.startswith(f"{program.OLD_PYTHON} 3.")
    assert done.returncode == 1
