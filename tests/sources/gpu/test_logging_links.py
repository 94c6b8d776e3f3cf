from pathlib import Path

import pytest

from trackio_view.model.gpu import SAME_JOB, GpuProcess
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.logging_links import LoggingLinks, SeenLogging

MY, OTHER = ProjectId("/data", "my"), ProjectId("/data", "other")


@pytest.fixture
def links(tmp_path: Path) -> LoggingLinks:
    for pid in (7, 8):
        write_start(tmp_path, pid, "100")
    return LoggingLinks(tmp_path)


def write_start(proc: Path, pid: int, started: str) -> None:
    (proc / str(pid)).mkdir(exist_ok=True)
    fields = " ".join(["S", "1", "0", "1", *["0"] * 15, started, "0"])
    (proc / str(pid) / "stat").write_text(f"{pid} (python) {fields}\n")


def test_what_was_seen_first_stays_until_another_project_is_seen(links: LoggingLinks) -> None:
    links.learn(7, MY, "writes")
    links.learn(7, MY, "holds the lock")
    links.settle((7, "100"), ("id-a", "a"), 5.0)
    assert links.of(7) == SeenLogging(MY, "writes", ("id-a", "a"), 5.0)
    assert links.changes == 2
    links.learn(7, OTHER, "holds the lock")
    assert links.of(7) == SeenLogging(OTHER, "holds the lock"), "its run is not known yet"
    assert links.changes == 3
    links.learn(7, MY, "writes")
    assert links.of(8) is None
    links.learn(9, MY, "writes")
    assert links.by_pid() == {7: SeenLogging(MY, "writes")}, "9 is not there"


def test_a_settled_run_is_told_of_the_process(links: LoggingLinks) -> None:
    links.learn(7, MY, "writes")
    links.settle((7, "100"), ("id-a", "a"), 5.0)
    link = links.of(7)
    assert link == SeenLogging(MY, "writes", ("id-a", "a"), 5.0)
    told = link.told_of(GpuProcess(pid=7, kind="compute", memory=None))
    assert (told.project, told.run, told.run_id, told.link) == (MY, "a", "id-a", "writes")
    assert link.told_of(told, SAME_JOB).link == SAME_JOB


def test_a_process_that_ended_is_forgotten(links: LoggingLinks, tmp_path: Path) -> None:
    links.learn(7, MY, "writes")
    links.learn(8, MY, "writes")
    write_start(tmp_path, 7, "200")
    assert links.of(7) is None
    assert links.by_pid().keys() == {7, 8}
    links.forget_ended()
    assert links.by_pid().keys() == {8}


def test_the_run_of_a_process_that_was_forgotten_meanwhile_is_not_kept(
    links: LoggingLinks,
) -> None:
    links.settle((7, "100"), ("id-a", "a"), 5.0)
    assert links.known() == []
