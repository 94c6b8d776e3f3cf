"""A run's config on its page: a line for each name, and a single line for a very long value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import groupby

from trackio_view.charts.palette import LABEL, MUTED, VALUE
from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import config_text
from trackio_view.model.run import Run
from trackio_view.screens.page_parts import (
    LEAST_TEXT,
    MOST_OF_A_KIND,
    OpeningLine,
    PageLine,
    PageParts,
    Room,
    StyledLine,
)
from trackio_view.screens.panels.page_lines import (
    fact_lines,
    heading,
    label_columns,
    opening_line,
    section,
)
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import MOST_ON_A_PAGE, fit, pad, text_width
from trackio_view.view.folding import Fold, Opened
from trackio_view.wording.names import Names

_MOST_TOGETHER = 12
"""How many names below one name, such as `optimizer.lr`, are shown without being asked for."""
_MOST_NAMES = 60
"""How many names of a config are shown without being asked for."""
_LEAST_BEGINNING = 8
_INDENT = 6
_MOST_LINES = 4
"""How many lines of a value are shown without being asked for. A list of classes may
have hundreds.
"""


class _Entry(NamedTuple):
    name: str
    text: str
    style: Style
    length: int
    """How long the whole text is, in characters."""


def config_section(run: Run, opened: Opened, width: int, parts: PageParts) -> Iterator[PageLine]:
    """Yield the config's lines with their heading, which opens them where there are many."""
    if run.config is None:
        missing = StyledText("  TrackIO holds no config of this run", MUTED)
        yield from section("config", wrapped([missing], width, 2), width)
        return
    entries = list(_entries(run))

    @cache
    def names() -> Names:
        return Names(entry.name for entry in entries)

    lines = _lines(entries, "", names, opened, width, parts)
    if _line_count(entries) <= _MOST_NAMES:
        yield from section("config", lines, width)
        return
    fold = Fold("config")
    is_open = fold in opened.switched
    sign, _ = opening_line(fold, "", is_open=is_open).segments
    count = StyledText(f"  {len(entries):,} names", MUTED)
    yield ()
    yield OpeningLine([sign, heading("config"), count], fold)
    if is_open:
        yield from lines


def _entries(run: Run) -> Iterator[_Entry]:
    """Yield what a config holds, TrackIO's own names last, as far as a page has room for it."""
    room = Room(MOST_OF_A_KIND, LEAST_TEXT)
    for name, value in run.flat_config.items():
        text = config_text(value)
        yield _Entry(name, room.cut(text, MOST_ON_A_PAGE), VALUE, len(text))
    for name, value in (run.config or {}).items():
        if name.startswith("_") and value is not None:
            text = str(value)
            yield _Entry(name, room.cut(text, MOST_ON_A_PAGE), LABEL, len(text))


def _parts(entries: Sequence[_Entry], prefix: str) -> Iterator[tuple[str, list[_Entry]]]:
    """Yield the entries by what follows the prefix up to the next dot."""

    def part(entry: _Entry) -> str:
        return entry.name[len(prefix) :].partition(".")[0]

    for name, members in groupby(entries, key=part):
        yield name, list(members)


def _line_count(entries: Sequence[_Entry]) -> int:
    return sum(
        1 if len(members) > _MOST_TOGETHER else len(members) for _, members in _parts(entries, "")
    )


def _lines(
    entries: Sequence[_Entry],
    prefix: str,
    names: Callable[[], Names],
    opened: Opened,
    width: int,
    parts: PageParts,
) -> Iterator[PageLine]:
    together: list[_Entry] = []
    for part, members in _parts(entries, prefix):
        if len(members) <= _MOST_TOGETHER:
            for entry in members:
                if len(entry.text) <= _MOST_LINES * _value_columns(width):
                    together.append(entry)
                    continue
                yield from _told(together, names, width, parts)
                together = []
                yield from _long_value(entry, names, opened, width, parts)
            continue
        yield from _told(together, names, width, parts)
        together = []
        name = prefix + part
        fold = Fold("part of the config", name)
        is_open = fold in opened.switched
        count = StyledText(f"  {len(members):,} names", MUTED)
        shown = pad(name, label_columns(width))
        yield opening_line(fold, shown, count, is_open=is_open, label=True)
        if is_open:
            yield from _lines(members, f"{name}.", names, opened, width, parts)
    yield from _told(together, names, width, parts)


def _long_value(
    entry: _Entry, names: Callable[[], Names], opened: Opened, width: int, parts: PageParts
) -> Iterator[PageLine]:
    """Yield one line with the beginning of a value, which opens all of it."""
    fold = Fold("value of the config", entry.name)
    is_open = fold in opened.switched
    length = StyledText(f"  {entry.length:,} characters", MUTED)
    room = _value_columns(width) - text_width(length.text)
    beginning = StyledText("  " + fit(entry.text, room), entry.style)
    labels = label_columns(width)
    label = pad(names().cut(entry.name, labels), labels)
    more = [length] if is_open or room < _LEAST_BEGINNING else [beginning, length]
    yield opening_line(fold, label, *more, is_open=is_open, label=True)
    if is_open:
        text = StyledText(" " * _INDENT + entry.text, entry.style)
        whole = partial(wrapped, [text], width, _INDENT)
        yield from parts.part(f"value {entry.name} of the config", entry, whole)


def _value_columns(width: int) -> int:
    return width - label_columns(width) - 4


def _told(
    entries: Sequence[_Entry], names: Callable[[], Names], width: int, parts: PageParts
) -> Iterator[PageLine]:
    """Yield a line or more of each entry; thousands are laid out once, not each second."""
    if not entries:
        return

    def lines() -> Iterator[StyledLine]:
        for name, text, style, _ in entries:
            yield from fact_lines(width, name, StyledText(text, style), labels=names())

    yield from parts.part(f"config {entries[0].name}", hash(tuple(entries)), lines)
