"""Rows beside the database: each is shown once and in order, whenever a server imports them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.inbox import Inbox
from trackio_view.sources.trackio.source import TrackioFiles
from trackio_view.sources.trackio.waiting_rows import as_alerts, columns_of

INTERVAL = 0.01


@pytest.fixture
def watching_directory(producing: Any) -> Any:
    def watch(directory: Path, name: str = "myproj") -> Any:
        source = TrackioFiles(str(directory), INTERVAL)
        return producing(partial(source.watch, ProjectId(str(directory), name)))

    return watch


def values(run: Any) -> list[float]:
    return list(run.series["loss"].values)


async def test_a_project_that_only_waits_is_followed_and_then_its_database(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any, import_files: Any
) -> None:
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"loss": 0.0}, {"loss": 1.0}])]
    async with watching_directory(tmp_path) as received:
        started = await received.until(LoadStarted)
        await received.until(LoadFinished)
        assert values(received.runs["id-run"]) == [0.0, 1.0]
        (details,) = received.of(DetailsLoaded)
        assert [(run.run_name, run.group) for run in details.runs] == [("run", "g")]
        files.append(writer.log([{"loss": 2.0}]))
        await received.rows(3)
        import_files(tmp_path, files)
        again = await received.until(LoadStarted)
        await received.until(LoadFinished)
        assert (started.generation, again.generation) == (1, 2)
        assert values(received.runs["id-run"]) == [0.0, 1.0, 2.0]
        writer.log([{"loss": 3.0}])
        await received.rows(4)
        await received.quiet()


async def test_a_project_that_was_awaited_is_so_no_more_once_rows_of_it_wait(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any
) -> None:
    async with watching_directory(tmp_path) as received:
        assert "waiting for it" in (await received.until(Notice)).text
        inbox_writer(tmp_path).log([{"loss": 1.0}])
        await received.rows(1)
        assert (await received.until(Notice)).text is None


async def test_a_config_that_is_written_anew_for_a_known_run_is_shown(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any
) -> None:
    writer = inbox_writer(tmp_path)
    writer.log([{"loss": 0.0}])
    async with watching_directory(tmp_path) as received:
        first = await received.until(DetailsLoaded)
        assert first.runs[0].config["lr"] == 0.1
        anew = writer.record(
            "metric", metrics={"loss": 1.0}, step=1, log_id="anew", config={"lr": 0.2}
        )
        writer.write([anew])
        second = await received.until(DetailsLoaded)
        assert [run.config for run in second.runs] == [{"lr": 0.2}]


async def test_rows_are_shown_once_while_a_server_imports_them(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any, import_files: Any
) -> None:
    writer = inbox_writer(tmp_path)
    import_files(tmp_path, [writer.log([{"loss": 0.0}])])
    async with watching_directory(tmp_path) as received:
        await received.until(LoadFinished)
        files = [writer.log([{"loss": float(n)}]) for n in (1, 2, 3)]
        await received.rows(4)
        # The rows are committed but the file is not deleted yet. Shown rows are not shown again.
        import_files(tmp_path, files[:2], delete=False)
        other = [writer.log([{"loss": 4.0}])]
        await received.rows(5)
        import_files(tmp_path, [*files, *other])
        await received.quiet()
        # Rows that came and were imported between two looks are read from the database.
        import_files(tmp_path, [writer.log([{"loss": 5.0}])])
        await received.rows(6)
        await received.quiet()
    assert values(received.runs["id-run"]) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(received.of(LoadStarted)) == 1


async def test_rows_of_the_database_are_not_taken_from_a_file_left_in_the_inbox(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any, import_files: Any
) -> None:
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"loss": float(n)}]) for n in range(3)]
    import_files(tmp_path, files, delete=False)
    async with watching_directory(tmp_path) as received:
        await received.until(LoadFinished)
        await received.quiet()
    assert values(received.runs["id-run"]) == [0.0, 1.0, 2.0]


async def test_rows_wait_beside_a_table_whose_rows_have_no_ids_of_their_own(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any
) -> None:
    with closing(sqlite3.connect(tmp_path / "myproj.db", isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT,"
            " run_name TEXT, step INTEGER, metrics TEXT)"
        )
        row = "INSERT INTO metrics VALUES (NULL, '2026-01-01T00:00:00', 'old', ?, '{\"loss\":1.0}')"
        database.execute(row, (0,))
        async with watching_directory(tmp_path) as received:
            await received.until(LoadFinished)
            inbox_writer(tmp_path).log([{"loss": 2.0}])
            await received.rows(2)
            database.execute(row, (1,))
            await received.rows(3)
    assert sorted(len(run.steps) for run in received.runs.values()) == [1, 2]


async def test_alerts_and_rows_of_the_machine_are_sent_once_too(
    tmp_path: Path, watching_directory: Any, inbox_writer: Any, import_files: Any
) -> None:
    writer = inbox_writer(tmp_path)
    import_files(tmp_path, [writer.log([{"loss": 0.0}])])
    machine = writer.record("system_metric", metrics={"cpu": 5.0}, log_id="m")
    alert = writer.record("alert", title="hot", text="too hot", level="ERROR", step=3, alert_id="w")
    async with watching_directory(tmp_path) as received:
        await received.until(LoadFinished)
        path = writer.write([machine, alert])
        alerts = await received.until(AlertsLoaded, where=lambda event: bool(event.alerts))
        import_files(tmp_path, [path])
        with anyio.move_on_after(0.3):
            await received.until(RowsLoaded)
    (told,) = alerts.alerts
    assert (told.title, told.level, told.step, alerts.arriving) == ("hot", "error", 3, True)
    sent = [batch for event in received.of(SystemRowsLoaded) for batch in event.batches]
    assert [list(batch.columns["cpu"].values) for batch in sent] == [[5.0]]
    assert sum(len(event.alerts) for event in received.of(AlertsLoaded)) == 1


async def test_the_list_and_the_page_know_what_waits(
    tmp_path: Path, listed_and_opened: Any, inbox_writer: Any
) -> None:
    note = {"_type": "trackio.markdown", "_value": "a note"}
    writer = inbox_writer(tmp_path)
    writer.log([{"loss": 1.0, "note": note}])
    source = TrackioFiles(str(tmp_path), INTERVAL)
    await listed_and_opened(source, "myproj", lambda: writer.log([{"loss": 1.0}]))


_REAL = """
import os, sys, time
from pathlib import Path
from trackio import fragments
writer = fragments.FragmentWriter()
inbox = Path(os.environ["TRACKIO_DIR"]) / "inbox"
print("ready", flush=True)
for flush in range(60):
    rows = [
        fragments.metric_record({
            "project": "my proj!", "run": "run", "run_id": "r", "metrics": {"loss": float(step)},
            "step": step, "timestamp": f"2026-03-01T10:00:{flush:02d}+00:00",
            "config": {"lr": 1} if step == 0 else None, "log_id": f"log-{step}",
        })
        for step in range(5 * flush, 5 * flush + 5)
    ]
    writer.write_local(rows, inbox)
    if flush % 7 == 6:
        fragments.import_inbox_dir(inbox)
    time.sleep(0.005)
