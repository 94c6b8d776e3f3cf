"""What a row of the table of screens tells of a screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import Binding
from trackio_view.view.keys.footer_words import FooterWords
from trackio_view.view.places import Seen, View
from trackio_view.view.text_entry import TypedLine


class KeyGroup(NamedTuple):
    """A group of screens whose keys the manual tells together."""

    heading: str
    name: str
    """What the screens are called within a sentence."""
    page: str = "keys"
    """The page of the manual that tells of them."""


class Opening(NamedTuple):
    """The key that opens a screen from others, and what its place has as its state then.

    The same key leads back where it is bound on the screen itself.
    """

    binding: Binding
    begin: Callable[[Dashboard], object] = lambda _: None


class Typed(NamedTuple):
    """A text that is being typed, and what it is typed for."""

    word: str
    line: TypedLine
    keep: str = "keep"
    drop: str = "drop"
    """What Enter and Esc do."""
    examples: str = ""
    keys: tuple[tuple[tuple[str, ...], str], ...] = ()
    """Further keys that act while this is typed, and what they do."""


class Wants(NamedTuple):
    """What a screen wants sampled or read while it is seen."""

    gpus: bool = False
    page: bool = False
    """Whether the objects of the run on the open page are wanted."""
    projects: bool = False
    """Whether every project that is listed is summarized often."""
    clock: bool = False
    """Whether the screen is drawn again as time passes, because it shows ages."""


class Offer(NamedTuple):
    """Keys that the footer may offer, and the word for them."""

    word: str
    actions: tuple[Action, ...]
    when: Callable[[Dashboard], bool] = lambda _: True
    """Whether the keys are worth offering in the present state of the screen."""
    charts: Callable[[ShownCharts], bool] = lambda _: True
    """Whether the keys are worth offering with the charts that are on screen."""


Respond = Callable[[Dashboard, Action, Seen], bool]
Move = Callable[[Dashboard, Action, Seen], None]
TakeText = Callable[[Dashboard, Action | None, Sequence[str], Seen], None]

_NOTES = (
    "A run's state is inferred from the age of its last row, measured by its usual time between "
    "rows: TrackIO records no end. A zoom level counts distinct steps, so a metric logged rarely "
    "shows its points of that stretch.",
)


class Screen(NamedTuple):
    """One row: everything about a screen."""

    keys: KeyGroup
    drawing: str = ""
    """Where below `screens` its `Drawing` is. This part of the program knows no cells, and a start
    loads few screens. Empty where nothing but the footer tells of it.
    """
    respond: Respond | None = None
    """Does what an action means there; returns whether it means anything there. `None` where keys
    are text.
    """
    move: Move | None = None
    """How the screen scrolls: it gets the moves that `respond` leaves."""
    take_text: TakeText | None = None
    """Takes in keys that are text. For the few keys that end the typing it is given an action."""
    typed: Callable[[View], Typed] | None = None
    is_ground: bool = False
    """Whether the screen fills the frame and has its own header. Other screens lie over such a
    ground.
    """
    reads_project: bool = True
    """Whether the screen is about the project on screen. Then the footer tells how far the project
    is read.
    """
    wants: Wants = Wants()
    about_all_projects: Callable[[View], bool] = lambda _: False
    """Whether reports of any project may change the screen."""
    is_empty: Callable[[Dashboard], bool] = lambda _: False
    """Whether the screen has nothing to show. Then most of its keys do nothing."""
    awaits: Callable[[Dashboard], bool] | None = None
    """Whether the screen has no data yet that keys could be about. Then keys are kept."""
    is_ahead: Callable[[Dashboard, Action, Seen], bool] | None = None
    """Whether an action is about what the next frame shows. Then that frame is drawn first."""
    footer: Callable[[Dashboard, float], FooterWords] = lambda _, __: FooterWords()
    """What a ground says in the footer at a time."""
    opening: Opening | None = None
    """The key that opens it, where `bindings` does not name it."""
    bindings: tuple[Binding, ...] = ()
    """Keys of its own, besides those that `bindings` names for it or for every screen."""
    offers: tuple[Offer, ...] = ()
    """The keys that the footer may offer, the most important first."""
    own_state: Callable[[Dashboard, Seen], object] = lambda _, __: None
    """What keys change of its own state, by which is told that a key changed nothing."""
    notes: tuple[str, ...] = _NOTES
    """What its help says below the keys."""
