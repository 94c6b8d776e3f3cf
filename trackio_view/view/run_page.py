"""A run's page: which parts of it are open, and what keys do there."""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.model.run import RunKey
from trackio_view.view.actions import Action
from trackio_view.view.folding import Fold, FoldedText, Opened, PageSeen

TABLE, TABLE_ROW = "table", "table row"
"""Kinds of folds that belong to the table of their name."""
MEDIA, CELL = "media", "cell"
"""Kinds of lines that open media on a screen of their own: of a key, or in a cell of a table."""
TRACES, TRACE = "traces", "trace"
"""Kinds of lines that open the list of traces, and one of them by its number."""
_STEPPED = (TABLE, TABLE_ROW, CELL, MEDIA)
"""Kinds of lines of which the page has several steps."""


@dataclass(slots=True, eq=False, repr=False)
class RunPageView(FoldedText):
    """Which run's page is open, how far down it is looked at, and what of it is open."""

    key: RunKey | None = None
    back: dict[str, int] = field(default_factory=dict)
    """By the name of a table or of media: how many steps before the newest is the one on screen."""

    @property
    def opened(self) -> Opened:
        """Which parts of the page are open, as a frame shows it."""
        return Opened(frozenset(self.switched), tuple(sorted(self.back.items())))

    @property
    def open_at_first(self) -> tuple[str, ...]:
        """Kinds of folds that are open until they are closed."""
        return (TABLE,)

    def is_ahead_of(self, action: Action, seen: PageSeen) -> bool:
        """Return whether an action is about lines of the page that no frame has shown yet."""
        if action in (Action.LEFT, Action.RIGHT):
            # The page has the same lines at any step.
            return seen.key != self.key or set(seen.opened.switched) != self.switched
        return self.is_ahead_of_folds(action, self.key, seen)

    def act(self, action: Action, seen: PageSeen) -> bool:
        """Do what a key about folds means. Return whether the key is about folds."""
        if action in (Action.LEFT, Action.RIGHT):
            self._change_step(1 if action is Action.LEFT else -1, seen)
            return True
        return self.act_on_folds(action, seen)

    def choose_medium(self, key: str, back: int) -> None:
        """Choose the media of a key, so many steps before the newest."""
        self.chosen, self.back[key] = Fold(MEDIA, key), back

    def _change_step(self, back: int, seen: PageSeen) -> None:
        current = self.current(seen)
        ordered = [it.fold for it in seen.folds[current:]] if current is not None else []
        meant = next((fold for fold in ordered if fold.kind in _STEPPED), None)
        if meant is not None:
            name = meant.name
            last = seen.steps.get(name, 1) - 1
            self.back[name] = max(0, min(self.back.get(name, 0) + back, last))
            self.chosen = Fold(MEDIA if meant.kind == MEDIA else TABLE, name)
