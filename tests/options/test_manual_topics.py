"""Each topic of the manual has a page, and each page is a topic."""

from __future__ import annotations

from pathlib import Path

import pytest

import trackio_view
from trackio_view.options.manual_topics import TOPICS, topic
from trackio_view.view.screen_table import SCREENS

PAGES = Path(trackio_view.__file__).parent / "manual"


def test_each_topic_has_a_page_and_each_page_a_topic() -> None:
    assert {page.stem for page in PAGES.iterdir()} == set(TOPICS)


def test_the_help_of_each_screen_names_a_page() -> None:
    assert {screen.keys.page for screen in SCREENS.values()} <= set(TOPICS)


@pytest.mark.parametrize(
    ("typed", "meant"), [("", ""), ("JSON", "json"), ("trou", "troubleshooting")]
)
def test_the_beginning_of_a_topic_suffices(typed: str, meant: str) -> None:
    assert topic(typed) == meant


@pytest.mark.parametrize("typed", ["s", "keyss", "../secret"])
def test_a_topic_that_is_not_there_is_told_with_those_that_are(typed: str) -> None:
    with pytest.raises(ValueError, match=r"no page '.*' \(it has options, keys"):
        topic(typed)
