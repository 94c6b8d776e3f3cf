"""Writes the screen to a file, or the charts' window as CSV, in a thread that holds up no key."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import anyio.to_thread

from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.text import sanitize
from trackio_view.terminal.themes import Theme
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.export_responses import ask_to_replace, end_export

if TYPE_CHECKING:
    from pathlib import Path

CSV = ".csv"


class Exporter:
    """What was on the screen when a file was asked for, and the writing of it."""

    def __init__(self, dashboard: Dashboard, composer: Composer) -> None:
        self._dashboard = dashboard
        self._composer = composer
        self._frame: Frame | None = None

    def look(self, now: float) -> Frame | None:
        """Keep what is on the screen when a file is asked for, and return it once one is wanted.

        To be called after each key: the question itself is left out of the frame.
        """
        view = self._dashboard.view
        places = view.places
        is_asked = view.mode is Mode.EXPORT
        if is_asked and self._frame is None:
            # The frame lacks what was said of the key, which stands beside the question.
            said, view.said, view.places = view.said, "", places[:-1]
            self._frame = self._composer.compose(self._dashboard, now, hurried=True)
            view.said, view.places = said, places
        elif not is_asked:
            self._frame = None
        return self._frame if view.export.wanted else None

    async def write(self, frame: Frame, theme: Theme) -> None:
        """Write the wanted file, and say whether that worked."""
        export = self._dashboard.view.export
        name, export.wanted = export.wanted, ""
        from pathlib import Path

        path, replaces = Path(os.path.expanduser(name)), export.replaces
        if path.suffix.lower() == CSV:
            from trackio_view.live.window_csv import window_csv

            content = await window_csv(self._dashboard)
        else:
            content = _picture(path, frame, theme)
        if isinstance(content, str):
            self._dashboard.view.said = content
            return
        stopped = threading.Event()

        def write() -> str:
            from trackio_view.operating_system.whole_file import write_whole_file

            if path.is_dir():
                return "that is a folder"
            write_whole_file(path, _while_going_on(content(), stopped), replaces=replaces)
            return ""

        said = ""
        try:
            said = await anyio.to_thread.run_sync(write, abandon_on_cancel=True)
        except FileExistsError:
            ask_to_replace(self._dashboard, name)
        except (OSError, _CannotDraw) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            said = f"cannot write it: {sanitize(reason or str(error)).lower()}"
        except UnicodeEncodeError:
            said = "no file can have that name here"
        else:
            if not said:
                end_export(self._dashboard, name, f"wrote {sanitize(os.path.abspath(path))}")
        finally:
            stopped.set()
        self._dashboard.view.said = said or self._dashboard.view.said


class _CannotDraw(Exception):
    """This machine lacks what a picture needs; the text is a sentence."""


FileContent = Callable[[], Iterable[bytes]]


def _picture(path: Path, frame: Frame, theme: Theme) -> FileContent | str:
    """Return the function that draws a frame in the format of a name's ending, or why there is
    none.
    """
    from trackio_view.pictures.formats import PICTURE_FORMATS, picture

    if path.suffix.lower() not in PICTURE_FORMATS:
        return f"end it in {' '.join([*PICTURE_FORMATS, CSV])}"

    def draw() -> Iterable[bytes]:
        from trackio_view.pictures.png import PictureFault

        try:
            return [picture(frame, path, theme)]
        except PictureFault as fault:
            raise _CannotDraw(str(fault)) from None

    return draw


def _while_going_on(pieces: Iterable[bytes], stopped: threading.Event) -> Iterable[bytes]:
    """Yield the pieces of a file. If it is no longer wanted, nothing of it is left."""
    for piece in pieces:
        if stopped.is_set():
            raise OSError("given up")
        yield piece
