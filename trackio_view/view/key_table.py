"""The keys in force: those of the table of bindings, or those that a person chose instead.

A person names an action, as `next_run`, and the keys for it. Where an action has several keys on
several screens, those that the person took away go from each, and those added come to each. On
screens where keys are text (`TYPING`) they stay as they are, and so do digits that stand for
themselves and Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trackio_view.named_tuple import NamedTuple
from trackio_view.view.bindings import (
    BINDINGS,
    TYPING,
    Action,
    Binding,
    Mode,
    key_label,
)

_FIXED = frozenset({Action.GO_TO, Action.PICK_GPU, Action.INTERRUPT})
_SPOKEN_FOR = "chijmqsz"
"""Letters that with Ctrl are another key, or a signal of the terminal's."""
MOST_KEYS = 6
"""How many keys an action has at most."""


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


def _actions() -> dict[str, tuple[Action, tuple[str, ...]]]:
    found: dict[Action, dict[str, None]] = {}
    for binding in BINDINGS:
        if binding.action not in _FIXED and binding.modes - TYPING:
            found.setdefault(binding.action, {}).update(dict.fromkeys(binding.keys))
    return {action.name.lower(): (action, tuple(keys)) for action, keys in found.items()}


_ACTIONS = _actions()
USUAL_KEYS: Mapping[str, tuple[str, ...]] = {name: keys for name, (_, keys) in _ACTIONS.items()}
"""The usual keys of each action that a person may give others, by its name."""


def help_of(name: str) -> str:
    """Return what an action does, on all screens that have it."""
    action, _ = _ACTIONS[name]
    return "; ".join(dict.fromkeys(one.help for one in BINDINGS if one.action is action))


def _names() -> dict[str, str]:
    known = {key for binding in BINDINGS for key in binding.keys if len(key) > 1}
    known |= {"delete", "insert", *(f"f{number}" for number in range(1, 13))}
    known |= {f"ctrl_{chr(code)}" for code in range(ord("a"), ord("z") + 1)}
    known -= {f"ctrl_{letter}" for letter in _SPOKEN_FOR}
    labels = {key_label(key).lower().replace("-", "_"): key for key in known}
    return {**labels, **{key: key for key in known}, " ": "space"}


_NAMES = _names()


def key_named(text: str) -> str | None:
    """Return the key that a person calls so: a character, or a name such as `ctrl_n` or `PgDn`."""
    named = _NAMES.get(text.lower().replace("-", "_"))
    return text if named is None and len(text) == 1 and text.isprintable() else named


class Chosen(NamedTuple):
    """The keys that a person chose, as far as they are possible."""

    table: KeyTable
    keys: Mapping[str, tuple[str, ...]]
    """The keys of each action that has others than the usual ones, by its name."""
    faults: Sequence[str]
    """A sentence for each choice that is not possible. The usual keys hold in its place."""


def chosen_keys(wanted: Mapping[str, object]) -> Chosen:
    """Return the keys in force where a person wants these, by the names of actions.

    Where two would have one key on a screen, the one named later keeps its usual keys.
    """
    faults: list[str] = []
    keys: dict[str, tuple[str, ...]] = {}
    for name, value in wanted.items():
        found = _read(value)
        if name not in _ACTIONS:
            faults.append(f"Unknown setting: keys.{name}{_nearest(name)}.")
        elif found is None:
            faults.append(
                f"keys.{name} must be a key such as q, ctrl_n, f5 or page_up, or a list of 1 to"
                f" {MOST_KEYS}; {_usual(name)} holds."
            )
        elif found != USUAL_KEYS[name]:
            keys[name] = found
    while True:
        bindings = tuple(_with(keys))
        clash = _clash(bindings, keys)
        if clash is None:
            table = KeyTable(bindings) if keys else DEFAULT_KEYS
            return Chosen(table, keys, faults)
        name, fault = clash
        del keys[name]
        faults.append(f"{fault}; {_usual(name)} holds.")


def _read(value: object) -> tuple[str, ...] | None:
    listed = value if isinstance(value, list | tuple) else [value]
    named = [key_named(one) if isinstance(one, str) else None for one in listed]
    keys = tuple(dict.fromkeys(key for key in named if key is not None))
    return keys if keys and None not in named and len(keys) <= MOST_KEYS else None


def _usual(name: str) -> str:
    return " ".join(map(key_label, USUAL_KEYS[name]))


def _nearest(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, _ACTIONS, 1)
    return f", perhaps {near[0]}" if near else ": --print-config lists all"


def _with(keys: Mapping[str, tuple[str, ...]]) -> Iterator[Binding]:
    """Yield the bindings with a person's keys for some actions."""
    chosen = {_ACTIONS[name][0]: name for name in keys}
    for binding in BINDINGS:
        name = chosen.get(binding.action)
        if name is None or not binding.modes - TYPING:
            yield binding
            continue
        usual, wanted = USUAL_KEYS[name], keys[name]
        own = tuple(key for key in wanted if key in binding.keys or key not in usual)
        yield binding._replace(keys=own or wanted, modes=binding.modes - TYPING)
        if binding.modes & TYPING:
            yield binding._replace(modes=binding.modes & TYPING)


def _clash(
    bindings: Sequence[Binding], keys: Mapping[str, tuple[str, ...]]
) -> tuple[str, str] | None:
    """Return the name of an action that cannot have its keys, and why; `None` where all can."""
    places = {name: place for place, name in enumerate(keys)}
    taken: dict[tuple[Mode, str], Binding] = {}
    for binding in bindings:
        for mode in Mode:
            if mode not in binding.modes:
                continue
            for key in binding.keys:
                other = taken.setdefault((mode, key), binding)
                if other is not binding:
                    pair = (binding, other)
                    names = [one.action.name.lower() for one in pair]
                    # One of them at least has a chosen key: the table by itself has no such pair.
                    last = max((0, 1), key=lambda at: places.get(names[at], -1))
                    said = f"{key_label(key)} is {names[1 - last]} ({mode.value})"
                    return names[last], f"keys.{names[last]}: {said}"
    return None