print("written", flush=True)
sys.stdin.read()
"""


async def test_every_row_once_and_in_order_while_trackio_itself_imports(
    tmp_path: Path, watching_directory: Any
) -> None:
    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    writing = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_REAL)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writing.stdin is not None
    assert writing.stdout is not None
    with writing, writing.stdin, writing.stdout:
        assert await anyio.to_thread.run_sync(writing.stdout.readline) == b"ready\n"
        async with watching_directory(tmp_path) as received:
            with anyio.fail_after(30):
                while len(values(received.runs["r"]) if "r" in received.runs else []) != 300:
                    await received.until(RowsLoaded)
                # The last of them may have come with a load, which ends after its rows.
                begun = received.of(LoadStarted)[-1].generation
                while begun not in {ended.generation for ended in received.of(LoadFinished)}:
                    await received.until(LoadFinished)
            await received.quiet()
    assert values(received.runs["r"]) == [float(step) for step in range(300)]


def test_steps_that_are_no_numbers_and_numbers_beyond_all_floats(
    tmp_path: Path, inbox_writer: Any
) -> None:
    writer = inbox_writer(tmp_path)
    odd: list[Any] = ["no step", 10**400, None, 7]
    writer.write(
        [writer.record("alert", title="odd", step=step, alert_id=f"{step}") for step in odd]
    )
    writer.write(
        [
            writer.record("metric", metrics={"loss": 1.0}, step=step, log_id=f"of {step}")
            for step in odd
        ]
    )
    inbox = Inbox(str(tmp_path))
    inbox.look()
    alerts, rows = inbox.records("myproj", ()).values()
    assert [alert.step for alert in as_alerts(alerts, "run_id", 0)] == [None, None, None, 7]
    (batch,) = columns_of(rows, "run_id", 0)
    assert list(map(repr, batch.steps)) == ["nan", "nan", "nan", "7.0"]


def test_an_alert_that_waits_has_no_text_where_its_run_gave_none(
    tmp_path: Path, inbox_writer: Any
) -> None:
    writer = inbox_writer(tmp_path)
    given: list[dict[str, Any]] = [{}, {"text": None}, {"text": ""}, {"text": "too high"}]
    writer.write(
        [writer.record("alert", title="loss", alert_id=f"{n}", **given[n]) for n in range(4)]
    )
    inbox = Inbox(str(tmp_path))
    inbox.look()
    (alerts,) = inbox.records("myproj", ()).values()
    assert [alert.text for alert in as_alerts(alerts, "run_id", 0)] == [None, None, "", "too high"]
