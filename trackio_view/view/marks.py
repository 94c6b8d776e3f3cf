"""Which runs are compared, which run lies in front, and how each run is told from the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, field
from zlib import crc32

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import NO_NAME, RunKey
from trackio_view.model.short_origins import short_origins
from trackio_view.terminal.glyphs import LINE_MARKERS, LINE_SHAPES
from trackio_view.terminal.style import LINE_COLOR_COUNT

_SHAPE_COUNT = len(LINE_SHAPES)
"""How many of the markers are shapes; the others are letters, for when all shapes are taken."""
_MARKER_COUNT = len(LINE_MARKERS)
_MOST_GONE = 64
"""How many runs that are gone keep their marks and looks."""
_SEPARATORS = r"((?:[-_/:=, ]|\.(?!\d)|(?<!\d)\.)+)"
"""What separates words. A point within a number does not."""


class Appearance(NamedTuple):
    """How a marked run is drawn: places in the lists of colours and of markers."""

    color: int
    marker: int


def home_appearance(key: RunKey, colors: int = LINE_COLOR_COUNT) -> Appearance:
    """Return the look that a run has where no other run took it: the same at every start.

    It is one of so many colours, where a person asked for fewer.
    """
    # The origin is left out: the same project may lie elsewhere on another machine.
    number = crc32(f"{key.project.name}\0{key.run_id}".encode("utf-8", "surrogatepass"))
    return Appearance(number % colors, number // LINE_COLOR_COUNT % _SHAPE_COUNT)


def choose_appearance(wanted: Appearance, taken: Set[Appearance], colors: int) -> Appearance:
    """Return the free look nearest to the one wanted, among so many colours.

    As long as a colour is free, no two runs share one; likewise markers, of which shapes are taken
    first. After that no two runs share both, until all pairs are taken and `wanted` itself is
    returned.
    """
    if len(taken) == colors * _MARKER_COUNT:
        return wanted
    color_uses = [0] * colors
    marker_uses = [0] * _MARKER_COUNT
    for color, marker in taken:
        color_uses[color] += 1
        marker_uses[marker] += 1
    free = [
        Appearance(color, marker)
        for color in _from(wanted.color, colors)
        for marker in (*_from(wanted.marker, _SHAPE_COUNT), *range(_SHAPE_COUNT, _MARKER_COUNT))
        if (color, marker) not in taken
    ]
    # `min` takes the first of equally rare ones, which is the nearest.
    return min(
        free,
        key=lambda look: (
            max(color_uses[look.color], marker_uses[look.marker]),
            color_uses[look.color] + marker_uses[look.marker],
        ),
        default=wanted,
    )


def as_seen(name: str) -> str:
    """Return what is the same for names that look the same: blanks at an end are not seen."""
    return " ".join(name.split())


def titles(named: Sequence[tuple[RunKey, str]]) -> list[str]:
    """Return what each run is called beside the others, given its name.

    Runs whose names look the same are told apart by their projects, in one project by their ids;
    projects of one name by their origins.
    """
    names = Counter(as_seen(name) for _, name in named)
    within = Counter((key.project, as_seen(name)) for key, name in named)
    projects = {key.project for key, _ in named}
    homonyms = Counter(project.name for project in projects)
    origins = short_origins(project.origin for project in projects)
    found = []
    for key, name in named:
        title = name or NO_NAME
        if within[key.project, as_seen(name)] > 1:
            title = f"{title} ({key.run_id[:6]})"
        elif names[as_seen(name)] > 1:
            origin, project = key.project
            title = f"{title} ({origins[origin] if homonyms[project] > 1 else project})"
        found.append(title)
    return found


def short_titles(named: Sequence[tuple[RunKey, str]]) -> list[str]:
    """Return what each run is called beside the others, without the words that all names begin or
    end with.

    Nothing is left out of a single name. What is left has a letter in it, as a number alone says
    nothing: `seed-0` and `seed-1` stay as they are.
    """
    whole = titles(named)
    names = [name or NO_NAME for _, name in named]
    if len(set(names)) < 2:
        return whole
    split = [re.split(_SEPARATORS, name) for name in names]
    shortest = min(map(len, split))
    # A list of words and separators has a word at each even place.
    first = _agreement(split, shortest - 1)
    last = _agreement([words[::-1] for words in split], shortest - 1 - first)
    shown = ["".join(words[first : len(words) - last]) for words in split]
    while first and any(not _says_something(text) for text in shown):
        first -= 2
        shown = ["".join(words[first : len(words) - last]) for words in split]
    if not all(map(_says_something, shown)):
        return whole
    # The text that tells runs of one name apart stays behind the name.
    return [
        text + title[len(name) :] for text, title, name in zip(shown, whole, names, strict=True)
    ]


def _agreement(lists: Sequence[Sequence[str]], most: int) -> int:
    """Return how many words and separators all lists have in common at their beginning: whole
    pairs of both, `most` at most.
    """
    count = 0
    while count + 2 <= most and all(
        words[count : count + 2] == lists[0][count : count + 2] for words in lists
    ):
        count += 2
    return count


def _says_something(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _from(start: int, count: int) -> Iterable[int]:
    return ((start + offset) % count for offset in range(count))


@dataclass(slots=True, eq=False, repr=False)
class Marks:
    """The runs that are compared, in the order marked."""

    appearances: dict[RunKey, Appearance] = field(default_factory=dict)
    pinned: RunKey | None = None
    """The run that lies in front of the others; `None` leaves them in the order marked."""
    revision: int = 0
    """Grows whenever anything here changes, so that drawings know when they are outdated."""
    colors: int = LINE_COLOR_COUNT
    """How many of the colours lines take, the first ones."""
    _known: dict[RunKey, Appearance] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.appearances)

    def __contains__(self, key: RunKey) -> bool:
        return key in self.appearances

    @property
    def runs(self) -> list[RunKey]:
        """The marked runs in the order in which they are drawn: the pinned one last, in front."""
        keys = [key for key in self.appearances if key != self.pinned]
        return [*keys, self.pinned] if self.pinned in self.appearances else keys

    def home(self, key: RunKey) -> Appearance:
        """Return the look that a run has where no other run took it."""
        return home_appearance(key, self.colors)

    def mark(self, keys: Iterable[RunKey]) -> None:
        """Mark runs; those already marked stay as they are.

        The looks of runs that are marked together do not depend on the order in which a table lists
        them, so that the runs have the same looks after a restart.
        """
        fresh = dict.fromkeys(key for key in keys if key not in self.appearances)
        taken = set(self.appearances.values())
        for key in sorted(fresh):
            # A run that comes back has its former look if that is still free.
            wanted = self._known.pop(key, None) or self.home(key)
            self._known[key] = choose_appearance(wanted, taken, self.colors)
            taken.add(self._known[key])
        self.appearances.update((key, self._known[key]) for key in fresh)
        self.revision += len(fresh)

    def unmark(self, keys: Iterable[RunKey]) -> None:
        """Take marks away; an unmarked run is not pinned, either."""
        for key in list(keys):
            if self.appearances.pop(key, None) is not None:
                self.revision += 1
                if key == self.pinned:
                    self.pinned = None

    def toggle(self, key: RunKey) -> None:
        """Mark a run, or unmark it where it is marked."""
        if key in self.appearances:
            self.unmark([key])
        else:
            self.mark([key])

    def only(self, key: RunKey) -> None:
        """Mark this run and no other."""
        self.unmark([other for other in self.appearances if other != key])
        self.mark([key])

    def clear(self) -> None:
        """Unmark every run."""
        self.unmark(list(self.appearances))

    def forget_gone(self, project: ProjectId, there: Collection[str]) -> None:
        """Forget the marks and looks of runs of a project that are gone, but for the newest few.

        A run that comes back soon, as one does whose project is copied over, is marked as before.
        """
        gone = [key for key in self._known if key.project == project and key.run_id not in there]
        for key in gone[:-_MOST_GONE]:
            self.unmark([key])
            del self._known[key]

    def rename_project(self, project: ProjectId, new: ProjectId) -> None:
        """Keep the looks and the order of the runs of a project that got another name."""

        def renamed(key: RunKey) -> RunKey:
            return key._replace(project=new) if key.project == project else key

        self.appearances = {renamed(key): look for key, look in self.appearances.items()}
        self._known = {renamed(key): look for key, look in self._known.items()}
        self.pinned = None if self.pinned is None else renamed(self.pinned)
        self.revision += 1

    def pin(self, key: RunKey) -> None:
        """Mark a run and bring it to the front. The second time, let it go back."""
        self.mark([key])
        self.pinned = None if self.pinned == key else key
        self.revision += 1
