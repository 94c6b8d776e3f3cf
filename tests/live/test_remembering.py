"""The screen of a project is as it was left when the program is started again."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.live.conftest import PATIENCE
from trackio_view.live import remembering
from trackio_view.live.remembering import Remembering, Start
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import EVERYTHING, Between
from trackio_view.model.x_axis import STEPS, XAxis, XKind
from trackio_view.options.session import Session
from trackio_view.series.y_limits import Limits
from trackio_view.view.charts.charts_view import YRange
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond

LEFT = "as you left it"


@pytest.fixture
def sessions() -> Path:
    """Return the folder in which files about screens will be."""
    return Path(os.environ["XDG_STATE_HOME"]) / "trackio-view" / "sessions"


@pytest.fixture
def trained(folder: Any) -> Any:
    """A project with more steps and charts than one screen shows."""
    names = ["loss", "val/loss", "lr", "grad"]
    for run in ("one", "two"):
        rows = [dict.fromkeys(names, 5 - step / 999) for step in range(900)]
        folder.log(rows, run=run)
    return folder


def kept(sessions: Path) -> dict[str, Any]:
    (file,) = sessions.iterdir()
    document: dict[str, Any] = json.loads(file.read_bytes())["view"]
    return document


def quit_by(console: Any, keys: str = "q") -> None:
    console.type(keys)
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_the_screen_is_as_it_was_left(start: Any, trained: Any, sessions: Path) -> None:
    before = trained.state()
    console = start()
    console.wait_for("All data", "loss")
    console.press("+++", "Last 100")
    console.press("ss", "smooth 0.9")
    console.press("x", "x: time since start")
    console.press("L", "log y")
    console.press("jD", "off the screen")
    # Keys that arrive together with the key that quits count, too.
    console.type("o<q")
    assert console.exit_code() == 0
    assert kept(sessions)["limits"] == "every"

    again = start()
    again.wait_for(f"{LEFT} · 1 hidden · 0 resets the window")
    again.press("j", "Last 100", "x: time since start", "y all values", "smooth 0.9")
    assert again.foreign_bytes() == []
    again.press("u", "All data", "project ▸")
    assert "smooth" not in again.text
    again.press("U", "Last 100")
    assert LEFT not in again.text
    quit_by(again)
    assert trained.state() == before
    assert len(list(sessions.iterdir())) == 1


def test_marks_and_the_table_of_runs_are_found_again(
    start: Any, trained: Any, sessions: Path
) -> None:
    console = start("--project", "project", size=(120, 30))
    console.wait_for("project ▸ two")
    console.press("t", "run")
    console.type("  /one\r")
    console.wait_for("1 of 2")
    quit_by(console)
    again = start("--project", "project", size=(120, 30))
    again.wait_for(f"{LEFT} · 2 runs marked · runs filtered", "2 runs")
    again.press("t", "1 of 2")
    quit_by(again)
    assert sorted(kept(sessions)["marked"]) == ["id-one", "id-two"]


def test_fresh_begins_without_it_and_takes_its_place(
    start: Any, trained: Any, sessions: Path
) -> None:
    console = start()
    console.wait_for("All data")
    console.press("+s", "Last 500", "smooth 0.6")
    quit_by(console)
    first = kept(sessions)
    fresh = start("--fresh")
    fresh.wait_for("All data")
    assert LEFT not in fresh.text
    assert "smooth" not in fresh.text
    quit_by(fresh)
    assert kept(sessions) == first, "whoever only looks changes nothing"
    fresh = start("--fresh")
    fresh.wait_for("All data")
    fresh.press("++", "Last 200")
    quit_by(fresh)
    assert kept(sessions) == {"window": {"newest": 2}}


def test_the_command_line_goes_before_what_was_left(
    start: Any, trained: Any, sessions: Path
) -> None:
    console = start()
    console.wait_for("All data")
    console.press("++s", "Last 200", "smooth 0.6")
    quit_by(console)
    again = start("--zoom", "0")
    again.wait_for("smooth 0.6", "All data")
    quit_by(again)
    assert kept(sessions)["window"] == {"newest": 2}, "what only was asked for stays asked for"


def test_nothing_is_written_while_nothing_is_changed(
    start: Any, trained: Any, sessions: Path
) -> None:
    console = start()
    console.wait_for("All data")
    console.press("jk?\x1b", "All data")
    console.type("+-")
    console.settle(1.5)
    quit_by(console)
    assert not sessions.exists()


def test_two_viewers_of_a_project_do_not_spoil_each_other(
    start: Any, trained: Any, sessions: Path
) -> None:
    one, other = start(), start()
    for console in (one, other):
        console.wait_for("All data")
    one.press("++", "Last 200")
    other.press("s", "smooth 0.6")
    quit_by(one)
    quit_by(other)
    assert kept(sessions) == {"window": {"newest": 2}, "smoothing": "0.6"}


def test_each_project_is_as_it_was_left_and_the_other_untouched(
    start: Any, trained: Any, sessions: Path
) -> None:
    trained.train(900, project="second", first_step=2000)
    console = start("--project", "project", "--project", "second", size=(120, 30))
    console.wait_for("project ▸")
    console.press("s", "smooth 0.6")
    console.press("p", "projects in", "second")
    console.press("\x1b[A\x1b[A\r", "second ▸")
    console.press("+", "Last 500")
    console.press("p", "projects in")
    console.press("\x1b[B\r", "project ▸", LEFT)
    quit_by(console)
    found = {
        file.name.partition("-")[0]: json.loads(file.read_bytes())["view"]
        for file in sessions.iterdir()
    }
    assert found["second"] == {"window": {"newest": 1}}
    assert found["project"] == {"smoothing": "0.6"}


def test_a_signal_that_ends_it_loses_nothing(start: Any, trained: Any, sessions: Path) -> None:
    console = start()
    console.wait_for("All data")
    console.press("+", "Last 500")
    console.signal(signal.SIGTERM)
    assert console.exit_code() == 128 + signal.SIGTERM
    assert kept(sessions) == {"window": {"newest": 1}}


def test_a_theme_that_was_chosen_is_found_again(start: Any, trained: Any, sessions: Path) -> None:
    console = start()
    console.wait_for("All data")
    console.press("T", "theme: light")
    quit_by(console)
    again = start()
    again.wait_for(LEFT)
    again.press("T", "theme: contrast")
    quit_by(again)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"trackio-view session": 99}', "newer trackio-view"),
        ("years of work", "another file is there"),
        ('{"trackio-view session": 1, "ori', "is broken off or garbled"),
    ],
    ids=["newer", "another's", "half written"],
)
def test_a_file_that_means_nothing_is_one_line(
    start: Any, trained: Any, sessions: Path, content: str, said: str
) -> None:
    console = start(size=(200, 30))
    console.wait_for("All data")
    console.press("+", "Last 500")
    quit_by(console)
    (file,) = sessions.iterdir()
    file.write_text(content)
    again = start(size=(200, 30))
    again.wait_for("╭─ loss", said)
    assert again.text.count(said) == 1
    again.press("\x1b", "All data")
    again.press("++", "Last 200")
    assert said not in again.text
    quit_by(again)
    is_ours = "broken" in said
    assert (file.read_text() == content) != is_ours


def test_without_a_place_the_screen_works_and_says_so_once(start: Any, trained: Any) -> None:
    console = start(XDG_STATE_HOME=None, HOME="relative", size=(200, 30))
    console.wait_for("All data")
    console.press("+", "Last 500", "cannot be remembered")
    console.press("\x1b", "Last 500")
    console.wait_while("cannot be remembered")
    quit_by(console)


@pytest.mark.anyio
async def test_a_disk_that_hangs_holds_up_no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    frees = threading.Event()

    def hang(*_: object) -> None:
        frees.wait(PATIENCE)

    monkeypatch.setattr(remembering, "_write", hang)
    monkeypatch.setattr(remembering, "_read", hang)
    monkeypatch.setattr(remembering, "_DISK_SECONDS", 0.01)
    dashboard = Dashboard()
    dashboard.watch(ProjectId("/data", "one"))
    kept = Remembering(dashboard, dashboard.apply, Start())
    try:
        assert not await kept.follow(), "nothing is known of it"
        charts = dashboard.view.charts
        charts.change(charts.framing._replace(columns=3))
        dashboard.watch(ProjectId("/data", "two"))
        assert kept.is_behind
        assert not await kept.follow()
        assert not kept.is_behind
        assert dashboard.view.charts.framing.columns == 3
    finally:
        frees.set()


@pytest.mark.anyio
@pytest.mark.parametrize("fresh", [False, True])
async def test_another_project_begins_without_what_names_metrics_of_this_one(
    monkeypatch: pytest.MonkeyPatch, fresh: bool
) -> None:
    one, two = (ProjectId("/data", name) for name in ("one", "two"))
    files: dict[ProjectId, dict[str, Any]] = {one: {}, two: {}}
    monkeypatch.setattr(remembering, "_read", lambda project: Session(dict(files[project])))
    monkeypatch.setattr(
        remembering, "_write", lambda project, changes, _: files[project].update(changes)
    )
    dashboard = Dashboard()
    dashboard.watch(one)
    view = dashboard.view
    kept = Remembering(dashboard, dashboard.apply, Start(fresh))
    assert not await kept.follow()
    begun = view.charts.framing
    own = begun._replace(
        window=Between(STEPS, 5.0, 7.0),
        axis=XAxis(XKind.METRIC, "tokens"),
        dropped=frozenset(["lr"]),
        ranges=(YRange("loss", 0.0, 2.0),),
        logarithmic=frozenset(["loss"]),
    )
    view.charts.change(own._replace(limits=Limits.EVERY))
    view.charts.change(view.charts.framing._replace(columns=3))
    view.choice.tab = "train"
    dashboard.watch(two)
    assert await kept.follow()
    looks = begun._replace(limits=Limits.EVERY, columns=3)
    assert view.charts.framing == looks, "how one looks goes along"
    assert (view.choice.tab, view.said) == ("", "")
    view.charts.change(begun._replace(dropped=frozenset(["grad"]), columns=3))
    dashboard.watch(one)
    assert await kept.follow()
    framing = view.charts.framing
    assert framing.dropped == frozenset([] if fresh else ["lr"])
    assert (framing.ranges != (), view.choice.tab) == (not fresh, "" if fresh else "train")
    assert files[two].keys() == {"dropped", "limits"}


@pytest.mark.anyio
async def test_changes_that_follow_each_other_are_written_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: list[Callable[[], Awaitable[None]]] = []
    written: list[dict[str, Any]] = []
    monkeypatch.setattr(remembering, "_read", lambda _: Session())
    monkeypatch.setattr(remembering, "_write", lambda _, changes, __: written.append(changes))
    monkeypatch.setattr(remembering, "_WRITING_SECONDS", 0.0)
    group: Any = SimpleNamespace(start_soon=waiting.append)
    dashboard = Dashboard()
    dashboard.watch(ProjectId("/data", "one"))
    kept = Remembering(dashboard, dashboard.apply, Start())
    await kept.follow()
    for columns in (2, 3):
        charts = dashboard.view.charts
        charts.change(charts.framing._replace(columns=columns))
        kept.write_in_time(group)
    (write,) = waiting
    await write()
    assert written == [{"columns": 3}]
    kept.write_in_time(group)
    assert len(waiting) == 2, "the next change is written, too"


@pytest.mark.anyio
async def test_a_fresh_start_replaces_what_a_project_has_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replaces: list[bool] = []
    monkeypatch.setattr(remembering, "_write", lambda _, __, anew: replaces.append(anew))
    dashboard = Dashboard()
    one, two = (ProjectId("/data", name) for name in ("one", "two"))
    dashboard.watch(one)
    kept = Remembering(dashboard, dashboard.apply, Start(fresh=True))
    await kept.follow()
    # A project's changes are written when another one comes on screen.
    for columns, project in enumerate((two, one, two), 2):
        charts = dashboard.view.charts
        charts.change(charts.framing._replace(columns=columns))
        dashboard.watch(project)
        await kept.follow()
    assert replaces == [True, True, False]


@pytest.mark.anyio
async def test_a_project_under_another_name_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remembering, "_read", lambda _: Session())
    monkeypatch.setattr(remembering, "_write", lambda *_: None)
    dashboard = Dashboard()
    one, renamed = (ProjectId("/data", name) for name in ("one", "renamed"))
    dashboard.watch(one)
    kept = Remembering(dashboard, dashboard.apply, Start())
    await kept.follow()
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(dropped=frozenset(["lr"])))
    dashboard.go_on_as(one, renamed)
    assert kept.is_behind
    await kept.follow()
    assert charts.framing.dropped == {"lr"}


@pytest.mark.anyio
@pytest.mark.parametrize("width", [79, 80])
async def test_how_to_start_anew_is_said_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(remembering, "_read", lambda _: Session({"columns": 3}))
    dashboard = Dashboard()
    dashboard.width = width
    dashboard.watch(ProjectId("/data", "one"))
    kept = Remembering(dashboard, dashboard.apply, Start())
    assert await kept.follow()
    assert (dashboard.view.charts.framing.columns, LEFT in dashboard.view.said) == (3, True)
    assert ("--fresh" in dashboard.view.said) == (width >= 80)


@pytest.mark.anyio
async def test_the_key_that_resets_the_window_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_read", lambda _: Session({"window": {"newest": 2}}))
    dashboard = Dashboard()
    dashboard.watch(ProjectId("/data", "one"))
    kept = Remembering(dashboard, dashboard.apply, Start())
    assert await kept.follow()
    assert dashboard.view.said == f"{LEFT} · 0 resets the window"
    respond(dashboard, KeyPressed("0"))
    assert dashboard.view.charts.framing.window == EVERYTHING


@pytest.mark.anyio
async def test_the_sentence_about_restoring_is_taken_back_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remembering, "_read", lambda _: Session({"columns": 3}))
    monkeypatch.setattr(remembering, "_SAID_SECONDS", 5.0)
    dashboard = Dashboard()
    dashboard.watch(ProjectId("/data", "one"))
    kept = Remembering(dashboard, dashboard.apply, Start())
    assert not kept.pass_time(9.0), "nothing was said yet"
    assert await kept.follow()
    assert not kept.pass_time(4.0)
    assert LEFT in dashboard.view.said
    assert kept.pass_time(2.0)
    assert dashboard.view.said == ""
    assert not kept.pass_time(9.0), "it was taken back already"


@pytest.mark.anyio
async def test_a_later_sentence_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_read", lambda _: Session({"columns": 3}))
    dashboard = Dashboard()
    dashboard.watch(ProjectId("/data", "one"))
    kept = Remembering(dashboard, dashboard.apply, Start())
    assert await kept.follow()
    dashboard.view.said = "smooth 0.6"
    assert not kept.pass_time(0.0)
    assert not kept.pass_time(1e9)
    assert dashboard.view.said == "smooth 0.6"


def test_a_demonstration_and_a_recording_leave_nothing(
    start: Any, trained: Any, sessions: Path, tmp_path: Path
) -> None:
    file = tmp_path / "recording"
    console = start("--record", file)
    console.wait_for("All data")
    quit_by(console)
    console = start("--replay", file, "--speed", "100")
    console.wait_for("All data")
    console.press("+", "Last 500")
    quit_by(console)
    assert not sessions.exists()


@pytest.mark.anyio
async def test_why_nothing_can_be_kept_is_said_until_it_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A disk is full for a while; each change to another project writes what was left."""
    faults: list[str | None] = [None]
    monkeypatch.setattr(remembering, "_read", lambda _: Session())
    monkeypatch.setattr(remembering, "_write", lambda *_: faults[-1])
    dashboard = Dashboard()
    said: list[str | None] = []
    kept = Remembering(dashboard, lambda notice: said.append(notice.text), Start())
    for number, fault in enumerate((None, None, "no room", "no room", None, None, "no room")):
        faults.append(fault)
        dashboard.watch(ProjectId("/data", f"p{number}"))
        charts = dashboard.view.charts
        charts.change(charts.framing._replace(columns=number))
        await kept.follow()
    # A fault that goes on is the same notice; one that ended is taken back.
    assert list(dict.fromkeys(said)) == ["no room", None]
    assert said[-2:] == [None, "no room"]
    assert said.count(None) == 1
