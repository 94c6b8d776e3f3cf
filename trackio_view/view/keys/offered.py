"""What the footer offers: the five keys of the moment, on each screen and in each state of it."""

from __future__ import annotations

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import ALWAYS_ACT, KeyTable
from trackio_view.view.keys.key_labels import key_label, span_label
from trackio_view.view.screen_row import Offer
from trackio_view.view.screen_table import SCREENS

MOST_OFFERED = 5
"""How many keys are offered at most, besides those for help and for quitting."""


def offered(dashboard: Dashboard, shown: ShownCharts) -> tuple[Offer, ...]:
    """Return the keys of the moment, the most important first: five at most, no action twice."""
    screen = SCREENS[dashboard.view.mode]
    empty = screen.is_empty(dashboard)
    chosen: list[Offer] = []
    told: set[Action] = set()
    for offer in screen.offers:
        action = offer.actions[0]
        if action in told or (empty and action not in ALWAYS_ACT):
            continue
        if not (offer.when(dashboard) and offer.charts(shown)):
            continue
        chosen.append(offer)
        told.add(action)
        if len(chosen) == MOST_OFFERED:
            break
    return tuple(chosen)


class FooterKey(NamedTuple):
    """An entry of the footer: how the keys are written, their word, and what gives way to others
    where room lacks, from the highest rank down.
    """

    keys: str
    word: str
    rank: int
    each: tuple[tuple[str, str], ...]
    """How each key is written, and its name."""


_AFTER_WORDS = 9
"""The rank of the first key: words of the same line that are told before keys have lower ones."""
_WAYS_OUT = (Offer("help", (Action.HELP,)), Offer("quit", (Action.QUIT,)))


def footer_keys(
    offers: tuple[Offer, ...], mode: Mode, keys: KeyTable, *, arrows: bool = True
) -> list[FooterKey]:
    """Return the entries of the footer: what is offered where keys stand in the table of keys, so
    that none leaps as others come and go, then the ways out, which stay longest.
    """
    places = {
        binding.action: place
        for place, binding in reversed(list(enumerate(keys.bindings)))
        if mode in binding.modes
    }
    ranks = {
        offer: 2 if _is_back(offer) else rank for rank, offer in enumerate(offers, _AFTER_WORDS)
    }
    ordered = sorted(offers, key=lambda offer: (_is_back(offer), places[offer.actions[0]]))
    return [
        FooterKey(_label(each), offer.word, ranks.get(offer, 1), each)
        for offer in (*ordered, *_WAYS_OUT)
        for each in [_each(offer, mode, keys, arrows=arrows)]
    ]


def _is_back(offer: Offer) -> bool:
    return offer.actions[0] is Action.BACK


def _each(offer: Offer, mode: Mode, keys: KeyTable, *, arrows: bool) -> tuple[tuple[str, str], ...]:
    """Return the first key of each of some actions: how it is written, and its name."""
    return tuple(
        (span_label(binding.keys) or key_label(binding.keys[0], arrows=arrows), binding.keys[0])
        for action in offer.actions
        for binding in keys.bindings
        if binding.action is action and mode in binding.modes
    )


def _label(each: tuple[tuple[str, str], ...]) -> str:
    """Return how keys are written together: `+-`, `←→` or `Left Right`."""
    labels = [label for label, _ in each]
    return ("" if max(map(len, labels)) == 1 else " ").join(labels)
