"""One trace: its conversation, its spans and its metadata."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.objects import LoggedMedia, RunObjects
from trackio_view.model.opened_traces import (
    MessagePart,
    PartKind,
    TraceContent,
    TraceLoaded,
    TraceMessage,
    TraceSpan,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.view.actions import Mode
from trackio_view.view.trace import trace_request

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")
NOW = 1_700_000_000.0
HOSTILE = "\x1b[2J\x00\u202e"
SUMMARY = TraceSummary(
    *(2, 7, "rollout", 1_200, 3, "what is the weather in Rome?", 5, 4),
    *(3.0, 1_204, 0.002, "boom: no such city"),
)


def part(text: str, kind: PartKind = PartKind.TEXT, **more: Any) -> MessagePart:
    return MessagePart(kind, text, **more)


IMAGE = LoggedMedia("rollout", 1_200, "image", "/data/media/p/r/0/a.png", "a map", "p/r/0/a.png")
MESSAGES = [
    TraceMessage("system", [part("You are terse. " * 30)]),
    TraceMessage(
        "user",
        [part("what is the weather in Rome?"), part("", PartKind.MEDIUM, medium=IMAGE)],
    ),
    TraceMessage("assistant", [part('{"city": "Rome"}', PartKind.CALL, name="get_weather")]),
    TraceMessage("tool", [part('{"t": 21}')], "get_weather"),
    TraceMessage("assistant", [part("The tool said so.", PartKind.THOUGHT), part("It is 21 C.")]),
]
SPANS = [
    TraceSpan("agent", 0, "span", "", 0.0, 3.0),
    TraceSpan(
        "llm", 1, "generation", "gpt-x", 0.0, 1.2, 1_204, 0.002, "", [part("hi", name="input")]
    ),
    TraceSpan("get_weather", 1, "tool", "", 1.2, 0.3, error="boom: no such city"),
    TraceSpan("llm", 1, "generation", "", 1.5, 0.9),
    TraceSpan("without a time", 2),
]
CONTENT = TraceContent(
    SUMMARY,
    NOW - 90,
    [("session_id", "s1"), ("nested.reward", "0.5")],
    MESSAGES,
    SPANS,
    ["3 more messages are not shown."],
)


@pytest.fixture
def opened(dashboard, show):
    """The newest of two traces is open, and its messages are not read yet."""
    other = SUMMARY._replace(number=1, row=6)
    objects = RunObjects(traces=LoggedTraces(2, (SUMMARY, other)))
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    show(80, 24, "i", "end", "shift_tab", "shift_tab", "shift_tab", "enter")
    assert dashboard.view.mode is Mode.TRACE
    return dashboard


def load(dashboard, content: TraceContent = CONTENT) -> None:
    request = trace_request(dashboard)
    assert request is not None
    dashboard.apply(TraceLoaded(request, content))


def text_of(frame: Any) -> str:
    return "\n".join(frame.lines())


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(opened, show, golden, width, height) -> None:
    load(opened)
    golden(f"trace-{width}x{height}", show(width, height, "tab"))
    golden(f"trace-search-{width}x{height}", show(width, height, "/", *"gp"))


def test_until_it_has_come_it_is_being_read_and_a_fault_is_told(opened, show) -> None:
    assert "reading its messages…" in text_of(show(80, 24))
    load(opened, TraceContent(fault="box is not reached."))
    assert "box is not reached." in text_of(show(80, 24))
    load(opened, TraceContent(SUMMARY))
    assert "It has no messages." in text_of(show(80, 24))


def test_a_long_prompt_is_folded_and_what_is_folded_opens(opened, show) -> None:
    load(opened)
    assert "▸ system  You are terse." in text_of(show(80, 50))
    assert text_of(show(80, 50, "enter")).count("terse") == 30
    assert text_of(show(80, 50, "enter")).count("terse") < 9
    closed = text_of(show(80, 50, "tab", "enter"))
    assert "▸ user  what is the weather in Rome?" in closed
    assert "a.png" not in closed


def test_a_span_opens_and_tells_what_was_logged_of_it(opened, show) -> None:
    load(opened)
    for _ in range(5):
        show(120, 50, "tab")
    assert "kind generation" not in text_of(show(120, 50))
    lines = text_of(show(120, 50, "tab", "tab", "enter"))
    assert "kind generation" in lines
    assert "input hi" in lines


def test_while_something_is_looked_for_nothing_is_folded(opened, show) -> None:
    load(opened)
    show(80, 24, "/", *"gpt", "enter")
    whole = text_of(show(80, 60))
    assert whole.count("terse") == 30
    assert "/gpt" in whole
    show(80, 24)
    frame = show(80, 24, "n")
    (y,) = [at for at, line in enumerate(frame.lines()) if "gpt-x" in line]
    x = frame.lines()[y].index("gpt-x")
    assert frame.styles[y][x] != frame.styles[y][x + 4], "what was found is told apart"


def test_without_a_search_n_goes_to_errors(opened, show) -> None:
    long = CONTENT._replace(messages=[TraceMessage("user", [part("line\n" * 200)])])
    load(opened, long)
    show(80, 24, "n")
    assert "boom" in text_of(show(80, 24))
    lines = text_of(show(80, 24, "n"))
    assert "get_weather" in lines


def test_the_rest_of_a_long_text_opens(opened, show) -> None:
    words = " ".join(f"word{number}" for number in range(2_000))
    load(opened, CONTENT._replace(messages=[TraceMessage("user", [part(words, omitted=7)])]))
    show(80, 24, "tab")
    lines = text_of(show(80, 200))
    assert "word0" in lines
    assert "word1999" not in lines
    assert "more characters" in lines
    lines = text_of(show(80, 300, "enter"))
    assert "word1999" in lines
    assert "7 more characters are not shown" in lines


def test_a_hurried_frame_lays_out_a_part(opened, show) -> None:
    from trackio_view.screens.shell.frame import Composer

    messages = [TraceMessage("user", [part("a line\n" * 300)]) for _ in range(50)]
    load(opened, CONTENT._replace(messages=messages))
    composer, frames = Composer(), 0
    composer.compose(opened, NOW, hurried=True)
    while not composer.whole and frames < 1_000:
        frames += 1
        composer.compose(opened, NOW, hurried=True)
    assert frames > 20
    assert composer.whole
    assert composer.seen.page is not None
    assert composer.seen.page.lines > 5_000


def test_texts_of_a_trace_are_shown_without_controls(opened, show) -> None:
    hostile = part(HOSTILE, name=HOSTILE, medium=IMAGE._replace(path=HOSTILE, caption=HOSTILE))
    parts = [hostile._replace(kind=kind) for kind in PartKind]
    spans = [TraceSpan(HOSTILE, 0, HOSTILE, HOSTILE, 0.0, 1.0, 1, 1.0, HOSTILE, parts[:1])]
    messages = [TraceMessage(HOSTILE, parts, HOSTILE), TraceMessage("", [])]
    summary = SUMMARY._replace(key=HOSTILE, error=HOSTILE)
    content = TraceContent(summary, None, [(HOSTILE, HOSTILE)], messages, spans, [HOSTILE])
    load(opened, content)
    text = text_of(show(80, 60))
    for character in "\x1b\x00\u202e":
        assert character not in text


def test_copying_a_trace_copies_the_conversation(opened) -> None:
    from trackio_view.screens.panels.copied import copied_value

    load(opened)
    lines = copied_value(opened)
    assert lines[0] == "system:"
    assert 'get_weather {"city": "Rome"}' in lines
    assert "/data/media/p/r/0/a.png" in lines
    assert lines[-2:] == ["The tool said so.", "It is 21 C."]


def test_one_that_is_not_listed_yet_is_looked_for(opened, show) -> None:
    from trackio_view.view.trace import TraceView

    objects = RunObjects(traces=LoggedTraces(900, (SUMMARY._replace(number=900),)))
    opened.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    opened.view.state(TraceView).traces.number = 5
    assert "looking for it…" in text_of(show(80, 24))
    opened.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects()))
    show(80, 24)


def test_lines_are_looked_through_once_however_far_one_scrolls(opened, show, monkeypatch) -> None:
    from trackio_view.screens import trace
    from trackio_view.screens.shell.frame import Composer

    load(opened, CONTENT._replace(messages=[TraceMessage("user", [part("a line\n" * 500)])]))
    composer, looked = Composer(), []
    is_hit = trace._is_hit

    def counted(line, search):
        looked.append(1)
        return is_hit(line, search)

    monkeypatch.setattr(trace, "_is_hit", counted)
    for second in range(5):
        composer.compose(opened, NOW + second)
        opened.view.places[-1].state.offset += 10
    assert composer.seen.page is not None
    assert len(looked) == composer.seen.page.lines
