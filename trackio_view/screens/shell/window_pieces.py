"""Which part of the data is on screen and how it is drawn, as the status line tells it."""

from __future__ import annotations

from trackio_view.charts.palette import ACCENT, KEY, LABEL, WARNING
from trackio_view.model.clock import local_text
from trackio_view.model.windows import Between, WindowChoice
from trackio_view.model.x_axis import STEPS
from trackio_view.screens.canvas import Canvas
from trackio_view.screens.panels.tabs import filter_text, tab_name, tab_names
from trackio_view.screens.pieces import Piece
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.glyphs import DASH, HELD, POINTER, SEPARATOR
from trackio_view.terminal.style import Style
from trackio_view.view.actions import Action
from trackio_view.view.charts.chart_choice import ALL
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.charts.y_ranges import range_text
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.footer_words import FooterWords, ShownPart
from trackio_view.view.keys.input_events import OnKey
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.seen_screens import is_on_charts, visible
from trackio_view.wording.windows import window_text, x_text

_BETWEEN = f" {SEPARATOR} "
_WIDEST_AXIS = 20
_BEFORE_KEYS, _LAST_BEFORE_KEYS = 4, 8
"""The ranks of words that stay longer than most keys in the same line: each gives way to those
before it.
"""
LEAST = 99
"""The rank of pieces that give way to all keys."""
_KEYS_OF_WORDS = (
    *(Action.SORT, Action.NEXT_AXIS, Action.LIMITS, Action.LOGARITHMIC, Action.SMOOTHER),
)
"""What changes a word of the state. Where room is short, each word stays longer than any key
before a word, and these keys stay in this order.
"""
_FIRST_OF_KEYS = LEAST - len(_KEYS_OF_WORDS)


def window_pieces(canvas: Canvas, words: FooterWords) -> list[Piece]:
    """Return which stretch is on screen and how, and which of the charts or lines are."""
    dashboard, charts = canvas.dashboard, canvas.shown.chosen
    has_status = canvas.shown.layout.has_status
    is_charts = is_on_charts(dashboard.view)
    if isinstance(words.window, str) and words.action is not None:
        pieces = _with_key(dashboard, words.action, words.window, ACCENT, 2)
    else:
        pieces = _stretch_pieces(words.window, words.newest)
    if words.axis != STEPS:
        name = words.axis.kind.value
        if words.axis.metric:
            names = canvas.memo.names("all charts", dashboard.every_metric)
            name = names.cut(words.axis.metric, _WIDEST_AXIS)
        pieces += _with_key(dashboard, Action.NEXT_AXIS, f"x: {name}", ACCENT, 2)
    if is_charts:
        pieces += _framing_pieces(canvas)
    if words.since is not None:
        moment = local_text(words.since, "%m-%d %H:%M") or "an unknown time"
        pieces.append(_after(f"since {moment}", LABEL, 3))
    if is_charts and not has_status:
        if charts.tab != ALL:
            pieces.append(_after(tab_name(charts.tab, tab_names(charts, canvas.memo)), ACCENT, 3))
        if text := filter_text(charts, dashboard.view.choice):
            pieces.append(_after(text, WARNING, 3))
    if words.part is not None:
        # Where keys stand in the same line, there is only room for the numbers.
        short = words.part.short and not has_status
        rank = _rank_of_part(dashboard) if is_charts else 3
        rank = rank if has_status else _LAST_BEFORE_KEYS
        pieces.append(_after(_part_text(words.part, short=short), LABEL, rank))
    if pieces:
        pieces[0] = pieces[0]._replace(text=pieces[0].text.removeprefix(_BETWEEN))
    return pieces


def _rank_of_part(dashboard: Dashboard) -> int:
    """Return the rank of the piece that tells which of the charts are on screen. That piece gives
    way to the facts of a stretch, and to what is told at the cursor except for the best value and
    the clock.
    """
    if dashboard.view.charts.anchor is not None:
        return LEAST + 1
    return 6 if dashboard.view.has_cursor else 3


