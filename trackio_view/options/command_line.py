"""The command line: one table from which the parser, `--help` and the README are made."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from trackio_view import __version__
from trackio_view.model.selection import Selection
from trackio_view.named_tuple import NamedTuple
from trackio_view.options import values as option_values
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.terminal.style import THEME_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from trackio_view.options.condition import Condition

FORMATS = ("text", "json", "csv")
SHELLS = ("bash", "zsh", "tcsh")


class Options(NamedTuple):
    """What the person asked for."""

    project: tuple[str, ...] = ()
    """The projects named; none means the one with the newest data."""
    interval: float = 2.0
    once: bool = False
    format: str = "text"
    points: int | None = None
    """At most so many rows a series in CSV."""
    output: Path | None = None
    size: tuple[int, int] | None = None
    """Columns and rows of the picture."""
    zoom: int = 0
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
    sysroot: Path | None = None
    gpu_db: bool = False
    record: Path | None = None
    replay: Path | None = None
    theme: str | None = None
    """One of `THEME_NAMES`; `None` goes by the settings."""
    speed: float | None = None
    """How many seconds of a recording pass in one; `None` is one."""
    all: bool = False
    """Whether all projects are watched at once."""
    manual: str | None = None
    """The topic of the manual that is asked for; empty for the list of them."""
    completion: str | None = None
    """The shell whose script is asked for."""
    debug: Path | None = None
    report: str | None = None
    """Asked for: a log of `debug` whose faults are to be in it, or empty without one."""
    with_names: bool = False

    @property
    def is_distant(self) -> bool:
        """Whether projects are asked for that lie elsewhere."""
        return bool(self.server or self.ssh)

    @property
    def selection(self) -> Selection:
        """What of the projects is to be shown."""
        return Selection(self.metric, self.run, self.since)


class Option(NamedTuple):
    """One line of the table."""

    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    parse: Callable[[str], Any] | None = None
    """How a value is read; `None` for a switch."""
    repeatable: bool = False
    """Whether it may be given several times; its values are then a tuple."""
    needs: tuple[str, ...] = ()
    """One of these options has to be given, too."""
    has_default: bool = False
    """Whether its value may be left out, which makes it empty."""


_ZOOM_HELP = ", ".join(
    f"{number} {level.label.lower()}" for number, level in enumerate(ZOOM_LEVELS)
)

OPTIONS: tuple[Option, ...] = (
    Option(
        ("-p", "--project"),
        "a project to watch (default: the one with the newest data); may be given several times",
        "NAME",
        str,
        repeatable=True,
    ),
    Option(("--all",), "watch all projects at once; with --once, print all"),
    Option(
        ("-i", "--interval"),
        "seconds between looks at the data, 0.1 to 3600 (default: 2, for GPUs 1)",
        "SECONDS",
        option_values.interval,
    ),
    Option(("--once",), "print the present state as plain text and exit"),
    Option(
        ("-z", "--zoom"),
        f"how many distinct steps to show: {_ZOOM_HELP} (default: 0)",
        f"0..{len(ZOOM_LEVELS) - 1}",
        option_values.zoom_level,
    ),
    Option(
        ("--metric",),
        "show only this metric, or those in whose names the regular expression (without"
        " backreferences and lookaround) is found; may be given several times",
        "NAME|REGEX",
        str,
        repeatable=True,
    ),
    Option(
        ("--run",),
        "the run to show, by name (the newest of that name), id or the beginning of its id"
        " (default: the one with the newest row)",
        "NAME",
        str,
    ),
    Option(
        ("--since",),
        "show only rows that are newer: so long ago (90s, 30m, 2h, 7d), or since a time (ISO 8601)",
        "AGO|TIME",
        option_values.since,
    ),
    Option(
        ("--format",),
        "with --once: text for people and grep, one JSON document, or CSV with a row a value",
        "{text,json,csv}",
        option_values.one_of(*FORMATS),
        needs=("--once",),
    ),
    Option(
        ("--points",),
        "with --format csv: at most N rows a series, its first, last, min and max among them",
        "N",
        option_values.points,
    ),
    Option(
        ("--output",),
        "with --once: write the live screen's frame as a picture; the ending says which:"
        " .svg, .png, .html, .txt (plain) or .ans (with escape codes)",
        "FILE",
        option_values.picture_file,
        needs=("--once",),
    ),
    Option(
        ("--size",),
        "with --output: columns and rows, 40x12 to 400x100 (default: 120x40)",
        "COLUMNSxROWS",
        option_values.size,
        needs=("--output",),
    ),
    Option(
        ("--theme",),
        f"the colours: {', '.join(THEME_NAMES)} (default: the setting look.theme, else dark)",
        "NAME",
        option_values.one_of(*THEME_NAMES),
    ),
    Option(
        ("--until",),
        "wait, and exit with 0 once the newest value meets a condition: 'train/loss < 0.1';"
        " a recording (--replay) is read at once, by its own clock",
        "CONDITION",
        option_values.condition,
    ),
    Option(
        ("--timeout",),
        "with --until: exit with 3 after so long (90s, 30m, 2h, 7d)",
        "DURATION",
        option_values.duration,
        needs=("--until",),
    ),
    Option(
        ("--silence",),
        "with --until: exit with 4 when the run's newest row is this old"
        " (default: ten times the usual gap between its rows, and at least 5m)",
        "DURATION",
        option_values.duration,
        needs=("--until",),
    ),
    Option(
        ("--fail-on",),
        "with --until: exit with 5 when the metric logs NaN",
        "nan",
        option_values.one_of("nan"),
        needs=("--until",),
    ),
    Option(
        ("--exec",),
        "with --until: a shell command to run once on the outcome, told by TRACKIO_VIEW_OUTCOME",
        "COMMAND",
        str,
        needs=("--until",),
    ),
    Option(("--list",), "list the projects with their runs, rows and newest row, and exit"),
    Option(
        ("--print-config",),
        "print every setting, what it means and its value, as a settings.toml, and exit",
    ),
    Option(
        ("--dir",),
        "where the projects lie (default: TRACKIO_DIR, else as TrackIO itself finds it)",
        "PATH",
        str,
    ),
    Option(
        ("--server",),
        "a TrackIO server to watch: a URL, HOST:PORT or a Space as USER/NAME; may be given several"
        " times, and beside --dir",
        "ADDRESS",
        str,
        repeatable=True,
    ),
    Option(
        ("--ssh",),
        "a machine to watch through OpenSSH, which needs Python there and nothing of ours; may be"
        " given several times, and beside --dir and --server",
        "HOST[:DIR]",
        str,
        repeatable=True,
    ),
    Option(("--demo",), "watch a real small training that runs only for this"),
    Option(
        ("--log",),
        "watch a plain training log instead: key=value, key: value, | loss 3.2 |, JSON lines",
        "FILE",
        option_values.path,
    ),
    Option(("--gpu",), "watch the GPUs of this machine"),
    Option(
        ("--gpu-db",),
        "with --project: show what the runs logged of their machine: GPUs, CPU, memory, disk",
        needs=("--project", "--replay"),
    ),
    Option(
        ("--record",),
        "write what the live screen is fed to FILE, one JSON object a line",
        "FILE",
        option_values.path,
    ),
    Option(
        ("--replay",),
        "show such a recording again, with all keys but none of the sources",
        "FILE",
        option_values.path,
    ),
    Option(
        ("--speed",),
        "with --replay: how many times as fast, 0.01 to 10000 (default: 1)",
        "FACTOR",
        option_values.speed,
        needs=("--replay",),
    ),
    Option(
        ("--sysroot",),
        "with --gpu: read PATH/sys and PATH/proc (a capture) instead of this machine's",
        "PATH",
        option_values.path,
        needs=("--gpu",),
    ),
    Option(
        ("--manual",),
        "show the manual's page on a topic, or which topics there are, and exit",
        "TOPIC",
        option_values.manual_topic,
        has_default=True,
    ),
    Option(
        ("--debug",),
        "write what sources, channels and frames do to FILE, without names and data of runs",
        "FILE",
        option_values.path,
    ),
    Option(
        ("--report",),
        "print what a bug report needs, and exit: versions, terminal, sizes, places, settings,"
        " faults; with LOG, a file of --debug, also the last faults in it",
        "LOG",
        str,
        has_default=True,
    ),
    Option(
        ("--with-names",),
        "with --debug or --report: tell names of projects and runs, and paths, too",
        needs=("--debug", "--report"),
    ),
    Option(
        ("--completion",),
        "print what completes options and names in a shell, and exit (needs shtab)",
        "{bash,zsh,tcsh}",
        option_values.one_of(*SHELLS),
    ),
)

ABOUT = "about this program"
"""The heading below which the help and the version stand, too."""

GROUPS: dict[str, tuple[str, ...]] = {
    "what to watch": (
        *("--project", "--all", "--dir", "--server", "--ssh", "--run", "--metric", "--since"),
        *("--zoom", "--demo", "--log", "--replay", "--speed"),
    ),
    "the live screen": ("--interval", "--theme", "--record"),
    "once: print or draw what is, and exit": (
        *("--once", "--format", "--points", "--output", "--size", "--list", "--print-config"),
    ),
    "waiting for a value": ("--until", "--timeout", "--silence", "--fail-on", "--exec"),
    "GPUs": ("--gpu", "--gpu-db", "--sysroot"),
    "when something is wrong": ("--debug", "--report", "--with-names"),
    ABOUT: ("--manual", "--completion"),
}
"""Heading -> the options below it, in the help and the manual."""

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
    """Raises the answer, as argparse ignores it silently where it cannot be printed."""

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
    about = groups[ABOUT]
    about.add_argument("-h", "--help", action=_Tell, help="show all options and exit")
    version = f"trackio-view {__version__}\n"
    about.add_argument("--version", action=_Tell, version=version, help="show the version and exit")
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


class Exclusion(NamedTuple):
    """Options that exclude each other: any of the first and any of the second."""

    some: tuple[str, ...]
    others: tuple[str, ...]
    why: str = "{} and {} exclude each other"
    """What to say, with the two that were given."""


_FOR_LIVE = "{} is for the live screen: leave {} out"

EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion(("--demo",), ("--log", "--gpu", "--gpu-db")),
    Exclusion(("--log",), ("--gpu", "--gpu-db")),
    Exclusion(("--gpu",), ("--gpu-db",)),
    Exclusion(("--all",), ("--project",), "{} watches every project: leave {} out"),
    Exclusion(("--until",), ("--all",), "{} waits for one project: leave {} out"),
    Exclusion(("--ssh",), ("--gpu",), "{} shows no GPUs of the machine: leave {} out"),
    Exclusion(("--server", "--ssh"), ("--demo", "--log", "--replay")),
    Exclusion(("--demo",), ("--dir",), "{} brings its own directory: leave {} out"),
    Exclusion(("--record", "--debug"), ("--once", "--list", "--until"), _FOR_LIVE),
    Exclusion(("--replay",), ("--once", "--list"), _FOR_LIVE),
    Exclusion(("--replay",), ("--demo", "--log", "--record", "--dir")),
    Exclusion(("--output",), ("--format",)),
    Exclusion(
        ("--print-config",),
        ("--once", "--list", "--until", "--demo", "--log", "--gpu", "--record", "--replay"),
    ),
    Exclusion(
        ("--until",),
        ("--metric", "--since", "--zoom"),
        "{} looks at the newest value of the metric that it names: leave {} out",
    ),
    Exclusion(("--until",), ("--speed",), "{} reads a recording at once: leave {} out"),
    Exclusion(("--until",), ("--gpu", "--gpu-db", "--once", "--list")),
)
"""The first exclusion that the arguments break is told."""


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
    fault = _misfit(options)
    if fault is not None:
        raise WrongUsage(fault)
    return options


def _told_of(stray: str) -> str:
    """Return what to say of an argument that means nothing here, with what may have been meant."""
    if not stray.startswith("-"):
        return f"{stray!r} belongs to no option: to watch a project, give -p {stray}"
    # Only for somebody who mistyped.
    from difflib import get_close_matches

    typed = stray.partition("=")[0]
    flags = [*(flag for option in OPTIONS for flag in option.flags), "--help", "--version"]
    begun = [flag for flag in flags if len(typed) > 2 and flag.startswith(typed)]
    nearest = begun or get_close_matches(typed, flags, n=1, cutoff=0.75)
    return f"there is no option {typed}" + (f": did you mean {nearest[0]}?" if nearest else "")


def _misfit(options: Options) -> str | None:
    """Return what is wrong with options that are each right, or `None` where they fit."""
    usual = Options()
    given = {
        option.flags[-1]
        for option in OPTIONS
        if getattr(options, _name(option)) != getattr(usual, _name(option))
    }
    for exclusion in EXCLUSIONS:
        for one in exclusion.some:
            for other in exclusion.others:
                if {one, other} <= given:
                    return exclusion.why.format(one, other)
    for option in OPTIONS:
        if option.flags[-1] in given and option.needs and given.isdisjoint(option.needs):
            return f"{option.flags[-1]} needs {option.needs[0]}"
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
