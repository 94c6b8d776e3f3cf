"""The levels of alerts, as TrackIO's releases store them."""

from __future__ import annotations

import pytest

from trackio_view.model.alerts import known_level


@pytest.mark.parametrize(
    ("stored", "level"),
    [
        *(("info", "info"), ("INFO", "info"), (" Error ", "error"), ("warn", "warn")),
        *(("WARNING", "warn"), ("fatal", "warn"), ("", "warn")),
    ],
)
def test_a_level_that_is_not_known_is_a_warning(stored: str, level: str) -> None:
    assert known_level(stored) == level
