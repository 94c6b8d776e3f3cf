"""Projects of other users, and those that may not be written to: read, and left as they were."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import open_database

TakeState = Callable[[Path], dict[str, tuple[bytes, int]]]


@pytest.fixture
def other_user() -> Callable[[str, Path], subprocess.CompletedProcess[str]]:
    """Return a function that runs code as a user who owns nothing here."""
    if os.geteuid() != 0:
        pytest.skip("only the superuser can become another user")
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv to become another user with")

    def run(code: str, path: Path) -> subprocess.CompletedProcess[str]:
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        package = str(Path(__file__).parents[4])
        script = f"import sys; sys.path.insert(0, {package!r})\n{code}"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [*prefix, sys.executable, "-c", script, str(path)],
            capture_output=True, text=True, env=environment,
        )  # fmt: skip

    probe = run("import orjson", Path("/"))
    if probe.returncode:
        pytest.skip("this Python lies where another user cannot run it")
    return run


_READ_AS_ANOTHER = """
from trackio_view.sources.trackio.files.database import fetch, open_at_rest
connection = open_at_rest(sys.argv[1])
print(fetch(connection, "SELECT count(*) FROM metrics")[0][0], connection.access.name)
connection.close()
"""


@pytest.mark.parametrize("folder_mode", [0o755, 0o777])
def test_another_users_project_is_read_without_a_file_of_ours(
    open_project: Any, folder_state: TakeState, other_user: Any, age: Any, folder_mode: int
) -> None:
    open_project.log([{"loss": 1.0}])
    age(open_project.path)
    open_project.path.parent.chmod(folder_mode)
    before = folder_state(open_project.path.parent)
    ended = other_user(_READ_AS_ANOTHER, open_project.path)
    assert (ended.stdout.split(), ended.stderr) == (["1", "IMMUTABLE"], "")
    assert folder_state(open_project.path.parent) == before


def test_another_users_project_in_use_is_read_live(open_project: Any, other_user: Any) -> None:
    writer = open_project.connect()
    writer.execute("SELECT * FROM metrics").fetchall()
    open_project.log([{"loss": 1.0}] * 2)
    ended = other_user(_READ_AS_ANOTHER, open_project.path)
    writer.execute("INSERT INTO configs (run_id, run_name, config) VALUES ('r', 'r', '')")
    writer.close()
    assert (ended.stdout.split(), ended.stderr) == (["2", "LIVE"], "")
    assert [file.name for file in open_project.path.parent.iterdir()] == ["project.db"]


def test_an_unreadable_project_is_a_fault(open_project: Any, other_user: Any) -> None:
    open_project.path.chmod(0o600)
    code = (
        "from trackio_view.model.project_id import ProjectId\n"
        "from trackio_view.sources.trackio.tables.summaries import summarize\n"
        "from trackio_view.sources.trackio.files.locations import ProjectFile\n"
        "print(summarize(ProjectFile(ProjectId('', 'p'), sys.argv[1])).fault)"
    )
    assert "not readable" in other_user(code, open_project.path).stdout


def test_a_read_only_project_of_ours_is_left_alone(project: Any, age: Any) -> None:
    project.log([{"loss": 1.0}])
    age(project.path)
    project.path.chmod(0o444)
    connection = open_database(str(project.path))
    assert connection.access is Access.IMMUTABLE
    connection.close()
