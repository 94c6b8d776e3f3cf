"""The first view follows the settings, and options of the command line go before these."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.model.windows import Last
from trackio_view.model.x_axis import CLOCK, ELAPSED, LOG_STEPS, STEPS, XAxis
from trackio_view.options.command_line import Options
from trackio_view.options.first_view import begin
from trackio_view.options.setting_table import SETTINGS
from trackio_view.options.settings import read_settings
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.y_limits import Limits
from trackio_view.view.actions import Action, Mode
from trackio_view.view.layout import SideBox
from trackio_view.view.places import View
from trackio_view.view.remembered import remembered


def begun(tmp_path: Path, text: str, options: Options | None = None) -> View:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    settings = read_settings(file)
    assert settings.faults == ()
    view = View()
    begin(view, options or Options(), settings)
    return view


def test_without_settings_it_is_as_it_always_was(tmp_path: Path) -> None:
    assert remembered(begun(tmp_path, "")) == remembered(View())


def test_every_setting_of_charts_and_runs_says_something(tmp_path: Path) -> None:
    view = begun(
        tmp_path,
        "[charts]\nsmooth = 'time:0.9'\nzoom = 3\nx = 'clock'\nlimits = 'zero'\ncolumns = 2\n"
        "log_y = ['train/loss', 'lr']\nside_box = 'off'\n[runs]\nsort = 'best:val/accuracy'\n",
    )
    framing = view.charts.framing
    assert (framing.window, framing.axis, framing.limits) == (Last(3), CLOCK, Limits.ZERO)
    assert framing.smoothing == Smoothing(Way.BY_DISTANCE, 0.9)
    assert view.charts.smoothing_way is Way.BY_DISTANCE
    assert framing.logarithmic == {"train/loss", "lr"}
    assert (framing.columns, framing.side_box) == (2, SideBox.OFF)
    assert view.runs.arrangement.sort == "best:val/accuracy"
    assert view.runs.arrangement.descending, "the best first"
    assert not view.charts.undo(), "what was never otherwise cannot be undone"


@pytest.mark.parametrize(
    ("word", "axis"), [("step", STEPS), ("log step", LOG_STEPS), ("time", ELAPSED)]
)
def test_every_axis_has_a_word(tmp_path: Path, word: str, axis: XAxis) -> None:
    assert begun(tmp_path, f"[charts]\nx = '{word}'\n").charts.framing.axis == axis


@pytest.mark.parametrize("limits", list(Limits))
def test_every_kind_of_limits_has_a_word(tmp_path: Path, limits: Limits) -> None:
    (setting,) = (one for one in SETTINGS if one.name == "limits")
    word = setting.choices[list(Limits).index(limits)]
    assert begun(tmp_path, f"[charts]\nlimits = '{word}'\n").charts.framing.limits is limits


def test_keys_do_what_the_settings_say(tmp_path: Path) -> None:
    assert View().keys.action(Mode.METRICS, "f7") is None
    view = begun(tmp_path, "[keys]\nsmoother = 'f7'\n")
    assert view.keys.action(Mode.METRICS, "f7") is Action.SMOOTHER


def test_the_command_line_goes_first(tmp_path: Path) -> None:
    text = "[charts]\nsmooth = 0.9\nzoom = 3\n"
    view = begun(tmp_path, text, Options(zoom=0, smooth="off", theme="light"))
    assert (view.charts.framing.window, view.charts.framing.smoothing) == (Last(0), None)
    assert view.theme == "light"


@pytest.mark.parametrize(("text", "shared"), [("'on'", True), ("'off'", False)])
def test_y_axes_are_shared_where_the_settings_say_so(
    tmp_path: Path, text: str, shared: bool
) -> None:
    assert begun(tmp_path, f"[charts]\ny_shared = {text}\n").charts.framing.shared is shared


@pytest.mark.parametrize("name", ["band", "marks", "gradient"])
def test_the_look_of_lines_is_a_setting(tmp_path: Path, name: str) -> None:
    section = "look" if name == "gradient" else "charts"
    assert getattr(begun(tmp_path, "").charts.framing, name) is True
    framing = begun(tmp_path, f"[{section}]\n{name} = 'off'\n").charts.framing
    assert getattr(framing, name) is False
    usual = begun(tmp_path, "").charts.framing
    differ = [
        field for field in framing._fields if getattr(framing, field) != getattr(usual, field)
    ]
    assert differ == [name]
