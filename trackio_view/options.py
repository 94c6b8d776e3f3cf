"""The command line: one table from which the parser, `--help` and the README are made."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from trackio_view import __version__
from trackio_view.model.windows import ZOOM_LEVELS

SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 3600.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the person asked for."""

    project: str | None = None
    """The project named first."""
    interval: float = 2.0
    once: bool = False
    zoom: int = 0
    list: bool = False
    dir: Path | None = None
    demo: bool = False
    log: Path | None = None
    gpu: bool = False
    sysroot: Path | None = None
    projects: tuple[str, ...] = ()
    """All projects that were named, in that order."""
    all: bool = False


class Option(NamedTuple):
    """One line of the table."""

    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    parse: Callable[[str], Any] | None = None
    """How a value is read; `None` for a switch."""
    into: str | None = None
    """Where the values of an option that may be given several times are gathered."""


def _interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}") from None
    # Written so that NaN fails, too.
    if not SHORTEST_INTERVAL <= seconds <= LONGEST_INTERVAL:
        raise argparse.ArgumentTypeError(
            f"{text} is not between {SHORTEST_INTERVAL:g} and {LONGEST_INTERVAL:g} seconds"
        )
    return seconds


def _zoom(text: str) -> int:
    if text not in {str(level) for level in range(len(ZOOM_LEVELS))}:
        raise argparse.ArgumentTypeError(f"no such zoom level: {text!r} (choose from 0 to 4)")
    return int(text)


_ZOOM_HELP = ", ".join(
    f"{number} {level.label.lower()}" for number, level in enumerate(ZOOM_LEVELS)
)

OPTIONS: tuple[Option, ...] = (
    Option(
        ("-p", "--project"),
        "a project to watch (default: the one with the newest data); may be given several times",
        "NAME",
        str,
        "projects",
    ),
    Option(("--all",), "watch all projects at once"),
    Option(
        ("-i", "--interval"),
        "seconds between looks at the data, 0.1 to 3600 (default: 2)",
        "SECONDS",
        _interval,
    ),
    Option(("--once",), "print the present state as plain text and exit"),
    Option(
        ("-z", "--zoom"),
        f"how many distinct steps to show: {_ZOOM_HELP} (default: 0)",
        "{0,1,2,3,4}",
        _zoom,
    ),
    Option(("--list",), "list the projects with their runs, rows and newest row, and exit"),
    Option(
        ("--dir",),
        "where the projects lie (default: TRACKIO_DIR, else as TrackIO itself finds it)",
        "PATH",
        Path,
    ),
    Option(("--demo",), "watch a real small training that runs only for this"),
    Option(
        ("--log",),
        "watch a plain training log instead: key=value, key: value, | loss 3.2 |, JSON lines",
        "FILE",
        Path,
    ),
    Option(("--gpu",), "watch the GPUs of this machine"),
    Option(
        ("--sysroot",),
        "with --gpu: read PATH/sys and PATH/proc (a capture) instead of this machine's",
        "PATH",
        Path,
    ),
)

_DESCRIPTION = "The terminal dashboard for TrackIO: live training metrics and GPUs."


def build_parser() -> argparse.ArgumentParser:
    """Return the parser that the table describes."""
    parser = argparse.ArgumentParser(
        prog="trackio-view", description=_DESCRIPTION, allow_abbrev=False
    )
    for option in OPTIONS:
        if option.parse is None:
            parser.add_argument(*option.flags, help=option.help, action="store_true")
        elif option.into is not None:
            parser.add_argument(
                *option.flags,
                help=option.help,
                metavar=option.metavar,
                type=option.parse,
                action="append",
                dest=option.into,
                default=argparse.SUPPRESS,
            )
        else:
            parser.add_argument(
                *option.flags,
                help=option.help,
                metavar=option.metavar,
                type=option.parse,
                default=argparse.SUPPRESS,
            )
    parser.add_argument("--version", action="version", version=f"trackio-view {__version__}")
    return parser


def parse_arguments(arguments: Sequence[str] | None = None) -> Options:
    """Return what the arguments ask for; a wrong value prints usage and exits with 2."""
    parser = build_parser()
    given = vars(parser.parse_args(arguments))
    given["projects"] = tuple(dict.fromkeys(given.get("projects", ())))
    options = Options(**given, project=next(iter(given["projects"]), None))
    if options.sysroot is not None and not options.gpu:
        parser.error("--sysroot needs --gpu")
    sources = [
        flag
        for flag, chosen in (
            ("--demo", options.demo),
            ("--log", options.log is not None),
            ("--gpu", options.gpu),
        )
        if chosen
    ]
    if len(sources) > 1:
        parser.error(f"{' and '.join(sources)} exclude each other")
    if options.all and options.projects:
        parser.error("--all watches every project: leave --project out")
    if options.all and options.once:
        parser.error("--once prints the projects that are named: leave --all out")
    if options.demo and options.dir is not None:
        parser.error("--demo brings its own directory: leave --dir out")
    return options


def one_project_each(options: Options) -> list[Options]:
    """Return the options for each project that was named by itself; unchanged where none was."""
    names = options.projects
    return [replace(options, project=name, projects=(name,)) for name in names] or [options]
