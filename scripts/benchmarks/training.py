"""The cost of the live screen beside a trainer that logs ten steps a second with TrackIO."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from screen import Screen

MINUTE = 60.0

_TRAINER = """
import math, random, time
import trackio

chance = random.Random(1)
trackio.init(project="bench", name="first", auto_log_gpu=False)
for step in range(1_000_000):
    falling = math.exp(-step / 80)
    values = {
        "train/loss": 2.3 + 8 * falling + chance.gauss(0, 0.08),
        "train/grad_norm": abs(chance.gauss(1, 0.4)),
        "train/learning_rate": 3e-4 * min(1, step / 100),
        "train/tokens_per_second": 41_000 + chance.gauss(0, 900),
        "train/epoch": step / 500,
    }
    if step % 25 == 24:
        values["eval/loss"] = 2.4 + 8 * falling + chance.gauss(0, 0.02)
        values["eval/perplexity"] = math.exp(values["eval/loss"])
    trackio.log(values, step=step)
    time.sleep(0.1)
"""


@contextmanager
def _trainer(directory: str) -> Iterator[None]:
    """A context in which a run is trained, from its first row in the database on."""
    command = [sys.executable, "-c", _TRAINER]
    environment = os.environ | {"TRACKIO_DIR": directory}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as trainer:
        try:
            while not (Path(directory) / "bench.db").exists():
                if trainer.poll() is not None:
                    raise RuntimeError("the trainer ended before it wrote a row")
                time.sleep(0.05)
            yield
        finally:
            trainer.kill()


def _cost_of_a_minute(screen: Screen) -> tuple[float, float]:
    """Return the bytes that the program writes within the next minute, and its seconds of CPU."""
    written = len(screen.output)
    share = screen.share_of_core(MINUTE)
    return len(screen.output) - written, share / 100 * MINUTE


def watch_a_trainer() -> Mapping[str, float]:
    """Return the bytes written and the processor time of single minutes.

    The first minute begins with the program and a run of few rows: its screens are drawn for the
    first time, and each look lengthens the axes. In the third one most of what is drawn stays.
    """
    taken: dict[str, float] = {}
    with (
        # TrackIO may still write while its process is killed.
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        _trainer(directory),
        Screen("--dir", directory) as screen,
    ):
        for minute in ("first", "second", "third"):
            taken[f"bytes, {minute}"], taken[f"CPU, {minute}"] = _cost_of_a_minute(screen)
    return taken
