"""Copies a database with its WAL or journal, so that they can be folded in there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from io import FileIO

from trackio_view.sources.trackio.faults import (
    in_temporary_directory,
    interrupted,
    replaced,
    unreadable,
)
from trackio_view.sources.trackio.files.access import (
    Signature,
    signature,
)

_COPY_PIECE = 8 << 20
_COPY_ATTEMPTS = 3


def copied(file: str, should_stop: Callable[[], bool]) -> tuple[str, Signature]:
    """Return a folder in which `project.db` is a copy of the database, and the state of the files
    that it was made of.

    `should_stop` is asked between pieces. Raises DatabaseFault or OSError, and leaves no folder
    then.
    """
    for _ in range(_COPY_ATTEMPTS):
        with in_temporary_directory():
            scratch = tempfile.mkdtemp(prefix="trackio-view-")
        try:
            before = signature(file)
            for ending in ("", "-wal", "-journal"):
                _copy(file + ending, os.path.join(scratch, "project.db" + ending), should_stop)
            if signature(file) == before:
                return scratch, before
        except BaseException:
            remove_copy(scratch)
            raise
        remove_copy(scratch)
    raise replaced()


def remove_copy(scratch: str) -> None:
    """Remove a folder that was made for a copy."""
    shutil.rmtree(scratch, ignore_errors=True)


def _copy(source: str, target: str, should_stop: Callable[[], bool]) -> None:
    try:
        reader = open(source, "rb", buffering=0)  # noqa: SIM115 - closed below
    except FileNotFoundError:
        return
    with reader, in_temporary_directory(), open(target, "wb") as writer:
        while piece := _piece_of(reader):
            if should_stop():
                raise interrupted()
            writer.write(piece)


def _piece_of(reader: FileIO) -> bytes:
    try:
        return reader.read(_COPY_PIECE)
    except OSError as error:
        # This is a fault of the project's own disk, not of the one that the copy is written to.
        raise unreadable(error) from error
