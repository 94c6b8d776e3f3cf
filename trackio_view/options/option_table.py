"""The options: one table from which the parser, `--help` and the README are made."""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.light_typing import Any, NamedTuple
from trackio_view.options import values as option_values
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.terminal.style import THEME_NAMES

_FORMATS = ("text", "json", "csv")
SHELLS = ("bash", "zsh", "tcsh")
_SLOWEST, _FASTEST = f"{option_values.SLOWEST:g}", f"{option_values.FASTEST:.0f}"
_SHORTEST, _LONGEST = f"{option_values.SHORTEST_INTERVAL:g}", f"{option_values.LONGEST_INTERVAL:g}"


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
    choices: tuple[str, ...] = ()
    """The words that its value may be, which shells complete; empty where it may be others, too."""


def _one_of(
    flag: str, help: str, words: tuple[str, ...], metavar: str = "", needs: tuple[str, ...] = ()
) -> Option:
    """Return an option whose value is one of the words, which the help lists where there is no
    metavar.
    """
    metavar = metavar or f"{{{','.join(words)}}}"
    return Option((flag,), help, metavar, option_values.one_of(*words), needs=needs, choices=words)


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
    Option(
        ("--all",),
        "watch all projects at once: t lists their runs, w draws a chart of each project;"
        " with --once, print all",
    ),
    Option(
        ("-i", "--interval"),
        f"seconds between looks at the data, {_SHORTEST} to {_LONGEST}"
        f" (default: {option_values.USUAL_INTERVAL:g}, for GPUs 1, a fleet 15)",
        "SECONDS",
        option_values.interval,
    ),
    Option(("--once",), "print the present state as plain text and exit"),
    Option(
        ("-z", "--zoom"),
        f"how many distinct steps to show: {_ZOOM_HELP} (default: 0)",
        f"0..{len(ZOOM_LEVELS) - 1}",
        option_values.zoom_level,
        choices=tuple(map(str, range(len(ZOOM_LEVELS)))),
    ),
    Option(
        ("--smooth",),
        "smooth the lines, beside what was logged: a weight (0.9, or time:0.9 by distance along x),"
        " mean:10 or off (default: the setting charts.smooth); with --once also in text and CSV",
        "AMOUNT",
        option_values.smoothing,
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
        " (default: the one with the newest row; on the live screen, of several that train, the one"
        " that began last)",
        "NAME",
        str,
    ),
    Option(
        ("--since",),
        "show only rows that are newer: so long ago (90s, 30m, 2h, 7d), or since a time (ISO 8601)",
        "AGO|TIME",
        option_values.since,
    ),
    _one_of(
        "--format",
        "with --once: text for people and grep, one JSON document, or CSV with a row a value",
        _FORMATS,
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
        f" {option_values.endings()}",
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
    _one_of(
        "--theme",
        f"the colours: {', '.join(THEME_NAMES)} (default: the setting look.theme, else what the"
        " terminal says of its background)",
        THEME_NAMES,
        "NAME",
    ),
    Option(
        ("--no-mouse",),
        "leave the mouse to the terminal (the setting look.mouse does so for good)",
    ),
    Option(
        ("--fresh",),
        "begin without what was changed of the project's screen before; what is changed now takes"
        " its place",
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
    _one_of(
        "--fail-on",
        "with --until: exit with 5 when the metric logs NaN",
        ("nan",),
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
    Option(("--gpu",), "watch the GPUs of this machine, or with --ssh those of the machines named"),
    Option(
        ("--prometheus",),
        "with --gpu: watch the GPUs of every machine that a Prometheus tells of, a line a machine;"
        " a URL or HOST:PORT",
        "ADDRESS",
        str,
        needs=("--gpu",),
    ),
    Option(
        ("--prometheus-match",),
        "with --prometheus: only of series that match, as PromQL says it:"
        ' \'cluster="a",job=~"dcgm.*"\'',
        "MATCHERS",
        option_values.matchers,
        needs=("--prometheus",),
    ),
    Option(
        ("--gpu-db",),
        "with --project: show what the runs logged of their machine: GPUs, CPU, memory, disk",
        needs=("--project", "--replay"),
    ),
    Option(
        ("--record",),
        "write what the live screen is fed to FILE, one JSON object a line; - writes it to a pipe,"
        " without a screen",
        "FILE",
        option_values.path,
    ),
    Option(
        ("--replay",),
        "show such a recording again, with all keys but none of the sources; - reads it as it comes"
        " through a pipe",
        "FILE",
        option_values.path,
    ),
    Option(
        ("--speed",),
        f"with --replay: how many times as fast, {_SLOWEST} to {_FASTEST} (default: 1)",
        "FACTOR",
        option_values.speed,
        needs=("--replay",),
    ),
    Option(
        ("--sysroot",),
        "with --gpu: read PATH/sys and PATH/proc (a capture) instead of the machine's",
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
    _one_of(
        "--completion",
        "print what completes options and names in a shell, and exit (needs shtab)",
        SHELLS,
    ),
)

ANSWERS = (
    Option(("-h", "--help"), "show all options and exit"),
    Option(("--version",), "show the version and exit"),
)
"""Options that ask for a text in the place of everything else. They stand at the end of the last
heading.
"""

ABOUT = "about this program"
"""The heading below which the help and the version stand, too."""

GROUPS: dict[str, tuple[str, ...]] = {
    "what to watch": (
        *("--project", "--all", "--dir", "--server", "--ssh", "--run", "--metric", "--since"),
        *("--zoom", "--smooth", "--demo", "--log", "--replay", "--speed"),
    ),
    "the live screen": ("--interval", "--theme", "--no-mouse", "--fresh", "--record"),
    "once: print or draw what is, and exit": (
        *("--once", "--format", "--points", "--output", "--size", "--list", "--print-config"),
    ),
    "waiting for a value": ("--until", "--timeout", "--silence", "--fail-on", "--exec"),
    "GPUs": ("--gpu", "--prometheus", "--prometheus-match", "--gpu-db", "--sysroot"),
    "when something is wrong": ("--debug", "--report", "--with-names"),
    ABOUT: ("--manual", "--completion"),
}
"""Heading -> the options below it, in the help and the manual."""
