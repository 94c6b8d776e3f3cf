"""TrackIO's JSONL inbox: what runs logged and no server has imported into a database yet.

Where SQLite is unsafe (NFS, Lustre), each flush of a run is a file of its own, complete from the
moment that it has its name: `inbox/<writer>/<number>.jsonl`. A server imports such files, commits,
and then deletes them. Here they are only read: what has gone meanwhile is in the database.
"""

from __future__ import annotations

import math
import os
import time
from _thread import allocate_lock
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Protocol

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import Notice, ProgramOrigin
from trackio_view.model.project_id import ProjectId, canonical_name
from trackio_view.model.summary import ProjectSummary, newest_first
from trackio_view.sources.trackio.files.access import Signature, signature
from trackio_view.sources.trackio.files.inbox_files import inbox_keys, listed_late, read_inbox_file
from trackio_view.sources.trackio.files.locations import (
    DATABASE_SUFFIX,
    REGISTRY_PREFIX,
    ProjectFile,
    find_projects,
)
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.rows import as_text, parse_time
from trackio_view.sources.trackio.tables.summaries import summarize

MANY_FILES = 10_000
"""From so many waiting files on, no server seems to import them. Each run adds two a second."""

METRIC, SYSTEM, ALERT = "metric", "system_metric", "alert"
_KINDS = (METRIC, SYSTEM, ALERT)

FileKey = tuple[str, str]
"""The writer's folder, and the file's name in it."""


class InboxRecord(NamedTuple):
    """The content of a line of a file: a future row of the database."""

    kind: str
    """One of METRIC, SYSTEM and ALERT."""
    key: str
    """The identity of the row, here and in the database."""
    project: str
    """The project's canonical name."""
    run_id: str
    run_name: str
    step: Any
    stamp: Any
    document: dict[str, Any]
    """What was logged; of an alert the whole record."""
    config: dict[str, Any] | None


class _PartOfFile(NamedTuple):
    """What a file holds of one project."""

    row_count: int
    run_ids: frozenset[str]
    newest_time: float


class _File(NamedTuple):
    first_time: float
    """When its first line was written. Files of several writers are read in this order."""
    size: int
    shares: dict[str, _PartOfFile]
    """By canonical name."""


class InboxFiles(Protocol):
    """Where the files of an inbox are read."""

    def keys(self) -> Collection[FileKey]:
        """Return which files there are."""

    def read(self, key: FileKey) -> bytes | None:
        """Return what a file holds, `None` where it cannot be read now."""

    def listed_late(self) -> str | None:
        """Return the kind of a file system that lists them as they were, `None` of any other."""


class _FilesHere:
    def __init__(self, directory: str) -> None:
        self._directory = directory

    def keys(self) -> Collection[FileKey]:
        return set(inbox_keys(self._directory))

    def read(self, key: FileKey) -> bytes | None:
        return read_inbox_file(self._directory, key)

    def listed_late(self) -> str | None:
        return listed_late(self._directory)


class Inbox:
    """The inbox of a directory; each file is looked at once, with the next look.

    Blocks, and may be asked by several threads.
    """

    def __init__(
        self, directory: str, interval: float = 0.0, files: InboxFiles | None = None
    ) -> None:
        """Nothing is opened yet; `interval` is the time for which a look is as good as the next.

        `files` is where they are read, if not in the directory itself.
        """
        self.files_read = 0
        """How many files were read so far, for tests that count work."""
        self._there = _FilesHere(directory) if files is None else files
        self._name = "the inbox" if files is None else f"the inbox of {directory}"
        self._late: str | None = None
        self._late_is_known = False
        self._interval = interval
        self._looked = -math.inf
        self._files: dict[FileKey, _File] = {}
        self._versions: dict[str, int] = {}
        # As `threading.Lock`, which `--once` does not wait to import.
        self._lock = allocate_lock()

    def look(self) -> None:
        """Find out which files there are, and read the new ones."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked < self._interval:
                return
            self._looked = now
            there = set(self._there.keys())
            for key in self._files.keys() - there:
                del self._files[key]
            for key in sorted(there - self._files.keys()):
                data = self._read(key)
                if data is not None:
                    self._files[key] = _glance(_records(data, key), len(data))
                    for project in self._files[key].shares:
                        self._versions[project] = self._versions.get(project, 0) + 1
            if self._files and not self._late_is_known:
                self._late, self._late_is_known = self._there.listed_late(), True

    @property
    def file_count(self) -> int:
        """How many files waited at the last look."""
        return len(self._files)

    @property
    def remark(self) -> str | None:
        """What is to be said of the inbox, as it was at the last look."""
        if self.file_count >= MANY_FILES:
            return (
                f"At least {self.file_count // 1_000 * 1_000:,} files wait in {self._name}:"
                " no server imports them (`trackio show` on one machine does)."
            )
        if self._late is None or not self.file_count:
            return None
        return (
            f"What waits in {self._name} is shown as listed there: {self._late} may list files up"
            " to a minute late."
        )

    def waits_for(self, project: str) -> bool:
        """Look, and return whether anything of a project is there."""
        self.look()
        with self._lock:
            return any(project in file.shares for file in self._files.values())

    @property
    def projects(self) -> list[str]:
        """The canonical names of the projects that have waiting rows."""
        with self._lock:
            return sorted({project for file in self._files.values() for project in file.shares})

    def files_of(self, project: str) -> set[FileKey]:
        """Return the files that held anything of a project at the last look."""
        with self._lock:
            return {key for key, file in self._files.items() if project in file.shares}

    def version(self, project: str) -> int:
        """Return how many files with something of a project have come so far."""
        return self._versions.get(project, 0)

    def signature(self, path: str) -> Signature:
        """Return the state of the project's file at `path`, with what came to the inbox."""
        self.look()
        name = os.path.basename(path).removesuffix(DATABASE_SUFFIX)
        return signature(path)._replace(waiting=self.version(name))

    def records(self, project: str, known: Collection[FileKey]) -> dict[FileKey, list[InboxRecord]]:
        """Return what the files hold of a project that are not `known`, in the order of writing.

        A file that has gone since the last look is left out: it was imported before.
        """
        there = self.files_of(project)
        with self._lock:
            files = {key: self._files[key] for key in there if key in self._files}
        found: dict[FileKey, list[InboxRecord]] = {}
        for key in _in_order(files):
            if key in known:
                continue
            data = self._read(key)
            if data is not None:
                records = _records(data, key)
                found[key] = [record for record in records if record.project == project]
        return found

    def with_waiting(
        self, project: ProjectId, known: ProjectSummary | None
    ) -> ProjectSummary | None:
        """Return the summary of a project with what waits for it; `known` tells of its file."""
        with self._lock:
            files = [file for file in self._files.values() if project.name in file.shares]
        if not files:
            return known
        shares = [file.shares[project.name] for file in files]
        newest = max(
            (share.newest_time for share in shares if not math.isnan(share.newest_time)),
            default=None,
        )
        rows = sum(share.row_count for share in shares)
        runs = frozenset().union(*(share.run_ids for share in shares))
        if known is None:
            size = sum(file.size for file in files)
            return ProjectSummary(project, len(runs), rows, newest, size)
        if known.row_count is None or not rows:
            return known
        times = [moment for moment in (known.newest_time, newest) if moment is not None]
        # Only ids would tell which of these runs are also in the database.
        return known._replace(
            row_count=known.row_count + rows,
            run_count=max(known.run_count or 0, len(runs)),
            newest_time=max(times, default=None),
        )

    def _read(self, key: FileKey) -> bytes | None:
        """Return what a file holds, `None` where it cannot be read now."""
        data = self._there.read(key)
        self.files_read += data is not None
        return data


