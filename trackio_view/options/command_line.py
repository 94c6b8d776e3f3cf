"""The command line: what the arguments ask for, or what is wrong with them."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from functools import partial

from trackio_view import __version__
from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from trackio_view.model.selection import Selection
from trackio_view.options.combinations import misfit
from trackio_view.options.option_table import ABOUT, ANSWERS, GROUPS, OPTIONS, Option
from trackio_view.options.values import USUAL_INTERVAL

if TYPE_CHECKING:
    from pathlib import Path

    from trackio_view.options.condition import Condition
    from trackio_view.series.smoothing import Smoothing


class Options(NamedTuple):
    """What the person asked for."""

    project: tuple[str, ...] = ()
    """The projects named; none means the one with the newest data."""
    interval: float = USUAL_INTERVAL
    once: bool = False
    format: str = "text"
    points: int | None = None
    """The most rows of a series in CSV."""
    output: Path | None = None
    size: tuple[int, int] | None = None
    """Columns and rows of the picture."""
    zoom: int | None = None
    """A place in `ZOOM_LEVELS`. `None` means the first one, unless something else says
    otherwise.
    """
    smooth: str | None = None
    """The smoothing as `series.smoothing` reads it. With `None`, lines on screen go by the
    settings.
    """
    metric: tuple[str, ...] = ()
    run: str | None = None
    since: float | None = None
    """Seconds since the epoch."""
    until: Condition | None = None
    timeout: float | None = None
    """Seconds."""
    silence: float | None = None
    """Seconds; `None` means by the usual time between its rows."""
    fail_on: str | None = None
    exec: str | None = None
    list: bool = False
    print_config: bool = False
    dir: str | os.PathLike[str] | None = None
    server: tuple[str, ...] = ()
    """The servers named, as they were named."""
    ssh: tuple[str, ...] = ()
    """The machines behind SSH named, as they were named."""
    demo: bool = False
    log: Path | None = None
    gpu: bool = False
    prometheus: str | None = None
    """The Prometheus whose fleet is to be watched, as it was named."""
    prometheus_match: str = ""
    """Matchers of PromQL that the series of the fleet have to match."""
    sysroot: Path | None = None
    gpu_db: bool = False
    record: Path | None = None
    replay: Path | None = None
    theme: str | None = None
    """One of `THEME_NAMES`; `None` goes by the settings."""
    no_mouse: bool = False
    fresh: bool = False
    """Whether the screen begins without what was remembered of it."""
    speed: float | None = None
    """How many seconds of a recording pass in one second; `None` is one."""
    all: bool = False
    """Whether all projects are watched at once."""
    manual: str | None = None
    """The topic of the manual that is asked for; empty for the list of them."""
    completion: str | None = None
    """The shell whose script is asked for."""
    debug: Path | None = None
    report: str | None = None
    """The log of `--debug` whose faults the report of a bug is to hold; empty without a log, `None`
    without a report.
    """
    with_names: bool = False

    @property
    def is_distant(self) -> bool:
        """Whether projects are asked for that lie elsewhere."""
        return bool(self.server or self.ssh)

    @property
    def names_several_places(self) -> bool:
        """Whether projects are asked for that lie in several places."""
        return len(self.server) + len(self.ssh) + (self.dir is not None) > 1

    @property
    def watches_own_gpus(self) -> bool:
        """Whether the GPUs of this machine, or those of a capture, are asked for."""
        elsewhere = self.ssh or self.prometheus is not None or self.replay is not None
        return self.gpu and not elsewhere

    @property
    def pipes_in(self) -> bool:
        """Whether a recording is read from standard input, where keys come from otherwise."""
        return str(self.replay) == "-"

    @property
    def pipes_out(self) -> bool:
        """Whether a recording is written to standard output, so that there is no screen."""
        return str(self.record) == "-"

    @property
    def zoom_level(self) -> int:
        """The place in `ZOOM_LEVELS` of what is printed, which does not go by the settings."""
        return self.zoom or 0

    @property
    def smoothing(self) -> Smoothing | None:
        """How what is printed is smoothed, which does not go by the settings."""
        if self.smooth is None:
            return None
        from trackio_view.series.smoothing import smoothing_of

        return smoothing_of(self.smooth)

    @property
    def selection(self) -> Selection:
        """Which part of the projects is to be shown."""
        return Selection(self.metric, self.run, self.since)


_USUAL_WIDTH = 80
_DESCRIPTION = "The terminal dashboard for TrackIO: live training metrics and GPUs."


def help_width() -> int:
    """Return how long the lines of the help are."""
    return max(1, _terminal_width() - 2)


def _terminal_width() -> int:
    with contextlib.suppress(KeyError, ValueError):
        return max(1, int(os.environ["COLUMNS"]))
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL_WIDTH
    except (AttributeError, ValueError, OSError):
        return _USUAL_WIDTH


class Answer(Exception):
    """The arguments ask for a text and nothing else: the version."""


class HelpWanted(Exception):
    """The arguments ask for the help."""


class WrongUsage(Exception):
    """An argument is wrong, by itself or once the projects are known."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises what argparse would print unsanitised."""

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(message)


