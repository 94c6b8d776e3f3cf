"""`--print-config`: the settings in force, as a file that can be read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.options.setting_table import SETTINGS
from trackio_view.options.settings import default_settings, read_settings
from trackio_view.view.keys.chosen_keys import usual_keys


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the settings' file, which does not exist yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "trackio-view").mkdir()
    return tmp_path / "trackio-view" / "settings.toml"


def test_without_a_file_it_is_the_defaults(file, command) -> None:
    ended = command("--print-config")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"# {file}\n\n[look]\n")
    file.write_text(ended.out)
    settings = read_settings(file)
    assert settings == default_settings()
    assert command("--print-config") == ended


def test_it_is_the_values_in_force(file, command) -> None:
    file.write_text("[health]\nplateau = false\nloss_spike = 12.5\ngpu_idle = 'low'\n")
    ended = command("--print-config")
    assert ended.code == 0
    assert ended.err == "health.gpu_idle must be a number, 0 for off; 5 holds.\n"
    lines = ended.out.splitlines()
    assert {"plateau = 0", "loss_spike = 12.5", "gpu_idle = 5"} <= set(lines)
    assert sum(" = " in line for line in lines) == len(SETTINGS) + len(usual_keys())


def test_a_path_of_control_characters_is_one_comment(tmp_path, command, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "a\n[health]\nplateau = 1\x1b"))
    out = command("--print-config").out
    assert out.splitlines()[1:3] == ["", "[look]"]
    assert "\x1b" not in out


@pytest.mark.parametrize("other", ["--once", "--list", "--demo", "--gpu"])
def test_it_stands_alone(command, other) -> None:
    assert command("--print-config", other).code == 2
