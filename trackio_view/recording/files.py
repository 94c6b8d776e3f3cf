"""Recordings of what the live screen was fed: written while it runs, and shown again."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, TypeGuard

import anyio
from anyio import CancelScope, to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from trackio_view.model.clock import known_moment
from trackio_view.model.events import Notice, ProgramOrigin, Severity
from trackio_view.operating_system.regular_file import open_regular
from trackio_view.recording.changes import ChangesReader, ChangesWriter
from trackio_view.recording.codec import (
    VERSION,
    BrokenLine,
    Recorded,
    UnknownKind,
    decode_event,
    encode_event,
    json_line,
    parse_line,
)
from trackio_view.recording.pipes import PIPE, Pipe, first_line, is_file

_EVENTS_AT_ONCE = 16
_MOST_WAITING = 1024
_LONGEST_HEADER = 1 << 16
_LONGEST_LINE = 1 << 25
"""The most bytes of a line: a thousand rows of a thousand metrics have fewer, so this program
writes no longer one."""
_BYTES_AT_ONCE = 1 << 20
_GZIP = b"\x1f\x8b"
"""The first bytes of a packed file (RFC 1952, 2.3.1)."""
_LAST_SECONDS = 2.0
"""How many seconds the program may take at its end to write the events that still wait."""


class Unrecordable(Exception):
    """A file that cannot be recorded into, or is no recording. The text is a sentence."""


class Header(NamedTuple):
    """The first line of a recording."""

    started: float
    """Seconds since the epoch."""
    project: str | None
    """The project on screen at the start, where one was named."""
    screen: str
    """What was on screen at the start: `metrics`, `gpus` or `system`."""


class RecordingFile:
    """A recording that is being written."""

    def __init__(self, path: Path, header: Header) -> None:
        """Begin a recording. It replaces an older recording, and no other file.

        A new file is for its owner alone: it holds names, configs and all that runs logged.
        Standard output stays as it is. Raises Unrecordable where the file cannot be written.
        """
        self.changes = ChangesWriter()
        """The state of the fleet that was written already."""
        name = "standard output" if path == PIPE else str(path)
        try:
            if path != PIPE and path.is_file() and path.stat().st_size:
                _refuse_others(path)
            descriptor = os.dup(1) if path == PIPE else _open_to_record(path)
            self._file = os.fdopen(descriptor, "wb", buffering=0)
        except OSError as error:
            raise Unrecordable(f"{name} cannot be recorded into: {_reason(error)}") from error
        first = {"trackio_view_recording": VERSION, **header._asdict()}
        try:
            self.write(json_line(first))
        except OSError as error:
            self.close()
            raise Unrecordable(f"{name} cannot be recorded into: {_reason(error)}") from error

    def write(self, lines: bytes) -> None:
        """Write whole lines. Where the disk takes only a part, that part is taken back.

        Raises OSError.
        """
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            # Standard output may have been in use before.
            if taken := len(lines) - len(rest):
                with contextlib.suppress(OSError):
                    self._file.truncate(self._file.tell() - taken)
            raise

    def close(self) -> None:
        """Close the file; a fault no longer matters."""
        with contextlib.suppress(OSError):
            self._file.close()


def _open_to_record(path: Path) -> int:
    """Return a descriptor of the file; opening it never blocks, writing to it may."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads it") from error
        raise
    os.set_blocking(descriptor, True)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        _empty(descriptor)
    return descriptor


