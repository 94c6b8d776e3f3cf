"""The few newest rows give the same window and the same newest step as the whole run."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackio_view.model.run import Run, RunRows
from trackio_view.sources.trackio.tables import project_reader
from trackio_view.sources.trackio.tables.project_reader import ProjectReader

Logged = tuple[object, Mapping[str, object] | str]
"""A row: its step, and its metrics or a text that is no JSON."""


def write(path: Path, rows: Iterable[Logged], *, indexed: bool = True) -> Path:
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute(
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
        " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
        " metrics TEXT NOT NULL)"
    )
    if indexed:
        database.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
    database.executemany(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        [
            ("id", f"2026-03-01T{number // 60:02d}:{number % 60:02d}:00.500000+00:00", "run", *row)
            for number, row in enumerate(
                (step, metrics if isinstance(metrics, str) else json.dumps(metrics))
                for step, metrics in rows
            )
        ],
    )
    database.commit()
    database.close()
    # A reader of a file that was written just now waits until nobody writes.
    written = time.time() - 1
    os.utime(path, (written, written))
    return path


def run_from(batches: Iterable[RunRows]) -> Run:
    run = Run("id", "run")
    for batch in batches:
        run.append(batch)
    return run


def facts(run: Run, wanted: int) -> tuple[Any, ...]:
    """Return the facts of a window: those of its metrics, the range of steps, the newest step."""
    window = run.window(wanted)
    summaries = {name: series.summary(window) for name, series in run.series.items()}
    shown = {name: summary for name, summary in summaries.items() if summary is not None}
    return shown, window.x_range, window.row_count, run.last_step, run.step_metric


def both(path: Path, wanted: int) -> tuple[tuple[Any, ...], tuple[Any, ...], int]:
    """Return the facts of the tail and of the whole run, and how many rows the tail has."""
    with ProjectReader(str(path)) as reader:
        tail = run_from(reader.tail("id", wanted))
        whole = run_from(reader.run_rows("id", times=True))
    return facts(tail, wanted), facts(whole, wanted), tail.row_count


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_reader, "FIRST_CHUNK_ROWS", 4)
    monkeypatch.setattr(project_reader, "CHUNK_ROWS", 8)


METRICS = st.sampled_from(["l", "e", "le", ""])


@st.composite
def histories(draw: st.DrawFn) -> list[Logged]:
    """Return rows of attempts, of imported metrics, and of late evaluations.

    Metrics that an attempt logs at each step are never late in it. If one such row had an earlier
    step, only all rows could tell another process from a new attempt.
    """
    rows: list[Logged] = []
    for _ in range(draw(st.integers(1, 3))):
        first, count = draw(st.integers(0, 20)), draw(st.integers(1, 30))
        metrics = draw(METRICS)
        evaluations = [name for name in "elx" if name not in metrics]
        for step in range(first, first + count):
            rows.append((step, dict.fromkeys(metrics, 1.0 * step)))
            if draw(st.integers(0, 9)) == 0:
                late = draw(st.integers(first, step))
                rows.append((late, {draw(st.sampled_from(evaluations)): 0.5}))
            if draw(st.integers(0, 40)) == 0:
                rows.append((step, "broken"))
    return rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(rows=histories(), wanted=st.integers(1, 12))
def test_the_tail_tells_what_the_whole_run_tells(
    tmp_path: Path, small_pieces: None, rows: list[Logged], wanted: int
) -> None:
    path = write(tmp_path / "p.db", rows)
    tail, whole, _ = both(path, wanted)
    assert tail == whole


def test_a_process_may_stand_at_the_step_that_is_logged_again(
    tmp_path: Path, small_pieces: None
) -> None:
    """The second process began just behind the first, and its rows are late from then on."""
    rows: list[Logged] = [(step, {"e": 1.0 * step}) for step in (0, 1, 2, 1, *range(3, 13))]
    rows += [(1, {"e": 0.5}), (12, "broken"), (2, {"l": 2.0}), (2, "broken")]
    tail, whole, _ = both(write(tmp_path / "p.db", rows), 1)
    assert tail == whole
    assert tail[3] == 12


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_checkpoints_evaluated_again_after_the_training_are_late(
    tmp_path: Path, small_pieces: None, wanted: int
) -> None:
    rows: list[Logged] = [(0, {"e": 0.5}), *[(step, {"l": 1.0 * step}) for step in range(40)]]
    rows += [(step, {"e": 1.0 * step}) for step in range(0, 8, 2)]
    tail, whole, _ = both(write(tmp_path / "p.db", rows), wanted)
    assert tail == whole
    assert tail[3] == 39


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("wanted", [3, 7, 11])
def test_processes_one_behind_the_other(
    tmp_path: Path, small_pieces: None, wanted: int, named: bool
) -> None:
    """These steps stand in a metric alone, and no index has them."""
    steps = [step for ahead in range(60) for step in (ahead, ahead - 3, ahead - 1) if step >= 0]
    rows: list[Logged] = [
        (row, {"l": 1.0, "global_step": 10 * step}) if named else (step, {"l": 1.0})
        for row, step in enumerate(steps)
    ]
    tail, whole, _ = both(write(tmp_path / "p.db", rows), wanted)
    assert tail == whole
    assert tail[3:] == ((590, "global_step") if named else (59, None))


@pytest.mark.parametrize("wanted", [1, 50, 60])
def test_one_that_lags_by_more_than_is_read_first_is_no_restart(
    tmp_path: Path, wanted: int
) -> None:
    """Two processes flush 64 rows or more at a time, and the slower one flushed last."""
    flushes = [(0, 186), (0, 186), (186, 250), (186, 250), (250, 341), (250, 314)]
    rows: list[Logged] = [(step, {"l": 1.0}) for flush in flushes for step in range(*flush)]
    tail, whole, _ = both(write(tmp_path / "p.db", rows), wanted)
    assert tail == whole
    assert tail[3] == 340


@pytest.mark.parametrize(
    ("attempts", "wanted"),
    [([(0, 10), (6, 16), (10, 25)], 12), ([(0, 24), (11, 29), (24, 33)], 13)],
)
def test_a_training_that_was_resumed_twice_is_read_to_its_first_attempt(
    tmp_path: Path, small_pieces: None, attempts: list[tuple[int, int]], wanted: int
) -> None:
    """A window over both resumes is known from no fewer rows."""
    steps = [step for attempt in attempts for step in range(*attempt)]
    rows: list[Logged] = [
        (row, {"l": 1.0, "global_step": 10 * step + 10}) for row, step in enumerate(steps)
    ]
    tail, whole, _ = both(write(tmp_path / "p.db", rows), wanted)
    assert tail == whole


LONG = 20_000


def trainer(step: int) -> Logged:
    return step // 10, {"train/loss": 1.0, "train/global_step": step}


@pytest.mark.parametrize(
    ("rows", "most"),
    [
        pytest.param([(step, {"l": 1.0}) for step in range(LONG)], 1_000, id="in order"),
        pytest.param(
            [(step - 300 * (step % 50 == 0), {"le"[step % 50 == 0]: 1.0}) for step in range(LONG)],
            2_000,
            id="evaluations that come late",
        ),
        pytest.param(
            [(step % 15_000, {"l": 1.0}) for step in range(LONG)], 1_000, id="begun again"
        ),
        pytest.param([trainer(step) for step in range(0, 10 * LONG, 10)], 1_000, id="trainer"),
        pytest.param(
            [(0, {"l": 1.0, "global_step": step}) for step in range(LONG)],
            1_000,
            id="a step that only the metric tells",
        ),
        pytest.param(
            [(step, {"l": 1.0} if step % 7 else "broken") for step in range(LONG)],
            1_000,
            id="broken rows",
        ),
        pytest.param(
            [(step % 5_000, {"abcd"[step // 5_000]: 1.0}) for step in range(LONG)],
            LONG,
            id="one metric after the other",
        ),
    ],
)
def test_only_what_is_needed_is_read(tmp_path: Path, rows: list[Logged], most: int) -> None:
    tail, whole, count = both(write(tmp_path / "p.db", rows), 100)
    assert tail == whole
    assert count <= most


def test_where_the_first_rows_tell_of_another_step_all_are_read(tmp_path: Path) -> None:
    rows: list[Logged] = [(step, {"l": 1.0}) for step in range(3_000)]
    rows += [(step, {"l": 1.0, "global_step": step * 10}) for step in range(3_000, 5_000)]
    tail, whole, count = both(write(tmp_path / "p.db", rows), 100)
    assert tail == whole
    assert tail[-1] is None
    assert count == 5_000


@pytest.mark.parametrize("step", [b"\x05\x00\x00\x00\x00\x00\x00\x00", "5.5"])
def test_steps_that_no_index_orders_are_taken_as_they_come(tmp_path: Path, step: object) -> None:
    rows: list[Logged] = [(number, {"l": 1.0}) for number in range(3_000)]
    tail, whole, count = both(
        write(tmp_path / "p.db", [*rows[:50], (step, {"e": 1.0}), *rows[50:]]), 100
    )
    assert tail == whole
    assert count < 1_000


def test_without_an_index_by_step_the_newest_rows_are_all_there_is_to_go_by(tmp_path: Path) -> None:
    rows: list[Logged] = [(step, {"l": 1.0}) for step in range(3_000)]
    tail, whole, count = both(write(tmp_path / "p.db", rows, indexed=False), 100)
    assert tail == whole
    assert count < 1_000
