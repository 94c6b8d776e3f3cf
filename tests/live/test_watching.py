"""Changes of the files show on screen: rows written, runs renamed, files deleted and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from trackio_view.live.sources import GpuProducers
from trackio_view.live.watching import Watching, _import_numpy
from trackio_view.model.events import DataEvent
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.series import numpy_policy
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.run_page import RunPageView
from trackio_view.view.seen_screens import wanted

pytestmark = pytest.mark.anyio

TRAINING = """
import os, sys
import trackio
from pathlib import Path

def wait_for(name):
    # The test says when to go on, by a line.
    assert sys.stdin.readline().strip() == name, name
    print("did", name, flush=True)

trackio.init(project="real thing", name="first", embed=False, config={"layers": 3})
for step in range(20):
    trackio.log({"train/loss": 2 - step / 20, "val/accuracy": step / 20, "note": "text"})
trackio.finish()
wait_for("more")
trackio.init(project="real thing", name="second", embed=False)
for step in range(10):
    trackio.log({"train/loss": 9 - step, "nan": float("nan")})
trackio.finish()
wait_for("resume")
trackio.init(project="real thing", name="first", embed=False, resume="must")
trackio.log({"train/loss": 0.125}, step=20)
trackio.finish()
wait_for("end")
"""


@pytest.fixture
def training(folder: Any, tmp_path: Path) -> Any:
    """Return a process that logs through TrackIO itself and goes on when told."""
    script = tmp_path / "training.py"
    script.write_text(TRAINING)
    environment = {
        **os.environ,
        "TRACKIO_DIR": str(folder.path),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        yield process
        process.kill()


def test_a_real_training_is_watched_live(start: Any, folder: Any, training: Any) -> None:
    def tell(name: str) -> None:
        training.stdin.write(f"{name}\n")
        training.stdin.flush()

    # Nothing exists yet. The screen says what it waits for, and where.
    console = start(size=(110, 36))
    console.wait_for("Waiting for a TrackIO project in", str(folder.path))
    console.wait_for("train/loss", "val/accuracy", "real", "first", "looks live", "1.0500")
    assert "note" not in console.text
    console.wait_for("step 19")
    tell("more")
    console.wait_for("▸ second", "train/loss", "NaN", "looks live")
    console.wait_until(lambda: "step 9" in console.text)
    console.press("r", "▸ first", "step 19", "Iteration             19")
    tell("resume")
    console.wait_for("▸ first", "Iteration             20", "0.1250")
    tell("end")
    assert training.wait(20) == 0
    console.type("q")
    assert console.exit_code() == 0
    assert console.foreign_bytes() == []
    # After the writer has finished, the files are as they would be without a viewer.
    assert not [name for name in folder.state() if name.endswith(("-wal", "-shm", "-journal"))]


def test_rows_runs_and_files_come_and_go(start: Any, folder: Any) -> None:
    folder.train(50, run="one")
    folder.train(20, run="two", first_step=100)
    console = start()
    console.wait_for("▸ two", "3.8810")

    folder.train(5, run="two", first_step=120)
    console.wait_for("step 124", "3.8760")

    # The newest run is deleted, so the run before it is on screen again, as in TrackIO.
    folder.execute("DELETE FROM metrics WHERE run_name = 'two'")
    console.wait_for("▸ one", "step 49", "3.9510")
    folder.execute("UPDATE metrics SET run_name = 'renamed'")
    # A new name makes no row. It is read with the next row at the latest.
    folder.execute("UPDATE metrics SET run_id = 'id-renamed'")
    console.wait_for("▸ renamed", "3.9510")
    folder.train(3, run="renamed", first_step=50)
    console.wait_for("step 52")

    # Resumed from a checkpoint, the steps jump back.
    folder.log([{"loss": 0.5}], run="renamed", first_step=10)
    console.wait_for("▸ renamed", "0.5000")

    # The file is replaced by another, then vanishes, then comes back.
    other = folder.train(4, project="other", run="replacement", first_step=900)
    other.replace(folder.file())
    for ending in ("-wal", "-shm"):
        folder.file().with_name(f"project.db{ending}").unlink(missing_ok=True)
    console.wait_for("▸ replacement", "step 903", "3.0970")
    away = folder.file().rename(folder.path / "away.bak")
    console.wait_for("The project's database is gone", "3.0970", "▸ replacement")
    console.press("+", "Last 500")
    away.rename(folder.file())
    console.wait_while("is gone")
    folder.train(1, run="replacement", first_step=904)
    console.wait_for("step 904", "3.0960")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_the_first_project_that_appears_is_shown(start: Any, folder: Any, tmp_path: Path) -> None:
    missing = tmp_path / "not" / "there"
    console = start("--dir", missing)
    console.wait_for("Waiting for a TrackIO project in", str(missing), "There is no such folder")
    console.press("p", "no project there yet")
    console.type("p")
    missing.mkdir(parents=True)
    console.wait_while("no such folder")
    # An empty database is no project until its first row.
    folder.path = missing
    folder.create("early")
    console.take_in(0.5)
    assert "Waiting" in console.text
    folder.train(7, project="early")
    console.wait_for("early ▸ run", "3.9940")
    # A project that comes later does not take its place on screen.
    folder.train(7, project="later", first_step=2000)
    console.press("p", "later", "early")
    console.press("p", "early ▸ run")
    console.type("q")
    assert console.exit_code() == 0


def test_a_project_named_without_rows_is_waited_for(start: Any, folder: Any) -> None:
    folder.create("soon")
    console = start("--project", "soon")
    console.wait_for("Waiting for the first row")
    folder.train(2, project="soon")
    console.wait_for("soon ▸ run", "3.9990")
    console.wait_while("Waiting")
    console.type("q")
    assert console.exit_code() == 0


def test_an_unknown_project_is_waited_for_and_keys_are_kept(start: Any, folder: Any) -> None:
    for name in ("resnet-50", "resnet-18", "tokenizer"):
        folder.train(1, project=name)
    console = start("--project", "resnet-51")
    console.wait_for("Waiting for the project", "Did you mean: resnet-50, resnet-18", "the 3 that")
    assert "tokenizer" not in console.text
    console.press("i", "Typed for then: i (Esc drops it)")
    folder.train(2, project="resnet-51")
    console.wait_for("resnet-51 ▸ run", "run id")
    console.press("\x1b", "3.9990")
    console.type("q")
    assert console.exit_code() == 0


def test_a_training_log_is_watched(start: Any, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("".join(f"step={step} loss={4 - step / 100:.4f}\n" for step in range(30)))
    console = start("--log", log)
    console.wait_for("train", "loss", "3.7100")
    with log.open("a") as lines:
        lines.write("step=30 loss=1.5000 new_metric=7\n")
        lines.flush()
        console.wait_for("1.5000", "new_metric")
        lines.write("step=31 loss=\x1b[31m1.2500\x1b[0m \x1b]0;title\x07 new_metric=8\n")
        lines.flush()
        console.wait_for("8  ▲ 1")
    log.unlink()
    console.press("+", "Last 500")
    console.type("q")
    assert console.exit_code() == 0
    assert console.foreign_bytes() == []


def test_unused_memory_is_freed_now_and_then(start: Any, folder: Any) -> None:
    folder.train(50)
    console = start(
        script="""
        import atexit, os, signal
        from trackio_view.live import live_session
        from trackio_view.operating_system import free_memory
        live_session._TIDY_SECONDS, done = 0.05, []
        free_memory.rest = lambda: done.append("rest")
        free_memory.collect = lambda: done.append("collect")
        def give_back():
            done.append("give back")
            if len(done) == 6:
                os.kill(os.getpid(), signal.SIGTERM)
        free_memory.give_back = give_back
        atexit.register(lambda: print(*done[:6], sep=","))
        """
    )
    assert console.exit_code() == 128 + signal.SIGTERM
    done = ["rest", "give back", "collect", "give back", "collect", "give back"]
    assert console.afterwards.strip().split(",") == done


class Sources:
    """Producers that record when they begin and when they are stopped."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def produce(self, what: str) -> None:
        self.told.append(what)
        try:
            await anyio.sleep_forever()
        finally:
            self.told.append(f"{what} left")

    async def watch(self, project: ProjectId, _: Any) -> None:
        await self.produce(project.name)

    async def page(self, run: RunKey, _: Any) -> None:
        await self.produce(f"page of {run.run_id}")

    async def gpus(self, _: Any) -> None:
        await self.produce("GPUs")


