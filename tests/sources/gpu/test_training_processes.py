import os
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from trackio_view.model.gpu import GpuProcess, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu import open_projects
from trackio_view.sources.gpu.lock_openings import LockEvents, LockOpenings
from trackio_view.sources.gpu.training_processes import Marking, TrainingProcesses

HOLDS_OPEN = "import sys; held = open(sys.argv[1]); print('ready', flush=True); sys.stdin.read()"


class Slept(Exception):
    """How long a pause would have slept."""


def write_process(
    proc: Path, pid: int, started: str, *targets: str, parent: int = 1, session: int = 1
) -> None:
    folder = proc / str(pid) / "fd"
    folder.mkdir(parents=True, exist_ok=True)
    for link in folder.iterdir():
        link.unlink()
    for number, target in enumerate(targets):
        (folder / str(number)).symlink_to(target)
    fields = ["S", str(parent), "0", str(session), *["0"] * 15, started, "0"]
    (proc / str(pid) / "stat").write_text(f"{pid} (python (a) b) {' '.join(fields)}\n")


def project_of(processes: TrainingProcesses, pid: int) -> ProjectId | None:
    link = processes._links_of([pid]).get(pid)
    return None if link is None else link.project


def test_a_real_process_that_holds_a_project_open_is_known(tmp_path: Path) -> None:
    database = tmp_path / "my-project.db"
    database.touch()
    arguments = [sys.executable, "-c", HOLDS_OPEN, str(database)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        processes = TrainingProcesses(str(tmp_path))
        assert project_of(processes, process.pid) == ProjectId(str(tmp_path), "my-project")
        assert project_of(processes, os.getpid()) is None
        process.communicate()
        assert project_of(processes, process.pid) is None


def test_a_project_seen_once_is_known_until_the_process_ends(tmp_path: Path) -> None:
    processes = TrainingProcesses("/data", tmp_path)
    write_process(tmp_path, 7, "100", "/dev/null", "/elsewhere/other.db")
    assert project_of(processes, 7) is None
    write_process(tmp_path, 7, "100", "/dev/null", "/data/my.db-wal")
    assert project_of(processes, 7) == ProjectId("/data", "my")
    write_process(tmp_path, 7, "100", "/dev/null")
    assert project_of(processes, 7) == ProjectId("/data", "my")
    write_process(tmp_path, 7, "200", "/dev/null")
    assert project_of(processes, 7) is None, "the number belongs to another process now"


async def test_events_pass_with_their_processes_marked(tmp_path: Path, gpus_sampled) -> None:
    write_process(tmp_path, 4001, "1", "/data/my.lock")
    sent = []

    async def send(event) -> None:
        sent.append(event)

    await Marking(TrainingProcesses("/data", tmp_path), send).receive(gpus_sampled(2))
    projects = [sample.processes[0].project for sample in sent[0].samples]
    assert projects == [None, ProjectId("/data", "my")]


def test_a_process_that_is_none_of_ours_is_linked_to_nothing(tmp_path: Path, gpus_sampled) -> None:
    write_process(tmp_path, 4001, "1", "/data/my.lock")
    event = gpus_sampled(2)
    sample = event.samples[1]
    (process,) = sample.processes
    assert process.pid == 4001
    far = sample._replace(processes=(process._replace(command=None, user=None),))
    processes = TrainingProcesses("/data", tmp_path)
    marked = processes.marked(event._replace(samples=(event.samples[0], far)))
    assert [process.project for process in marked.samples[1].processes or ()] == [None]
    marked = processes.marked(event)
    projects = [process.project for process in marked.samples[1].processes or ()]
    assert projects == [ProjectId("/data", "my")]


async def test_a_link_that_is_found_between_two_readings_is_told_before_the_next(
    tmp_path: Path, gpus_sampled
) -> None:
    sent: list[GpusSampled] = []

    async def send(event) -> None:
        sent.append(event)

    write_process(tmp_path, 4000, "1", "/dev/null")
    marking = Marking(TrainingProcesses("/data", tmp_path), send)
    await marking.receive(gpus_sampled(1))
    await marking.pause(0.001)
    assert len(sent) == 1
    marking.processes.links.learn(4000, ProjectId("/data", "my"), "writes")
    await marking.pause(0.001)
    await marking.pause(0.001)
    assert [projects_of(event) for event in sent] == [[None], [ProjectId("/data", "my")]]
    for run in ("first", "first", "second"):
        marking.processes.links.settle((4000, "1"), (None, run), 1.0)
        await marking.pause(0.001)
    told = [processes_of(event)[0].run for event in sent]
    assert told == [None, None, "first", "second"]


@pytest.mark.parametrize("waits", [False, True])
async def test_a_pause_is_cut_short_only_while_flushes_are_waited_for(
    tmp_path: Path, monkeypatch, waits: bool
) -> None:
    async def sleep(seconds: float) -> None:
        raise Slept(seconds)

    async def send(event: GpusSampled) -> None:
        raise AssertionError(event)

    monkeypatch.setattr(anyio, "sleep", sleep)
    monkeypatch.setattr(TrainingProcesses, "waits", lambda _: waits)
    with pytest.raises(Slept) as slept:
        await Marking(TrainingProcesses("/data", tmp_path), send).pause(60.0)
    assert (slept.value.args[0] < 1.0) is waits


def test_processes_that_ended_are_forgotten(tmp_path: Path, gpus_sampled) -> None:
    processes = TrainingProcesses("/data", tmp_path)
    for pid in range(4001, 4101):
        write_process(tmp_path, pid, str(pid), "/data/my.db")
        assert project_of(processes, pid) == ProjectId("/data", "my")
        if pid > 4002:
            (tmp_path / str(pid) / "stat").unlink()
    # The number of an ended process may belong to another one now.
    write_process(tmp_path, 4002, "9", "/dev/null")
    processes.marked(gpus_sampled(0))
    assert dict(processes.links.known()).keys() == {(4001, "4001")}


def processes_of(event: GpusSampled) -> list[GpuProcess]:
    return [process for sample in event.samples for process in sample.processes or ()]


def projects_of(event: GpusSampled) -> list[ProjectId | None]:
    """Return the project of each process, in order."""
    return [process.project for process in processes_of(event)]


def write_locks(proc: Path, lock: Path, *pids: int) -> None:
    """Make the kernel's list say that these processes hold the lock."""
    status = lock.stat()
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    rows = [f"1: FLOCK  ADVISORY  WRITE {pid} {place} 0 EOF\n" for pid in pids]
    (proc / "locks").write_text("".join(rows))


def test_a_lock_that_is_opened_tells_its_holder_also_another_users(
    tmp_path: Path, gpus_sampled
) -> None:
    proc, projects = tmp_path / "proc", tmp_path / "projects"
    projects.mkdir()
    write_process(proc, 4000, "1")
    write_process(proc, 4001, "1")
    processes = TrainingProcesses(str(projects), proc)
    event = processes.marked(gpus_sampled(2))
    assert projects_of(event) == [None, None]
    (projects / "my.lock").touch()
    write_locks(proc, projects / "my.lock", 4001, 5000)
    # The thread may begin to wait after the lock was opened first, but trainings open their locks
    # again.
    processes.follow(event)
    thread = processes._thread
    assert thread is not None
    patience = time.monotonic() + 60
    while project_of(processes, 4001) is None and time.monotonic() < patience:
        (projects / "my.lock").write_bytes(b"")
    processes.end()
    thread.join()
    marked = processes.marked(event)
    assert projects_of(marked) == [None, ProjectId(str(projects), "my")]


def test_nothing_is_waited_for_where_every_process_has_its_project(
    tmp_path: Path, gpus_sampled
) -> None:
    write_process(tmp_path, 4000, "1", "/data/my.db")
    processes = TrainingProcesses("/data", tmp_path)
    processes.follow(processes.marked(gpus_sampled(1)))
    assert processes._thread is None


async def test_files_are_looked_at_by_each_reading_where_flushes_cannot_be_waited_for(
    tmp_path: Path, gpus_sampled, monkeypatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(open_projects, "open_project", lambda proc, pid, _: looks.append(pid))
    write_process(tmp_path, 4000, "1")
    processes = TrainingProcesses(str(tmp_path / "nowhere"), tmp_path)

    async def send(event) -> None:
        pass

    marks = Marking(processes, send)
    for count in range(1, 41):
        (tmp_path / "4000" / "io").write_text(f"wchar: {count}\n")
        await marks.receive(gpus_sampled(1))
        if processes._thread is not None:
            processes._thread.join()
        assert len(looks) == count


def test_a_process_is_looked_at_once_however_many_gpus_it_uses(
    tmp_path: Path, gpus_sampled, monkeypatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(open_projects, "open_project", lambda proc, pid, _: looks.append(pid))
    write_process(tmp_path, 4000, "1")
    event = gpus_sampled(1)
    processes = TrainingProcesses("/data", tmp_path)
    assert processes.marked(event._replace(samples=event.samples * 3)).samples[0].processes
    assert looks == [4000]


def test_a_script_waits_only_where_a_project_was_just_written(
    tmp_path: Path, gpus_sampled, monkeypatch
) -> None:
    proc, projects = tmp_path / "proc", tmp_path / "projects"
    projects.mkdir()
    write_process(proc, 4000, "1")
    lock = projects / "my.lock"
    lock.touch()
    os.utime(lock, (1000, 1000))
    write_locks(proc, lock, 4000)
    waits = []

    def opened(openings: LockOpenings, seconds: float) -> LockEvents:
        waits.append(seconds)
        openings.sessions.opened("my")
        return LockEvents(("my",))

    monkeypatch.setattr(LockOpenings, "wait", opened)
    processes = TrainingProcesses(str(projects), proc)
    event = processes.look_for(gpus_sampled(1), now=lambda: 1006.0)
    assert projects_of(event) == [None]
    assert waits == []
    event = processes.look_for(gpus_sampled(1), now=lambda: 1004.0)
    assert projects_of(event) == [ProjectId(str(projects), "my")]
    assert len(waits) == 1
    assert waits[0] <= 1.5


def test_a_rank_that_does_not_log_has_the_run_of_the_one_that_does(
    tmp_path: Path, gpus_sampled
) -> None:
    (tmp_path / "uptime").parent.mkdir(exist_ok=True)
    (tmp_path / "uptime").write_text("1000.0 1.0\n")
    for pid, parent in ((4000, 90), (4001, 90), (90, 10), (10, 1)):
        write_process(tmp_path, pid, "1", parent=parent, session=10)
    write_process(tmp_path, 4001, "1", "/data/my.lock", parent=90, session=10)
    for pid in (4000, 4001):
        (tmp_path / str(pid) / "cmdline").write_text(f"python\0train.py\0--local-rank={pid}\0")
        (tmp_path / str(pid) / "environ").write_text(f"RANK={pid}\0MASTER_PORT=29500\0")
    processes = TrainingProcesses("/data", tmp_path)
    told = processes_of(processes.marked(gpus_sampled(2)))
    assert (told[1].project, told[1].link) == (ProjectId("/data", "my"), "writes")
    # From the next look on, it is told that the logging process was found.
    told = processes_of(processes.marked(gpus_sampled(2)))
    assert (told[0].project, told[0].link) == (ProjectId("/data", "my"), "same job")
    # A process that has just begun may still log.
    (tmp_path / "uptime").write_text("3.0 1.0\n")
    assert processes_of(processes.marked(gpus_sampled(2)))[0].link is None


def test_a_child_of_a_program_that_logs_is_its_rank_after_ten_seconds_without_logging(
    tmp_path: Path, gpus_sampled, monkeypatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    (tmp_path / "uptime").write_text("1000.0 1.0\n")
    write_process(tmp_path, 4000, "1", parent=90, session=10)
    write_process(tmp_path, 90, "1", "/data/my.lock", parent=10, session=10)
    processes = TrainingProcesses("/data", tmp_path)
    assert project_of(processes, 90) == ProjectId("/data", "my")
    for moment, link in [(1000.0, None), (1009.9, None), (1010.0, "same job")]:
        now[0] = moment
        assert processes_of(processes.marked(gpus_sampled(1)))[0].link == link
