"""Durations as people type them."""

from __future__ import annotations

import pytest

from trackio_view.model.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("90", 90), (".5", 0.5), ("2.", 2), ("90s", 90), ("30m", 1_800), ("2h", 7_200)),
        *(("7d", 604_800), ("1h30m", 5_400), (" 1H30M ", 5_400), ("1.5m", 90), ("0", 0)),
    ],
)
def test_parts_add_up_to_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1w", "1h 30m", "-5", "1h30", "nan", "inf"])
def test_a_text_that_is_no_duration_is_named_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="examples: 90s") as told:
        parse_duration(text)
    assert repr(text) in str(told.value)