@pytest.mark.parametrize("is_recorded", [False, True])
async def test_a_project_on_screen_is_watched_once_and_let_go_of(is_recorded: bool) -> None:
    first, second = ProjectId("", "first"), ProjectId("", "second")
    dashboard, seen = Dashboard(), threading.Event()
    sources: Any = Sources()
    dashboard.meet(second)
    dashboard.watch(first)
    send, receive = anyio.create_memory_object_stream[DataEvent](1)
    with send, receive:
        async with anyio.create_task_group() as group:
            gpus = GpuProducers(sources.gpus)
            watching = Watching(
                dashboard, sources, gpus, group, send, seen, is_recorded=is_recorded
            )

            async def told() -> list[str]:
                sources.told.clear()
                watching.follow()
                watching.follow()
                await anyio.wait_all_tasks_blocked()
                return list(sources.told)

            assert await told() == ["first", "second"], "the one on screen is read first"
            assert watching.interest().watched == {first, second}
            assert seen.is_set() == is_recorded
            dashboard.show_gpus()
            assert await told() == ["GPUs"]
            assert seen.is_set()
            dashboard.show_gpus(False)
            assert await told() == [], "they are sampled on, so that their history has no gap"
            assert seen.is_set() == is_recorded
            dashboard.view.open(Mode.RUN_PAGE, RunPageView(key=RunKey(first, "r")))
            assert await told() == ["page of r"]
            dashboard.view.back()
            assert await told() == ["page of r left"]
            dashboard.known.projects.pop(second)
            assert await told() == ["second left"]
            group.cancel_scope.cancel()


