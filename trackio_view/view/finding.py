"""Finding anything that has a name by typing a part of the name. The order of what is found can be
foreseen.

A name fits a word in one of five ways, the best first: it is the word, it begins with the word, one
of its own words does, it holds the word anywhere, or it has the word's letters in their order. Case
does not matter. Of several words all have to fit, and the worst fit counts. Names that fit equally
well stay in the order listed.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.keys.bindings import Binding
from trackio_view.view.text_entry import TypedLine

NOTHING_FOUND = "nothing is called like that"
_RANKS = 5


class FoundKind(enum.Enum):
    """The sort of a thing that is found. The values are its words for a person."""

    METRIC = "metric"
    RUN = "run"
    PROJECT = "project"
    KEY = "key"


class Findable(NamedTuple):
    """Something that can be found."""

    kind: FoundKind
    name: str
    target: str | RunKey | ProjectId | Binding
    """The metric, the run, the project or the key."""
    detail: str = ""
    """What stands beside the name of the thing. Beside an action, this is its key."""
    is_here: bool = True
    """Whether it is a key of the screen that the person is on."""

    @property
    def text(self) -> str:
        """The text that is searched. For a key, this is its label and what it does."""
        binding = self.target
        return f"{binding.keys[0]} {self.name}" if isinstance(binding, Binding) else self.name


def fit_of(word: str, name: str) -> int | None:
    """Return how well a name fits a word, both folded, 0 the best; `None` where it doesn't."""
    place = name.find(word)
    if place < 0:
        for letter in word:
            place = name.find(letter, place + 1)
            if place < 0:
                return None
        return _RANKS - 1
    if place == 0:
        return 0 if len(name) == len(word) else 1
    while place > 0:
        if not name[place - 1].isalnum():
            return 2
        place = name.find(word, place + 1)
    return 3


@dataclass(slots=True, eq=False, repr=False)
class FindView:
    """What a person looks for, and which of all named things fit it."""

    typing: TypedLine = field(default_factory=TypedLine)
    everything: Sequence[Findable] = ()
    found: Sequence[int] = ()
    """The places in `everything` of the things that fit, the best first."""
    selected: int = 0
    """The line of the list."""
    revision: int = 0
    """Grows whenever other things are to be found, so that drawings know when they are outdated."""
    made_of: object = None
    """A value that changes when there are other things to find."""
    judged: int = 0
    """How many names were looked at so far. Tests that count work read it."""
    _names: Sequence[str] = ()
    _text: str = ""
    """The text that `found` answers, folded."""

    def list(self, everything: Sequence[Findable]) -> None:
        """Search these things from now on."""
        self.everything = everything
        self.revision += 1
        self._names = [one.text.casefold() for one in everything]
        self.found, self._text, self.selected = range(len(everything)), "", 0
        self.look()

    def look(self) -> None:
        """Find what fits the text that is typed."""
        text = self.typing.text.casefold()
        if text == self._text:
            return
        # A name that did not fit the beginning of a text does not fit the whole text.
        among = sorted(self.found) if text.startswith(self._text) else range(len(self._names))
        self._text, self.selected = text, 0
        words = text.split()
        ranked: list[list[int]] = [[] for _ in range(_RANKS)]
        for place in among:
            self.judged += 1
            name, worst = self._names[place], 0
            for word in words:
                fit = fit_of(word, name)
                # A sentence holds the letters of nearly any word in their order.
                if fit is None or (fit == _RANKS - 1 and self._is_key(place)):
                    break
                worst = max(worst, fit)
            else:
                ranked[worst].append(place)
        self.found = [place for places in ranked for place in places]

    def choose(self, target: object) -> None:
        """Put the line on a thing if that is still among the things found."""
        places = enumerate(self.found)
        self.selected = next((at for at, of in places if self.everything[of].target == target), 0)

    def _is_key(self, place: int) -> bool:
        return self.everything[place].kind is FoundKind.KEY

    def move(self, lines: int) -> None:
        """Move the line of the list."""
        self.selected = max(0, min(self.selected + lines, len(self.found) - 1))

    @property
    def chosen(self) -> Findable | None:
        """The thing that the line is on; `None` where nothing fits."""
        return self.everything[self.found[self.selected]] if self.found else None
