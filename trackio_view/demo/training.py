"""A real small training: a two-layer network learns to tell the arms of three spirals apart.

Runs in a process of its own and logs through TrackIO itself, so that the dashboard is shown what
it will meet. Imports nothing of the dashboard; can be run as a file or with `python -m`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import inspect
import io
import math
import os
import re
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

PROJECT = "demo"
VALIDATE_EVERY = 10
OLDEST_TRACKIO = "0.5.2"
"""The oldest usable release of TrackIO. Earlier ones always log beside the person's own
projects.
"""

_ARMS = 3
_POINTS_PER_ARM = 200


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What one run is configured with, as it is logged."""

    name: str
    optimizer: str
    learning_rate: float
    hidden_size: int
    steps: int = 600
    warmup_steps: int = 40
    batch_size: int = 64
    seed: int = 7


RUNS: tuple[RunConfig, ...] = (
    RunConfig("sgd-16", "sgd", 0.5, 16),
    RunConfig("adam-16", "adam", 0.01, 16),
    RunConfig("adam-96", "adam", 0.02, 96),
)


def spirals(seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Return points of three noisy spiral arms, shuffled: (points, 2) and each point's arm."""
    import numpy as np

    random = np.random.default_rng(seed)
    radius = np.tile(np.linspace(0.05, 1.0, _POINTS_PER_ARM), _ARMS)
    arms = np.repeat(np.arange(_ARMS), _POINTS_PER_ARM)
    angle = radius * 1.5 * math.pi + arms * 2 * math.pi / _ARMS
    angle += random.normal(scale=0.12, size=angle.shape)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    order = random.permutation(len(points))
    return points[order], arms[order]


class Network:
    """A hidden layer of tanh units and a softmax over the arms, with its gradient by hand."""

    def __init__(self, hidden_size: int, seed: int) -> None:
        import numpy as np

        random = np.random.default_rng(seed)
        self.parameters: list[Array] = [
            random.normal(scale=2.0, size=(2, hidden_size)),
            random.normal(scale=1.0, size=hidden_size),
            random.normal(scale=1 / math.sqrt(hidden_size), size=(hidden_size, _ARMS)),
            np.zeros(_ARMS),
        ]

    def evaluate(self, points: Array, arms: NDArray[np.int64]) -> tuple[float, float, list[Array]]:
        """Return the mean cross-entropy, the accuracy and the gradient of each parameter."""
        import numpy as np

        into_hidden, hidden_bias, into_arms, arm_bias = self.parameters
        hidden = np.tanh(points @ into_hidden + hidden_bias)
        scores = hidden @ into_arms + arm_bias
        scores -= scores.max(axis=1, keepdims=True)
        probabilities = np.exp(scores)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        chosen = np.arange(len(arms)), arms
        loss = -float(np.log(probabilities[chosen] + 1e-12).mean())
        accuracy = float((probabilities.argmax(axis=1) == arms).mean())
        slope = probabilities
        slope[chosen] -= 1
        slope /= len(arms)
        hidden_slope = (slope @ into_arms.T) * (1 - hidden**2)
        gradient = [
            points.T @ hidden_slope,
            hidden_slope.sum(axis=0),
            hidden.T @ slope,
            slope.sum(axis=0),
        ]
        return loss, accuracy, gradient


class Optimizer:
    """Plain gradient descent, or Adam (Kingma and Ba, 2015)."""

    def __init__(self, kind: str, parameters: list[Array]) -> None:
        import numpy as np

        self._adam = kind == "adam"
        self._first = [np.zeros_like(parameter) for parameter in parameters]
        self._second = [np.zeros_like(parameter) for parameter in parameters]
        self._steps = 0

    def update(self, parameters: list[Array], gradient: list[Array], rate: float) -> None:
        """Move the parameters one step against the gradient."""
        import numpy as np

        self._steps += 1
        for number, (parameter, slope) in enumerate(zip(parameters, gradient, strict=True)):
            if not self._adam:
                parameter -= rate * slope
                continue
            first, second = self._first[number], self._second[number]
            first += 0.1 * (slope - first)
            second += 0.001 * (slope**2 - second)
            mean = first / (1 - 0.9**self._steps)
            variance = second / (1 - 0.999**self._steps)
            parameter -= rate * mean / (np.sqrt(variance) + 1e-8)


def learning_rate(settings: RunConfig, step: int) -> float:
    """Return the rate at a step: a linear warm-up, then half a cosine down to a hundredth."""
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / settings.warmup_steps
    progress = (step - settings.warmup_steps) / max(1, settings.steps - settings.warmup_steps)
    return settings.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)


