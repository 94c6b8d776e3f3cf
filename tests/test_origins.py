"""Options choose the source in one place."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import anyio
import pytest

from trackio_view.model.events import DataEvent, Notice, ProgramOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import Options
from trackio_view.origins import (
    CannotOpen,
    chosen_source,
    far_machines,
    gpu_hosts,
    named_places,
    prometheus_address,
)
from trackio_view.recording.codec import VERSION
from trackio_view.recording.replay import Replay
from trackio_view.sources.several import SeveralSources
from trackio_view.sources.source import Interest


def test_projects_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a b.db").touch()
    with chosen_source(Options(dir=tmp_path)) as source:
        assert (source.origin, source.project, source.tells_all) == (str(tmp_path), None, False)
        assert source.named("a b") == ProjectId(str(tmp_path), "a b")
        assert source.named("my model!").name == "mymodel"


def test_a_log_is_one_project_by_whatever_name(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    with chosen_source(Options(log=path)) as source:
        assert source.project == ProjectId(str(path), "train")
        assert source.named("other") == source.project


def test_several_places_are_one_source_of_all_of_them(tmp_path: Path) -> None:
    one, other = "127.0.0.1:7860", "127.0.0.1:7861"
    with chosen_source(Options(dir=str(tmp_path), server=(one, other, one))) as source:
        assert isinstance(source, SeveralSources)
        assert [part.origin for part in source.parts] == [str(tmp_path), one, other]
    with chosen_source(Options(server=(one,))) as source:
        assert source.origin == one


def test_projects_train_where_they_lie_and_those_of_servers_anywhere(tmp_path: Path) -> None:
    assert gpu_hosts(Options(dir=str(tmp_path))) is None
    assert gpu_hosts(Options(server=("127.0.0.1:7860",))) == {}
    beside = Options(dir=str(tmp_path), ssh=("box", "ada@far:runs"), server=("127.0.0.1:7860",))
    with chosen_source(beside) as source:
        assert isinstance(source, SeveralSources)
        here, *elsewhere = (part.origin for part in source.parts)
    hosts = gpu_hosts(beside)
    assert hosts is not None
    assert hosts.pop(here) == ""
    assert [hosts.get(origin) for origin in elsewhere].count(None) == 1, "of the server"
    machines = [machine.name for machine in far_machines(beside)]
    assert sorted(hosts.values()) == sorted(machines) == ["ada@far", "box"]
    assert set(hosts) < set(elsewhere)


def test_places_are_called_as_they_were_named_and_as_sentences_name_them() -> None:
    options = Options(
        server=("Acme_Corp/My.Space", "http://BOX:80/x?t=s", "no address"),
        ssh=("ada@box:runs",),
        prometheus="[FD00::1]:9090",
    )
    assert named_places(options) == [
        *("ada@box:runs", *options.server, "[FD00::1]:9090"),
        *("acme-corp-my-space.hf.space", "box/x", "[fd00::1]:9090"),
    ]
    assert named_places(Options()) == []


def test_a_prometheus_is_an_address_or_a_sentence() -> None:
    assert prometheus_address("BOX:9090").shown == "box:9090"
    with pytest.raises(CannotOpen, match="--prometheus: an address begins"):
        prometheus_address("ftp://box")


def test_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    first = {"trackio_view_recording": VERSION, "started": 5.0, "project": "p"}
    path.write_text(json.dumps(first) + "\n")
    with chosen_source(Options(replay=path)) as source:
        assert (source.project, source.tells_all) == (ProjectId(str(path), "p"), True)
        assert source.clock() == 5.0
    for speed in (None, 8.0):
        with chosen_source(Options(replay=path, speed=speed)) as source:
            assert isinstance(source, Replay)
            assert source._speed == (speed or 1.0)
    path.write_text("no recording")
    with pytest.raises(CannotOpen) as fault, chosen_source(Options(replay=path)):
        pass
    assert fault.value.origin == str(path)
    assert str(fault.value) == f"{path} is no recording of trackio-view"


def test_a_demo_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with chosen_source(Options(demo=True)) as source:
        assert source.project == ProjectId(source.origin, "demo")
        assert Path(source.origin).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(CannotOpen, match="no place"), chosen_source(Options(demo=True)):
        pass


def test_a_demo_that_ended_is_one_project_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackio_view.demo.finished_demo", lambda: nullcontext(tmp_path))
    with chosen_source(Options(demo=True), whole=True) as source:
        assert source.project == ProjectId(str(tmp_path), "demo")


async def test_a_demo_that_fails_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "training.py"
    broken.write_text("import sys\nsys.exit('no luck')\n")
    monkeypatch.setattr("trackio_view.demo.launch._TRAINING", broken)
    send, receive = anyio.create_memory_object_stream[DataEvent](10)
    with chosen_source(Options(demo=True, interval=0.01)) as source:
        async with send, receive, anyio.create_task_group() as group:
            group.start_soon(source.list, send, Interest)
            with anyio.fail_after(20):
                while not isinstance(event := await receive.receive(), Notice):
                    pass
            group.cancel_scope.cancel()
    told = Notice(ProgramOrigin.DEMO, "the demo training failed: no luck", Severity.ERROR)
    assert event == told
