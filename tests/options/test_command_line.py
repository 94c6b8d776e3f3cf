import pytest

from trackio_view.cli import main
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import (
    Answer,
    HelpWanted,
    Options,
    WrongUsage,
    parse_arguments,
)


def test_defaults() -> None:
    assert parse_arguments([]) == Options()


def test_all_values() -> None:
    arguments = ["-p", "a b", "-i", "0.5", "-z", "3", "--dir", "/data", "--once"]
    options = parse_arguments(arguments)
    assert options == Options(project=("a b",), interval=0.5, zoom=3, dir="/data", once=True)


@pytest.mark.parametrize(
    ("arguments", "is_distant", "in_several", "own_gpus"),
    [
        ([], False, False, False),
        (["--gpu"], False, False, True),
        (["--dir", "/data", "--gpu"], False, False, True),
        (["--server", "a", "--gpu"], True, False, True),
        (["--server", "a", "--server", "b"], True, True, False),
        (["--server", "a", "--server", "a"], True, False, False),
        (["--ssh", "a", "--gpu"], True, False, False),
        (["--ssh", "a", "--ssh", "b"], True, True, False),
        (["--ssh", "a", "--server", "b"], True, True, False),
        (["--ssh", "a", "--dir", "/data"], True, True, False),
        (["--gpu", "--prometheus", "p:9090"], False, False, False),
        (["--gpu", "--replay", "file"], False, False, False),
    ],
)
def test_options_tell_where_projects_lie_and_whose_gpus_are_watched(
    arguments: list[str], is_distant: bool, in_several: bool, own_gpus: bool
) -> None:
    options = parse_arguments(arguments)
    found = (options.is_distant, options.names_several_places, options.watches_own_gpus)
    assert found == (is_distant, in_several, own_gpus)


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


def test_projects_and_metrics_may_be_given_several_times() -> None:
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


@pytest.mark.parametrize(
    ("stray", "told"),
    [
        (["--porject", "x"], "there is no option --porject: did you mean --project?"),
        (["--proj=x"], "there is no option --proj: did you mean --project?"),
        (["--versoin"], "there is no option --versoin: did you mean --version?"),
        (["--nonsense"], "there is no option --nonsense"),
        (["--=x"], "there is no option --"),
        (
            ["my-project"],
            "'my-project' belongs to no option: to watch a project, give -p my-project",
        ),
    ],
    ids=str,
)
def test_a_mistyped_option_is_told_with_the_nearest_one(stray, told) -> None:
    with pytest.raises(WrongUsage) as fault:
        parse_arguments(["--once", *stray])
    assert str(fault.value) == told


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "\x9b2J", "\u202eloss < ", "a\x08b"])
@pytest.mark.parametrize("flag", ["--until", "--zoom", "--size", "--since"])
def test_a_wrong_value_is_told_without_its_escapes(flag, text, capsys) -> None:
    assert main([flag, text]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert told.replace("\n", "").isprintable()
    assert told.startswith("trackio-view: error: ")
