"""The terminal while the dashboard has it: entered, painted, read, suspended and given back."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import signal
import termios
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import anyio

from trackio_view.terminal import mouse
from trackio_view.terminal.background import QUESTION, Background, background_of, may_be_asked
from trackio_view.terminal.capabilities import (
    color_depth,
    locale_encoding,
    repertoire,
)
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.descriptors import (
    has_ended,
    is_ready,
    key_by_key,
    reopened,
    signals_blocked,
    write_in_thread,
)
from trackio_view.terminal.diff import diff
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import ColorDepth
from trackio_view.terminal.terminal_database import TerminalDatabase

# Private modes of xterm (ctlseqs, "DEC Private Mode Set"): 1049 the alternate screen, 7 autowrap,
# 25 the cursor, 2004 bracketed paste (pasted text is marked, so that it is not taken for keys),
# 1004 reports of the focus, which comes back after others had the terminal. What others may have
# left behind is undone: a region that scrolls (DECSTBM), inserting (IRM) and the glyphs of line
# drawing (SCS, SI).
_ENTER = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[r\x1b[4l\x1b(B\x0f\x1b[m"
# The screen is cleared, because some terminals have no alternate screen to leave.
_LEAVE = "\x1b[m\x1b[H\x1b[2J\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
_BEGIN_SYNCHRONIZED, _END_SYNCHRONIZED = b"\x1b[?2026h", b"\x1b[?2026l"
# The questions are: is synchronized output known (DECRQM), what is the background, and last, as a
# fence that every terminal answers, what are you (DA1)? The first frame clears anything that a
# terminal wrongly shows of this.
_MODE_QUERY, _FENCE = "\x1b[?2026$p", "\x1b[c"
_MODE_ANSWER = re.compile(r"\x1b\[\?2026;([0-4])\$y")
_FENCE_ANSWER = re.compile(r"\x1b\[\?([\d;]*)c")

_ENTER_SECONDS = 0.02
_LEAVE_SECONDS = 0.2
# How long after its questions the terminal's answers are waited for on leaving, so that they do not
# reach the shell: a line around the world, through a phone, takes a second. A terminal that never
# answers costs no more than this, and whoever stays for longer waits for nothing.
_ANSWER_SECONDS = 2.0
_READ_SIZE = 1 << 16
_PIECE_SIZE = 1024
_FALLBACK_SIZE = (80, 24)
_GONE = frozenset({errno.EIO, errno.ENXIO, errno.EBADF, errno.EPIPE, errno.ENOTTY})


class TerminalSession:
    """One terminal, entered by `with` and left as it was found.

    One task at a time presents frames, and one reads input. The caller handles signals: on SIGWINCH
    `repaint` and present a frame of the new `size`; on SIGTSTP `suspend`, stop, and `resume` once
    continued. `suspend`, `resume` and leaving may be called at any time, also twice, also while a
    frame is being written. None blocks for longer than half a second, unless the terminal has not
    answered yet.
    """

    def __init__(
        self,
        *,
        depth: ColorDepth | None = None,
        input_descriptor: int = 0,
        output_descriptor: int = 1,
    ) -> None:
        """Prepare a session, by default on standard input and output; it is not entered yet.

        `depth` overrules what the environment says of colours. Raises `OSError` (ENOTTY) where
        either end is no terminal.
        """
        for descriptor in (input_descriptor, output_descriptor):
            if not os.isatty(descriptor):
                raise OSError(errno.ENOTTY, "not a terminal", f"descriptor {descriptor}")
        self._input = input_descriptor
        # An open file description of our own may be non-blocking; the shared one must not, for
        # the shell and its other children write to it.
        own = reopened(output_descriptor)
        self._output = output_descriptor if own is None else own
        self._owns_output = own is not None
        self._database = TerminalDatabase(self._output)
        self.name_sequence = self._database.name_of
        """Returns blessed's name of a whole escape sequence, as `KEY_LEFT`; `None` if unknown."""
        if depth is None:
            depth = color_depth(os.environ, self._database.colors)
        self.encoding: str = locale_encoding()
        self.look = Look(depth, repertoire(os.environ, self.encoding))
        """How frames are shown. The theme may still change before the first frame."""
        self._entered = False
        self._found: list[Any] | None = None
        self._shown: Frame | None = None
        # Grows whenever it is no longer known what the screen shows; a frame that is being written
        # then is given up.
        self._generation = 0
        self._unsent = b""
        self._synchronized: bool | None = None
        self._asked_at: float | None = None
        self._asks_background = may_be_asked(os.environ)
        self._awaits_background = False
        self.on_background: Callable[[Background], None] | None = None
        """Called once with the terminal's answer about its background, if somebody asks for it."""
        self.on_answered: Callable[[], None] = lambda: None
        """Called when no further answer of the terminal is awaited."""
        self._has_mouse = False
        self._features = frozenset[str]()
        """The numbers of what the terminal says it can do."""

    def __enter__(self) -> TerminalSession:
        self.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()
        self.close()

    @property
    def size(self) -> tuple[int, int]:
        """The terminal's width and height in cells; 80 by 24 where it does not know."""
        width = height = 0
        with contextlib.suppress(OSError):
            width, height = os.get_terminal_size(self._output)
        return width or _FALLBACK_SIZE[0], height or _FALLBACK_SIZE[1]

    @property
    def is_in_background(self) -> bool:
        """Whether another job has the terminal: to take it would stop this process."""
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(self._input) != os.getpgrp()
        return False

    def enter(self) -> None:
        """Take the terminal: keys one by one and unechoed, the alternate screen, no cursor."""
        if self._entered:
            return
        self._entered = True
        self._found = None
        with contextlib.suppress(termios.error):
            self._found = termios.tcgetattr(self._input)
        self._take()

    def leave(self) -> None:
        """Give the terminal back as it was found; do nothing where it was given back already or is
        gone.
        """
        if not self._entered:
            return
        self._entered = False
        self._forget()
        self._unsent = b""
        closing = (_END_SYNCHRONIZED if self._synchronized else b"") + (
            (mouse.OFF if self._has_mouse else "") + _LEAVE
        ).encode("ascii")
        # A background job that touches the terminal's modes would be stopped.
        with signals_blocked({signal.SIGTTOU, signal.SIGTTIN}):
            unsent = self._write_within(closing, _LEAVE_SECONDS)
            if unsent:
                self._unstall()
                self._write_within(closing, _LEAVE_SECONDS / 2)
            self._discard_answers()
            if self._found is not None:
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._input, termios.TCSANOW, self._found)

    def suspend(self) -> None:
        """Give the terminal back for a while, as before stopping on Ctrl-Z."""
        self.leave()

    def resume(self) -> None:
        """Take the terminal again, in whatever state it is now; the next frame is painted whole.

        Also to be called where nothing was suspended: SIGSTOP cannot be caught, and a job in the
        background may write to the terminal at any time. Then it is taken together with that
        frame, so that no empty screen is seen in between.
        """
        if self._entered:
            self._forget()
            self._be_key_by_key()
            opening = self._opening()
            self._unsent = opening + self._unsent.removeprefix(opening)
        else:
            self.enter()

    def close(self) -> None:
        """Release what the session opened. It cannot be entered again."""
        self._database.close()
        if self._owns_output:
            self._owns_output = False
            os.close(self._output)

    def use_mouse(self) -> None:
        """Have the mouse reported, from the next frame on and until the terminal is given back."""
        self._has_mouse = True
        self._unsent += mouse.ON.encode("ascii")

    def repaint(self) -> None:
        """Forget what is shown: the next frame is painted whole."""
        self._forget()

    async def present(self, frame: Frame) -> int:
        """Show `frame` by writing what changed since the last one; return the number of bytes
        written.

        The frame is kept for comparison: it must not be drawn into afterwards. Waits while the
        terminal is slow, without holding up the event loop. A frame that was cancelled, or
        overtaken by `repaint` or `suspend`, is given up and the next one painted whole. Shows
        nothing and returns 0 while suspended and once the terminal is gone; the reader of keys
        reports that it is gone.
        """
        if not self._entered:
            return 0
        text, unsent = diff(self._shown, frame, self.look), self._unsent
        self._forget()
        generation, written = self._generation, 0
        write = self._write_own if self._owns_output else self._write_shared
        data = unsent + text.encode(self.encoding, "replace")
        if self._synchronized and text:
            data = _BEGIN_SYNCHRONIZED + data + _END_SYNCHRONIZED
        try:
            if data:
                written = await write(data, generation)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return 0
        if generation == self._generation:
            # A text to copy may have come meanwhile.
            self._shown, self._unsent = frame, self._unsent.removeprefix(unsent)
        return written

    def copy(self, lines: Sequence[str], name: str) -> str:
        """Have lines of text copied with the next frame; return what is said of it, by its name."""
        # A start does not wait for what is loaded when a person copies.
        from trackio_view.terminal.clipboard import Clipboard, clipboard, copying

        known = clipboard(os.environ, self._features)
        if known is Clipboard.MISSING:
            # A person may still select the text itself.
            return f"{known.value}: {name}" if [*lines] == [name] else str(known.value)
        sequence = copying(lines, os.environ)
        if sequence is None:
            return "too long to be copied"
        self._unsent += sequence.encode("ascii")
        return f"{known.value}: {name}"

    async def read_input(self) -> bytes:
        """Wait for input and return it; empty at its end. Raises `OSError` once it is gone."""
        while True:
            await anyio.wait_readable(self._input)
            # The input may be gone: dropped, or read by another process of this terminal. That
            # process may also have made it non-blocking.
            with contextlib.suppress(BlockingIOError):
                data = os.read(self._input, _READ_SIZE)
                if data or has_ended(self._input):
                    return data

    def import_ahead(self) -> None:
        """Load what names the rarer keys, in a thread, so that the first of them need not wait."""
        self._database.opened()

    def take_answer(self, sequence: str) -> None:
        """Take in a sequence that is no key: perhaps the answer to what `enter` asked."""
        if mode := _MODE_ANSWER.fullmatch(sequence):
            # DECRPM: 1 set, 2 reset; 0 unknown, 3 and 4 fixed for good.
            self._synchronized = mode[1] in "12"
        elif fence := _FENCE_ANSWER.fullmatch(sequence):
            self._asked_at = None
            # The first number is the class of the terminal.
            self._features = frozenset(fence[1].split(";")[1:])
            self._synchronized = bool(self._synchronized)
            self.on_answered()
        elif self._awaits_background and (background := background_of(sequence)) is not None:
            self._awaits_background = False
            if self.on_background is not None:
                self.on_background(background)

    @property
    def awaits_background(self) -> bool:
        """Whether somebody asks for the terminal's background, and it may still answer."""
        may_answer = self._awaits_background and self._asked_at is not None
        return may_answer and self.on_background is not None

    def drop_input(self) -> None:
        """Drop the keys that were not read yet, as a terminal does at a key that sends a signal."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._input, termios.TCIFLUSH)

    def _take(self) -> None:
        self._forget()
        self._be_key_by_key()
        opening = self._opening()
        # Sequences that were cut off are sent again from their beginning.
        self._unsent = opening if self._write_within(opening, _ENTER_SECONDS) else b""

    def _be_key_by_key(self) -> None:
        if self._found is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._input, termios.TCSANOW, key_by_key(self._found))

    def _opening(self) -> bytes:
        """Return the sequences that take the screen and repeat the questions without an answer."""
        opening = _ENTER + (mouse.ON if self._has_mouse else "")
        if self._synchronized is None:
            self._asked_at = time.monotonic()
            opening += _MODE_QUERY
            if self._asks_background:
                self._awaits_background = True
                opening += QUESTION
            opening += _FENCE
        return opening.encode("ascii")

    def _forget(self) -> None:
        self._shown = None
        self._generation += 1

    async def _write_own(self, data: bytes, generation: int) -> int:
        written = 0
        while written < len(data):
            try:
                written += os.write(self._output, data[written:] if written else data)
            except BlockingIOError:
                await anyio.wait_writable(self._output)
                if generation != self._generation:
                    break
        return written

    async def _write_shared(self, data: bytes, generation: int) -> int:
        def write() -> int:
            written = 0
            # The text is written in pieces, so that no part of an abandoned frame is written after
            # what follows it.
            while written < len(data) and generation == self._generation:
                written += os.write(self._output, data[written : written + _PIECE_SIZE])
            return written

        await anyio.wait_writable(self._output)
        try:
            return await anyio.to_thread.run_sync(write, abandon_on_cancel=True)
        except BaseException:
            self._forget()
            raise

    def _write_within(self, data: bytes, seconds: float) -> bytes:
        """Write without waiting for longer than `seconds`; return what could not be written."""
        if not self._owns_output:
            return write_in_thread(self._output, data, seconds)
        deadline = time.monotonic() + seconds
        while data:
            try:
                data = data[os.write(self._output, data) :]
            except BlockingIOError:
                left = deadline - time.monotonic()
                if left <= 0 or not is_ready(self._output, select.POLLOUT, left):
                    return data
            except OSError:
                return b""  # The terminal is gone.
        return data

    def _unstall(self) -> None:
        """Free a terminal that takes no output: drop the output that waits, and undo a Ctrl-S."""
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self._input)
            modes[0] &= ~termios.IXON
            termios.tcsetattr(self._input, termios.TCSANOW, modes)
            termios.tcflush(self._output, termios.TCOFLUSH)

    def _discard_answers(self) -> None:
        """Read the answers that are still to come, which would otherwise appear at the shell's
        prompt.
        """
        if self._asked_at is None:
            return
        deadline = self._asked_at + _ANSWER_SECONDS
        self._asked_at = None
        late = ""
        with contextlib.suppress(OSError, termios.error):
            while (left := deadline - time.monotonic()) > 0:
                if not is_ready(self._input, select.POLLIN, left):
                    break
                # What was typed after the last answer is meant for the shell.
                data = os.read(self._input, 1)
                if not data:
                    break
                late += data.decode("latin-1")
                if _FENCE_ANSWER.search(late):
                    return
            termios.tcflush(self._input, termios.TCIFLUSH)
