"""`--report`: what a bug report needs, as Markdown, without names and paths unless asked."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from importlib import metadata

from trackio_view import __version__
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import is_terminal, say, write_out
from trackio_view.model.summary import ProjectSummary
from trackio_view.operating_system.regular_file import open_regular
from trackio_view.options.command_line import Options
from trackio_view.options.setting_table import SETTINGS
from trackio_view.options.settings import read_settings, settings_path, value_of
from trackio_view.origins import CannotOpen, listed_source, named_places
from trackio_view.sources.mounts import MOUNTS, nearest_mount
from trackio_view.sources.trackio.files.locations import place_variable
from trackio_view.terminal.capabilities import color_depth, locale_encoding, repertoire
from trackio_view.terminal.text import sanitize
from trackio_view.wording.debug_lines import (
    FIRST_WORDS,
    NAMES_TOLD,
    VARIABLES,
    tells_fault,
    tells_more,
)
from trackio_view.wording.left_out_names import LeftOutNames
from trackio_view.wording.numbers import age_text, counted, format_bytes

LIBRARIES = (
    *("anyio", "blessed", "google-re2", "numpy", "nvidia-ml-py", "orjson", "pillow", "rich"),
    *("trackio", "wcwidth"),
)
"""The packages whose releases matter; TrackIO writes what is read."""

_AROUND = {"TMUX": "tmux", "STY": "GNU screen", "SSH_CONNECTION": "SSH", "WSL_DISTRO_NAME": "WSL"}
"""Variable -> the program that the terminal runs in where the variable is set; its value is left
out.
"""
_MOST_PROJECTS = 20
_MOST_FAULTS = 20
_LOG_BYTES = 1 << 18
"""How much of a log's end is read."""
_LONGEST_LINE = 400
_NO_LOG = "- none are kept: `--debug FILE` writes a log, and `--report FILE` tells its faults"


def print_report(options: Options) -> int:
    """Print the report; return the exit code: 1 where a log was named that is none."""
    names = LeftOutNames(told=options.with_names, places=named_places(options))
    log, fault = _faults_of_log(options.report or "", options.with_names)
    lines = [
        *_versions(),
        *("", "## Terminal", "", *_terminal()),
        *("", "## Projects", "", *_projects(options, names)),
        *("", "## Settings", "", *_settings(names)),
        *("", "## Last faults", "", *log),
    ]
    write_out(f"{line}\n" for line in lines)
    if fault is not None:
        say(fault)
        return ExitCode.NOTHING
    return ExitCode.DONE


def _versions() -> Iterator[str]:
    yield f"# A report of trackio-view {__version__}"
    yield ""
    yield f"- Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"- {platform.system()} {platform.release()} {platform.machine()}{_libc()}"
    yield f"- SQLite {sqlite3.sqlite_version}"
    releases = {library: _release(library) for library in LIBRARIES}
    there = ", ".join(f"{library} {release}" for library, release in releases.items() if release)
    yield f"- with {there or 'no library'}"
    missing = ", ".join(library for library, release in releases.items() if not release)
    if missing:
        yield f"- without {missing}"


def _libc() -> str:
    name, release = platform.libc_ver()
    return f", {name} {release}" if name else ""


def _release(library: str) -> str | None:
    try:
        return sanitize(metadata.version(library))
    except metadata.PackageNotFoundError:
        return None


def _terminal() -> Iterator[str]:
    told = [f"{name}={sanitize(os.environ[name])}" for name in VARIABLES if os.environ.get(name)]
    yield f"- {' '.join(told) or 'no variable tells of it'}"
    around = [program for variable, program in _AROUND.items() if os.environ.get(variable)]
    if around:
        yield f"- within {', '.join(around)}"
    size = shutil.get_terminal_size((0, 0))
    if is_terminal(sys.stdin) and size.columns:
        yield f"- {size.columns} x {size.lines}"
    encoding = locale_encoding()
    glyphs = repertoire(os.environ, encoding).value
    depth = color_depth(os.environ)
    yield f"- {encoding}, {depth.value or 'no'} colours, glyphs: {glyphs}"


