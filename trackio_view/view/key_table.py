"""Which key does what on which screen."""

from __future__ import annotations

from trackio_view.view.bindings import BINDINGS, Action, Binding, Mode, key_label


class KeyTable:
    """Which key does what on which screen."""

    __slots__ = ("_actions", "bindings")

    def __init__(self, bindings: tuple[Binding, ...]) -> None:
        self.bindings = bindings
        """In the order in which help and footer tell of them."""
        self._actions = {
            (mode, key): binding.action
            for binding in bindings
            for mode in binding.modes
            for key in binding.keys
        }

    def action(self, mode: Mode, key: str) -> Action | None:
        """Return what `key` does in `mode`, `None` where it does nothing."""
        return self._actions.get((mode, key))

    def label(self, mode: Mode, action: Action, *, arrows: bool = True) -> str:
        """Return how the key of an action is written: the first it has in `mode`, else anywhere."""
        having = [binding for binding in self.bindings if binding.action is action]
        here = next((binding for binding in having if mode in binding.modes), having[0])
        return key_label(here.keys[0], arrows=arrows)


DEFAULT_KEYS = KeyTable(BINDINGS)
