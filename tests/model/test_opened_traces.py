"""The content of an opened trace."""

from __future__ import annotations

from trackio_view.model.objects import LoggedMedia
from trackio_view.model.opened_traces import MessagePart, PartKind, TraceContent, TraceMessage


def test_its_media_are_those_of_all_its_messages() -> None:
    first, second = (LoggedMedia("k", 1, "image", "/m/a", "", "a", number) for number in (1, 2))
    text = MessagePart(PartKind.TEXT, "look")
    parts = [MessagePart(PartKind.MEDIUM, "", medium=one) for one in (first, second)]
    messages = [TraceMessage("user", [text, parts[0]]), TraceMessage("user", [parts[1]])]
    assert TraceContent(messages=messages).media == [first, second]
    assert TraceContent().media == []
