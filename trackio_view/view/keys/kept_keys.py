"""Keys that were typed before there was anything to act upon. They are kept until there is.

They belong to the screen on which they were typed, and are done in their order once it has data.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.view.actions import Action, Mode
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.scrolling import MOVES

MOST_KEPT = 12
"""How many keys are kept. A person who types more leans on a key or has pasted something."""
KEPT_SECONDS = 60.0
"""After so long without another key, nobody expects the kept keys to be done."""

KEPT = MOVES | {
    Action.ENLARGE,
    Action.NEXT_RUN,
    Action.PREVIOUS_RUN,
    Action.RUN_PAGE,
    Action.RUN_CHARTS,
    Action.PIN,
    Action.MARK,
    Action.MARK_MATCHING,
    Action.MARK_ONLY,
}
"""The actions that need a run. All other actions are done at once."""
DROPPING = frozenset({Action.BACK, Action.DISMISS})
"""The actions that only drop the kept keys where there are any."""


@dataclass(slots=True, eq=False, repr=False)
class KeptKeys:
    """The keys that wait, and how long they go on waiting."""

    keys: list[str] = field(default_factory=list)
    mode: Mode | None = None
    """The screen on which they were typed."""
    seconds_left: float = 0.0

    def keep(self, mode: Mode, key: str) -> None:
        """Keep one more key, as far as there is room."""
        if mode is not self.mode:
            self.drop()
        self.mode, self.seconds_left = mode, KEPT_SECONDS
        if len(self.keys) < MOST_KEPT:
            self.keys.append(key)

    def take(self) -> list[str]:
        """Return the keys, which are kept no longer."""
        keys = self.keys
        self.drop()
        return keys

    def drop(self) -> None:
        """Forget the keys."""
        self.keys, self.mode = [], None

    def pass_time(self, seconds: float) -> bool:
        """Let time pass. Return whether the keys were dropped because of it."""
        self.seconds_left -= seconds
        if not self.keys or self.seconds_left > 0:
            return False
        self.drop()
        return True

    def sentence(self, dropping: str, *, arrows: bool = True) -> str:
        """Return what is said of the keys while they are kept, nothing where none are; `dropping`
        is the key that drops them.
        """
        labels = " ".join(key_label(key, arrows=arrows) for key in self.keys)
        return f"Typed for then: {labels} ({dropping} drops it)" if labels else ""
