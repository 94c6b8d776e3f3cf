"""The messages of a trace as lines."""

from __future__ import annotations

from trackio_view.charts.palette import LABEL
from trackio_view.model.objects import LoggedMedia
from trackio_view.model.opened_traces import MessagePart, PartKind, TraceMessage
from trackio_view.screens.page_parts import OpeningLine, PageParts
from trackio_view.screens.panels.conversation import message_lines
from trackio_view.screens.panels.page_lines import segments_of
from trackio_view.terminal.text import text_width
from trackio_view.view.folding import Fold, Opened
from trackio_view.view.trace import MEDIUM, MESSAGE, PROMPT, REST


def laid_out(messages, *switched, width=60, everything=False):
    opened, parts = Opened(frozenset(switched)), PageParts()
    lines, _ = parts.lay_out(
        "page",
        opened,
        lambda: message_lines(messages, opened, width, parts, everything=everything),
        None,
    )
    return lines


def texts(*arguments, **more) -> list[str]:
    return [
        "".join(segment.text for segment in segments_of(line))[2:].rstrip()
        for line in laid_out(*arguments, **more)
    ]


def text(*lines: str) -> MessagePart:
    return MessagePart(PartKind.TEXT, "\n".join(lines))


def test_each_message_stands_below_its_role_and_name() -> None:
    messages = [
        TraceMessage("user", [text("hello", "", "\tthere")]),
        TraceMessage("", [], "someone"),
        TraceMessage("tool", [MessagePart(PartKind.OTHER, "{}", "image_url")], "weather"),
    ]
    assert texts(messages) == [
        *("user", "  hello", "", "      there"),
        "(no role) someone",
        *("tool weather", "  image_url {}"),
    ]
    assert texts(messages, Fold(MESSAGE, row=0))[0] == "user  hello there"


def test_every_line_has_room() -> None:
    words = "supercalifragilistic 漢字漢字 " * 40
    message = TraceMessage("user", [text(words, "x" * 9_000)])
    for line in laid_out([message], width=40, everything=True):
        segments = segments_of(line)
        if not isinstance(line, OpeningLine):
            assert sum(text_width(segment.text) for segment in segments) <= 40


def test_a_line_of_any_length_is_shown_to_its_end() -> None:
    line = " ".join(f"w{number}" for number in range(9_000))
    found = texts([TraceMessage("user", [text(line)])], everything=True)
    assert "".join(found[1:]).replace(" ", "") == line.replace(" ", "")


def test_media_behind_a_message_that_is_folded_keep_their_places() -> None:
    picture = MessagePart(PartKind.MEDIUM, "a picture")
    messages = [TraceMessage("user", [picture]), TraceMessage("user", [picture])]

    def media(*switched: Fold) -> list[int]:
        lines = laid_out(messages, *switched)
        opening = [line.fold for line in lines if isinstance(line, OpeningLine)]
        return [fold.row for fold in opening if fold.kind == MEDIUM]

    assert (media(), media(Fold(MESSAGE, row=0))) == ([0, 1], [1])


def test_only_long_prompts_are_folded_at_first() -> None:
    short, long = (TraceMessage("system", [text("word " * count)]) for count in (5, 100))
    assert len(texts([short])) == 2
    assert len(texts([long])) == 1
    assert len(texts([long], Fold(PROMPT, row=0))) > 2
    assert len(texts([long._replace(role="user")])) > 2


def test_many_long_texts_share_the_room_and_each_opens() -> None:
    long = "\n".join(f"line {number}" for number in range(600))
    messages = [TraceMessage("user", [text(long)]) for _ in range(60)]
    found = texts(messages)
    assert len(found) < 13_000
    assert sum("more characters" in line for line in found) == 60
    rest = Fold(REST, "59", row=0)
    assert "  line 599" in texts(messages, rest)[-3:]
    assert texts(messages, rest)[-1].endswith("less of it")


def test_the_line_that_opens_the_rest_of_a_text_looks_like_a_label() -> None:
    messages = [TraceMessage("user", [text(*["many words"] * 2_000)])]
    (opening,) = (line for line in laid_out(messages) if "more characters" in str(line))
    assert isinstance(opening, OpeningLine)
    assert [segment.style for segment in segments_of(opening)][-1] == LABEL


def test_a_long_text_is_cut_behind_a_line_or_else_a_word_or_else_anywhere() -> None:
    for mark in ("\n", " ", ""):
        whole = mark.join(["word"] * 20_000)
        *shown, rest = texts([TraceMessage("user", [text(whole)])])[1:]
        told = mark.join(filter(None, "\n".join(shown).replace(" ", "\n").split("\n")))
        assert whole.startswith(told)
        assert len(told) > 1_000
        assert rest.endswith(" more characters")
        assert abs(int(rest.split()[1].replace(",", "")) - (len(whole) - len(told))) <= 1
        assert not mark or told.endswith("word")


def test_a_medium_tells_its_caption_where_it_has_one() -> None:
    def told(caption: str) -> str:
        medium = LoggedMedia("chat", 1, "image", "media/cat.png", caption)
        part = MessagePart(PartKind.MEDIUM, "a picture", medium=medium)
        return texts([TraceMessage("user", [part])])[1].strip()

    assert told("a cat").endswith("image  a cat  media/cat.png")
    assert told("").endswith("image  media/cat.png")
