"""The command line: one table from which the parser, `--help` and the README are made."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from trackio_view import __version__
from trackio_view.model.gpu_support import GPU_SUPPORT
from trackio_view.model.layout import LEAST_HEIGHT, LEAST_WIDTH
from trackio_view.model.selection import Selection
from trackio_view.model.windows import ZOOM_LEVELS

if TYPE_CHECKING:
    from trackio_view.model.condition import Condition

SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 3600.0
SLOWEST, FASTEST = 0.01, 10_000.0
FORMATS = ("text", "json", "csv")
PICTURES = (".svg", ".png", ".html", ".txt", ".ans")
SMALLEST_SIZE, LARGEST_SIZE = (LEAST_WIDTH, LEAST_HEIGHT), (400, 100)
FEWEST_POINTS = 4
"""The first, the last, the smallest and the largest value always stay."""


@dataclass(frozen=True, slots=True)
class Options:
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
    """Seconds; `None` goes by the run's own pace."""
    fail_on: str | None = None
    exec: str | None = None
    list: bool = False
    dir: Path | None = None
    demo: bool = False
    log: Path | None = None
    gpu: bool = False
    sysroot: Path | None = None
    gpu_db: bool = False
    record: Path | None = None
    replay: Path | None = None
    speed: float | None = None
    """How many seconds of a recording pass in one; `None` is one."""
    all: bool = False
    """Whether all projects are watched at once."""

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


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"not {' or '.join(words)}: {text!r}")
        return text

    return parse


def _speed(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a number: {text!r}") from None
    # Written so that NaN fails, too.
    if not SLOWEST <= factor <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text} is not between {SLOWEST:g} and {FASTEST:g}")
    return factor


def _points(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) < FEWEST_POINTS:
        raise argparse.ArgumentTypeError(
            f"not a number of rows: {text!r} (at least {FEWEST_POINTS}: first, last, min and max)"
        )
    return int(text)


def _picture_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in PICTURES:
        raise argparse.ArgumentTypeError(
            f"the name of a picture ends in {', '.join(PICTURES[:-1])} or {PICTURES[-1]}: {text!r}"
        )
    return path


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    for number in (width, height):
        if not (number.isascii() and number.isdigit()) or len(number) > 6:
            raise argparse.ArgumentTypeError(f"not a size such as 120x40: {text!r}")
    size = int(width), int(height)
    least, most = SMALLEST_SIZE, LARGEST_SIZE
    if not all(low <= given <= high for low, given, high in zip(least, size, most, strict=True)):
        raise argparse.ArgumentTypeError(
            f"{text} is not between {least[0]}x{least[1]} and {most[0]}x{most[1]}"
        )
    return size


def _duration(text: str) -> float:
    from trackio_view.model.moments import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _since(text: str) -> float:
    from trackio_view.model.moments import parse_moment

    try:
        return parse_moment(text, time.time())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _condition(text: str) -> Condition:
    from trackio_view.model.condition import ConditionError, parse_condition

    try:
        return parse_condition(text)
    except ConditionError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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
    Option(
        ("--metric",),
        "show only this metric, or those in whose names the regular expression is found;"
        " may be given several times",
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
        _since,
    ),
    Option(
        ("--format",),
        "with --once: text for people and grep, one JSON document, or CSV with a row a value",
        "{text,json,csv}",
        _one_of(*FORMATS),
    ),
    Option(
        ("--points",),
        "with --format csv: at most N rows a series, its first, last, min and max among them",
        "N",
        _points,
    ),
    Option(
        ("--output",),
        "with --once: write the live screen's frame as a picture; the ending says which:"
        " .svg, .png, .html, .txt (plain) or .ans (with escape codes)",
        "FILE",
        _picture_file,
    ),
    Option(
        ("--size",),
        "with --output: columns and rows, 40x12 to 400x100 (default: 120x40)",
        "COLUMNSxROWS",
        _size,
    ),
    Option(
        ("--until",),
        "wait, and exit with 0 once the newest value meets a condition: 'train/loss < 0.1'",
        "CONDITION",
        _condition,
    ),
    Option(
        ("--timeout",),
        "with --until: exit with 3 after so long (90s, 30m, 2h, 7d)",
        "DURATION",
        _duration,
    ),
    Option(
        ("--silence",),
        "with --until: exit with 4 when the run's newest row is this old"
        " (default: ten times the usual gap between its rows, and at least 5m)",
        "DURATION",
        _duration,
    ),
    Option(
        ("--fail-on",),
        "with --until: exit with 5 when the metric logs NaN",
        "nan",
        _one_of("nan"),
    ),
    Option(
        ("--exec",),
        "with --until: a shell command to run once on the outcome, told by TRACKIO_VIEW_OUTCOME",
        "COMMAND",
        str,
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
        ("--gpu-db",),
        "with --project: show what the runs logged of their machine: GPUs, CPU, memory, disk",
    ),
    Option(
        ("--record",),
        "write what the live screen is fed to FILE, one JSON object a line",
        "FILE",
        Path,
    ),
    Option(
        ("--replay",),
        "show such a recording again, with all keys but none of the sources",
        "FILE",
        Path,
    ),
    Option(
        ("--speed",),
        "with --replay: how many times as fast, 0.01 to 10000 (default: 1)",
        "FACTOR",
        _speed,
    ),
    Option(
        ("--sysroot",),
        "with --gpu: read PATH/sys and PATH/proc (a capture) instead of this machine's",
        "PATH",
        Path,
    ),
)

