"""Words about a fleet."""

from __future__ import annotations

import pytest

from trackio_view.wording.fleet import power_text


@pytest.mark.parametrize(
    ("watts", "text"),
    [
        (0.4, "0 W"),
        (631.4, "631 W"),
        (999.6, "1.0 kW"),
        (1_000, "1.0 kW"),
        (5_140, "5.1 kW"),
        (99_960, "100 kW"),
        (637_811, "638 kW"),
        (2.5e6, "2,500 kW"),
    ],
)
def test_powers(watts: float, text: str) -> None:
    assert power_text(watts) == text
