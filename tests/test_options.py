from pathlib import Path

import pytest

from trackio_view.options import OPTIONS, Options, build_parser, one_project_each, parse_arguments


def test_defaults() -> None:
    assert parse_arguments([]) == Options()


def test_all_values() -> None:
    arguments = ["-p", "a b", "-i", "0.5", "-z", "3", "--dir", "/data", "--once"]
    options = parse_arguments(arguments)
    assert options == Options(
        project="a b", projects=("a b",), interval=0.5, zoom=3, dir=Path("/data"), once=True
    )


def test_several_projects() -> None:
    options = parse_arguments(["-p", "a", "-p", "b", "--project", "a"])
    assert (options.project, options.projects) == ("a", ("a", "b"))
    assert [one.project for one in one_project_each(options)] == ["a", "b"]
    assert one_project_each(Options()) == [Options()]


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
        ["--all", "-p", "x"],
        ["stray"],
    ],
)
def test_wrong_values_print_usage_and_exit_with_2(arguments, capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        parse_arguments(arguments)
    assert ending.value.code == 2
    assert "usage: trackio-view" in capsys.readouterr().err


def test_help_names_every_option() -> None:
    text = build_parser().format_help()
    for option in OPTIONS:
        assert all(flag in text for flag in option.flags)
