"""What a word of a filter may become: keys and values of the runs, parts of the charts' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action
from trackio_view.view.runs.columns import FIXED_COLUMNS, QuerySubject, RunEntry
from trackio_view.view.runs.query import quoted
from trackio_view.view.runs.query_terms import parse_number, value_text
from trackio_view.view.text_entry import TypedLine

MOST_CANDIDATES = 200
"""Nobody goes through more."""

COMPLETING = {Action.COMPLETE: 1, Action.COMPLETE_BACK: -1}
"""Which way keys go through the candidates."""

_TERM = r'(?:[^\s"()|]|"(?:\\.|[^"\\])*"?)*\Z'
"""The last term of a filter that stands before the cursor."""
_FIELD = r'(?P<field>"(?:\\.|[^"\\])*"|[^:=!<>"]+)(?P<sign>[:=!<>]=?)'


class Candidates(NamedTuple):
    """A word before the cursor, and the texts that it may become. Each text takes the place of the
    word.
    """

    word: str
    texts: Sequence[str]


def run_candidates(before: str, entries: Sequence[RunEntry], now: float) -> Candidates:
    """Return how a filter of runs may go on: with a key, or behind a sign with one of the key's
    values.

    `before` is the text up to the cursor, `now` in seconds since the epoch.
    """
    term = _last_term(before)
    if found := re.match(_FIELD, term):
        word = term[found.end() :]
        field = _unquoted(found["field"])
        return Candidates(word, _beginning(word, _values(field, entries, now)))
    keys: dict[str, None] = dict.fromkeys(column.key for column in FIXED_COLUMNS)
    for entry in entries:
        keys.update(dict.fromkeys(entry.run.flat_config))
    for entry in entries:
        keys.update(dict.fromkeys(entry.run.series))
    return Candidates(term, _beginning(term, keys, parts=True))


def chart_candidates(before: str, metrics: Iterable[str]) -> Candidates:
    """Return how a filter of charts may go on: with a part of the charts' names, or after a slash
    with a whole name.
    """
    word = _last_term(before)
    names = dict.fromkeys(metrics)
    if "/" not in word:
        names = dict.fromkeys(part for name in names for part in name.split("/") if part)
    return Candidates(word, _beginning(word, names))


def _last_term(before: str) -> str:
    found = re.search(_TERM, before)
    # A chart that is off the screen is found by its name, too.
    return (found[0] if found else "").lstrip("-")


def _unquoted(field: str) -> str:
    return re.sub(r"\\(.)", r"\1", field[1:-1]) if field.startswith('"') else field


def _values(field: str, entries: Sequence[RunEntry], now: float) -> list[str]:
    """Return the values of a field, numbers in their order and behind them texts in theirs."""
    values = (QuerySubject(entry, now).value(field) for entry in entries)
    texts = {value_text(value) for value in values if value is not None}
    numbers = {text: number for text in texts if (number := parse_number(text)) is not None}
    return sorted(texts, key=lambda text: (text not in numbers, numbers.get(text, 0.0), text))


def _beginning(word: str, texts: Iterable[str], *, parts: bool = False) -> list[str]:
    """Return the texts that begin with a word, as they are typed. If asked for, texts of which a
    part begins with it follow.
    """
    wanted = word.lstrip('"').casefold()
    first: list[str] = []
    others: list[str] = []
    for text in texts:
        folded = text.casefold()
        if folded.startswith(wanted):
            first.append(quoted(text))
        elif parts and any(part.startswith(wanted) for part in re.split(r"[./]", folded)):
            others.append(quoted(text))
    return [*first, *others][:MOST_CANDIDATES]


def complete(line: TypedLine, direction: int, find: Callable[[str], Candidates]) -> str:
    """Complete the word before the cursor of a line, or go on to the next candidate.

    `find` tells which candidates there are after a text. Return why there are none.
    """
    if len(line.candidates) > 1:
        line.choose(direction)
        return ""
    found = find(line.before)
    line.offer(*found)
    return "" if found.texts else "nothing there begins like that"
