from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.demo import DemoFault, finished_demo, launch, started_demo


@pytest.fixture(autouse=True)
def scratch_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for scratch directories, which belongs to this test alone."""
    parent = tmp_path / "scratch"
    parent.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(parent))
    monkeypatch.setenv("TMPDIR", str(parent))
    return parent


def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def trainings(parent: Path) -> list[int]:
    """Return the processes that train into the scratch directory `parent`."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(parent) in command and b"training.py" in command:
                found.append(int(process.name))
    return found


def test_a_running_demo_logs_and_leaves_nothing(scratch_parent: Path) -> None:
    with started_demo(seconds=1000) as (directory, fault):
        assert holds_within(30, (directory / "demo.db").exists)
        assert fault() is None
        (pid,) = trainings(scratch_parent)
        assert os.getpgid(pid) != os.getpgid(0), "the terminal's Ctrl-C does not reach it"
    assert not is_alive(pid)
    assert list(scratch_parent.iterdir()) == []


def test_a_running_demo_leaves_nothing_behind_a_fault(scratch_parent: Path) -> None:
    with pytest.raises(LookupError), started_demo(seconds=1000):
        raise LookupError
    assert trainings(scratch_parent) == []
    assert list(scratch_parent.iterdir()) == []


def test_a_failed_training_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "training.py"
    broken.write_text("import sys\nprint('x', file=sys.stderr)\nimport no_such_module_at_all\n")
    monkeypatch.setattr(launch, "_TRAINING", broken)
    with started_demo() as (_, fault):
        assert holds_within(20, lambda: fault() is not None)
        said = fault()
    assert said is not None
    assert "No module named 'no_such_module_at_all'" in said
    assert "\n" not in said
    with pytest.raises(DemoFault, match="no_such_module_at_all"), finished_demo():
        pass
    broken.write_text("import os\nos.kill(os.getpid(), 9)\n")
    with pytest.raises(DemoFault, match="signal 9"), finished_demo():
        pass


def test_a_training_that_logged_nothing_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "training.py"
    broken.touch()
    monkeypatch.setattr(launch, "_TRAINING", broken)
    with pytest.raises(DemoFault, match="it logged nothing"), finished_demo():
        pass


def test_a_fault_is_told_also_where_the_disk_is_full(
    scratch_parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "training.py"
    # A stand-in for a full disk: only standard error can be written to.
    broken.write_text(
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "sys.exit('no space left on device')\n"
    )
    monkeypatch.setattr(launch, "_TRAINING", broken)
    with pytest.raises(DemoFault, match="no space left on device"), finished_demo():
        pass
    assert list(scratch_parent.iterdir()) == []


def test_no_place_for_the_demo_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(DemoFault, match="no place to log to: No such file"), finished_demo():
        pass


def test_a_finished_demo_is_complete_and_leaves_nothing(scratch_parent: Path) -> None:
    with finished_demo() as directory:
        assert (directory / "demo.db").stat().st_size > 0
        assert trainings(scratch_parent) == []
    assert list(scratch_parent.iterdir()) == []


@pytest.mark.parametrize("logs", ["demo.db", "all"], ids=["while it trains", "once trained"])
def test_a_demo_whose_viewer_is_killed_ends_and_cleans_up(
    scratch_parent: Path, tmp_path: Path, logs: str
) -> None:
    training = tmp_path / "training.py"
    training.write_text(
        "from trackio_view.demo import training\n"
        "training.log_runs = lambda directory, _: (directory / 'all').touch()\n"
        "training.main()\n"
    )
    chosen = launch._TRAINING if logs == "demo.db" else training
    viewer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import pathlib, time\n"
            "from trackio_view.demo import launch, started_demo\n"
            f"launch._TRAINING = pathlib.Path({str(chosen)!r})\n"
            "with started_demo(seconds=1000) as (directory, _):\n"
            "    deadline = time.monotonic() + 30\n"
            f"    while not (directory / {logs!r}).exists():\n"
            "        assert time.monotonic() < deadline\n"
            "        time.sleep(0.05)\n"
            # A training that does not stay has ended by then.
            "    time.sleep(1)\n"
            "    print('logging', flush=True)\n"
            "    time.sleep(1000)\n",
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(launch.__file__).parents[2])},
    )
    assert viewer.stdout is not None
    try:
        assert viewer.stdout.readline() == b"logging\n"
        (pid,) = trainings(scratch_parent)
    finally:
        viewer.send_signal(signal.SIGKILL)
        viewer.wait()
        viewer.stdout.close()
    assert holds_within(10, lambda: not is_alive(pid))
    assert list(scratch_parent.iterdir()) == []
