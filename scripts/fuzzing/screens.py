"""Shows events on the live screens, with random keys, on an emulated terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

import pyte

from trackio_view.model.events import DataEvent
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.diff import diff
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import ColorDepth
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.keys.input_events import KeyPressed, KeysPressed, Resized
from trackio_view.view.places import Seen
from trackio_view.view.responses import respond

KEYS = (*sorted({key for binding in BINDINGS for key in binding.keys}), *"abc(:>=<1.-*é日")
_SIZES = ((80, 24), (120, 40), (40, 12), (39, 11), (1, 1), (61, 17), (180, 15), (50, 60))
_OWN_SEQUENCES = re.compile(r"\x1b\[(?:\d+(?:;\d+)*)?[HCKXJm]")
_ACTED_UPON = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Wrong(Exception):
    """A property does not hold; the text says which."""


def show(random: Random, events: Sequence[DataEvent], now: float, presses: int = 12) -> None:
    """Fold the events between random keys and draw each frame. Raises Wrong, or the program's own
    exception."""
    dashboard = Dashboard(directory="/data")
    for project in dict.fromkeys(getattr(event, "project", None) for event in events):
        if isinstance(project, ProjectId):
            dashboard.meet(project)
    names = list(dashboard.known.projects)
    if names:
        dashboard.watch(names[0])
    if random.random() < 0.2:
        dashboard.show_gpus()
    terminal = _Terminal(random, dashboard)
    waiting = list(events)
    while waiting:
        count = random.randrange(1, len(waiting) + 1)
        for event in waiting[:count]:
            dashboard.apply(event)
        del waiting[:count]
        if random.random() < 0.5:
            terminal.draw(now)
    for _ in range(presses):
        if random.random() < 0.1:
            terminal.resize()
        respond(dashboard, _pressed(random), terminal.seen)
        dashboard.quit = False
        terminal.draw(now + random.choice((0, 1, 3600)))


def _pressed(random: Random) -> KeyPressed | KeysPressed:
    """Return a key, or sometimes several that come together."""
    if random.random() < 0.8:
        return KeyPressed(random.choice(KEYS))
    return KeysPressed(random.choices(KEYS, k=random.randrange(1, 9)))


class _Terminal:
    """A terminal emulator, and the frame that it shows."""

    def __init__(self, random: Random, dashboard: Dashboard) -> None:
        self._random = random
        self._dashboard = dashboard
        repertoire = random.choice((Repertoire.BRAILLE, *Repertoire))
        # The enums of charts and of the terminal have members of the same names.
        self._composer = Composer(repertoire)
        self._look = Look(random.choice(list(ColorDepth)), repertoire)
        self._shown: Frame | None = None
        self.resize()

    @property
    def seen(self) -> Seen:
        """The places of the newest frame, to which the next keys refer."""
        return self._composer.seen

    def resize(self) -> None:
        width, height = self._random.choice(_SIZES)
        respond(self._dashboard, Resized(width, height))
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self._screen)
        self._shown = None

    def draw(self, now: float) -> None:
        dashboard, composer = self._dashboard, self._composer
        frame = composer.compose(dashboard, now, hurried=self._random.random() < 0.5)
        _check_size(frame, dashboard.width, dashboard.height)
        written = diff(self._shown, frame, self._look)
        foreign = _ACTED_UPON.search(_OWN_SEQUENCES.sub("", written))
        if foreign is not None:
            raise Wrong(f"{foreign[0]!r} reaches the terminal: {written[:200]!r}")
        self._stream.feed(written)
        for line, shown in zip(
            resolved(frame, self._look).lines(), self._screen.display, strict=True
        ):
            # Emulators disagree on glyphs that are not one column wide.
            if line.isascii() and shown.rstrip() != line.rstrip():
                raise Wrong(f"the terminal shows {shown!r} for {line!r}")
        self._shown = frame


def _check_size(frame: Frame, width: int, height: int) -> None:
    for cells in (frame.glyphs, frame.styles):
        if len(cells) != height or any(len(row) != width for row in cells):
            sizes = sorted({len(row) for row in cells})
            raise Wrong(f"a frame of {width}x{height} has {len(cells)} rows of {sizes} cells")
