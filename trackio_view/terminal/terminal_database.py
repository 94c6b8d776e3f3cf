"""What the terminal database tells of a terminal: its colours, and the names of its rarer keys."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import blessed


class TerminalDatabase:
    """The database's entry for one terminal, read by blessed.

    Importing blessed takes a quarter of a start, so it is imported when it is first asked. The
    first charts need it only where the environment does not tell the colours.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._terminal: blessed.Terminal | None = None
        self._opening = threading.Lock()
        self.name_of = lru_cache(maxsize=512)(self._name_of)
        """Returns blessed's name of a whole escape sequence, as `KEY_LEFT`; `None` if unknown."""

    def colors(self) -> int:
        """Return how many colours the terminal has."""
        return self.opened().number_of_colors

    def opened(self) -> blessed.Terminal:
        """Return blessed's terminal. May be called in a thread, so that no key waits for it.

        Given a stream that is not standard output, blessed neither reads the keyboard nor asks the
        terminal anything. The variable makes sure that blessed waits for no answer where it asks
        all the same.
        """
        with self._opening:
            if self._terminal is None:
                os.environ.setdefault("BLESSED_QUERY_TIMEOUT_SECONDS", "0")
                import blessed

                stream = open(os.dup(self._descriptor), "w", encoding="utf-8")  # noqa: SIM115
                self._terminal = blessed.Terminal(stream=stream)
            return self._terminal

    def close(self) -> None:
        """Release what was opened."""
        if self._terminal is not None:
            self._terminal.stream.close()

    def _name_of(self, sequence: str) -> str | None:
        terminal = self.opened()
        terminal.ungetch(sequence)
        keystroke = terminal.inkey(timeout=0, esc_delay=0)
        terminal.flushinp()
        return keystroke.name if keystroke == sequence else None
