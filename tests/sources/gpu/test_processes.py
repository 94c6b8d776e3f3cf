import os
import subprocess
import sys
from pathlib import Path

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.processes import TrainingProcesses, marking

HOLDS_OPEN = "import sys; held = open(sys.argv[1]); print('ready', flush=True); sys.stdin.read()"


def write_process(proc: Path, pid: int, started: str, *targets: str) -> None:
    folder = proc / str(pid) / "fd"
    folder.mkdir(parents=True, exist_ok=True)
    for link in folder.iterdir():
        link.unlink()
    for number, target in enumerate(targets):
        (folder / str(number)).symlink_to(target)
    fields = ["S", *["0"] * 18, started, "0"]
    (proc / str(pid) / "stat").write_text(f"{pid} (python (a) b) {' '.join(fields)}\n")


def test_a_real_process_that_holds_a_project_open_is_known(tmp_path: Path) -> None:
    database = tmp_path / "my-project.db"
    database.touch()
    arguments = [sys.executable, "-c", HOLDS_OPEN, str(database)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        processes = TrainingProcesses(str(tmp_path))
        assert processes.project_of(process.pid) == ProjectId(str(tmp_path), "my-project")
        assert processes.project_of(os.getpid()) is None
        process.communicate()
        assert processes.project_of(process.pid) is None


def test_what_was_seen_once_is_known_until_the_process_ends(tmp_path: Path) -> None:
    processes = TrainingProcesses("/data", tmp_path)
    write_process(tmp_path, 7, "100", "/dev/null", "/elsewhere/other.db")
    assert processes.project_of(7) is None
    write_process(tmp_path, 7, "100", "/dev/null", "/data/my.db-wal")
    assert processes.project_of(7) == ProjectId("/data", "my")
    write_process(tmp_path, 7, "100", "/dev/null")
    assert processes.project_of(7) == ProjectId("/data", "my")
    write_process(tmp_path, 7, "200", "/dev/null")
    assert processes.project_of(7) is None, "the number belongs to another process now"


async def test_events_pass_with_their_processes_marked(tmp_path: Path, gpus_sampled) -> None:
    write_process(tmp_path, 4001, "1", "/data/my.lock")
    sent = []

    async def send(event) -> None:
        sent.append(event)

    await marking(TrainingProcesses("/data", tmp_path), send)(gpus_sampled(2))
    projects = [sample.processes[0].project for sample in sent[0].samples]
    assert projects == [None, ProjectId("/data", "my")]


def test_processes_that_ended_are_forgotten(tmp_path: Path, gpus_sampled) -> None:
    processes = TrainingProcesses("/data", tmp_path)
    for pid in range(4001, 4101):
        write_process(tmp_path, pid, str(pid), "/data/my.db")
        assert processes.project_of(pid) == ProjectId("/data", "my")
        if pid > 4002:
            (tmp_path / str(pid) / "stat").unlink()
    # The number of a process that ended may be another's now.
    write_process(tmp_path, 4002, "9", "/dev/null")
    processes.marked(gpus_sampled(0))
    assert processes._projects == {(4001, "4001"): ProjectId("/data", "my")}