async def test_the_history_of_an_opened_machine_is_read_once_and_let_go_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dashboard, sources, seen = Dashboard(), Sources(), threading.Event()
    opened: list[str | None] = [None]
    of_nothing = wanted(dashboard)
    monkeypatch.setattr(
        "trackio_view.live.watching.wanted", lambda _: of_nothing._replace(host=opened[-1])
    )

    async def open_host(host: str, _: Any) -> None:
        await sources.produce(host)

    send, receive = anyio.create_memory_object_stream[DataEvent](1)
    async with send, receive, anyio.create_task_group() as group:
        for gpus, expected in (
            (GpuProducers(sources.gpus), [[], [], []]),
            (
                GpuProducers(sources.gpus, open_host),
                [["node-1"], ["node-1 left", "node-2"], ["node-2 left"]],
            ),
        ):
            watching = Watching(
                dashboard, cast("Any", sources), gpus, group, send, seen, is_recorded=False
            )
            for host, told in zip(("node-1", "node-2", None), expected, strict=True):
                sources.told.clear()
                opened.append(host)
                watching.follow()
                watching.follow()
                await anyio.wait_all_tasks_blocked()
                assert sorted(sources.told) == sorted(told)
        group.cancel_scope.cancel()


async def test_numpy_is_imported_once_runs_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[None] = []

    async def import_numpy() -> None:
        imported.append(None)

    monkeypatch.setattr("trackio_view.live.watching._import_numpy", import_numpy)
    project, dashboard, sources = ProjectId("", "p"), Dashboard(), Sources()
    dashboard.watch(project)
    send, receive = anyio.create_memory_object_stream[DataEvent](1)
    async with send, receive, anyio.create_task_group() as group:
        gpus = GpuProducers(sources.gpus)
        seen = threading.Event()
        watching = Watching(
            dashboard, cast("Any", sources), gpus, group, send, seen, is_recorded=False
        )
        for marked, count in ((0, 0), (1, 1), (2, 1)):
            dashboard.view.marks.mark([RunKey(project, f"r{one}") for one in range(marked)])
            watching.follow()
            await anyio.wait_all_tasks_blocked()
            assert len(imported) == count
        group.cancel_scope.cancel()


async def test_numpy_is_imported_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr(numpy_policy, "import_ahead", lambda: threads.append(threading.get_ident()))
    await _import_numpy()
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
