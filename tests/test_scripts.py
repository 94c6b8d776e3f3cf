"""The commands in `scripts/`, run on copies with stand-ins for Python, pip and the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.terminal_output import rest_of_output

REPOSITORY = Path(__file__).parents[1]
TOOLS = ("sh", "dirname", "cat", "cmp", "grep", "tail", "tr", "cut", "mktemp", "rm", "mkdir", "ls")

# A Python that installs nothing and tests nothing.
FAKE_PYTHON = f"""#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
*"-m pip install"*) exit "${{PIP_STATUS:-0}}" ;;
-I*) exec "{sys.executable}" "$@" ;;
esac
"""
# A Python that slowly makes an environment of such Pythons.
PYTHON_MAKING_FAKES = f"""#!/bin/sh
case "$*" in
*"-m venv --clear"*)
    echo "$*" >>"$CALLS"
    rm -rf "$5"
    mkdir -p "$5/bin"
    /bin/cp "$FAKES"/* "$5/bin"
    /bin/sleep 0.3
    ;;
*realpath*) "{sys.executable}" "$@" >/dev/null && printf '%s\\n' "$0" ;;
*) exec "{sys.executable}" "$@" ;;
esac
"""
FAKE_PROGRAM = """#!/bin/sh
if [ "$1" = --list ]; then
    echo "${LIST_SAYS:-nothing there}" >&2
    exit "${LIST_STATUS:-0}"
fi
echo "in $PWD:"
printf '<%s>' "$@"
"""


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the repository's scripts, at a path with a space."""
    root = tmp_path / "a checkout"
    shutil.copytree(REPOSITORY / "scripts", root / "scripts")
    shutil.copytree(REPOSITORY / ".ci", root / ".ci")
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    return root


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder with the few commands that the scripts need, and no Python."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def fakes(tools: Path, tmp_path: Path) -> Path:
    """Return a folder of stand-ins, from which the Python among the tools makes an environment."""
    folder = tmp_path / "fakes"
    executable(folder / "python", FAKE_PYTHON)
    executable(folder / "trackio-view", FAKE_PROGRAM)
    executable(tools / "python3", PYTHON_MAKING_FAKES)
    return folder


@pytest.fixture
def installed(checkout: Path) -> Path:
    """Return a checkout with an environment of stand-ins."""
    executable(checkout / ".venv/bin/python", FAKE_PYTHON)
    executable(checkout / ".venv/bin/trackio-view", FAKE_PROGRAM)
    for name in ("ruff", "mypy"):
        status = f"${{{name.upper()}_STATUS:-0}}"
        executable(checkout / f".venv/bin/{name}", f'#!/bin/sh\necho {name} "$@"\nexit {status}\n')
    return checkout


def run(
    script: Path, *arguments: str, environment: Mapping[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    calls = script.parents[1] / "calls"
    return subprocess.run(
        [script, *arguments],
        env={"CALLS": str(calls), "TMPDIR": "/tmp", **environment},
        cwd=cwd or "/",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def calls_of(checkout: Path) -> list[str]:
    calls = checkout / "calls"
    return calls.read_text().splitlines() if calls.exists() else []


def installs_of(checkout: Path) -> int:
    return sum("--editable" in call for call in calls_of(checkout))


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p", "my project"],
        ["--project=x"],
        ["--dir", "/somewhere"],
        ["--log", "a.log"],
        ["-z", "2", "--gpu"],
        ["--until", "loss < 1"],
        ["--demo", "--once"],
        ["--list"],
        ["--server", "user/space"],
        ["--ssh", "far"],
        ["--print-config"],
        ["--manual", "keys"],
        ["--completion", "bash"],
        ["--report"],
        ["-h"],
        ["--version"],
    ],
)
def test_a_named_source_is_passed_on_as_it_is(
    installed: Path, tools: Path, arguments: list[str]
) -> None:
    if arguments == ["--list"]:
        done = run(
            installed / "scripts/run",
            *arguments,
            environment={"PATH": str(tools), "LIST_STATUS": "3"},
        )
        assert done.returncode == 3
        return
    done = run(
        installed / "scripts/run", *arguments, environment={"PATH": str(tools), "LIST_STATUS": "1"}
    )
    assert done.stdout.splitlines()[1] == "".join(f"<{argument}>" for argument in arguments)


@pytest.mark.parametrize(
    ("status", "arguments", "expected"),
    [
        ("1", [], "<--demo><--once>"),
        ("1", ["-z", "2"], "<--demo><--once><-z><2>"),
        ("0", ["-z", "2"], "<-z><2>"),
        ("0", ["--once"], "<--once>"),
        ("70", ["--once"], "<--once>"),
    ],
)
def test_the_demo_is_shown_where_there_is_no_project(
    installed: Path, tools: Path, status: str, arguments: list[str], expected: str
) -> None:
    done = run(
        installed / "scripts/run",
        *arguments,
        environment={"PATH": str(tools), "LIST_STATUS": status},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1] == expected


@pytest.mark.parametrize("typed", [True, False], ids=["keyboard", "no keyboard"])
def test_the_demo_is_live_on_a_terminal(installed: Path, tools: Path, typed: bool) -> None:
    controller, terminal = os.openpty()
    try:
        subprocess.run(
            [installed / "scripts/run"],
            env={"PATH": str(tools), "CALLS": str(installed / "calls"), "LIST_STATUS": "1"},
            stdin=terminal if typed else subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.PIPE,
            check=True,
            timeout=300,
        )
    finally:
        os.close(terminal)
        shown = rest_of_output(controller)
        os.close(controller)
    if typed:
        assert shown.startswith("nothing there: here is a small real training instead.\r\n")
        assert shown.endswith("<--demo>")
    else:
        assert shown.endswith("<--demo><--once>")


def test_who_waits_at_a_terminal_is_told_what_is_done(
    checkout: Path, tools: Path, fakes: Path
) -> None:
    controller, terminal = os.openpty()
    calls = str(checkout / "calls")
    try:
        subprocess.run(
            [checkout / "scripts/run", "--list"],
            env={"PATH": str(tools), "FAKES": str(fakes), "CALLS": calls, "TMPDIR": "/tmp"},
            stdout=subprocess.DEVNULL,
            stderr=terminal,
            check=True,
            timeout=300,
        )
    finally:
        os.close(terminal)
        said = rest_of_output(controller)
        os.close(controller)
    making, fetching, done = said.splitlines()[:3]
    assert making.startswith(f"Making an environment in {checkout}/.venv, with {tools}/python3")
    assert fetching.startswith("Fetching and installing the package and its libraries, 42 MB")
    assert done.startswith("Installed")


def test_a_directory_that_cannot_be_read_is_not_hidden_by_the_demo(
    installed: Path, tools: Path
) -> None:
    done = run(
        installed / "scripts/run",
        environment={"PATH": str(tools), "LIST_STATUS": "1", "LIST_SAYS": "Cannot look into /x"},
    )
    assert done.stdout.splitlines()[1] == "<>"


def test_the_caller_s_directory_is_kept(installed: Path, tools: Path, tmp_path: Path) -> None:
    here = tmp_path / "elsewhere"
    here.mkdir()
    script = Path(os.path.relpath(installed / "scripts/run", here))
    calls = str(installed / "calls")
    done = run(script, "--gpu", environment={"PATH": str(tools), "CALLS": calls}, cwd=here)
    assert done.stdout.splitlines()[0] == f"in {here}:"


def test_the_package_is_installed_again_only_when_the_project_file_changed(
    installed: Path, tools: Path
) -> None:
    environment = {"PATH": str(tools)}
    for _ in range(2):
        assert run(installed / "scripts/run", "--gpu", environment=environment).returncode == 0
    assert installs_of(installed) == 1
    with (installed / "pyproject.toml").open("a") as file:
        file.write("\n# changed\n")
    for _ in range(2):
        run(installed / "scripts/run", "--gpu", environment=environment)
    assert installs_of(installed) == 2
    # The checks need more packages, which are enough for running, too.
    for script in ("test", "run", "test"):
        run(installed / f"scripts/{script}", "--gpu", environment=environment)
    assert installs_of(installed) == 3


def test_two_at_once_make_one_environment(checkout: Path, tools: Path, fakes: Path) -> None:
    environment = {"PATH": str(tools), "FAKES": str(fakes), "CALLS": str(checkout / "calls")}
    commands = [
        subprocess.Popen(
            [checkout / "scripts/run", "--gpu"], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [command.communicate(timeout=300)[0] for command in commands] == [
        f"in {Path.cwd()}:\n<--gpu>"
    ] * 3
    assert sum("-m venv" in call for call in calls_of(checkout)) == 1
    assert installs_of(checkout) == 1


def test_a_link_to_a_command_finds_its_checkout(
    installed: Path, tools: Path, tmp_path: Path
) -> None:
    far, near = tmp_path / "far", tmp_path / "near"
    far.symlink_to(installed / "scripts/run")
    near.symlink_to("far")
    found = shutil.which("readlink")
    assert found
    (tools / "readlink").symlink_to(found)
    calls = str(installed / "calls")
    done = subprocess.run(
        [near, "--gpu"], env={"PATH": str(tools), "CALLS": calls}, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.endswith("<--gpu>")


def test_a_moved_checkout_gets_a_new_environment(
    installed: Path, tools: Path, fakes: Path, tmp_path: Path
) -> None:
    run(installed / "scripts/run", "--gpu", environment={"PATH": str(tools)})
    moved = installed.rename(tmp_path / "mövéd checkout")
    environment = {"PATH": str(tools), "FAKES": str(fakes)}
    assert run(moved / "scripts/run", "--gpu", environment=environment).returncode == 0
    assert [call for call in calls_of(moved) if "-m venv" in call] == [
        f"-I -m venv --clear {moved}/.venv"
    ]


def test_an_environment_whose_making_was_interrupted_is_made_anew(
    checkout: Path, tools: Path, fakes: Path
) -> None:
    # The environment is as a kill leaves it while pip is copied into it: pip's list of its files
    # comes last.
    venv.create(checkout / ".venv", with_pip=False, symlinks=True)
    (site,) = (checkout / ".venv/lib").glob("python*/site-packages")
    (site / "pip-23.0.dist-info").mkdir()
    (site / "pip-23.0.dist-info/METADATA").write_text("Name: pip\nVersion: 23.0\n")
    (site / "pip").mkdir()
    (site / "pip/__init__.py").touch()
    done = run(
        checkout / "scripts/run",
        "--gpu",
        environment={"PATH": str(tools), "FAKES": str(fakes)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert any("-m venv" in call for call in calls_of(checkout))


def test_modules_in_the_caller_s_directory_are_not_mistaken_for_python_s(
    checkout: Path, tools: Path, fakes: Path, tmp_path: Path
) -> None:
    for name in ("venv", "ensurepip", "fcntl", "random"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n")
    environment = {"PATH": str(tools), "FAKES": str(fakes)}
    done = run(checkout / "scripts/run", "--gpu", environment=environment, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"-I -m venv --clear {checkout}/.venv" in calls_of(checkout)


def test_a_failed_installation_is_tried_again(installed: Path, tools: Path) -> None:
    environment = {"PATH": str(tools), "PIP_STATUS": "1"}
    assert run(installed / "scripts/run", "--gpu", environment=environment).returncode == 1
    done = run(installed / "scripts/run", "--gpu", environment={"PATH": str(tools)})
    assert done.returncode == 0


def is_one_sentence(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("run: ")
    assert words in done.stderr


@pytest.mark.parametrize(
    ("said", "asks"),
    [("ERROR: No matching distribution found", True), ("ERROR: codec can't decode byte", False)],
)
def test_the_words_of_pip_are_kept_and_the_network_is_not_blamed_for_all(
    installed: Path, tools: Path, said: str, asks: bool
) -> None:
    pip = FAKE_PYTHON.replace('exit "${PIP_STATUS:-0}"', f'echo "{said}" >&2; exit 1')
    executable(installed / ".venv/bin/python", pip)
    done = run(installed / "scripts/run", "--gpu", environment={"PATH": str(tools)})
    is_one_sentence(done, said.removeprefix("ERROR: "))
    assert ("is the network there?" in done.stderr) is asks
    assert said in (installed / ".venv/install.log").read_text("utf-8")


def test_no_python_is_one_sentence(checkout: Path, tools: Path) -> None:
    done = run(checkout / "scripts/run", environment={"PATH": str(tools)})
    is_one_sentence(done, "no Python 3.10 or newer")


def test_an_old_python_is_one_sentence(checkout: Path, tools: Path) -> None:
    executable(tools / "python3", "#!/bin/sh\nexit 1\n")
    done = run(checkout / "scripts/run", environment={"PATH": str(tools)})
    is_one_sentence(done, "no Python 3.10 or newer")


def test_a_python_without_venv_is_one_sentence(checkout: Path, tools: Path) -> None:
    executable(
        tools / "python3",
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec "{sys.executable}" "$@"\n',
    )
    done = run(checkout / "scripts/run", environment={"PATH": str(tools)})
    is_one_sentence(done, "python3-venv")
    assert not (checkout / ".venv").exists()


def test_no_permission_is_one_sentence(checkout: Path, tools: Path) -> None:
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    checkout.chmod(0o555)
    nobody = 65534
    identity = nobody if os.geteuid() == 0 else None
    if identity is not None:
        # pytest's own folders are closed to other users.
        for parent in checkout.parents:
            parent.chmod(parent.stat().st_mode | 0o011)
            if parent.name.startswith("pytest-of-"):
                break
    try:
        done = subprocess.run(
            [shutil.which("sh") or "sh", str(checkout / "scripts/run")],
            env={"PATH": f"{tools}:/usr/bin", "TMPDIR": "/tmp"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            user=identity,
            group=identity,
        )
    finally:
        checkout.chmod(0o755)
    if "no Python" in done.stderr:
        pytest.skip("the Python that runs the tests is not open to another user")
    is_one_sentence(done, "no permission")


def test_no_network_is_one_sentence(checkout: Path, tools: Path) -> None:
    # A real pip, which finds nobody at the address of the registry.
    executable(checkout / ".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    environment = {
        "PATH": str(tools),
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_DRY_RUN": "1",
    }
    done = run(checkout / "scripts/run", environment=environment)
    is_one_sentence(done, "could not be installed")
    assert "Could not find a version that satisfies the requirement" in done.stderr


@pytest.mark.parametrize("broken", [None, "RUFF_STATUS", "MYPY_STATUS"])
def test_every_check_runs_and_any_failure_fails(
    installed: Path, tools: Path, broken: str | None
) -> None:
    environment = {"PATH": str(tools)} | ({broken: "1"} if broken else {})
    done = run(installed / ".ci/run", "-k", "x y", environment=environment)
    assert done.stdout.splitlines() == [
        *("== ruff-check", "ruff check ."),
        *("== ruff-format", "ruff format --check ."),
        *("== mypy", "mypy"),
        *("== mypy-for-3.10", "mypy --config-file scripts/oldest_python.ini"),
        "== pytest",
    ]
    whole = re.compile(r"-m pytest -n \d+ --dist worksteal -q -k x y")
    assert any(whole.fullmatch(call) for call in calls_of(installed))
    assert done.returncode == (1 if broken else 0)
    if broken:
        assert "failed:" in done.stderr
        assert broken.partition("_")[0].lower() in done.stderr


def test_the_benchmarks_are_listed_and_wrong_names_refused() -> None:
    command = [sys.executable, str(REPOSITORY / "scripts/benchmarks/run.py")]
    listed = subprocess.run([*command, "--list"], capture_output=True, text=True, check=True)
    assert "once-2k" in listed.stdout.split()
    refused = subprocess.run([*command, "no-such"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "no-such" in refused.stderr
