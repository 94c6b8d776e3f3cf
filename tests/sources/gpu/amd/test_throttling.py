"""Only heat that the firmware reports of a cold, idle chip is not believed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import sensors, throttling


def card(load: object, reasons: Any = ("gpu temperature", "power"), grown: Any = ()) -> Any:
    metrics = SimpleNamespace(throttle_reasons=reasons)
    if isinstance(reasons, Absence):
        metrics = reasons  # type: ignore[assignment]
    return SimpleNamespace(load=load, metrics=lambda: metrics, counted=lambda _: grown)


@pytest.mark.parametrize(
    ("load", "is_near", "expected"),
    [
        (3.0, False, ("power",)),
        (3.0, True, ("gpu temperature", "power")),
        (3.1, False, ("gpu temperature", "power")),
        # Whether it works is not known.
        (Absence.UNSUPPORTED, False, ("power",)),
        (None, False, ("power",)),
        (Absence.UNSUPPORTED, True, ("gpu temperature", "power")),
    ],
)
def test_heat_is_doubted_unless_the_chip_works_or_is_near_its_limit(
    monkeypatch: pytest.MonkeyPatch, load: object, is_near: bool, expected: tuple[str, ...]
) -> None:
    asked = []

    def is_near_limit(_: object, sensor: str) -> bool:
        asked.append(sensor)
        return is_near

    monkeypatch.setattr(sensors, "is_near_limit", is_near_limit)
    assert throttling.throttle_reasons(card(load)) == expected
    assert asked == ([] if load == 3.1 else ["gpu"])


def test_a_reason_whose_count_grew_is_told_once() -> None:
    told = throttling.throttle_reasons(card(50.0, ("power",), ("power", "current")))
    assert told == ("power", "current")
    assert throttling.throttle_reasons(card(50.0, ("power",), None)) is None
    assert throttling.throttle_reasons(card(50.0, Absence.UNSUPPORTED, ())) is Absence.UNSUPPORTED


@pytest.mark.parametrize("reason", ["voltage regulator hot", "processor hot"])
def test_a_reason_of_heat_is_doubted_while_the_card_is_idle(
    monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(sensors, "is_near_limit", lambda *_: False)
    assert throttling.throttle_reasons(card(0.0, (reason,))) == ()
    assert throttling.throttle_reasons(card(90.0, (reason,))) == (reason,)
