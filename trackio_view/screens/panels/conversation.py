"""The messages of a trace as lines: who says what, which tools are called, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from trackio_view.charts.palette import ACCENT, GOOD, LABEL, MUTED, TITLE, VALUE
from trackio_view.model.opened_traces import MessagePart, PartKind, TraceMessage
from trackio_view.screens.page_parts import (
    LEAST_TEXT,
    MOST_OF_A_KIND,
    OpeningLine,
    PageLine,
    PageParts,
    Room,
    StyledLine,
)
from trackio_view.screens.panels.page_lines import opening_line
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import MOST_ON_A_PAGE, fit, text_width
from trackio_view.view.folding import Fold, Opened
from trackio_view.view.trace import MEDIUM, MESSAGE, PROMPT, REST

INDENT = 4
_AT_FIRST = 4_000
"""Characters of a text that are shown until its rest is opened."""
_ROLES = {"user": ACCENT, "assistant": GOOD, "tool": VALUE, "function": VALUE}
_PROMPTING = ("system", "developer")
_SHORT_PROMPT = 300
"""Characters up to which a prompt is open at first, as any message is."""
_STYLES = {
    PartKind.TEXT: TITLE,
    PartKind.THOUGHT: MUTED,
    PartKind.CALL: TITLE,
    PartKind.OTHER: LABEL,
    PartKind.MEDIUM: LABEL,
}
_WORDS = {PartKind.THOUGHT: "thinks", PartKind.CALL: "calls"}


def message_lines(
    messages: Sequence[TraceMessage],
    opened: Opened,
    width: int,
    parts: PageParts,
    *,
    everything: bool,
) -> Iterator[PageLine]:
    """Yield each message below who says it; with `everything`, nothing of it is folded away."""
    room = Room(MOST_OF_A_KIND, LEAST_TEXT)
    medium = 0
    for number, message in enumerate(messages):
        is_prompt = _is_prompt(message)
        fold = Fold(PROMPT if is_prompt else MESSAGE, row=number)
        is_open = everything or (fold in opened.switched) is is_prompt
        yield _heading(message, fold, width, is_open=is_open)
        for place, part in enumerate(message.parts):
            if part.kind is PartKind.MEDIUM:
                if is_open:
                    yield _medium_line(part, medium)
                medium += 1
            elif is_open:
                rest = Fold(REST, str(number), row=place)
                shown = len(part.text)
                if not everything:
                    shown = room.taken(shown, _AT_FIRST)
                is_whole = rest in opened.switched
                yield from part_lines(part, rest, shown, width, parts, is_whole=is_whole)


def _is_prompt(message: TraceMessage) -> bool:
    """Return whether a message is a long one that nobody reads in each trace again."""
    length = sum(len(part.text) for part in message.parts)
    return message.role in _PROMPTING and length > _SHORT_PROMPT


def _heading(message: TraceMessage, fold: Fold, width: int, *, is_open: bool) -> OpeningLine:
    sign, _ = opening_line(fold, "", is_open=is_open).segments
    role = message.role or "(no role)"
    style = _ROLES.get(message.role, LABEL)._replace(bold=True)
    told = [sign, StyledText(role, style)]
    if message.name:
        told.append(StyledText(f" {message.name}", LABEL))
    if not is_open:
        text = next((part.text for part in message.parts if part.text.strip()), "")
        line = " ".join(text[: 4 * width].split())
        room = width - sum(text_width(one.text) for one in told) - 2
        told.append(StyledText(f"  {fit(line, room)}", MUTED))
    return OpeningLine(told, fold)


def part_lines(
    part: MessagePart,
    rest: Fold,
    shown: int,
    width: int,
    parts: PageParts,
    *,
    is_whole: bool,
) -> Iterator[PageLine]:
    """Yield the lines of a piece: `shown` characters of it, and all where its rest is opened."""
    style, word = _STYLES[part.kind], _WORDS.get(part.kind, "")
    prefix = [StyledText(f"{word} ", LABEL)] if word else []
    if part.name:
        prefix.append(StyledText(f"{part.name} ", LABEL if part.kind is PartKind.OTHER else VALUE))
    shown = _end_of_word(part.text, shown)
    text = part.text if is_whole else part.text[:shown]
    lines = partial(_text_lines, text, style, width, prefix)
    yield from parts.part(f"{rest}", (text, width, style, word), lines)
    more = len(part.text) - shown
    if more > 0:
        said = "less of it" if is_whole else f"{more:,} more characters"
        yield _indented(opening_line(rest, said, is_open=is_whole, label=True))
    if part.omitted and (is_whole or more <= 0):
        text = f"{' ' * INDENT}{part.omitted:,} more characters are not shown"
        yield (StyledText(text, MUTED),)


def _end_of_word(text: str, most: int) -> int:
    """Return where a text is cut: behind a line or a word, if one ends shortly before `most`."""
    if most >= len(text):
        return len(text)
    for mark in ("\n", " "):
        end = text.rfind(mark, most * 3 // 4, most) + 1
        if end:
            return end
    return most


def _indented(line: OpeningLine) -> OpeningLine:
    return line._replace(segments=[StyledText("  ", TITLE), *line.segments])


def _medium_line(part: MessagePart, place: int) -> OpeningLine:
    one = part.medium
    fold = Fold(MEDIUM, row=place)
    if one is None:
        return opening_line(fold, part.text, is_open=False)
    told = [StyledText(f"  {one.caption}", TITLE)] if one.caption else []
    told.append(StyledText(f"  {one.path}", MUTED))
    return _indented(opening_line(fold, one.kind, *told, is_open=False))


def _text_lines(
    text: str, style: Style, width: int, prefix: Sequence[StyledText]
) -> Iterator[StyledLine]:
    for number, line in enumerate(text.splitlines() or [""]):
        begin = [StyledText(" " * INDENT, TITLE), *(prefix if number == 0 else ())]
        for piece in _pieces(line.expandtabs(4)):
            yield from wrapped([*begin, StyledText(piece, style)], width, INDENT)
            begin = [StyledText(" " * INDENT, TITLE)]


def _pieces(line: str) -> Iterator[str]:
    """Yield a line in pieces that are wrapped whole, each but the last ending with a word."""
    start = 0
    while len(line) - start > MOST_ON_A_PAGE:
        end = line.rfind(" ", start, start + MOST_ON_A_PAGE) + 1
        end = end if end > start + MOST_ON_A_PAGE // 2 else start + MOST_ON_A_PAGE
        yield line[start:end]
        start = end
    yield line[start:]
