"""Which of the charts are on screen: the groups of their names, a filter, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio_view.charts.palette import ACCENT, LABEL, MUTED, WARNING
from trackio_view.screens.chart_content import Titles
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece, pieces_width
from trackio_view.terminal.glyphs import ELLIPSIS, POINTER
from trackio_view.terminal.text import fit, sanitize, text_width
from trackio_view.view.actions import Action
from trackio_view.view.charts.chart_choice import ALL, FRONT, VALUES, ChartChoice, ChosenCharts, Tab
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.keys.input_events import OnTab
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import counted

_GAP = "   "
_WIDEST_GROUP = 16
_WIDEST_FILTER = 24


def tab_pieces(chosen: ChosenCharts, choice: ChartChoice, width: int, memo: Memo) -> list[Piece]:
    """Return the groups of charts, the one on screen marked, and what else chooses among them.

    At most `width` columns; empty where all charts of one group are on screen in their own order.
    """
    state = (chosen, choice.filter, width)
    return memo.latest("groups on a line", state, lambda: _tab_pieces(chosen, choice, width, memo))


def _tab_pieces(chosen: ChosenCharts, choice: ChartChoice, width: int, memo: Memo) -> list[Piece]:
    told = _told(chosen, choice)
    # Without groups before it, nothing has to be kept apart from them.
    alone = [piece._replace(text=piece.text.lstrip()) for piece in told[:1]] + told[1:]
    if not chosen.tabs:
        return alone
    room = width - pieces_width(told)
    current = next(place for place, tab in enumerate(chosen.tabs) if tab.key == chosen.tab)
    names = tab_names(chosen, memo)
    first, last = _those_with_room(chosen.tabs, current, room, names)
    if first == last and chosen.tab == ALL:
        # There is no room to say that there are other groups, and nothing else to say.
        return alone
    # The dots lead to the group that is the first one beyond.
    pieces = [Piece(f"{ELLIPSIS} ", MUTED, on=OnTab(chosen.tabs[first - 1].key))] if first else []
    for place in range(first, last + 1):
        gap = _GAP[:-1] if place > first else ""
        mark = POINTER if place == current else " "
        tab = chosen.tabs[place]
        pieces.append(Piece(f"{gap}{mark}", ACCENT))
        style = ACCENT if place == current else LABEL
        pieces.append(Piece(_label(tab, names), style, on=OnTab(tab.key)))
    if last < len(chosen.tabs) - 1:
        beyond = OnTab(chosen.tabs[last + 1].key)
        pieces.append(Piece(f"  {ELLIPSIS}", MUTED, on=beyond))
    return pieces + told


def titles_of_charts(chosen: ChosenCharts, framing: Framing, memo: Memo) -> Titles:
    """Return what is shown of the titles of the chosen charts."""
    metrics, titles = chosen.metrics, Titles(None, chosen.beginning, frozenset(framing.front))
    is_whole = not (titles.beginning or titles.front)
    shown = metrics if is_whole else [titles.shown(metric) for metric in metrics]
    return titles._replace(names=memo.names("metrics", shown))


def tab_names(chosen: ChosenCharts, memo: Memo) -> Names:
    """Return what the groups of charts are told from."""
    return memo.names("groups of charts", [tab.key for tab in chosen.tabs])


def tab_name(tab: str, names: Names) -> str:
    """Return what a group of charts is called, on one line and not too long for it."""
    named = {ALL: "all", FRONT: "front", VALUES: "values"}.get(tab, tab)
    return names.cut(named, _WIDEST_GROUP)


def filter_text(chosen: ChosenCharts, choice: ChartChoice) -> str:
    """Return how many charts a filter has among those that it chooses from; empty without one."""
    if chosen.filtered_of is None:
        return ""
    count = f"{len(chosen.metrics):,} of {chosen.filtered_of:,}"
    return f"{fit(sanitize(choice.filter), _WIDEST_FILTER)}: {count}"


def nothing_chosen(
    chosen: ChosenCharts,
    choice: ChartChoice,
    key_of: Callable[[Action], str],
    dropping: Action,
    memo: Memo,
) -> list[str]:
    """Return the lines of a screen on which no chart is left, and which keys bring one back.

    `dropping` is what drops the filter there.
    """
    if chosen.filtered_of is None:
        return [
            "All charts are off the screen.",
            f"{key_of(Action.UNDO)} brings back the last one.",
        ]
    where = "" if chosen.tab == ALL else f" in {tab_name(chosen.tab, tab_names(chosen, memo))}"
    count = counted(chosen.filtered_of, "chart")
    lines = [f"None of {count}{where} is named like", sanitize(choice.filter)]
    others = [f"{key_of(Action.NEXT_TAB)} shows other groups,"] if chosen.tab != ALL else []
    return [
        *lines,
        "",
        *others,
        f"{key_of(Action.FILTER)} changes the filter,",
        f"{key_of(dropping)} drops it.",
    ]


def _told(chosen: ChosenCharts, choice: ChartChoice) -> list[Piece]:
    pieces = []
    if text := filter_text(chosen, choice):
        pieces.append(Piece(f"{_GAP}/ {text}", WARNING, 2))
    if chosen.dropped:
        pieces.append(Piece(f"{_GAP}{chosen.dropped} off the screen", LABEL, 3))
    return pieces


def _label(tab: Tab, names: Names) -> str:
    return f"{tab_name(tab.key, names)} {tab.size:,}"


def _those_with_room(
    tabs: Sequence[Tab], current: int, width: int, names: Names
) -> tuple[int, int]:
    """Return the first and the last group whose labels fit on a line around the one on screen."""

    def width_of(place: int) -> int:
        return text_width(_label(tabs[place], names)) + len(_GAP)

    if len(tabs) <= width and sum(map(width_of, range(len(tabs)))) - len(_GAP) < width:
        # Nothing is left out, of which dots would tell.
        return 0, len(tabs) - 1
    # Only tabs near the present one are measured, because there may be thousands.
    first = last = current
    used = width_of(current) + 4
    while True:
        # Evenly to both sides, so that the next one each way is seen.
        is_even = first + last <= 2 * current
        before = width_of(first - 1) if first > 0 else None
        after = width_of(last + 1) if last < len(tabs) - 1 else None
        if after is not None and used + after <= width and (before is None or is_even):
            last, used = last + 1, used + after
        elif before is not None and used + before <= width:
            first, used = first - 1, used + before
        elif after is not None and used + after <= width:
            last, used = last + 1, used + after
        else:
            return first, last
