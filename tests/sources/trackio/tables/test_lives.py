"""A project that was followed through any changes is told as one that is read at their end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.known_facts import differences, told
from tests.sources.trackio.project_writing import ProjectWriter
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.followed import ProjectFollower
from trackio_view.sources.trackio.reader import Reader
from trackio_view.sources.trackio.tables.following import Follower

TABLES = (
    "CREATE TABLE alerts (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT, timestamp TEXT,"
    " run_name TEXT, title TEXT, text TEXT, level TEXT, step INTEGER, alert_id TEXT)",
    "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT,"
    " timestamp TEXT, run_name TEXT, metrics TEXT)",
)
EVERY_TABLE = ("metrics", "configs", "alerts", "system_metrics")
STAMP = "2023-11-14T22:{:02d}:00"
"""Shortly before the moment at which facts are compared."""
JOURNALS = ("delete", "wal")


def create(path: Path, journal: str) -> ProjectWriter:
    project = ProjectWriter(path, journal).create()
    for table in TABLES:
        project.execute(table)
    return project


def log(project: ProjectWriter, run: str, number: int) -> None:
    project.log([{"loss": float(number), f"metric {number}": 1.0}], run=run)


def log_broken(project: ProjectWriter, run: str, number: int) -> None:
    project.log(["no JSON"] * number, run=run)


def alert(project: ProjectWriter, run: str, number: int) -> None:
    project.execute(
        "INSERT INTO alerts (run_id, timestamp, run_name, title, level, step)"
        " VALUES (?, ?, ?, ?, 'warn', ?)",
        [(f"id-{run}", STAMP.format(number), run, f"odd {number}", number)],
    )


def log_system(project: ProjectWriter, run: str, number: int) -> None:
    """Log a reading of a machine whose clock is set back and forth."""
    system_row(project, run, STAMP.format(10 * number), f'{{"gpu/0/utilization": {number}}}')


def log_system_in_turn(project: ProjectWriter, run: str, number: int) -> None:
    """Log a reading of a machine whose clock goes on."""
    ((count,),) = project.rows("SELECT count(*) FROM system_metrics")
    system_row(project, run, STAMP.format(count), f'{{"gpu/0/utilization": {number}}}')


def log_broken_system(project: ProjectWriter, run: str, number: int) -> None:
    system_row(project, run, STAMP.format(number), "no JSON")


def system_row(project: ProjectWriter, run: str, stamp: str, metrics: str) -> None:
    project.execute(
        "INSERT INTO system_metrics (run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        [(f"id-{run}", stamp, run, metrics)],
    )


def configure(project: ProjectWriter, run: str, number: int) -> None:
    project.configure({"lr": number}, run=run)


def delete_run(project: ProjectWriter, run: str, _: int) -> None:
    for table in EVERY_TABLE:
        project.execute(f"DELETE FROM {table} WHERE run_id = 'id-{run}'")


def truncate(project: ProjectWriter, _: str, __: int) -> None:
    for table in EVERY_TABLE:
        project.execute(f"DELETE FROM {table}")


def rename_run(project: ProjectWriter, run: str, number: int) -> None:
    """Give a run another name, as TrackIO does: its rows of metrics come again under new ids."""
    project.execute(
        f"UPDATE metrics SET run_name = 'renamed {number}',"
        f" id = id + (SELECT max(id) FROM metrics) WHERE run_id = 'id-{run}'"
    )
    for table in EVERY_TABLE[1:]:
        project.execute(f"UPDATE {table} SET run_name = 'renamed {number}' WHERE run_id='id-{run}'")


def replace(project: ProjectWriter, run: str, number: int) -> None:
    """Put another file in its place, which has one run with an alert or is empty."""
    other = create(project.path.with_name("other.db"), project.journal_mode)
    if number:
        log(other, run, number)
        alert(other, run, number)
        log_system(other, run, number)
    os.replace(other.path, project.path)


def make_anew(project: ProjectWriter, run: str, number: int) -> None:
    """Delete the project and let a training begin it again."""
    project.path.unlink()
    create(project.path, project.journal_mode)
    if number:
        log(project, run, number)


def back_up(project: ProjectWriter, _: str, __: int) -> None:
    shutil.copyfile(project.path, project.path.with_name("backup"))


def restore(project: ProjectWriter, run: str, number: int) -> None:
    """Bring back what was there before, if anything was kept; a training goes on with it."""
    backup = project.path.with_name("backup")
    if not backup.exists():
        return
    if number % 2:
        shutil.copyfile(backup, project.path)
    else:
        shutil.copyfile(backup, copy := project.path.with_name("copy"))
        os.replace(copy, project.path)
    if number > 1:
        log(project, run, number)


Step = tuple[Callable[[ProjectWriter, str, int], None], str, int]
CHANGES = (
    *(log, log_broken, alert, log_system, log_system_in_turn, log_broken_system, configure),
    *(delete_run, truncate, rename_run, replace, make_anew, back_up, restore),
)
STEPS = st.tuples(st.sampled_from(CHANGES), st.sampled_from("aab"), st.integers(0, 3))


def follower(path: Path) -> ProjectFollower:
    def opened(following: Follower) -> Reader:
        # Rows that are gone are known by a count, which is not taken at each look.
        following.count_soon()
        return open_at_rest(str(path), patience=0.0)

    return ProjectFollower(ProjectId("", "p"), opened, None)


@given(st.lists(STEPS, min_size=2, max_size=8), st.sampled_from(JOURNALS))
@example([(log, "a", 1), (alert, "a", 1), (log, "a", 1), (replace, "a", 2)], "delete")
@example([(log_system, "a", 1), (log, "a", 1), (replace, "a", 2)], "delete")
@example([(log_broken, "a", 2), (log, "a", 1), (replace, "a", 2)], "delete")
@example([(log, "a", 1), (configure, "a", 1), (replace, "a", 2), (configure, "a", 1)], "delete")
@example([(log, "b", 1), (log_broken, "a", 1), (delete_run, "a", 0)], "wal")
@example([(log, "b", 1), (log_broken_system, "a", 1), (delete_run, "a", 0)], "delete")
@example([(log, "b", 1), (alert, "a", 1), (delete_run, "a", 0)], "delete")
@example([(alert, "a", 1), (rename_run, "a", 1)], "delete")
@example([(log_system, "a", 1), (rename_run, "a", 1)], "wal")
@example([(log_system, "a", 2), (log_system, "a", 0), (log_system, "a", 1)], "delete")
@example([(log, "a", 1), (back_up, "a", 0), (log, "a", 1), (restore, "a", 3)], "delete")
@example([(alert, "a", 1), (back_up, "a", 0), (alert, "a", 1), (restore, "a", 1)], "wal")
@settings(max_examples=40, derandomize=True)
def test_a_project_that_was_followed_is_known_as_one_that_is_read_now(
    steps: Sequence[Step], journal: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = create(Path(folder, "p.db"), journal)
        followed = follower(project.path)
        lived = told([*followed.read()])
        for change, run, number in steps:
            change(project, run, number)
            for event in followed.read():
                lived.apply(event)
        # A program that starts later is not told that an alert came while another one watched.
        lived.known.dismiss()
        assert differences(lived, told([*follower(project.path).read()])) == {}