def _projects(options: Options, names: LeftOutNames) -> Iterator[str]:
    try:
        with listed_source(options) as source:
            yield f"- {_place(options, source.origin, names)}"
            summaries = source.listed().projects
    except CannotOpen as fault:
        yield f"- {names.text(str(fault))}"
        return
    except OSError as error:
        # An error without a number of the system is a sentence of ours.
        told = str(error) if error.errno is None else error.strerror or str(error.errno)
        yield f"- the projects cannot be listed: {names.text(told)}"
        return
    now = time.time()
    for summary in summaries[:_MOST_PROJECTS]:
        yield f"- {_project(summary, now, names)}"
    if not summaries:
        yield "- there is no project"
    elif len(summaries) > _MOST_PROJECTS:
        yield f"- and {len(summaries) - _MOST_PROJECTS:,} more"


def _place(options: Options, origin: str, names: LeftOutNames) -> str:
    if options.is_distant:
        where = f": {sanitize(origin)}" if names.told else ""
        beside = ", beside --dir" if options.dir is not None else ""
        kinds = (("server", len(options.server)), ("machine", len(options.ssh)))
        places = (counted(count, kind) for kind, count in kinds if count)
        return f"on {' and '.join(places)}{beside}{where}"
    told_by = "--dir" if options.dir is not None else place_variable(os.environ)
    by = "TrackIO's usual one" if told_by is None else f"by {told_by}"
    there = "is there" if os.path.isdir(origin) else "is not there"
    where = f" ({sanitize(origin)})" if names.told else ""
    return f"the directory{where}, {by}, {there}; file system: {_file_system(origin)}"


def _file_system(path: str, mounts: str = MOUNTS) -> str:
    """Return the type of the file system that holds a path, as the kernel names it."""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
            mount = nearest_mount(file.read(), os.path.realpath(path))
    except OSError:
        return "unknown"
    return "unknown" if mount is None else mount.kind


def _project(summary: ProjectSummary, now: float, names: LeftOutNames) -> str:
    told = [
        counted(count, thing)
        for count, thing in ((summary.run_count, "run"), (summary.row_count, "row"))
        if count is not None
    ]
    if summary.size is not None:
        told.append(format_bytes(summary.size))
    if summary.newest_time is not None:
        told.append(f"newest row {age_text(now - summary.newest_time)}")
    name = names.project(summary.id)
    if summary.fault is not None:
        told.append(names.text(summary.fault))
    return f"{name}: {', '.join(told)}"


def _settings(names: LeftOutNames) -> Iterator[str]:
    path = settings_path()
    settings = read_settings(path)
    where = f" ({sanitize(path)})" if names.told else ""
    yield f"- the file {'is there' if os.path.exists(path) else 'is not there'}{where}"
    for setting in SETTINGS:
        value = value_of(settings, setting)
        if value != setting.default:
            yield f"- {setting.key} = {value}"
    for fault in settings.faults:
        yield f"- {names.text(fault)}"


def _faults_of_log(path: str, with_names: bool) -> tuple[list[str], str | None]:
    """Return the lines on the last faults in a log of `--debug`, and what is wrong with the log."""
    if not path:
        return [_NO_LOG], None
    try:
        with open_regular(path) as file:
            first = file.readline(_LONGEST_LINE).decode("utf-8", "replace")
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG_BYTES))
            lines = file.read(_LOG_BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        return ["- the log cannot be read"], f"{path} cannot be read: {reason}"
    if not first.startswith(FIRST_WORDS):
        return ["- the file that was named is no log"], f"{path} is no log of --debug"
    if NAMES_TOLD in first and not with_names:
        return ["- the log holds names: only --with-names tells what is in it"], None
    faults: list[list[str]] = []
    for line in lines:
        if tells_fault(line):
            faults.append([line])
        elif faults and tells_more(line):
            faults[-1].append(line)
    told = [line for fault in faults[-_MOST_FAULTS:] for line in fault]
    if not told:
        return ["- none in the log"], None
    return ["```", *(sanitize(line)[:_LONGEST_LINE] for line in told), "```"], None