def inbox_notice(origin: str, remark: str | None) -> Notice:
    """Return the notice of what is to be said of an origin's inbox; `None` takes it back."""
    return Notice(ProgramOrigin.DATA_DIRECTORY, remark, subject=f"inbox of {origin}")


def projects_of(directory: str, inbox: Inbox) -> list[ProjectFile]:
    """Return the projects of a directory by name, those that only the inbox knows among them.

    Nothing is opened. Raises OSError as `find_projects` does.
    """
    files = {file.id.name: file for file in find_projects(directory)}
    for name in inbox.projects:
        if name not in files and not name.startswith(REGISTRY_PREFIX):
            path = os.path.join(directory, name + DATABASE_SUFFIX)
            files[name] = ProjectFile(ProjectId(directory, name), path)
    return [files[name] for name in sorted(files)]


def list_with_waiting(directory: str, inbox: Inbox) -> list[ProjectSummary]:
    """Return the projects of a directory with all that waits, those with the newest data first."""
    inbox.look()
    found = (
        inbox.with_waiting(project.id, summarize(project, may_hold_up=True))
        for project in projects_of(directory, inbox)
    )
    return newest_first(summary for summary in found if summary is not None)


def _records(data: bytes, key: FileKey) -> Iterator[InboxRecord]:
    """Yield the records among a file's lines. TrackIO ignores all other lines, too."""
    for number, line in enumerate(data.splitlines()):
        try:
            record = read_json(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(record, dict) or record.get("kind") not in _KINDS:
            continue
        project, run = record.get("project"), record.get("run")
        if not (isinstance(project, str) and isinstance(run, str) and project and run):
            continue
        kind = record["kind"]
        known = record.get("alert_id" if kind == ALERT else "log_id")
        document = record if kind == ALERT else record.get("metrics")
        config = record.get("config")
        yield InboxRecord(
            kind,
            known if isinstance(known, str) else f"{'/'.join(key)}, line {number}",
            canonical_name(project),
            as_text(record.get("run_id")) or run,
            run,
            record.get("step"),
            record.get("timestamp"),
            document if isinstance(document, dict) else {},
            config if isinstance(config, dict) else None,
        )


def _glance(records: Iterable[InboxRecord], size: int) -> _File:
    shares: dict[str, _PartOfFile] = {}
    first = math.nan
    for record in records:
        moment = parse_time(record.stamp)
        first = moment if math.isnan(first) else first
        count, runs, newest = shares.get(record.project, _PartOfFile(0, frozenset(), math.nan))
        if record.kind == METRIC:
            newest = moment if math.isnan(newest) or moment > newest else newest
            count, runs = count + 1, runs | {record.run_id}
        shares[record.project] = _PartOfFile(count, runs, newest)
    return _File(first, size, shares)


def _in_order(files: dict[FileKey, _File]) -> list[FileKey]:
    """Return the files in the order in which they were written, each writer's by their names."""
    moments: dict[FileKey, float] = {}
    latest: dict[str, float] = {}
    for key in sorted(files):
        writer = key[0]
        # Where a writer's clock was put back, its later files still come after its earlier ones.
        # A file without a time stands where the writer's file before it does.
        latest[writer] = max(latest.get(writer, -math.inf), files[key].first_time)
        moments[key] = latest[writer]
    return sorted(moments, key=lambda key: (moments[key], key))
