"""Words about a fleet."""

from __future__ import annotations

import pytest

from tests.conftest import FLEET_NOW, make_fleet_host
from trackio_view.wording.fleet import down_text, host_facts, power_text


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


def test_of_a_machine_that_is_down_no_sums_are_told() -> None:
    host = make_fleet_host(1, 2, FLEET_NOW)
    told = host_facts(host)
    assert told["memory"].endswith("/160 GB")
    down = host_facts(host._replace(down_since=FLEET_NOW))
    assert {down[title] for title in ("load", "power", "memory")} == {"–"}


def test_a_machine_is_down_since_a_moment_and_one_that_answers_is_not(utc: None) -> None:
    host = make_fleet_host(1, 2, FLEET_NOW)
    assert down_text(host, FLEET_NOW) is None
    down = host._replace(down_since=FLEET_NOW - 3_600)
    assert down_text(down, FLEET_NOW) == "down since 21:13:20"
    assert down_text(down._replace(is_listed=False), FLEET_NOW) == (
        "down since 21:13:20, no longer listed"
    )
