"""The help: groups of options, examples, exit codes, in lines that fit."""

from __future__ import annotations

import shlex

import pytest

from trackio_view.headless.exit_codes import EXIT_CODES
from trackio_view.headless.help_text import EXAMPLES, help_text
from trackio_view.options.command_line import parse_arguments
from trackio_view.options.option_table import GROUPS
from trackio_view.options.setting_table import SETTINGS


@pytest.mark.parametrize("width", [20, 80, 120])
def test_it_has_all_and_fits(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = help_text()
    assert width < 80 or max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    assert all(f"\n{heading}:\n" in text for heading in GROUPS)
    assert all(f" {int(code)} " in words for code in EXIT_CODES)
    assert all(setting.key in words for setting in SETTINGS)


def test_the_examples_are_right() -> None:
    assert len(EXAMPLES) == 3
    for command, _ in EXAMPLES:
        name, *arguments = shlex.split(command.partition(" | ")[0])
        assert name == "trackio-view"
        parse_arguments(arguments)
