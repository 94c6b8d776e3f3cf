"""Which part of the data the footer says is on screen."""

from __future__ import annotations

import pytest

from trackio_view.model.events import (
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import Last
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.footer_words import FooterWords, ShownPart
from trackio_view.view.seen_screens import ground

P = ProjectId("", "p")


@pytest.fixture
def dashboard(batch) -> Dashboard:
    """A project of twelve metrics on a small screen."""
    made = Dashboard(width=80, height=24)
    made.watch(P)
    made.apply(RowsLoaded(P, 0, [batch({f"m{n:02}": [1.0] for n in range(12)}, run_id="a")], 1))
    return made


def test_the_footer_says_which_part_is_on_screen(dashboard, gpus_sampled) -> None:
    def words() -> FooterWords:
        return ground(dashboard.view).footer(dashboard, 0.0)

    page = dashboard.layout.page_size
    assert words() == FooterWords(Last(0), None, ShownPart("charts", 1, page, 12))
    dashboard.view.open(Mode.ENLARGED)
    dashboard.view.focus = 7
    assert words() == FooterWords(Last(0), None, ShownPart("chart", 8, 8, 12))
    dashboard.show_system()
    assert words() == FooterWords(), "there is no chart"
    dashboard.show_gpus()
    assert words() == FooterWords(), "there is no GPU"
    dashboard.apply(gpus_sampled(1))
    assert words() == FooterWords(dashboard.view.gpus.history_span.label)
    dashboard.show_gpus(False)
    dashboard.view.open(Mode.RUNS, dashboard.view.runs)
    assert words() == FooterWords(), "all runs are on screen"
