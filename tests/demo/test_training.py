from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from trackio_view.demo import training


def test_the_gradient_is_that_of_the_loss() -> None:
    points, arms = training.spirals(seed=1)
    points, arms = points[:20], arms[:20]
    network = training.Network(hidden_size=5, seed=3)
    _, _, gradient = network.evaluate(points, arms)
    step = 1e-6
    for parameter, slopes in zip(network.parameters, gradient, strict=True):
        for place in np.ndindex(parameter.shape):
            kept = parameter[place]
            parameter[place] = kept + step
            above, _, _ = network.evaluate(points, arms)
            parameter[place] = kept - step
            below, _, _ = network.evaluate(points, arms)
            parameter[place] = kept
            assert slopes[place] == pytest.approx((above - below) / (2 * step), abs=1e-6)


def test_the_learning_rate_warms_up_and_decays() -> None:
    settings = training.RUNS[0]
    rates = [training.learning_rate(settings, step) for step in range(settings.steps)]
    peak = rates.index(max(rates))
    assert max(rates) == settings.learning_rate
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[settings.warmup_steps :] == sorted(rates[settings.warmup_steps :], reverse=True)
    assert rates[-1] < settings.learning_rate / 50


def test_training_learns_and_the_wide_network_learns_best() -> None:
    final = {settings.name: list(training.train(settings))[-1] for settings in training.RUNS}
    assert all(metrics["val/loss"] < 0.5 for metrics in final.values())
    assert min(final, key=lambda name: final[name]["val/loss"]) == "adam-96"
    assert final["adam-96"]["val/accuracy"] > 0.97


def test_the_runs_are_logged_through_trackio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A person's own settings must not send the demo's rows elsewhere.
    monkeypatch.setenv("TRACKIO_SERVER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TRACKIO_SPACE_ID", "someone/space")
    command = [sys.executable, "-m", "trackio_view.demo.training", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    database = sqlite3.connect(tmp_path / "demo.db")
    runs = dict(database.execute("SELECT run_name, COUNT(*) FROM metrics GROUP BY run_name"))
    assert runs == {settings.name: settings.steps for settings in training.RUNS}
    rows = [json.loads(text) for (text,) in database.execute("SELECT metrics FROM metrics")]
    configs = [json.loads(text) for (text,) in database.execute("SELECT config FROM configs")]
    database.close()
    assert {"train/loss", "train/accuracy", "learning_rate", "gradient_norm"} == set(rows[1])
    assert {"val/loss", "val/accuracy"} <= set(rows[0]) & set(rows[-1])
    assert {config["hidden_size"] for config in configs} == {16, 96}


def test_a_fault_of_trackios_writing_ends_the_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "trackio_view.demo.training"]
    command += ["--dir", str(tmp_path / "file" / "below"), "--seconds", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("TrackIO could not write: ")
    assert "Not a directory" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("fails_in", [*(f"log {number}" for number in range(3)), "finish 2"])
def test_a_row_that_is_lost_in_any_run_ends_the_demo_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails_in: str
) -> None:
    """TrackIO tells that it could not write by a warning, of the newest rows only as a run ends."""
    done: list[str] = []
    runs = [f"run-{number}" for number in range(3)]

    def do(what: str) -> None:
        done.append(f"{what} {done.count('begin') - 1}")
        if done[-1] == fails_in:
            text = "trackio failed to insert rows: disk full. They are lost."
            warnings.showwarning(text, UserWarning, "trackio", 1)

    fake = SimpleNamespace(
        init=lambda **_: done.append("begin"),
        log=lambda *_, **__: do("log"),
        finish=lambda: do("finish"),
    )
    monkeypatch.setitem(sys.modules, "trackio", fake)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    for name in ("_confine", "_refuse_what_is_missing"):
        monkeypatch.setattr(training, name, lambda *_: None)
    monkeypatch.setattr(training, "RUNS", [replace(training.RUNS[0], name=name) for name in runs])
    monkeypatch.setattr(training, "train", lambda _: iter([{"loss": 1.0}] * 2))
    with pytest.raises(SystemExit, match=r"^TrackIO could not write: disk full$"):
        training.log_runs(tmp_path, 0.0)
    assert done[-1] == fails_in


@pytest.mark.parametrize("missing", ["numpy", "trackio"])
def test_what_is_not_installed_is_told(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> str | None:
        return None if name == missing else name

    monkeypatch.setattr("importlib.util.find_spec", find)
    with pytest.raises(SystemExit, match=f"^it needs {missing}, which is not installed"):
        training._refuse_what_is_missing()


@pytest.mark.parametrize(
    ("installed", "is_too_old"),
    [("0.5.1", True), ("0.5.2", False), ("0.5.10", False), ("0.26rc1", False)],
)
def test_a_trackio_that_is_too_old_is_refused(
    installed: str, is_too_old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr("importlib.metadata.version", lambda _: installed)
    if is_too_old:
        with pytest.raises(SystemExit, match=f"0.5.2 or newer, and {installed} is installed"):
            training._refuse_what_is_missing()
    else:
        training._refuse_what_is_missing()
