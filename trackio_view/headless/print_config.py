"""`--print-config`: every setting with what it means and the value in force, as a file of TOML."""

from __future__ import annotations

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, write_out
from trackio_view.options.settings import read_settings, settings_path, settings_text
from trackio_view.terminal.text import sanitize


def print_config() -> int:
    """Print the settings; stderr is told which parts of the settings' file are not understood."""
    path = settings_path()
    settings = read_settings(path)
    for fault in settings.faults:
        say(fault)
    write_out([f"# {sanitize(path)}\n\n", settings_text(settings)])
    return ExitCode.DONE
