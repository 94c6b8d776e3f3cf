from collections import Counter

from trackio_view.options.command_line import Options, build_parser
from trackio_view.options.option_table import GROUPS, OPTIONS
from trackio_view.series.window import ZOOM_LEVELS


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
