"""The alerts on a run's page."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trackio_view.model.alerts import Alert
from trackio_view.model.run import Run
from trackio_view.screens.page_parts import OpeningLine, PageParts
from trackio_view.screens.panels.run_alerts import alert_section
from trackio_view.view.folding import Fold, Opened

pytestmark = pytest.mark.usefixtures("utc")
NOW = 1_700_000_000.0


def alert(number: int, **fields: object) -> Alert:
    made = Alert(number, "run", "run", f"title {number}", None, "warn", None, NOW - 3600)
    return made._replace(**fields)  # type: ignore[arg-type]


@pytest.fixture
def shown(run: Callable[..., Run]) -> Callable[..., list[str]]:
    """Return a function that returns the section's lines as text, without the blank line above."""

    def lines(*alerts: Alert, opened: Opened | None = None, width: int = 80) -> list[str]:
        parts, of = PageParts(), run({"loss": [1.0, 2.0]}, steps=[0, 50])
        found = []
        for line in alert_section(alerts, of, opened or Opened(), NOW, width, parts):
            segments = line.segments if isinstance(line, OpeningLine) else line
            found.append("".join(segment.text for segment in segments).rstrip())
        return found

    return lines


def test_each_has_its_level_step_title_age_and_text(shown: Callable[..., list[str]]) -> None:
    text = "\n".join(
        shown(alert(1, step=50, level="error", text="it\nfell"), alert(2, title="", time=NOW - 5))
    )
    assert "alerts" in text
    first, second = text.index("error  step 50  title 1"), text.index("warn   (no title)")
    assert second < first, "the newest come first"
    assert "60 min ago" in text or "1 h ago" in text
    assert ", just now" in text
    assert "      it\n      fell" in text


def test_a_step_that_a_person_counted_is_told_from_one_that_trackio_did(
    run: Callable[..., Run],
) -> None:
    """The training logged its own steps 0, 500, 1000 in the rows 0, 1, 2: its time tells which."""
    times = [NOW - 300, NOW - 200, NOW - 100]
    logged = {"step": [0.0, 500.0, 1000.0], "loss": [3.0, 2.0, 1.0]}
    of = run(logged, steps=[0, 1, 2], times=times)
    assert of.step_metric == "step"
    for step, time, told in ((1, NOW - 199, 500), (1, NOW - 299, 1)):
        lines = alert_section([alert(1, step=step, time=time)], of, Opened(), NOW, 80, PageParts())
        text = "".join(segment.text for line in lines for segment in line)  # type: ignore[union-attr]
        assert f"step {told}  title 1" in text


def test_an_unknown_time_is_said(shown: Callable[..., list[str]]) -> None:
    assert "title 1  at an unknown time" in "\n".join(shown(alert(1, time=math.nan)))


def test_ten_are_shown_and_the_others_when_they_are_asked_for(
    shown: Callable[..., list[str]],
) -> None:
    alerts = [alert(number) for number in range(1, 13)]
    text = "\n".join(shown(*alerts))
    assert "alerts: 12, the newest first" in text
    assert "title 3 " in text
    assert "title 2 " not in text
    assert "2 earlier" in text
    opened = Opened(switched=frozenset({Fold("alerts")}))
    text = "\n".join(shown(*alerts, opened=opened))
    assert "title 1 " in text
    assert "all of them" in text
    assert "earlier" not in "\n".join(shown(*alerts[:10])), "ten are all"
