"""The wheel is built, installed alone, and run. The archive of the sources is complete."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import trackio_view

REPOSITORY = Path(__file__).parents[1]
# The environment has no path by which Python could find the checkout.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def back_end(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a build: of this machine it has what pyproject.toml requires."""
    tools = tmp_path_factory.mktemp("tools")
    project = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    assert '\nbuild-backend = "setuptools.build_meta"\n' in project
    told = re.search(r"^requires = \[(.+)\]$", project, re.M)
    assert told is not None
    required = re.findall(r'"([^"]+)"', told[1])
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tools), *required]
    if subprocess.run(pip, capture_output=True, timeout=300, check=False).returncode:
        pytest.skip("the build back end could not be downloaded")
    return {**ENVIRONMENT, "PYTHONPATH": str(tools)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, back_end: dict[str, str]) -> Path:
    """Return the wheel, built from a copy, so that the checkout gets no `build` folder."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "trackio_view", source / "trackio_view", ignore=ignored)
    shutil.copytree(REPOSITORY / "tests", source / "tests", ignore=ignored)
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(folder)!r})"
    command = [sys.executable, "-c", build]
    done = subprocess.run(
        command, cwd=source, env=back_end, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` folder of a fresh environment that has only the wheel.

    The dependencies are those of the Python that runs the tests. They are added by their path, so
    that no link to the checkout comes with them.
    """
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    (site,) = (home / "lib").glob("python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--no-index", wheel],
        env=ENVIRONMENT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a directory with one small project."""
    database = sqlite3.connect(tmp_path / "wheel-test.db")
    database.executescript(
        "CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
        " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
        " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT);"
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) VALUES"
        " ('r', '2026-01-01T10:00:00+00:00', 'first', 1, '{\"train_loss\": 3.25}'),"
        " ('r', '2026-01-01T10:00:01+00:00', 'first', 2, '{\"train_loss\": 1.5}');"
    )
    database.close()
    return tmp_path


def run(command: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *arguments],
        cwd="/",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        described = archive.read(metadata).decode()
    packed = {name for name in names if ".dist-info/" not in name}
    present = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "trackio_view").rglob("*")
        if path.suffix in (".py", ".json", ".md") or path.name == "py.typed"
    }
    assert packed == present
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert f"\nVersion: {trackio_view.__version__}\n" in described


def test_the_source_archive_is_the_checkout(tmp_path: Path, back_end: dict[str, str]) -> None:
    listing = ["git", "-C", str(REPOSITORY), "ls-files", "-z", "-co", "--exclude-standard"]
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("no checkout of git")
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    names = {name for name in listed.split("\0") if (REPOSITORY / name).is_file()}
    source = tmp_path / "source"
    for name in names:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, source / name)
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(tmp_path)!r})"
    subprocess.run(
        [sys.executable, "-c", build],
        cwd=source,
        env=back_end,
        capture_output=True,
        timeout=120,
        check=True,
    )
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        packed = {member.name.partition("/")[2] for member in files if member.isfile()}
    made = {name for name in packed if ".egg-info/" in name} | {"PKG-INFO", "setup.cfg"}
    assert packed - made == names


def test_the_installed_program_is_the_wheel_s(installed: Path) -> None:
    python = installed / "python"
    done = run(python, "-I", "-c", "import trackio_view; print(trackio_view.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_version_and_help(installed: Path) -> None:
    program = installed / "trackio-view"
    version = run(program, "--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout == f"trackio-view {trackio_view.__version__}\n"
    explained = run(program, "--help")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "--once" in explained.stdout


def test_once_prints_a_small_project(installed: Path, project: Path) -> None:
    done = run(installed / "trackio-view", "--once", "--dir", str(project))
    assert (done.returncode, done.stderr) == (0, "")
    assert "wheel-test" in done.stdout
    assert "1.5" in done.stdout
