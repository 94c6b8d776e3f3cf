from pathlib import Path

import pytest

from trackio_view.model.selection import Selection
from trackio_view.options import OPTIONS, Options, build_parser, parse_arguments


def test_defaults() -> None:
    assert parse_arguments([]) == Options()


def test_all_values() -> None:
    arguments = ["-p", "a b", "-i", "0.5", "-z", "3", "--dir", "/data", "--once"]
    options = parse_arguments(arguments)
    assert options == Options(project=("a b",), interval=0.5, zoom=3, dir=Path("/data"), once=True)


def test_several_projects_each_once() -> None:
    options = parse_arguments(["-p", "a", "-p", "b", "--project", "a"])
    assert options.project == ("a", "b")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-i", "0"],
        ["-i", "0.05"],
        ["-i", "3601"],
        ["-i", "nan"],
        ["-i", "soon"],
        ["-z", "5"],
        ["-z", "-1"],
        ["-z", "one"],
        ["--unknown"],
        ["--proj", "x"],
        ["--demo", "--log", "x"],
        ["--demo", "--dir", "x"],
        ["--sysroot", "x"],
        ["--format", "json"],
        ["--once", "--format", "xml"],
        ["--once", "--points", "9"],
        ["--once", "--format", "csv", "--points", "3"],
        ["--once", "--format", "csv", "--gpu"],
        ["--since", "soon"],
        ["--all", "-p", "x"],
        ["--all", "--once"],
        ["--all", "--until", "loss < 1"],
        ["stray"],
    ],
)
def test_wrong_values_print_usage_and_exit_with_2(arguments, capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        parse_arguments(arguments)
    assert ending.value.code == 2
    assert "usage: trackio-view" in capsys.readouterr().err


def test_what_may_be_given_several_times() -> None:
    options = parse_arguments(
        ["-p", "a", "-p", "b", "--metric", "x", "--metric", "y", "--run", "r"]
    )
    assert options.project == ("a", "b")
    assert options.selection == Selection(("x", "y"), "r")


def test_help_names_every_option() -> None:
    text = build_parser().format_help()
    for option in OPTIONS:
        assert all(flag in text for flag in option.flags)
