from collections import Counter

import pytest

from trackio_view.cli import main
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import (
    EXCLUSIONS,
    GROUPS,
    OPTIONS,
    Answer,
    HelpWanted,
    Options,
    WrongUsage,
    build_parser,
    parse_arguments,
)
from trackio_view.series.window import ZOOM_LEVELS


def test_defaults() -> None:
    assert parse_arguments([]) == Options()


def test_all_values() -> None:
    arguments = ["-p", "a b", "-i", "0.5", "-z", "3", "--dir", "/data", "--once"]
    options = parse_arguments(arguments)
    assert options == Options(project=("a b",), interval=0.5, zoom=3, dir="/data", once=True)


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
        ["-z", "7"],
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
        ["--all", "--until", "loss < 1"],
        ["stray"],
    ],
)
def test_wrong_values_are_wrong_usage(arguments) -> None:
    with pytest.raises(WrongUsage):
        parse_arguments(arguments)


def test_what_may_be_given_several_times() -> None:
    options = parse_arguments(
        ["-p", "a", "-p", "b", "--metric", "x", "--metric", "y", "--run", "r"]
    )
    assert options.project == ("a", "b")
    assert options.selection == Selection(("x", "y"), "r")


def test_help_and_version_are_asked_for() -> None:
    with pytest.raises(HelpWanted):
        parse_arguments(["--once", "--help"])
    with pytest.raises(Answer, match="trackio-view "):
        parse_arguments(["--version"])


def test_every_option_stands_below_one_heading() -> None:
    grouped = [flag for flags in GROUPS.values() for flag in flags]
    assert Counter(grouped) == Counter(option.flags[-1] for option in OPTIONS)


@pytest.mark.parametrize(
    ("stray", "told"),
    [
        (["--porject", "x"], "there is no option --porject: did you mean --project?"),
        (["--proj=x"], "there is no option --proj: did you mean --project?"),
        (["--versoin"], "there is no option --versoin: did you mean --version?"),
        (["--nonsense"], "there is no option --nonsense"),
        (
            ["my-project"],
            "'my-project' belongs to no option: to watch a project, give -p my-project",
        ),
    ],
    ids=str,
)
def test_what_was_mistyped_is_told_with_what_may_have_been_meant(stray, told) -> None:
    with pytest.raises(WrongUsage) as fault:
        parse_arguments(["--once", *stray])
    assert str(fault.value) == told


def test_help_says_each_zoom_level() -> None:
    text = " ".join(build_parser().format_help().split())
    for number, level in enumerate(ZOOM_LEVELS):
        assert f"{number} {level.label.lower()}" in text


def test_help_names_every_option() -> None:
    text = build_parser().format_help()
    for option in OPTIONS:
        assert all(flag in text for flag in option.flags)


VALUES = {
    "--project": "x",
    "--interval": "1",
    "--zoom": "1",
    "--since": "1h",
    "--format": "json",
    "--points": "9",
    "--output": "x.svg",
    "--size": "80x24",
    "--until": "loss < 1",
    "--timeout": "1h",
    "--silence": "1h",
    "--fail-on": "nan",
    "--speed": "2",
}


def given(flag: str) -> list[str]:
    """Return an option as it is given, with a value where it takes one."""
    option = next(option for option in OPTIONS if flag in option.flags)
    return [flag] if option.parse is None else [flag, VALUES.get(flag, "x")]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (one, other, exclusion.why)
        for exclusion in EXCLUSIONS
        for one in exclusion.some
        for other in exclusion.others
    ],
)
def test_what_excludes_each_other_is_said(one: str, other: str, why: str) -> None:
    with pytest.raises(WrongUsage) as fault:
        parse_arguments([*given(other), *given(one)])
    assert str(fault.value) == why.format(one, other)


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.needs])
def test_what_needs_another_option_says_which(option) -> None:
    flag = option.flags[-1]
    with pytest.raises(WrongUsage) as fault:
        parse_arguments(given(flag))
    assert str(fault.value) == f"{flag} needs {option.needs[0]}"


def test_every_option_sets_a_field() -> None:
    fields = set(Options._fields)
    assert {option.flags[-1].lstrip("-").replace("-", "_") for option in OPTIONS} == fields


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "\x9b2J", "\u202eloss < ", "a\x08b"])
@pytest.mark.parametrize("flag", ["--until", "--zoom", "--size", "--since"])
def test_what_was_typed_wrong_is_told_without_its_escapes(flag, text, capsys) -> None:
    assert main([flag, text]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert told.replace("\n", "").isprintable()
    assert told.startswith("trackio-view: error: ")