def _empty(descriptor: int) -> None:
    """Empty a file, and keep it from other programs that would record into it, too."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise OSError(error.errno, "another program records into it") from error
    except OSError:
        # Not every file system has such locks.
        pass
    os.ftruncate(descriptor, 0)


async def write_recording(
    file: RecordingFile,
    events: MemoryObjectReceiveStream[Recorded],
    report: Callable[[Notice], None],
) -> None:
    """Write events as they come, until cancelled or closed; then those that still wait.

    Encoding and writing are done in a thread. Where the disk takes no more, `report` is told and
    the recording ends, while events are still taken, so that nobody waits for it.
    """
    writing = True
    try:
        async for event in events:
            waiting = [event, *_taken(events, _EVENTS_AT_ONCE)]
            if writing:
                fault = await to_thread.run_sync(_write, file, waiting)
                if fault is not None:
                    writing = False
                    report(fault)
    finally:
        with CancelScope(shield=True), anyio.move_on_after(_LAST_SECONDS):
            waiting = _taken(events, _MOST_WAITING)
            if writing and waiting:
                await to_thread.run_sync(_write, file, waiting, abandon_on_cancel=True)
        file.close()


def _refuse_others(path: Path) -> None:
    """Raise Unrecordable for a file that is no recording, so that no other file is overwritten."""
    try:
        read_header(path)
    except Unrecordable as fault:
        raise Unrecordable(f"{fault}: it is left as it is") from None


def _taken(events: MemoryObjectReceiveStream[Recorded], most: int) -> list[Recorded]:
    """Return the events that wait already, without waiting for more."""
    taken: list[Recorded] = []
    with contextlib.suppress(anyio.WouldBlock, anyio.EndOfStream, anyio.ClosedResourceError):
        while len(taken) < most:
            taken.append(events.receive_nowait())
    return taken


def _write(file: RecordingFile, events: list[Recorded]) -> Notice | None:
    """Write events. Return what to say if nothing more can be written."""
    for at, event in events:
        try:
            line = encode_event(at, event, file.changes)
        except RecursionError:
            # The config of a run may be nested a thousand levels deep: this event is left out, the
            # others are not.
            continue
        try:
            file.write(line)
        except OSError as error:
            text = f"The recording has stopped: {_reason(error)}."
            return Notice(ProgramOrigin.RECORDING, text, Severity.ERROR, "disk")
    return None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_header(path: Path) -> Header:
    """Return the first line of a recording. Raises Unrecordable where it is none.

    The first line of a pipe is waited for, and taken from the pipe.
    """
    name = "standard input" if path == PIPE else str(path)
    try:
        if path == PIPE:
            line = first_line(_LONGEST_HEADER)
        else:
            with open_regular(path) as file:
                line = file.readline(_LONGEST_HEADER)
    except OSError as error:
        raise Unrecordable(f"{name} cannot be read: {_reason(error)}") from error
    if line.startswith(_GZIP):
        raise Unrecordable(f"{name} is packed by gzip, which zcat undoes")
    try:
        document = parse_line(line)
        version = document.get("trackio_view_recording")
    except BrokenLine:
        version = None
    if not isinstance(version, int):
        raise Unrecordable(f"{name} is no recording of trackio-view")
    if version > VERSION:
        raise Unrecordable(f"{name} was recorded by a newer trackio-view")
    started, project, screen = (document.get(name) for name in Header._fields)
    return Header(
        known_moment(started) if _is_number(started) else math.nan,
        project if isinstance(project, str) else None,
        screen if isinstance(screen, str) else "",
    )


class LeftOut:
    """Which parts of a recording could not be read so far."""

    def __init__(self) -> None:
        self._broken = 0
        self._unknown: Counter[str] = Counter()
        self._end: str | None = None

    def count(self, is_whole: bool, fault: UnknownKind | BrokenLine) -> None:
        """Count a line that holds no event that this program knows; `is_whole` tells whether it has
        an end.
        """
        if isinstance(fault, UnknownKind):
            self._unknown[str(fault)] += 1
        else:
            # The last line is cut off where the program was killed; that is no event that is left
            # out.
            self._broken += is_whole

    def break_off(self, error: OSError) -> None:
        """Note that nothing after this place of the recording can be read."""
        self._end = f"The recording breaks off: {_reason(error)}."

    def sentences(self) -> dict[str, str]:
        """Return the sentences about these parts, by subject."""
        said = {}
        if self._broken:
            text = "1 line" if self._broken == 1 else f"{self._broken:,} lines"
            said["lines"] = f"{text} of the recording could not be read."
        if self._unknown:
            kinds = ", ".join(sorted(self._unknown))
            count = self._unknown.total()
            events = "1 event" if count == 1 else f"{count:,} events"
            said["kinds"] = (
                f"{events} of a kind that this trackio-view does not know are left out: {kinds}."
            )
        if self._end is not None:
            said["end"] = self._end
        return said


def recorded_events(path: Path, left_out: LeftOut) -> Iterator[Recorded]:
    """Yield the events of a recording in its order, whatever their times.

    Lines that cannot be read are counted in `left_out`; where the file cannot be read on, it ends.
    """
    try:
        with opened_lines(path) as source:
            while (lines := source.read()) is not None:
                for is_whole, recorded in lines:
                    if isinstance(recorded, Recorded):
                        yield recorded
                    else:
                        left_out.count(is_whole, recorded)
    except OSError as error:
        left_out.break_off(error)


@contextlib.contextmanager
def opened_lines(path: Path) -> Iterator[Lines]:
    """Give the lines of a recording that follow its header. Raises OSError where it can't.

    The header of a pipe has been read already.
    """
    if path == PIPE:
        with open(os.dup(0), "rb") as standard_input:
            yield Lines(standard_input if is_file() else Pipe(), str(path))
        return
    with open_regular(path) as file:
        file.readline(_LONGEST_HEADER)
        yield Lines(file, str(path))


class Lines:
    """The lines of a recording. A line that is longer than any event is not kept in memory."""

    def __init__(self, file: BufferedReader | Pipe, origin: str) -> None:
        self._file = file
        self._origin = origin
        self._changes = ChangesReader()
        self._skipping = False
        """Whether the rest of a line that was too long is being skipped."""

    async def arrival(self) -> bool:
        """Wait for input from a pipe. Return whether it had to be waited for."""
        return isinstance(self._file, Pipe) and await self._file.arrival()

    def read(self) -> list[tuple[bool, Recorded | UnknownKind | BrokenLine]] | None:
        """Return the next lines, decoded, and whether each is whole; `None` at the file's end.

        None may be among the next bytes: then the list is empty.
        """
        lines: list[tuple[bool, Recorded | UnknownKind | BrokenLine]] = []
        size = 0
        while len(lines) < _EVENTS_AT_ONCE and size < _BYTES_AT_ONCE:
            if lines and isinstance(self._file, Pipe) and not self._file.has_line():
                # Lines that are there do not have to wait for those to come.
                return lines
            most = _BYTES_AT_ONCE if self._skipping else _LONGEST_LINE
            line = self._file.readline(most)
            if line is None:
                return lines
            if not line:
                return lines or None
            size += len(line)
            ends = line.endswith(b"\n")
            if not self._skipping:
                self._skipping = not ends and len(line) == most
                lines.append((ends or self._skipping, self._decoded(line)))
            elif ends:
                self._skipping = False
        return lines

    def _decoded(self, line: bytes) -> Recorded | UnknownKind | BrokenLine:
        if self._skipping:
            return BrokenLine("it is too long")
        try:
            return decode_event(line, self._origin, self._changes)
        except (UnknownKind, BrokenLine) as fault:
            return fault


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
