"""The settings' file, valid and broken."""

from __future__ import annotations

import errno
import math
import os
import socket
from pathlib import Path

import pytest

from trackio_view.model.gpu_health import DEFAULT_GPU_THRESHOLDS
from trackio_view.model.health import DEFAULT_THRESHOLDS
from trackio_view.options.setting_table import SETTINGS, ValueKind
from trackio_view.options.settings import (
    chosen_smoothing,
    chosen_theme,
    default_settings,
    read_settings,
    settings_path,
    settings_text,
    value_of,
)
from trackio_view.series.smoothing import Smoothing, Way

DEFAULTS = {**DEFAULT_THRESHOLDS, **DEFAULT_GPU_THRESHOLDS}


def test_settings_lie_below_the_users_config_directory(monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/mine")
    assert settings_path() == "/etc/mine/trackio-view/settings.toml"
    usual = str(Path.home() / ".config" / "trackio-view" / "settings.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert settings_path() == usual
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert settings_path() == usual


def test_no_file_means_the_defaults(tmp_path) -> None:
    settings = read_settings(tmp_path / "none.toml")
    assert (settings.thresholds, settings.faults) == (DEFAULTS, ())


def test_thresholds_are_read_and_rules_turned_off(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("\ufeff[health]\nloss_spike = 12\nplateau = 0\ngpu_idle = false\n")
    settings = read_settings(path)
    assert settings.faults == ()
    assert settings.thresholds == {
        **DEFAULTS,
        "loss_spike": 12.0,
        "plateau": 0.0,
        "gpu_idle": 0.0,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[health]\nloss_spike = 'high'\n", "health.loss_spike must be a number"),
        ("[health]\nloss_spike = true\n", "health.loss_spike must be a number"),
        ("[health]\nloss_spike = nan\n", "health.loss_spike must be a number"),
        ("[health]\nloss_spike = -3\n", "health.loss_spike must be 0 or at least 1"),
        ("[health]\nplateau = 1" + "0" * 400, "health.plateau must be a number"),
        ("[health]\ngpu_idle = 101\n", "health.gpu_idle must be at most 100; 5 holds."),
        ("[health]\nlos_spike = 3\n", "Unknown setting: health.los_spike, perhaps loss_spike."),
        ("[health]\nx = 3\n", "Unknown setting: health.x; there are not_finite, loss_spike, pl"),
        ("[look]\ntheme = 'pink'\n", "look.theme must be one of auto, dark, light, contr"),
        ("[look]\ntheme = false\n", "look.theme must be one of auto"),
        ("[charts]\nsmooth = 'much'\n", "charts.smooth must be off, a weight such as 0.9, "),
        ("[charts]\nsmooth = 1.5\n", "time:0.9 or mean:10; off holds."),
        ("[charts]\nsmooth = true\n", "charts.smooth must be off"),
        ("[charts]\nsmooth = [0.9]\n", "charts.smooth must be off"),
        ("[look]\ninterval = 0\n", "look.interval must be at least 0.1; 2 holds."),
        ("[look]\ninterval = 1e9\n", "look.interval must be at most 3600; 2 holds."),
        ("[look]\ninterval = 'often'\n", "look.interval must be a number; 2 holds."),
        ("[charts]\nzoom = 1.5\n", "charts.zoom must be a whole number; 0 holds."),
        ("[charts]\nzoom = 99\n", "charts.zoom must be at most 6; 0 holds."),
        ("[charts]\ncolumns = -1\n", "charts.columns must be at least 0; 0 holds."),
        ("[charts]\nlog_y = 'loss'\n", "charts.log_y must be a list of names of 100 metrics at m"),
        ("[charts]\nlog_y = [1]\n", "charts.log_y must be a list of names"),
        ("[charts]\nx = 'weather'\n", "charts.x must be one of step, log step, time, clock; st"),
        ("[runs]\nsort = 'nothing:x'\n", "runs.sort must be its key such as step, age, last:lo"),
        ("[keys]\nquit = 7\n", "keys.quit must be a key such as q, ctrl_n, f5 or page_up"),
        ("keys = 'vi'\n", "The setting keys must be a table"),
        ("[look]\nthemes = 'dark'\n", "Unknown setting: look.themes, perhaps theme."),
        ("[colours]\nx = 1\n", "Unknown setting: colours."),
        ("theme = 'dark'\n", "Unknown setting: theme, perhaps look.theme."),
        ("health = 3\n", "The setting health must be a table"),
        ("[health\n", "is not valid TOML"),
        ("a = " + "[" * 10_000, "is not valid TOML: it is nested too deep"),
        ("a = " + "[" * 10_000 + "]" * 10_000, "is not valid TOML: it is nested too deep"),
        ("a = " + "{b=" * 10_000, "is not valid TOML: it is nested too deep"),
        ("[health]\nplateau = 1" + "0" * 5000, "not valid TOML: a number has too many digits."),
        ("'' = 2\n", 'Unknown setting: "".'),
        ("[charts]\n'' = 2\n", 'Unknown setting: charts."";'),
        ("# much\n" * 20_000, "is not read: it has more than 64 KB"),
    ],
)
def test_a_wrong_setting_is_told_and_its_default_holds(tmp_path, text, said) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    settings = read_settings(path)
    assert len(settings.faults) == 1
    assert said in settings.faults[0]
    assert settings.thresholds == DEFAULTS


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path) -> None:
    assert "cannot be read" in read_settings(tmp_path).faults[0]
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in read_settings(path).faults[0]


def make_fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def make_socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (make_fifo, "a pipe"),
        (make_socket, "a socket"),
        (lambda path: path.parent, "a directory"),
        (lambda _: Path("/dev/zero"), "a device"),
        (lambda _: Path("/dev/null"), "a device"),
    ],
)
def test_settings_that_are_no_file_are_one_sentence(tmp_path, make, kind) -> None:
    path = make(tmp_path / "it")
    assert read_settings(path).faults == (f"{path} cannot be read: it is {kind} and no file.",)


