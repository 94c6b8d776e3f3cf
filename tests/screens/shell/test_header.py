"""What the first line says of the project that is on screen."""

from __future__ import annotations

import pytest

from trackio_view.screens.shell.header import _origin_text


@pytest.mark.parametrize(
    ("origin", "width", "shown"),
    [
        ("/short/path", 20, "/short/path"),
        ("/home/somebody/recordings/session.jsonl", 20, "…/session.jsonl"),
        ("/home/somebody/recordings/session.jsonl", 30, "…/recordings/session.jsonl"),
        ("/home/a-name-that-has-no-room-at-all", 12, "a-name-that…"),
        ("a-server.example.org:7860/base", 12, "a-server.ex…"),
    ],
)
def test_of_a_long_path_the_end_is_shown_and_of_an_address_the_beginning(
    origin: str, width: int, shown: str
) -> None:
    assert _origin_text(origin, width) == shown
