"""The log of `--debug`: what sources, channels and frames did, without the data of runs.

Rooms log with Python's `logging` below the name of the package, which costs next to nothing while
nobody listens. Besides numbers and fixed words they hand over typed objects, which are written here
without names: a project as `project 1`, an event as its kind and its size.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

from trackio_view import __version__
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    LoadStarted,
    Notice,
    PreviewLoaded,
    ProjectOrigin,
    ProjectsListed,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.operating_system.own_file import open_own
from trackio_view.terminal.text import sanitize
from trackio_view.wording.debug_lines import (
    FIRST_WORDS,
    NAMES_TOLD,
    VARIABLES,
    debug_line,
    trace_line,
)
from trackio_view.wording.left_out_names import LeftOutNames

_MOST_BYTES = 32 << 20
_MOST_WAITING = 10_000
_LAST_SECONDS = 1.0
"""How long the end of the program waits for a slow disk."""


class DebugLog(logging.Handler):
    """Formats records at once, because the objects in them may change, and writes them
    in a thread.
    """

    def __init__(self, path: Path, names: LeftOutNames) -> None:
        """Begin a new log at `path`, for its owner alone. Raises OSError where that fails."""
        super().__init__()
        descriptor = open_own(path, FIRST_WORDS.encode())
        self._names = names
        self._started = time.monotonic()
        self._lines: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._left_out = 0
        self._writer = threading.Thread(
            target=_write, args=(descriptor, self._lines), name="debug log", daemon=True
        )
        self._writer.start()
        self._begin()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Write what the package's rooms log meanwhile, and the error that ends the block, if there
        is one.
        """
        package = logging.getLogger("trackio_view")
        package.addHandler(self)
        package.setLevel(logging.DEBUG)
        # Other handlers may treat records as they like. Here records stand without names.
        package.propagate = False
        try:
            yield
        except BaseException as error:
            package.error("it ends by a fault", exc_info=error)
            raise
        finally:
            package.propagate = True
            package.setLevel(logging.NOTSET)
            package.removeHandler(self)
            self.close()

    def _begin(self) -> None:
        names = f"; {NAMES_TOLD}" if self._names.told else ""
        variables = {name: os.environ.get(name, "") for name in VARIABLES}
        told = " ".join(f"{name}={sanitize(value)}" for name, value in variables.items() if value)
        now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self._put(f"{FIRST_WORDS}, of {now}{names}")
        self._put(f"trackio-view {__version__}, Python {platform.python_version()}, {sys.platform}")
        self._put(f"environment: {told}")

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record. If the disk is too slow for so many records, only count it."""
        try:
            arguments = record.args or ()
            if isinstance(arguments, Mapping):
                arguments = (arguments,)
            text = str(record.msg) % tuple(map(self._told, arguments))
        except Exception:  # A log must never end what it tells of.
            text = f"{record.msg} (its values could not be told)"
        at = time.monotonic() - self._started
        is_fault = record.levelno >= logging.WARNING or any(map(_is_fault, arguments))
        room = record.name.removeprefix("trackio_view.")
        self._put(debug_line(at, room, text, is_fault=is_fault))
        if record.exc_info and record.exc_info[1] is not None:
            for line in self._trace(record.exc_info[1]):
                self._put(trace_line(line))

    def _put(self, line: str) -> None:
        if self._left_out:
            line = f"{self._left_out} lines are left out here: the disk was too slow\n{line}"
        try:
            self._lines.put_nowait(f"{line}\n".encode("utf-8", "replace"))
            self._left_out = 0
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Write the waiting records, as far as the disk takes them soon."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._writer.join(_LAST_SECONDS)
        super().close()

    def _told(self, value: object) -> object:
        if isinstance(value, int | float):
            return value
        if isinstance(value, ProjectId):
            return self._names.project(value)
        if isinstance(value, BaseException):
            return self._fault(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return self._event(value)
        # These are words of our rooms. A name never comes as a text of its own.
        return sanitize(value) if isinstance(value, str) else type(value).__name__

    def _fault(self, error: BaseException) -> str:
        # The texts of our own exceptions are sentences for people. Those of others may quote
        # anything.
        is_ours = type(error).__module__.startswith("trackio_view.")
        said = f": {self._names.text(str(error))}" if is_ours or self._names.told else ""
        return f"{type(error).__name__}{said}"

    def _event(self, event: DataEvent | tuple[object, ...]) -> str:
        """Return an event's kind, its project and how much it holds."""
        told = [type(event).__name__]
        project = getattr(event, "project", None)
        if isinstance(project, ProjectId):
            told.append(f"of {self._names.project(project)}")
        if isinstance(event, ProjectsListed):
            for summary in event.projects:
                self._names.project(summary.id)
            told.append(f"{len(event.projects)} projects")
        elif isinstance(event, RowsLoaded | PreviewLoaded | SystemRowsLoaded):
            self._names.learn_runs(
                name for rows in event.batches for name in (rows.run_id, rows.run_name)
            )
            count = sum(len(rows.steps) for rows in event.batches)
            columns = sum(len(rows.columns) for rows in event.batches)
            told.append(f"{count} rows in {len(event.batches)} batches of {columns} columns")
        elif isinstance(event, DetailsLoaded):
            self._names.learn_runs(
                name for run in event.runs for name in (run.run_id, run.run_name)
            )
            told.append(f"{len(event.runs)} runs")
        elif isinstance(event, LoadStarted):
            told.append(f"{event.total_rows} rows to read")
        elif isinstance(event, AlertsLoaded):
            told.append(f"{len(event.alerts)} alerts")
        elif isinstance(event, Notice):
            told.append(self._notice(event))
        return ", ".join(told)

    def _notice(self, notice: Notice) -> str:
        about = notice.origin
        where = self._names.project(about.project) if isinstance(about, ProjectOrigin) else about
        place = where if isinstance(where, str) else where.value
        said = "taken back" if notice.text is None else self._names.text(notice.text)
        return f"{notice.severity.value} on {place}: {said}"

    def _trace(self, error: BaseException) -> Iterator[str]:
        """Yield where an error comes from, and where the errors of a group come from. Its words are
        included only with names.
        """
        for entry in traceback.extract_tb(error.__traceback__):
            # A path is told from the package or the library on, because its beginning may name a
            # person.
            file = "/".join(entry.filename.split("/")[-3:])
            yield sanitize(f"{file}:{entry.lineno} in {entry.name}")
        yield self._fault(error)
        for part in getattr(error, "exceptions", ()):
            yield "of which:"
            yield from self._trace(part)
        if error.__cause__ is not None:
            yield "caused by:"
            yield from self._trace(error.__cause__)


def _is_fault(value: object) -> bool:
    return (
        isinstance(value, Notice) and value.text is not None and value.severity is not Severity.INFO
    )


def _write(descriptor: int, lines: queue.Queue[bytes | None]) -> None:
    """Write lines until there are no more. A log of several days keeps its newest part."""
    size = 0
    with contextlib.suppress(OSError), open(descriptor, "ab", buffering=0) as file:
        head = b""
        while (line := lines.get()) is not None:
            if not head:
                head = line
            if size + len(line) > _MOST_BYTES:
                file.truncate(0)
                size = file.write(head + b"(older lines are left out: the log had grown long)\n")
            size += file.write(line)
        return
    # The disk takes no more lines. Rooms that log are not held up.
    while lines.get() is not None:
        pass
