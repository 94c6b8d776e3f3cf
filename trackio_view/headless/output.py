"""Writes data to stdout and sentences to stderr, and says so where that fails."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable

from trackio_view.light_typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from trackio_view.model.project_id import ProjectId


class Unwritable(Exception):
    """Stdout cannot be written to any more. The text is a sentence for the person."""


def write_out(pieces: Iterable[str]) -> None:
    """Write the pieces to stdout and flush it.

    A character that the stream's encoding lacks becomes `?`. Raises BrokenPipeError where the
    reader went away, and Unwritable where the output cannot be written for another reason.
    """
    stream = sys.stdout
    if stream is None or stream.closed:
        raise Unwritable("The output cannot be written: stdout is closed.")
    source = iter(pieces)
    while True:
        # Making a piece may fail, too; such an error is no fault of the output and is raised as it
        # is.
        piece = next(source, None)
        try:
            if piece is None:
                stream.flush()
                return
            _write(piece)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise Unwritable(f"The output cannot be written: {reason}.") from error


def write_as_utf8() -> None:
    """Let stdout be UTF-8 from now on, if the stream allows that."""
    import io

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def _write(piece: str) -> None:
    stream = sys.stdout
    try:
        stream.write(piece)
    except UnicodeEncodeError:
        stream.write(piece.encode(stream.encoding, "replace").decode(stream.encoding))


def say(sentence: str) -> None:
    """Write a sentence to stderr, if there is one.

    Arguments and names in it are data: no control character of them reaches the terminal.
    """
    if sys.stderr is None:
        # Without stderr `print` would write to stdout.
        return
    from trackio_view.terminal.text import sanitize

    lines = map(sanitize, sentence.split("\n"))
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print("\n".join(lines), file=sys.stderr, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal; one that was closed is none."""
    return stream is not None and not stream.closed and stream.isatty()


def give_up_stdout() -> None:
    """Discard what is left for stdout, so that the interpreter's last flush cannot fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_of(project: ProjectId, sentence: str, *, beside_others: bool = False) -> None:
    """Write a sentence about a project to stderr.

    With `beside_others` the place that it comes from is named, too. A place that cannot tell its
    projects stands for a project of its own name; it is named once.
    """
    from trackio_view.terminal.text import sanitize

    named = project.name
    if named == project.origin:
        say(sentence if named in sentence else f"{sanitize(named)}: {sentence}")
        return
    # A name with a line break would look like two sentences.
    say(f"{sanitize(f'{named} ({project.origin})' if beside_others else named)}: {sentence}")