_USUAL_WIDTH = 80
_DESCRIPTION = "The terminal dashboard for TrackIO: live training metrics and GPUs."


_EPILOG = "GPUs are proven on: " + "; ".join(f"{gpu.vendor}: {gpu.seen}" for gpu in GPU_SUPPORT)


class _HelpFormatter(argparse.HelpFormatter):
    """Knows its width: argparse would import four compressors to find out, for each option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


def _terminal_width() -> int:
    with contextlib.suppress(KeyError, ValueError):
        return max(1, int(os.environ["COLUMNS"]))
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL_WIDTH
    except (AttributeError, ValueError, OSError):
        return _USUAL_WIDTH


def build_parser() -> argparse.ArgumentParser:
    """Return the parser that the table describes."""
    parser = argparse.ArgumentParser(
        prog="trackio-view",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        allow_abbrev=False,
        formatter_class=_HelpFormatter,
    )
    for option in OPTIONS:
        if option.parse is None:
            parser.add_argument(*option.flags, help=option.help, action="store_true")
        else:
            parser.add_argument(
                *option.flags,
                help=option.help,
                metavar=option.metavar,
                type=option.parse,
                action="append" if option.repeatable else "store",
                default=argparse.SUPPRESS,
            )
    parser.add_argument("--version", action="version", version=f"trackio-view {__version__}")
    return parser


def parse_arguments(arguments: Sequence[str] | None = None) -> Options:
    """Return what the arguments ask for; a wrong value prints usage and exits with 2."""
    parser = build_parser()
    given: dict[str, Any] = vars(parser.parse_args(arguments))
    for name, value in given.items():
        if isinstance(value, list):
            given[name] = tuple(dict.fromkeys(value))
    options = Options(**given)
    if options.sysroot is not None and not options.gpu:
        parser.error("--sysroot needs --gpu")
    sources = [
        flag
        for flag, chosen in (
            ("--demo", options.demo),
            ("--log", options.log is not None),
            ("--gpu", options.gpu),
            ("--gpu-db", options.gpu_db),
        )
        if chosen
    ]
    if len(sources) > 1:
        parser.error(f"{' and '.join(sources)} exclude each other")
    if options.all and options.project:
        parser.error("--all watches every project: leave --project out")
    if options.all and options.once:
        parser.error("--once prints the projects that are named: leave --all out")
    if options.all and options.until is not None:
        parser.error("--until waits for one project: leave --all out")
    if options.demo and options.dir is not None:
        parser.error("--demo brings its own directory: leave --dir out")
    for flag, needed, is_wrong in (
        ("--format", "--once", options.format != "text" and not options.once),
        ("--points", "--format csv", options.points is not None and options.format != "csv"),
        ("--output", "--once", options.output is not None and not options.once),
        ("--size", "--output", options.size is not None and options.output is None),
        ("--gpu-db", "--project", options.gpu_db and not (options.project or options.replay)),
        ("--speed", "--replay", options.speed is not None and options.replay is None),
        ("--timeout", "--until", options.timeout is not None and options.until is None),
        ("--silence", "--until", options.silence is not None and options.until is None),
        ("--fail-on", "--until", options.fail_on is not None and options.until is None),
        ("--exec", "--until", options.exec is not None and options.until is None),
    ):
        if is_wrong:
            parser.error(f"{flag} needs {needed}")
    for flag, given_file in (("--record", options.record), ("--replay", options.replay)):
        headless = ["--once"] * options.once + ["--list"] * options.list
        headless += ["--until"] * (options.until is not None)
        if given_file is not None and headless:
            parser.error(f"{flag} is for the live screen: leave {headless[0]} out")
    others = [flag for flag in sources if flag in ("--demo", "--log")]
    others += ["--record"] * (options.record is not None) + ["--dir"] * (options.dir is not None)
    if options.replay is not None and others:
        parser.error(f"--replay and {others[0]} exclude each other")
    if options.output is not None and options.format != "text":
        parser.error("--output and --format exclude each other")
    if options.gpu_db and options.format != "text":
        parser.error(f"--gpu-db has no {options.format.upper()}: leave --format out")
    if options.gpu and options.format == "csv":
        parser.error("--gpu has no CSV: take --format json")
    if options.until is not None:
        other = [*sources, *(["--once"] if options.once else [])]
        if other:
            parser.error(f"--until and {other[0]} exclude each other")
        if len(options.project) > 1:
            parser.error("--until waits for one project")
    return options
