"""The README and the manual: their tables are the program's own, and their shell lines run as
written.

Only the body of an endless loop is run.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType

import pytest

from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.keys.key_labels import keys_label
from trackio_view.view.runs.query import parse_query
from trackio_view.view.screen_table import SCREENS

REPOSITORY = Path(__file__).parents[1]
MANUAL = REPOSITORY / "trackio_view" / "manual"
README = (REPOSITORY / "README.md").read_text("utf-8")
PAGES = {
    path: path.read_text("utf-8")
    for path in (REPOSITORY / "README.md", *sorted(MANUAL.glob("*.md")))
}
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", "\n".join(PAGES.values()), re.DOTALL | re.MULTILINE)
LOOP = re.compile(r"while true; do\n(.*?)\s*sleep \d+\n\s*done", re.DOTALL)

ENDS_BY_ITSELF = re.compile(r"trackio-view .*--(?:once|list|until|output|manual|help)\b")
INSTALLERS = re.compile(r"^(?:pipx?|python3 -m venv|scripts/|ssh) ?", re.MULTILINE)
"""Blocks that install or run everything have tests of their own."""


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    """Return the script that writes the tables."""
    path = REPOSITORY / "scripts" / "readme.py"
    specification = importlib.util.spec_from_file_location("readme", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_program(tables: ModuleType) -> None:
    assert tables.filled(PAGES) == PAGES


def test_the_readme_is_short_and_holds_no_table_of_the_manual() -> None:
    assert len(README.splitlines()) <= 160
    assert re.findall(r"<!-- (\w.*) -->", README) == ["frame", "pages"]


def test_every_key_stands_in_one_table(tables: ModuleType) -> None:
    assert Counter(mode for place in tables.PLACES for mode in place.modes) == Counter(
        list(SCREENS)
    )
    rows = [row for row in tables.keys_tables().splitlines() if row.startswith("| `")]
    assert len(rows) == len(BINDINGS)
    for binding in BINDINGS:
        assert any(f"| `{keys_label(binding.keys)}` | {binding.help} " in row for row in rows)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAGES[page])
    files = [link for link in links if not link.startswith("https://")]
    assert all((page.parent / file).is_file() for file in files)


def scripts() -> list[str]:
    """Return the blocks that end by themselves, and from blocks of single commands those commands
    that do."""
    found = []
    for block in BLOCKS:
        if INSTALLERS.search(block):
            continue
        block = LOOP.sub(lambda loop: loop[1], block)
        is_list = all(line.startswith("trackio-view") for line in block.splitlines())
        found += (
            [line for line in block.splitlines() if ENDS_BY_ITSELF.search(line)]
            if is_list
            else [block]
        )
    return found


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a machine where `trackio-view` is a command and two runs log."""
    home, tools = tmp_path / "trackio", tmp_path / "bin"
    home.mkdir()
    tools.mkdir()
    program = tools / "trackio-view"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trackio_view "$@"\n')
    program.chmod(0o755)
    for name in ("other-project", "my-project"):
        database = sqlite3.connect(home / f"{name}.db")
        database.execute(
            "CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
            " metrics TEXT NOT NULL)"
        )
        now = time.time()
        rows = [
            (
                datetime.fromtimestamp(now - 1000 + row, timezone.utc).isoformat(),
                row,
                json.dumps({"train/loss": 1 / (row + 1), "val/accuracy": row / 1000}),
            )
            for row in range(1000)
        ]
        database.executemany(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
            " VALUES ('abc', ?, 'brave-forest-1', ?, ?)",
            rows,
        )
        database.commit()
        database.close()
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "TRACKIO_DIR": str(home),
    }


def test_there_are_scripts_of_every_kind() -> None:
    everything = "\n".join(scripts())
    for part in ("--until", "--format json", "--format csv", "bc -l", "--exec", ">> loss.log"):
        assert part in everything


@pytest.mark.parametrize("script", scripts())
def test_a_script_runs_as_written(script: str, machine: dict[str, str], tmp_path: Path) -> None:
    for tool in ("bc", "jq", "awk", "grep"):
        if re.search(rf"\| {tool}\b", script) and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine")
    place = tmp_path / "here"
    place.mkdir()
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=place,
        env=machine,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = done.stdout or "".join(file.read_text("utf-8") for file in place.iterdir())
    assert written.strip()


def test_the_convergence_script_says_what_is_so(machine: dict[str, str]) -> None:
    if shutil.which("bc") is None:
        pytest.skip("bc is not on this machine")
    (script,) = (block for block in scripts() if "bc -l" in block)

    def said(zoom: str) -> str:
        command = script.replace("--zoom 3", f"--zoom {zoom}")
        return subprocess.run(
            ["sh", "-c", command], env=machine, capture_output=True, text=True, check=True
        ).stdout

    assert said("3") == "converged\n"
    assert said("0") == ""


def test_the_filters_of_the_manual_are_filters() -> None:
    table = (MANUAL / "runs.md").read_text("utf-8").split("| filter | finds runs |\n")[1]
    rows = table.split("\n\n")[0].splitlines()[1:]
    filters = [row.split("`")[1] for row in rows]
    assert len(filters) >= 8
    for text in filters:
        assert parse_query(text).matches(Nothing()) is False


class Nothing:
    """A run of which nothing is known."""

    texts = ()

    def value(self, field: str) -> None:
        return None
