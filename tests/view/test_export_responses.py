"""`e` asks for a file and proposes a name. An existing file is replaced at the second Enter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import MakeBatch
from tests.pressing import press
from tests.view.conftest import loaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.export_responses import ask_to_replace, end_export
from trackio_view.view.places import ExportView


@pytest.fixture
def dashboard(batch: MakeBatch) -> Dashboard:
    return loaded(batch({"loss": [2.0, 1.0]}))


def proposed(dashboard: Dashboard) -> str:
    press(dashboard, "e")
    assert dashboard.view.mode is Mode.EXPORT
    return dashboard.view.export.typing.text


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("bert", "bert.png"),
        ("a b/c\\d\x1b[31m", "a-b-c-d-31m.png"),
        ("..hidden", "hidden.png"),
        ("--help", "help.png"),
        ("größe-损失_2.5", "größe-损失_2.5.png"),
        ("x" * 61, "x" * 60 + ".png"),
        ("x" * 59 + "-y", "x" * 59 + ".png"),
        ("???", "trackio-view.png"),
    ],
)
def test_the_name_is_that_of_the_project_without_what_harms(project: str, name: str) -> None:
    dashboard = Dashboard()
    dashboard.watch(ProjectId("", project))
    assert proposed(dashboard) == name


def test_the_name_is_of_what_is_on_screen(
    dashboard: Dashboard, gpus_sampled: Callable[..., GpusSampled]
) -> None:
    dashboard.apply(gpus_sampled(2))
    press(dashboard, "g")
    assert proposed(dashboard) == "gpus.png"
    press(dashboard, "escape", "escape")
    assert proposed(dashboard) == "p.png"
    assert proposed(Dashboard()) == "trackio-view.png"


def test_the_fleet_is_told_from_gpus(fleet_sampled: Callable[..., object]) -> None:
    dashboard = Dashboard(has_fleet=True)
    dashboard.show_gpus()
    dashboard.apply(fleet_sampled(3))  # type: ignore[arg-type]
    assert proposed(dashboard) == "fleet.png"
    press(dashboard, "escape", "down", "enter")
    assert proposed(dashboard) == "fleet.png", "its machine lies over it"


def test_enter_asks_for_the_file_and_the_end_leads_back(dashboard: Dashboard) -> None:
    export = dashboard.view.export
    press(dashboard, "e", *["backspace"] * 4, *".svg", "space", "enter")
    assert (export.wanted, export.replaces) == ("p.svg", False)
    assert dashboard.view.mode is Mode.EXPORT, "it is not written yet"
    end_export(dashboard, "p.svg", "wrote p.svg")
    assert (dashboard.view.mode, dashboard.view.said) == (Mode.METRICS, "wrote p.svg")
    assert proposed(dashboard) == "p.svg", "the ending of the file before is proposed"
    assert (export.wanted, export.asked) == ("", "")
    press(dashboard, "up")
    assert export.typing.text == "p.svg "


def test_a_file_that_is_there_is_replaced_at_the_second_enter(dashboard: Dashboard) -> None:
    export = dashboard.view.export
    press(dashboard, "e", "enter")
    ask_to_replace(dashboard, "p.png")
    assert dashboard.view.said == "it exists: Enter replaces it"
    assert (export.asked, export.replaces) == ("p.png", False)
    press(dashboard, "enter")
    assert (export.wanted, export.replaces) == ("p.png", True)
    press(dashboard, "backspace", "g", "x", "enter")
    assert (export.wanted, export.replaces) == ("p.pngx", False), "of another nobody was asked"


@pytest.mark.parametrize("keys", [("escape",), (*["backspace"] * 5, "enter")])
def test_escape_and_an_empty_name_ask_for_nothing(
    dashboard: Dashboard, keys: tuple[str, ...]
) -> None:
    press(dashboard, "e", *keys)
    assert (dashboard.view.export.wanted, dashboard.view.mode) == ("", Mode.METRICS)
    assert dashboard.view.export.typing.text == ""


def test_who_went_on_is_told_and_not_led_back(dashboard: Dashboard) -> None:
    press(dashboard, "e", "enter", "x")
    end_export(dashboard, "p.png", "wrote p.png")
    assert (dashboard.view.mode, dashboard.view.said) == (Mode.EXPORT, "wrote p.png")
    assert dashboard.view.export.typing.text == "p.pngx"
    ask_to_replace(dashboard, "p.png")
    assert dashboard.view.said == "that file exists: it was not replaced"
    assert dashboard.view.export.asked == ""
    press(dashboard, "escape", "?")
    end_export(dashboard, "", "wrote p.svg")
    assert dashboard.view.mode is Mode.HELP
    assert ExportView().ending == dashboard.view.export.ending == ".png"
