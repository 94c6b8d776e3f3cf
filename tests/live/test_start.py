"""Options become a session: what is on screen first, and which file is recorded into."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.live import start
from trackio_view.live.start import CannotStart, run_live
from trackio_view.model.clock import local_text
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import Last
from trackio_view.options.command_line import Options
from trackio_view.options.settings import default_settings, read_settings, settings_path
from trackio_view.origins import chosen_source
from trackio_view.recording.codec import VERSION
from trackio_view.recording.files import read_header
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import View
from trackio_view.view.remembered import remembered


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of settings, which is not there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Path(settings_path())


def begun(options: Options) -> Dashboard:
    with chosen_source(options) as source:
        return start._dashboard(options, source, read_settings(settings_path()))


def recorded(path: Path, screen: str) -> Path:
    first = {"trackio_view_recording": VERSION, "started": 5.0, "project": "p", "screen": screen}
    path.write_text(json.dumps(first) + "\n")
    return path


def test_the_first_project_that_is_named_is_on_screen(tmp_path: Path) -> None:
    dashboard = begun(Options(dir=tmp_path, project=("my model!", "b"), zoom=3))
    origin = str(tmp_path)
    assert dashboard.view.project == ProjectId(origin, "mymodel")
    assert dashboard.watched == {ProjectId(origin, "mymodel"), ProjectId(origin, "b")}
    assert dashboard.view.runs.all_projects
    assert (dashboard.directory, dashboard.view.charts.window) == (origin, Last(3))
    assert begun(Options(dir=tmp_path)).view.project is None
    assert begun(Options(server=("127.0.0.1:7860",))).gpu_hosts == {}
    assert begun(Options(dir=tmp_path, all=True)).watch_all
    assert not dashboard.watch_all


def test_lines_are_smoothed_as_the_settings_or_the_options_say(
    tmp_path: Path, settings: Path
) -> None:
    assert begun(Options(dir=tmp_path)).view.charts.framing.smoothing is None
    settings.parent.mkdir(parents=True)
    settings.write_text("[charts]\nsmooth = 'time:0.9'\n")
    charts = begun(Options(dir=tmp_path)).view.charts
    assert charts.framing.smoothing == Smoothing(Way.BY_DISTANCE, 0.9)
    assert charts.smoothing_way is Way.BY_DISTANCE, "the key goes on with such averages"
    charts = begun(Options(dir=tmp_path, smooth="mean:20")).view.charts
    assert charts.framing.smoothing == Smoothing(Way.CENTRED, 20)
    assert begun(Options(dir=tmp_path, smooth="off")).view.charts.framing.smoothing is None


def test_trackios_own_variables_order_charts_and_colour_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.db").touch()
    assert begun(Options(dir=tmp_path)).view.marks.colors == 8
    monkeypatch.setenv("TRACKIO_PLOT_ORDER", "val/*,lr")
    monkeypatch.setenv("TRACKIO_COLOR_PALETTE", "red,#00ff00")
    view = begun(Options(dir=tmp_path)).view
    assert (view.choice.order, view.marks.colors) == (("val/*", "lr"), 2)


def test_a_log_is_on_screen_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    assert begun(Options(log=path)).view.project == ProjectId(str(path), "train")


@pytest.mark.parametrize(
    ("screen", "mode"), [("gpus", Mode.GPUS), ("system", Mode.SYSTEM), ("metrics", Mode.METRICS)]
)
def test_a_recording_begins_with_the_screen_that_it_was_made_of(
    tmp_path: Path, screen: str, mode: Mode
) -> None:
    path = recorded(tmp_path / "a.rec", screen)
    dashboard = begun(Options(replay=path, all=True))
    assert dashboard.view.mode is mode
    assert dashboard.view.project == ProjectId(str(path), "p")
    assert not dashboard.watch_all
    assert begun(Options(replay=path, gpu=True)).view.mode is Mode.GPUS


def test_a_recording_of_a_fleet_begins_with_the_fleet_however_gpus_are_asked_for(
    tmp_path: Path,
) -> None:
    path = recorded(tmp_path / "a.rec", "fleet")
    assert begun(Options(replay=path)).view.mode is Mode.FLEET
    assert begun(Options(replay=path, gpu=True)).view.mode is Mode.FLEET


def test_each_fault_of_the_settings_is_a_notice(tmp_path: Path, settings: Path) -> None:
    settings.parent.mkdir(parents=True)
    settings.write_text("first = 1\nsecond = 2\n")
    notices = list(begun(Options(dir=tmp_path)).known.notices.values())
    assert len(notices) == 2
    # The newest notice is shown, which is the file's first fault.
    assert "first" in (notices[-1].text or "")


def test_a_recording_knows_its_project_by_the_name_in_its_events(tmp_path: Path) -> None:
    path = tmp_path / "new.rec"
    options = Options(dir=tmp_path, project=("my model!",), record=path, gpu_db=True)
    with chosen_source(options) as source:
        file = start._opened_recording(options, source)
        assert file is not None
        file.close()
        assert start._opened_recording(Options(dir=tmp_path), source) is None
    assert read_header(path)[1:] == ("mymodel", "system")


def test_an_unusable_file_is_told_of_before_the_terminal_is_taken(tmp_path: Path) -> None:
    (text := tmp_path / "notes.txt").write_text("no recording")
    with pytest.raises(CannotStart, match="no recording") as fault:
        run_live(Options(replay=text), begun=None)
    assert not fault.value.unwritable
    with pytest.raises(CannotStart, match="left as it is") as fault:
        run_live(Options(dir=tmp_path, record=text), begun=None)
    assert fault.value.unwritable


def test_messages_that_a_library_logs_stay_off_the_screen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging, "captureWarnings", lambda _: None)
    start._keep_libraries_off_the_screen()
    logging.error("code for hash sha1 was not found")
    logging.getLogger("asyncio").warning("it took a second")
    assert capfd.readouterr() == ("", "")


def test_warnings_of_a_library_stay_off_the_screen() -> None:
    # A process of its own: pytest takes the warnings of this one.
    warns = "import warnings; warnings.warn('overflow in a library', RuntimeWarning)"
    keeps = "from trackio_view.live import start; start._keep_libraries_off_the_screen()"
    for program, is_told in ((warns, True), (f"{keeps}; {warns}", False)):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
        assert (b"overflow" in done.stderr) == is_told


def test_a_log_that_somebody_asked_for_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = [logging.NullHandler()]
    monkeypatch.setattr(logging.getLogger(), "handlers", handlers)
    start._keep_libraries_off_the_screen()
    assert len(handlers) == 1


def test_the_settings_say_how_often_is_looked_and_by_which_clock(
    zone: Callable[[str], None],
) -> None:
    zone("Asia/Tokyo")
    assert start._as_set(Options(), default_settings()) == Options()
    assert local_text(0.0, "%H") == "09"
    often = default_settings()._replace(interval=0.5, clock="utc")
    assert start._as_set(Options(), often).interval == 0.5
    assert local_text(0.0, "%H") == "00"
    assert start._as_set(Options(interval=7.0), often).interval == 7.0, "it was asked for"


@pytest.mark.parametrize(
    ("named", "environment", "shown"),
    [
        ("auto", "", Repertoire.BRAILLE),
        ("ascii", "", Repertoire.ASCII),
        ("blocks", "", Repertoire.BLOCKS),
        ("ascii", "braille", Repertoire.BRAILLE),
    ],
)
def test_the_settings_name_the_glyphs_where_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, named: str, environment: str, shown: Repertoire
) -> None:
    monkeypatch.setenv("TRACKIO_VIEW_GLYPHS", environment)
    monkeypatch.setattr(start, "locale_encoding", lambda: "UTF-8")
    look = start._with_glyphs(Look(), default_settings()._replace(glyphs=named))
    assert look.repertoire is shown


@pytest.mark.parametrize(
    ("options", "given"),
    [
        (Options(), []),
        (Options(zoom=0), ["window"]),
        (Options(smooth="off", theme="dark"), ["smoothing", "theme"]),
        (Options(run="a"), ["marked", "pinned", "spread"]),
        (Options(metric=("a",)), ["dropped", "tab", "chart filter"]),
    ],
)
def test_nothing_that_an_option_sets_is_brought_back(options: Options, given: list[str]) -> None:
    begin = start._begin(options)
    assert begin is not None
    assert list(begin.given) == given
    assert set(given) <= remembered(View()).keys()


def test_projects_of_a_demo_or_a_recording_are_not_remembered(tmp_path: Path) -> None:
    assert start._begin(Options(demo=True)) is None
    assert start._begin(Options(replay=tmp_path / "r")) is None
    fresh = start._begin(Options(fresh=True))
    assert fresh is not None
    assert fresh.fresh