def test_settings_that_this_user_may_not_read_are_one_sentence(tmp_path, monkeypatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)
    path = tmp_path / "it"
    assert read_settings(path).faults == (f"{path} cannot be read: permission denied.",)


def test_many_unknown_settings_are_not_all_told(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[health]\nplateau = 0\n" + "".join(f"x{n} = 1\n" for n in range(5000)))
    settings = read_settings(path)
    assert len(settings.faults) == 21
    assert settings.faults[-1] == "Further settings are not understood either."
    assert settings.thresholds == {**DEFAULTS, "plateau": 0.0}


def test_a_person_without_a_home_has_no_settings(monkeypatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert read_settings(settings_path()).faults == ()


NUMBERS = [setting for setting in SETTINGS if setting.kind is ValueKind.THRESHOLD]


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.key)
def test_the_reader_goes_by_the_table(tmp_path, setting) -> None:
    path = tmp_path / "settings.toml"
    most = setting.default * 3 if setting.most == math.inf else setting.most
    for written, value in ((setting.least, setting.least), (most, most), ("0", 0), ("false", 0)):
        path.write_text(f"[{setting.section}]\n{setting.name} = {written}\n")
        settings = read_settings(path)
        assert (settings.faults, value_of(settings, setting)) == ((), value)
    for written in (setting.least / 2, "-1", '"5"', "inf", "true", "[]", setting.most * 2):
        path.write_text(f"[{setting.section}]\n{setting.name} = {written}\n")
        settings = read_settings(path)
        assert len(settings.faults) == 1
        assert setting.key in settings.faults[0]
        assert value_of(settings, setting) == setting.default


def test_the_table_tells_of_every_threshold() -> None:
    assert {setting.name: setting.default for setting in NUMBERS} == DEFAULTS
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)
    for setting in NUMBERS:
        assert isinstance(setting.default, int | float)
        assert setting.least <= setting.default <= setting.most


@pytest.mark.parametrize("number", [0.0, 12.0, 12.5, 1 / 3, 1e15, 1e16, 123456789.0, 1e300, 99.99])
def test_printed_settings_mean_the_same_when_they_are_read(tmp_path, number) -> None:
    path = tmp_path / "settings.toml"
    fitting = [one for one in NUMBERS if number == 0 or one.least <= number <= one.most]
    assert fitting
    path.write_text("[health]\n" + "".join(f"{one.name} = {number!r}\n" for one in fitting))
    settings = read_settings(path)
    text = settings_text(settings)
    path.write_text(text)
    assert read_settings(path) == settings
    for setting in SETTINGS:
        assert f"\n{setting.name} = " in text
        assert setting.meaning in " ".join(text.replace("# ", "").split())
    assert max(map(len, text.splitlines())) < 80
    assert (text[0], "\n\n\n" in text) == ("[", False), "an empty line between two, and none first"


