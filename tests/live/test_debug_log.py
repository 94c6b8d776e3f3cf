"""`--debug` tells what the program did, without names of runs and without their values."""

from __future__ import annotations

import logging
import os
import re
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from trackio_view.live.debug_log import DebugLog
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    PreviewLoaded,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails
from trackio_view.wording.debug_lines import FIRST_WORDS, NAMES_TOLD, tells_fault
from trackio_view.wording.left_out_names import LeftOutNames

SECRET = ProjectId("/home/ada/runs", "merger-2027")


def logged(path: Path, *records: tuple[Any, ...], with_names: bool = False) -> list[str]:
    """Return the lines after the first three."""
    log = logging.getLogger("trackio_view.live.live_session")
    with DebugLog(path, LeftOutNames(told=with_names)).listening():
        for message, *values in records:
            log.debug(message, *values)
    return path.read_text("utf-8").splitlines()[3:]


def test_a_session_is_told_without_names_and_data(folder: Any, start: Any, tmp_path: Path) -> None:
    folder.train(100, project="merger-2027", run="acquired")
    file = tmp_path / "log"
    console = start("-p", "merger-2027", "--debug", file)
    console.wait_for("step 99")
    folder.file("merger-2027").rename(tmp_path / "moved.db")
    console.wait_for("gone")
    console.press("t", "1 run")
    console.type("q")
    assert console.exit_code() == 0
    text = file.read_text("utf-8")
    assert text.startswith(FIRST_WORDS)
    assert NAMES_TOLD not in text
    for told in (
        "project 1 is watched",
        "project 1 read to its end in",
        "project 1 cannot be read: DatabaseFault: The database is not there.",
        "RowsLoaded, of project 1, 100 rows in 1 batches of 2 columns, folded in",
        "bytes written in",
        "keys of 1 inputs answered in",
        "warning on project 1: The project's database is gone",
    ):
        assert told in text
    for secret in ("merger", "acquired", "loss", "3.901", str(folder.path), str(Path.home())):
        assert secret not in text
    assert any(map(tells_fault, text.splitlines()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (ProjectsListed(SECRET.origin, []), "ProjectsListed, 0 projects"),
        (LoadStarted(SECRET, 1, 70), "LoadStarted, of project 1, 70 rows to read"),
        (
            DetailsLoaded(SECRET, 1, [RunDetails("id-acquired", "acquired", {"price": 7})]),
            "DetailsLoaded, of project 1, 1 runs",
        ),
        (
            AlertsLoaded(SECRET, 1, [Alert(1, "i", "ada", "Sold", None, "info", 3, 0.0)], True),
            "AlertsLoaded, of project 1, 1 alerts",
        ),
        (LoadFinished(SECRET, 1), "LoadFinished, of project 1"),
        (
            Notice(ProjectOrigin(SECRET), "The run 'acquired' is gone."),
            "Notice, warning on project 1: The run '...' is gone.",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_event_is_told_by_its_kind_and_how_much_it_holds(
    tmp_path: Path, event: DataEvent, told: str
) -> None:
    (line,) = logged(tmp_path / "log", ("%s, folded", event))
    assert line.endswith(f"{told}, folded")
    assert 0 <= float(line.split()[0]) < 60, "seconds since the log began"


def test_names_that_only_the_details_of_runs_tell_are_left_out(tmp_path: Path) -> None:
    details = DetailsLoaded(
        SECRET, 1, [RunDetails("r1", "acquired", {}), RunDetails("r2", "sold", {})]
    )
    fault = Notice(ProjectOrigin(SECRET), "What acquired and sold logged cannot be read.")
    _, line = logged(tmp_path / "log", ("%s, folded", details), ("%s, folded", fault))
    assert "acquired" not in line
    assert "sold" not in line


@pytest.mark.parametrize(
    "told",
    [
        lambda batches: RowsLoaded(SECRET, 1, batches, 2),
        lambda batches: PreviewLoaded(SECRET, 1, batches),
        lambda batches: SystemRowsLoaded(SECRET, 1, batches, False),
    ],
    ids=["rows", "preview", "rows of the machine"],
)
def test_the_names_of_all_runs_whose_rows_came_are_left_out(
    tmp_path: Path, batch: Any, told: Any
) -> None:
    batches = [
        batch({"loss": [1.0]}, run_id=f"id-{run}", run_name=run) for run in ("acquired", "sold")
    ]
    fault = Notice(ProjectOrigin(SECRET), "Broken: acquired, sold, id-acquired and id-sold.")
    _, line = logged(tmp_path / "log", ("%s, folded", told(batches)), ("%s, folded", fault))
    assert "acquired" not in line
    assert "sold" not in line


def test_the_names_of_all_projects_that_are_listed_are_left_out(tmp_path: Path) -> None:
    projects = [
        ProjectSummary(ProjectId(SECRET.origin, name), None, None, None, None)
        for name in ("merger-2027", "layoffs")
    ]
    listed = ProjectsListed(SECRET.origin, projects)
    fault = Notice(ProgramOrigin.DATA_DIRECTORY, "Two files are of merger-2027 and layoffs.")
    _, line = logged(tmp_path / "log", ("%s, folded", listed), ("%s, folded", fault))
    assert "merger" not in line
    assert "layoffs" not in line


def test_names_are_told_to_who_asks_for_them(tmp_path: Path) -> None:
    notice = Notice(ProjectOrigin(SECRET), "The run 'acquired' is gone.\x1b[2J")
    (line,) = logged(tmp_path / "log", ("%s, folded", notice), with_names=True)
    assert "merger-2027: The run 'acquired' is gone." in line
    assert "\x1b" not in line
    assert NAMES_TOLD in (tmp_path / "log").read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("notice", "is_fault"),
    [
        (Notice(ProgramOrigin.DATA_DIRECTORY, "It is gone."), True),
        (Notice(ProgramOrigin.DATA_DIRECTORY, "It is there.", Severity.INFO), False),
        (Notice(ProgramOrigin.DATA_DIRECTORY, None), False),
    ],
)
def test_a_notice_of_something_wrong_is_a_fault(
    tmp_path: Path, notice: Notice, is_fault: bool
) -> None:
    (line,) = logged(tmp_path / "log", ("%s, folded", notice))
    assert tells_fault(line) is is_fault


def test_a_bug_is_told_with_where_it_is_and_without_its_words(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with pytest.raises(KeyError), DebugLog(file, LeftOutNames()).listening():
        raise KeyError("acquired")
    text = file.read_text()
    assert re.search(r"test_debug_log\.py:\d+ in test_a_bug_is_told", text)
    assert "KeyError" in text
    assert "acquired" not in text
    assert any(map(tells_fault, text.splitlines()))


def test_a_message_that_cannot_be_formatted_ends_nothing(tmp_path: Path) -> None:
    (line,) = logged(tmp_path / "log", ("%d rows", "many"))
    assert "could not be told" in line


def test_a_log_of_days_keeps_its_newest_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[DebugLog.__module__], "_MOST_BYTES", 2_000)
    lines = logged(tmp_path / "log", *(("number %d", number) for number in range(500)))
    assert "number 499" in lines[-1]
    assert (tmp_path / "log").stat().st_size <= 2_200
    text = (tmp_path / "log").read_text()
    assert text.startswith(FIRST_WORDS)
    assert "older lines are left out" in text


def test_a_disk_that_takes_no_more_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    module = sys.modules[DebugLog.__module__]
    monkeypatch.setattr(module, "open_own", lambda *_: os.open("/dev/full", os.O_WRONLY))
    log = logging.getLogger("trackio_view.live.live_session")
    with DebugLog(tmp_path / "log", LeftOutNames()).listening():
        for number in range(100):
            log.debug("number %d", number)


def test_nobody_listens_once_it_is_over(tmp_path: Path) -> None:
    package = logging.getLogger("trackio_view")
    before = (package.level, list(package.handlers), package.propagate)
    logged(tmp_path / "log", ("one",))
    assert (package.level, list(package.handlers), package.propagate) == before
    assert not logging.getLogger("trackio_view.live.live_session").isEnabledFor(logging.DEBUG)
    assert "debug log" not in {thread.name for thread in threading.enumerate()}


def test_where_there_is_another_file_it_is_said(start: Any, folder: Any, tmp_path: Path) -> None:
    folder.train(3)
    (tmp_path / "thesis").write_text("years of work")
    console = start("--debug", tmp_path / "thesis", size=(400, 30))
    assert console.exit_code() == 6
    assert "thesis: it holds something else, and is left as it is" in console.text
    assert (tmp_path / "thesis").read_text() == "years of work"
