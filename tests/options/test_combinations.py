import pytest

from trackio_view.options.combinations import EXCLUSIONS
from trackio_view.options.command_line import WrongUsage, parse_arguments
from trackio_view.options.option_table import OPTIONS

VALUES = {
    "--prometheus-match": 'job="dcgm"',
    "--project": "x",
    "--interval": "1",
    "--zoom": "1",
    "--smooth": "0.9",
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
    """Return an option as it is typed, with a value if it takes one."""
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
def test_options_that_exclude_each_other_are_refused_in_a_sentence(
    one: str, other: str, why: str
) -> None:
    with pytest.raises(WrongUsage) as fault:
        parse_arguments([*given(other), *given(one)])
    assert str(fault.value) == why.format(one, other)


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.needs])
def test_an_option_that_needs_another_says_which(option) -> None:
    flag = option.flags[-1]
    with pytest.raises(WrongUsage) as fault:
        parse_arguments(given(flag))
    assert str(fault.value) == f"{flag} needs {option.needs[0]}"


@pytest.mark.parametrize("flag", ["--dir", "--project", "--all"])
def test_a_log_heeds_no_option_that_chooses_projects(flag: str) -> None:
    with pytest.raises(WrongUsage) as fault:
        parse_arguments([*given("--log"), *given(flag)])
    assert str(fault.value) == f"--log is one project: leave {flag} out"
