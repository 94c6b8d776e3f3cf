"""A project with rows in an inbox is read whole once, however many parts are asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from trackio_view.model.events import LoadFinished, Notice, ProgramOrigin, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.source import Content, Part, RunsFound
from trackio_view.sources.trackio.read_whole import ReadWhole

PROJECT = ProjectId("/data", "p")
OTHER = ProjectId("/data", "q")


def test_it_is_read_once_for_all_parts_until_it_is_let_go_of(batch: Any) -> None:
    read: list[str] = []

    def follower(name: str) -> Any:
        read.append(name)
        rows = RowsLoaded(ProjectId("/data", name), 0, [batch({"loss": [0.5]})], 1)
        return SimpleNamespace(read=lambda: iter([rows]))

    whole = ReadWhole(follower)
    for content, kind in ((Content.RUNS, RunsFound), (Content.ROWS, RowsLoaded)):
        events = list(whole.part(PROJECT, Part(content), None))
        assert [type(event) for event in events[1:]] == [kind, LoadFinished]
    assert read == ["p"]
    list(whole.part(OTHER, Part(), None))
    list(whole.part(PROJECT, Part(), None))
    assert read == ["p", "q", "p"]
    whole.close()
    list(whole.part(PROJECT, Part(), None))
    assert read == ["p", "q", "p", "p"]


def test_the_sentence_of_an_inbox_is_a_notice_of_its_origin() -> None:
    follower: Any = SimpleNamespace(read=list)
    events = list(ReadWhole(lambda _: follower).part(PROJECT, Part(), "Many wait."))
    told = [event for event in events if isinstance(event, Notice)]
    assert [(one.origin, one.text, one.subject) for one in told] == [
        (ProgramOrigin.DATA_DIRECTORY, "Many wait.", "inbox of /data")
    ]
