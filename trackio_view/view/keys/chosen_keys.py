"""The keys in force: those of the tables, or those that a person chose instead.

A person names an action, as `next_run`, and the keys for it. Where an action has several keys on
several screens, those that the person took away go from each, and those added come to each. On
screens where keys are text (`TYPING`) they stay as they are, and so do digits that stand for
themselves and Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import MODES, Action, Mode
from trackio_view.view.keys.bindings import DEFAULT_KEYS, TYPING, Binding, KeyTable
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.screen_table import every_binding

_FIXED = frozenset({Action.GO_TO, Action.PICK_GPU, Action.INTERRUPT})
_SPOKEN_FOR = "chijmqsz"
"""Letters that with Ctrl are another key, or a signal of the terminal's."""
MOST_KEYS = 6
"""How many keys an action has at most."""


class UsualKeys(NamedTuple):
    """An action, its usual keys, and what it does on all screens that have it."""

    action: Action
    keys: tuple[str, ...]
    help: str


def usual_keys() -> dict[str, UsualKeys]:
    """Return the actions that a person may give other keys, by their names."""
    found: dict[Action, dict[str, None]] = {}
    helps: dict[Action, dict[str, None]] = {}
    for binding in every_binding():
        helps.setdefault(binding.action, {})[binding.help] = None
        if binding.action not in _FIXED and binding.modes - TYPING:
            found.setdefault(binding.action, {}).update(dict.fromkeys(binding.keys))
    return {
        action.name.lower(): UsualKeys(action, tuple(keys), "; ".join(helps[action]))
        for action, keys in found.items()
    }


def _names() -> dict[str, str]:
    known = {key for binding in every_binding() for key in binding.keys if len(key) > 1}
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
    usual = usual_keys() if wanted else {}
    for name, value in wanted.items():
        found = _read(value)
        if name not in usual:
            faults.append(f"Unknown setting: keys.{name}{_nearest(name, usual)}.")
        elif found is None:
            faults.append(
                f"keys.{name} must be a key such as q, ctrl_n, f5 or page_up, or a list of 1 to"
                f" {MOST_KEYS}; {_written(usual[name])} holds."
            )
        elif found != usual[name].keys:
            keys[name] = found
    while True:
        bindings = tuple(_with({usual[name]: chosen for name, chosen in keys.items()}))
        clash = _clash(bindings, keys)
        if clash is None:
            table = DEFAULT_KEYS if bindings == DEFAULT_KEYS.bindings else KeyTable(bindings)
            return Chosen(table, keys, faults)
        name, fault = clash
        del keys[name]
        faults.append(f"{fault}; {_written(usual[name])} holds.")


def _read(value: object) -> tuple[str, ...] | None:
    listed = value if isinstance(value, list | tuple) else [value]
    named = [key_named(one) if isinstance(one, str) else None for one in listed]
    keys = tuple(dict.fromkeys(key for key in named if key is not None))
    return keys if keys and None not in named and len(keys) <= MOST_KEYS else None


def _written(usual: UsualKeys) -> str:
    return " ".join(map(key_label, usual.keys))


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, names, 1)
    return f", perhaps {near[0]}" if near else ": --print-config lists all"


def _with(chosen: Mapping[UsualKeys, tuple[str, ...]]) -> Iterator[Binding]:
    """Yield the bindings with a person's keys for some actions."""
    others = {usual.action: (usual.keys, wanted) for usual, wanted in chosen.items()}
    for binding in every_binding():
        if binding.action not in others or not binding.modes - TYPING:
            yield binding
            continue
        usual, wanted = others[binding.action]
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
        for mode in dict.fromkeys((*MODES, *binding.modes)):
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