def _after(text: str, style: Style, rank: int) -> Piece:
    """Return a piece that stands behind others."""
    return Piece(f"{_BETWEEN}{text}", style, rank)


def _framing_pieces(canvas: Canvas) -> list[Piece]:
    """Return how the lines are drawn, where that is not as at first."""
    dashboard, has_status = canvas.dashboard, canvas.shown.layout.has_status
    framing, words = dashboard.view.charts.framing, list[tuple[Action | None, str]]()
    metrics = canvas.shown.metrics
    given = framing.range_of(metrics[canvas.shown.focus]) if metrics else None
    if given is not None:
        words.append((Action.LIMITS, f"y {range_text(given)}"))
    elif framing.limits is not Limits.AUTO:
        words.append((Action.LIMITS, f"y {framing.limits.value}"))
    if framing.shared:
        words.append((None, "y shared"))
    if _is_logarithmic(canvas.shown, framing):
        words.append((Action.LOGARITHMIC, "log y"))
    if framing.smoothing is not None:
        words.append((Action.SMOOTHER, f"smooth {framing.smoothing.words}"))
    pieces: list[Piece] = []
    for place, (action, text) in enumerate(words):
        # Where keys stand in the same line, each word goes alone, so that some are told.
        rank = 3 if has_status else _BEFORE_KEYS + place
        if action is None:
            pieces.append(_after(text, LABEL, rank))
        else:
            pieces += _with_key(dashboard, action, text, LABEL, rank)
    return pieces


def _with_key(
    dashboard: Dashboard, action: Action, text: str, style: Style, rank: int
) -> list[Piece]:
    """Return a word of the state behind the key that changes it, where there is such a key on the
    screen. A word such as `x: time` begins with its key, which is not repeated.
    """
    mode = visible(dashboard.view)[0]
    bindings = dashboard.view.keys.bindings
    having = (it for it in bindings if it.action is action and mode in it.modes)
    binding = next(having, None)
    if binding is None:
        return [_after(text, style, rank)]
    label, on = key_label(binding.keys[0]), OnKey(binding.keys[0])
    before = Piece(_BETWEEN, style, rank)
    if text.startswith(f"{label}:"):
        rest = text.removeprefix(label)
        return [before, Piece(label, KEY, rank, on), Piece(rest, style, rank, on)]
    rank_of_key = _FIRST_OF_KEYS + _KEYS_OF_WORDS.index(action)
    key = Piece(f"{label} ", KEY, rank_of_key, on, needs=rank)
    return [before, key, Piece(text, style, rank, on)]


def _is_logarithmic(shown: ShownCharts, framing: Framing) -> bool:
    """Return whether the y axis of the focused chart is logarithmic."""
    return bool(shown.metrics) and shown.metrics[shown.focus] in framing.logarithmic


def _stretch_pieces(window: WindowChoice | str, newest: float) -> list[Piece]:
    """Return which stretch is on screen, and whether it follows the newest row or is held."""
    if isinstance(window, str):
        return [Piece(window, ACCENT, 2)] if window else []
    pieces = [Piece(window_text(window), ACCENT, 2)]
    if not isinstance(window, Between) or window.right is None:
        return [*pieces, Piece(f" {SEPARATOR} follows {POINTER}", LABEL, LEAST)]
    pieces.append(Piece(f" {SEPARATOR} held {HELD}", WARNING, 2))
    # The number of newer rows is worth more than the best value.
    return [*pieces, Piece(f" (newest {x_text(newest, window.axis)})", LABEL, 6, needs=2)]


def _part_text(part: ShownPart, *, short: bool) -> str:
    first, last, total = (f"{number:,}" for number in (part.first, part.last, part.total))
    numbers = f"{first}{DASH}{last}" if part.last > part.first else first
    return f"{numbers}/{total}" if short else f"{part.unit} {numbers} of {total}"
