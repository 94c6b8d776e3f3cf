from collections import Counter

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.live.sources import gpu_interval
from trackio_view.options.command_line import Options, build_parser
from trackio_view.options.option_table import GROUPS, OPTIONS
from trackio_view.options.values import LARGEST_SIZE, USUAL_INTERVAL
from trackio_view.pictures import command
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.sources.prometheus.watch import USUAL_SECONDS
from trackio_view.view.layout import LEAST_HEIGHT, LEAST_WIDTH


def test_every_option_stands_below_one_heading() -> None:
    grouped = [flag for flags in GROUPS.values() for flag in flags]
    assert Counter(grouped) == Counter(option.flags[-1] for option in OPTIONS)


def test_help_says_each_zoom_level() -> None:
    text = " ".join(build_parser().format_help().split())
    for number, level in enumerate(ZOOM_LEVELS):
        assert f"{number} {level.label.lower()}" in text


def test_the_table_names_the_zoom_levels_that_there_are() -> None:
    (zoom,) = (option for option in OPTIONS if option.flags[-1] == "--zoom")
    assert zoom.metavar is not None
    first, last = map(int, zoom.metavar.split(".."))
    assert list(range(first, last + 1)) == list(range(len(ZOOM_LEVELS)))


def test_help_names_every_option() -> None:
    text = build_parser().format_help()
    for option in OPTIONS:
        assert all(flag in text for flag in option.flags)


def test_every_option_sets_a_field() -> None:
    fields = set(Options._fields)
    assert {option.flags[-1].lstrip("-").replace("-", "_") for option in OPTIONS} == fields


def test_help_says_which_options_may_be_given_several_times() -> None:
    for option in OPTIONS:
        assert ("given several times" in option.help) is option.repeatable


def test_help_tells_the_exit_codes_of_the_table() -> None:
    told = {option.flags[-1]: option.help for option in OPTIONS}
    codes = {
        "--until": ExitCode.DONE,
        "--timeout": ExitCode.TIMED_OUT,
        "--silence": ExitCode.SILENT,
        "--fail-on": ExitCode.NOT_A_NUMBER,
    }
    for flag, code in codes.items():
        assert f"exit with {int(code)} " in told[flag]
    assert {flag for flag, text in told.items() if "exit with " in text} == set(codes)


def test_help_tells_the_sizes_and_intervals_that_there_are() -> None:
    told = {option.flags[-1]: option.help for option in OPTIONS}
    (width, height), (usual_width, usual_height) = LARGEST_SIZE, command._USUAL_SIZE
    sizes = f"{LEAST_WIDTH}x{LEAST_HEIGHT} to {width}x{height}"
    assert f"{sizes} (default: {usual_width}x{usual_height})" in told["--size"]
    others = f"for GPUs {gpu_interval(USUAL_INTERVAL):g}, a fleet {USUAL_SECONDS:g})"
    assert told["--interval"].endswith(others)
