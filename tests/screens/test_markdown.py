"""Markdown as styled lines."""

from __future__ import annotations

import builtins

import pytest

from trackio_view.screens import markdown
from trackio_view.screens.markdown import markdown_lines


def test_markdown_without_rich_is_the_text_as_it_was_written(monkeypatch) -> None:
    real = builtins.__import__

    def without_rich(name, *rest, **options):
        if name.partition(".")[0] == "rich":
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without_rich)
    lines = list(markdown_lines("# Title\n\n" + "word " * 30, 40))
    assert [segment.text for segment in lines[0]] == ["# Title"]
    assert all(sum(len(segment.text) for segment in line) <= 40 for line in lines)
    assert len(lines) > 4
    (first, second, third) = markdown_lines("日本" * 5, 8)
    assert [first[0].text, second[0].text, third[0].text] == ["日本日本", "日本日本", "日本"]


def test_markdown_with_rich_has_styles_and_keeps_to_the_width() -> None:
    pytest.importorskip("rich")
    lines = list(markdown_lines("# Title\n\nsome **bold** text " + "word " * 30, 40))
    styled = {segment.text.strip() for line in lines for segment in line if segment.style.bold}
    assert {"Title", "bold"} <= styled
    assert all(sum(len(segment.text) for segment in line) <= 40 for line in lines)


def test_markdown_is_parsed_as_far_as_it_is_asked_for(monkeypatch) -> None:
    rich = pytest.importorskip("rich.markdown")
    text = "# Title\n\nSome *text*.\n\n- one\n- two\n\n" * 100
    whole = list(markdown._rich_lines(text, 40))
    parsed = []
    real = rich.Markdown
    monkeypatch.setattr(
        rich, "Markdown", lambda text, **options: (parsed.append(text), real(text, **options))[1]
    )
    lines = markdown_lines(text, 40)
    next(lines)
    assert sum(map(len, parsed)) < 1_200
    # The lines are those of the text in one piece.
    assert len(list(lines)) + 1 == len(whole)
    assert list(markdown_lines(text, 40)) == whole


@pytest.mark.parametrize(
    "text",
    [
        "```\n" + "a\n\nb\n\n" * 500 + "```\n",
        "<!--\n" + "a\n\nb\n\n" * 500 + "-->\n",
        "a [b]\n\n" * 500 + "[b]: http://c\n",
        "- a\n\n  b\n\n" * 500,
        "1. a\n\n" * 500,
    ],
)
def test_markdown_that_means_another_thing_in_parts_is_parsed_whole(text) -> None:
    assert list(markdown.blocks(text)) == [text]


def test_markdown_is_cut_into_blocks_of_some_thousand_characters() -> None:
    text = "\n\n".join("word " * 20 for _ in range(200))
    found = list(markdown.blocks(text))
    assert "\n\n".join(found) == text
    assert all(1_000 <= len(block) + 2 < 1_200 for block in found[:-1])
