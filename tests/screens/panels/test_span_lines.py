"""The spans of a trace as lines: a tree with bars."""

from __future__ import annotations

import pytest

from trackio_view.charts.palette import BAD
from trackio_view.model.opened_traces import MessagePart, PartKind, TraceSpan
from trackio_view.screens.page_parts import PageParts
from trackio_view.screens.panels.page_lines import segments_of
from trackio_view.screens.panels.span_lines import span_lines
from trackio_view.view.folding import Fold, Opened
from trackio_view.view.trace import SPAN

SPANS = [
    TraceSpan("agent", 0, start=0.0, duration=4.0),
    TraceSpan("llm", 1, "generation", "gpt-x", 1.0, 1.0, 12, 0.5),
    TraceSpan("tool", 1, "", "", 3.0, 0.0, error="boom"),
    TraceSpan("unknown", 1),
]


def laid_out(spans, *switched, width=90, everything=False):
    parts = PageParts()
    opened = Opened(frozenset(switched))
    lines, _ = parts.lay_out(
        "page",
        opened,
        lambda: span_lines(spans, opened, width, parts, everything=everything),
        None,
    )
    return [segments_of(line) for line in lines]


def texts(*arguments, **more) -> list[str]:
    return ["".join(one.text for one in line) for line in laid_out(*arguments, **more)]


def bar_of(line) -> str:
    return "".join(one.text for one in line if set(one.text) <= set("─━"))


def test_a_bar_tells_when_and_how_long() -> None:
    agent, llm, tool, error, unknown = laid_out(SPANS)
    assert bar_of(agent) == "━" * 30
    assert bar_of(llm) == "─" * 8 + "━" * 8 + "─" * 14
    assert bar_of(tool).count("━") == 1, "what took no time is seen"
    assert bar_of(unknown) == ""
    assert any(one.style == BAD for one in tool)
    assert "".join(one.text for one in error).strip() == "boom"


def test_names_are_a_tree_and_facts_stand_behind() -> None:
    agent, llm, _, _, unknown = texts(SPANS)
    assert agent.split()[1:] == ["agent", "4.00", "s", "━" * 30]
    assert llm.index("llm") == agent.index("agent") + 2
    assert llm.endswith("  gpt-x  12 tokens  $0.5")
    assert "–" in unknown


@pytest.mark.parametrize("width", [20, 38, 60, 118])
def test_bars_stand_below_each_other_or_nowhere(width: int) -> None:
    lines = [line for line in laid_out(SPANS, width=width) if len(line) > 1]
    lengths = {len(bar_of(line)) for line in lines if bar_of(line)}
    assert len(lengths) == (width >= 30)


def test_the_details_of_a_span_stand_below_its_line_once_it_is_open() -> None:
    detail = MessagePart(PartKind.OTHER, "x " * 1_500, "input")
    spans = [SPANS[1]._replace(details=[detail]), SPANS[3]]
    assert len(texts(spans)) == 2
    opened = texts(spans, Fold(SPAN, row=0))
    assert "kind generation" in opened[1]
    assert opened[2].strip().startswith("input x x")
    assert any("2,000 more characters" in line for line in opened)
    assert any("nothing else was logged" in line for line in texts(spans, Fold(SPAN, row=1)))
    assert sum(line.count("x") for line in texts(spans, everything=True)[2:]) >= 1_500


def test_a_deep_tree_has_room_for_names() -> None:
    spans = [TraceSpan(f"span{depth}", depth) for depth in range(50)]
    for line in texts(spans, width=60):
        assert "span" in line