def train(settings: RunConfig) -> Iterator[dict[str, float]]:
    """Train a network; yield each step's metrics as they are known."""
    import numpy as np

    points, arms = spirals(settings.seed)
    held_out = len(points) // 4
    random = np.random.default_rng(settings.seed)
    network = Network(settings.hidden_size, settings.seed)
    optimizer = Optimizer(settings.optimizer, network.parameters)
    for step in range(settings.steps):
        chosen = random.integers(held_out, len(points), settings.batch_size)
        loss, accuracy, gradient = network.evaluate(points[chosen], arms[chosen])
        rate = learning_rate(settings, step)
        optimizer.update(network.parameters, gradient, rate)
        metrics = {
            "train/loss": loss,
            "train/accuracy": accuracy,
            "learning_rate": rate,
            "gradient_norm": math.sqrt(sum(float((slope**2).sum()) for slope in gradient)),
        }
        if step % VALIDATE_EVERY == 0 or step == settings.steps - 1:
            loss, accuracy, _ = network.evaluate(points[:held_out], arms[:held_out])
            metrics |= {"val/loss": loss, "val/accuracy": accuracy}
        yield metrics


def log_runs(directory: Path, seconds: float) -> None:
    """Train every run of the table and log it into `directory`, spread over so many seconds.

    Exits with what TrackIO said where it could not write a row.
    """
    _confine(directory)
    _refuse_what_is_missing()
    lost: list[str] = []
    _hear_of_losses(lost)
    # TrackIO prints a greeting to standard output, which is not shown.
    with contextlib.redirect_stdout(io.StringIO()):
        trackio: Any = importlib.import_module("trackio")
        accepted = inspect.signature(trackio.init).parameters
        # The demo shows a training; sampling the hardware is the dashboard's own business.
        quiet = {name: False for name in ("auto_log_gpu", "auto_log_cpu") if name in accepted}
        pause = seconds / sum(settings.steps for settings in RUNS)
        due = time.monotonic()
        for settings in RUNS:
            config: dict[str, Any] = asdict(settings)
            name = config.pop("name")
            trackio.init(project=PROJECT, name=name, config=config, **quiet)
            for step, metrics in enumerate(train(settings)):
                trackio.log(metrics, step=step)
                if lost:
                    sys.exit(lost[0])
                due += pause
                time.sleep(max(0.0, due - time.monotonic()))
            trackio.finish()
        if lost:
            sys.exit(lost[0])


def _refuse_what_is_missing() -> None:
    """Exit with a sentence where trackio or numpy is not installed, or trackio is too old."""
    for name in ("numpy", "trackio"):
        if importlib.util.find_spec(name) is None:
            sys.exit(f"it needs {name}, which is not installed: pip install {name}")
    found = importlib.metadata.version("trackio")
    if _release(found) < _release(OLDEST_TRACKIO):
        sys.exit(f"it needs trackio {OLDEST_TRACKIO} or newer, and {found} is installed")


def _release(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    numbers = (re.match(r"\d+", part) for part in version.split("."))
    return tuple(int(number[0]) if number else 0 for number in numbers)


def _hear_of_losses(lost: list[str]) -> None:
    """Add to `lost` what TrackIO warns of that it could not write.

    TrackIO writes in a thread of its own, and a warning is the only sign that this failed.
    """

    def hear(message: Warning | str, *_: object, **__: object) -> None:
        what, separator, reason = str(message).partition(". ")[0].partition(": ")
        if what.startswith("trackio failed") and separator:
            lost.append(f"TrackIO could not write: {reason}")

    warnings.showwarning = hear


def _confine(directory: Path) -> None:
    """Let TrackIO, imported after this, write to `directory` and talk to nobody.

    A person's own settings may send what is logged to a server, a Space or a webhook.
    """
    for name in [name for name in os.environ if name.startswith(("TRACKIO_", "HF_"))]:
        del os.environ[name]
    os.environ |= {
        "TRACKIO_DIR": str(directory),
        "TRACKIO_STORAGE_MODE": "sqlite",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(directory / "huggingface"),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(directory / "gradio"),
    }


def _end_with_owner(scratch: Path) -> None:
    """Wait until standard input ends, as it does when its owner dies; then leave nothing."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    # The logging thread may be writing: what it makes meanwhile goes in the next round.
    for _ in range(20):
        shutil.rmtree(scratch, ignore_errors=True)
        if not scratch.exists():
            break
        time.sleep(0.05)
    os._exit(0)


def main() -> None:
    """Train and log as the command line says."""
    parser = argparse.ArgumentParser(description="Train three small networks and log them.")
    parser.add_argument("--dir", type=Path, required=True, help="where TrackIO writes")
    parser.add_argument(
        "--seconds", type=float, default=0.0, help="how long to take (default: 0, no pause)"
    )
    parser.add_argument(
        "--owned",
        action="store_true",
        help="remove that directory and exit at once when standard input ends",
    )
    parser.add_argument(
        "--stay", action="store_true", help="with --owned: wait for that also once trained"
    )
    arguments = parser.parse_args()
    owner: threading.Thread | None = None
    if arguments.owned:
        owner = threading.Thread(target=_end_with_owner, args=(arguments.dir,), daemon=True)
        owner.start()
    log_runs(arguments.dir, arguments.seconds)
    if owner is not None and arguments.stay:
        owner.join()


if __name__ == "__main__":
    main()