class _Tell(argparse.Action):
    """Raises the text that is to be printed. argparse would not report a text that cannot be
    printed.
    """

    def __init__(
        self, option_strings: Sequence[str], dest: str, help: str, version: str = ""
    ) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help, default=argparse.SUPPRESS)
        self._version = version

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        if self._version:
            raise Answer(self._version)
        raise HelpWanted


def build_parser() -> argparse.ArgumentParser:
    """Return the parser that the table describes."""
    parser = _Parser(
        prog="trackio-view",
        usage="%(prog)s [OPTIONS]",
        description=_DESCRIPTION,
        allow_abbrev=False,
        add_help=False,
        # To find the width itself, argparse would import four compression modules.
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=help_width()),
    )
    by_flag = {option.flags[-1]: option for option in OPTIONS}
    groups = {heading: parser.add_argument_group(heading) for heading in GROUPS}
    for heading, flags in GROUPS.items():
        for flag in flags:
            _add(groups[heading], by_flag[flag])
    texts = {"--version": f"trackio-view {__version__}\n"}
    for answer in ANSWERS:
        text = texts.get(answer.flags[-1], "")
        groups[ABOUT].add_argument(*answer.flags, action=_Tell, version=text, help=answer.help)
    return parser


def _add(group: argparse._ArgumentGroup, option: Option) -> None:
    if option.parse is None:
        group.add_argument(*option.flags, help=option.help, action="store_true")
    else:
        group.add_argument(
            *option.flags,
            help=option.help,
            metavar=option.metavar,
            type=option.parse,
            action="append" if option.repeatable else "store",
            default=argparse.SUPPRESS,
            nargs="?" if option.has_default else None,
            const="" if option.has_default else None,
        )


def parse_arguments(arguments: Sequence[str] | None = None) -> Options:
    """Return what the arguments ask for.

    Raises WrongUsage for a wrong value, and HelpWanted or Answer where a text is all that is asked
    for.
    """
    namespace, strays = build_parser().parse_known_args(arguments)
    if strays:
        raise WrongUsage(_told_of(strays[0]))
    given: dict[str, Any] = vars(namespace)
    for name, value in given.items():
        if isinstance(value, list):
            given[name] = tuple(dict.fromkeys(value))
    options = Options(**given)
    fault = _fault(options)
    if fault is not None:
        raise WrongUsage(fault)
    return options


def _told_of(stray: str) -> str:
    """Return what to say of an argument that means nothing here, with what may have been meant."""
    if not stray.startswith("-"):
        return f"{stray!r} belongs to no option: to watch a project, give -p {stray}"
    # Only a mistyped argument needs this import.
    from difflib import get_close_matches

    typed = stray.partition("=")[0]
    flags = [flag for option in (*OPTIONS, *ANSWERS) for flag in option.flags]
    begun = [flag for flag in flags if len(typed) > 2 and flag.startswith(typed)]
    nearest = begun or get_close_matches(typed, flags, n=1, cutoff=0.75)
    return f"there is no option {typed}" + (f": did you mean {nearest[0]}?" if nearest else "")


def _fault(options: Options) -> str | None:
    """Return what is wrong with options whose values are each right, or `None`."""
    usual = Options()
    given = {
        option.flags[-1]
        for option in OPTIONS
        if getattr(options, _name(option)) != getattr(usual, _name(option))
    }
    unfit = misfit(given)
    if unfit is not None:
        return unfit
    if options.smooth is not None and options.format == "json":
        return "--smooth has no JSON: take --format csv"
    if options.points is not None and options.format != "csv":
        return "--points needs --format csv"
    for flag in ("--gpu", "--gpu-db"):
        if flag in given and options.format == "csv":
            return f"{flag} has no CSV: take --format json"
    if options.until is not None and len(options.project) > 1:
        return "--until waits for one project"
    return None


def _name(option: Option) -> str:
    """Return the field of `Options` that an option sets."""
    return option.flags[-1].lstrip("-").replace("-", "_")
