"""A training that never ends: logs to a project through TrackIO as people do in weeks.

Runs begin, raise alerts, log their machine, are renamed and deleted, so that the project stays
small. At the end, the number of rows is written to a file.
"""

from __future__ import annotations

import argparse
import importlib
import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = "soak"
_MOST_RUNS = 12
_PAUSE = 0.02
_SYSTEM_EVERY = 10


class Writer:
    """The runs that were logged so far."""

    def __init__(self, seed: int) -> None:
        # TrackIO is imported here because it reads its directory from the environment.
        self._trackio: Any = importlib.import_module("trackio")
        self._storage: Any = importlib.import_module("trackio.sqlite_storage").SQLiteStorage
        self._random = random.Random(seed)
        self._count = 0
        self.rows: dict[str, int] = {}
        """The number of rows of each run that exists."""

    def train(self, goes_on: Callable[[], bool]) -> None:
        """Log a run from its beginning to its end."""
        self._count += 1
        name = f"run-{self._count}"
        settings = {"lr": 10 ** self._random.uniform(-4, -1), "seed": self._count}
        self._trackio.init(
            project=PROJECT, name=name, config=settings, auto_log_gpu=False, auto_log_cpu=False
        )
        steps = self._random.randrange(40, 400)
        logged = 0
        while logged < steps and goes_on():
            metrics = {
                "train/loss": 3 * math.exp(-logged / 80) + self._random.random() * 0.1,
                "val/accuracy": 1 - math.exp(-logged / 90),
                "lr": settings["lr"],
            }
            if self._count % 3 == 0:
                metrics[f"odd/{self._count}"] = self._random.random()
            self._trackio.log(metrics, step=logged)
            logged += 1
            if logged % _SYSTEM_EVERY == 0:
                load = {"gpu/0/utilization": self._random.uniform(20, 100), "cpu/percent": 40.0}
                self._trackio.log_system(load)
            if self._random.random() < 0.01:
                self._trackio.alert(f"odd at {logged}", text="to be looked at")
            time.sleep(_PAUSE)
        self._trackio.finish()
        self.rows[name] = logged

    def tidy(self) -> None:
        """Rename some run, and delete the oldest ones beyond a few."""
        if self._random.random() < 0.5:
            old = self._random.choice(list(self.rows))
            new = f"renamed-{self._count}-{old[-6:]}"
            self._storage.rename_run(PROJECT, old, new)
            self.rows[new] = self.rows.pop(old)
        while len(self.rows) > _MOST_RUNS:
            gone = next(iter(self.rows))
            self._storage.delete_run(PROJECT, gone)
            del self.rows[gone]


def main() -> None:
    """Log for as long as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=Path, required=True, help="where the number of rows goes")
    arguments = parser.parse_args()
    end: float = time.monotonic() + arguments.seconds
    writer = Writer(arguments.seed)

    def goes_on() -> bool:
        return time.monotonic() < end

    while goes_on():
        writer.train(goes_on)
        writer.tidy()
    arguments.count.write_text(str(sum(writer.rows.values())))


if __name__ == "__main__":
    main()