def test_a_whole_file_of_other_values_is_read_back_the_same(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        "[look]\ntheme = 'mono'\nglyphs = 'ascii'\nmouse = 'off'\nclock = 'utc'\ninterval = 0.5\n"
        "gradient = 'off'\n"
        "[charts]\nsmooth = 0.6\nzoom = 2\nx = 'log step'\nlimits = '5-95'\ncolumns = 3\n"
        "log_y = ['a \"b\" \\ é', '\u2028']\nside_box = 'wide'\ny_shared = 'on'\n"
        "band = 'off'\nmarks = 'off'\n"
        "[runs]\nsort = 'last:loss'\n"
    )
    settings = read_settings(path)
    assert settings.faults == ()
    for setting in SETTINGS:
        assert (value_of(settings, setting) == setting.default) == (setting.section == "health")
    path.write_text(settings_text(settings))
    assert read_settings(path) == settings


def test_true_is_on_and_false_is_off(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[look]\nmouse = false\n[charts]\ny_shared = true\nside_box = false\n")
    settings = read_settings(path)
    assert settings.faults == ()
    assert (settings.mouse, settings.y_shared, settings.side_box) == ("off", "on", "off")
    path.write_text("[charts]\nside_box = true\n")
    settings = read_settings(path)
    assert settings.side_box == default_settings().side_box
    assert len(settings.faults) == 1
    assert "side_box must be one of auto, off, narrow, wide" in settings.faults[0]


def test_keys_that_were_chosen_are_printed_and_read_back_the_same(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(settings_text(default_settings()))
    assert read_settings(path) == default_settings()
    path.write_text("[keys]\nquit = ['Q', '\\']\nnext_run = 'n'\nnext_event = 'r'\nback = 'n'\n")
    settings = read_settings(path)
    assert settings.faults == ("keys.back: n is next_run (Value cursor); Esc Backspace holds.",)
    assert settings.keys == {"quit": ("Q", "\\"), "next_run": ("n",), "next_event": ("r",)}
    text = settings_text(settings)
    assert '\nquit = ["Q", "\\\\"]\n' in text
    assert '\nback = ["escape", "backspace"]\n' in text
    path.write_text(text)
    assert read_settings(path) == default_settings()._replace(keys=settings.keys)


def test_a_theme_is_named_on_the_command_line_or_in_the_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert chosen_theme(None) == "dark"
    folder = tmp_path / "trackio-view"
    folder.mkdir()
    (folder / "settings.toml").write_text('[look]\ntheme = "light"\n')
    assert chosen_theme(None) == "light"
    assert chosen_theme("blind") == "blind"
    assert 'theme = "light"' in settings_text(read_settings(folder / "settings.toml"))


@pytest.mark.parametrize(
    ("written", "smoothing"),
    [
        ("0.9", Smoothing(Way.BY_POINTS, 0.9)),
        ("'time:0.9'", Smoothing(Way.BY_DISTANCE, 0.9)),
        ("'mean'", Smoothing(Way.CENTRED, 10)),
        ("0", None),
        ("'off'", None),
        ("false", None),
    ],
)
def test_smoothing_is_asked_for_on_the_command_line_or_in_the_file(
    tmp_path, monkeypatch, written, smoothing
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert chosen_smoothing(None) is None
    folder = tmp_path / "trackio-view"
    folder.mkdir()
    file = folder / "settings.toml"
    file.write_text(f"[charts]\nsmooth = {written}\n")
    settings = read_settings(file)
    assert settings.faults == ()
    assert chosen_smoothing(None) == smoothing
    assert chosen_smoothing("0.6") == Smoothing(Way.BY_POINTS, 0.6)
    assert chosen_smoothing("off") is None
    file.write_text(settings_text(settings))
    assert read_settings(file) == settings
