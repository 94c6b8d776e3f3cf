"""A config on a run's page: a very long value is a line that opens."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from trackio_view.model.events import DetailsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails
from trackio_view.view.dashboard import Dashboard

EXPERIMENT = ProjectId("", "my-experiment")
LABELS = {"id2label": {str(at): f"class {at}" for at in range(1000)}}


def configure(dashboard: Dashboard, config: dict[str, Any]) -> None:
    dashboard.apply(
        DetailsLoaded(EXPERIMENT, 0, [RunDetails("id2", "brave-forest-2", config, None)])
    )


def bare(lines: list[str]) -> list[str]:
    return [line.strip("│ ") for line in lines]


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(dashboard, show, golden, width, height) -> None:
    configure(dashboard, {"lr": 1e-3, **LABELS, "seed": 1})
    golden(f"run-page-config-{width}x{height}", show(width, height, "i", "end"))
    opened = show(width, height, "tab", "enter", "down", "down", "down")
    golden(f"run-page-config-open-{width}x{height}", opened)


def test_a_thousand_names_below_one_are_one_line_that_opens(dashboard, show) -> None:
    configure(dashboard, {"lr": 1e-3, **LABELS, "seed": 1})
    closed = bare(show(120, 60, "i").lines())
    assert "▸ id2label                      1,000 names" in closed
    assert not [line for line in closed if "class" in line]
    # The keys that people look for most often come first.
    assert closed.index("metrics") < closed.index("config")
    opened = bare(show(120, 2000, "enter").lines())
    assert "▾ id2label                      1,000 names" in opened
    assert sum("class" in line for line in opened) == 1000
    assert "id2label.999                  class 999" in opened
    assert bare(show(120, 60, "enter").lines()) == closed


def test_a_config_of_a_thousand_names_is_one_line_that_opens(dashboard, show) -> None:
    configure(dashboard, {f"name_{at}": at for at in range(1000)})
    closed = bare(show(120, 60, "i").lines())
    assert "▸ config  1,000 names" in closed
    assert not [line for line in closed if "name_" in line]
    opened = bare(show(120, 2000, "enter").lines())
    assert sum(line.startswith("name_") for line in opened) == 1000


def test_of_many_short_groups_all_names_count(dashboard, show) -> None:
    configure(
        dashboard, {f"part_{at}": {f"name_{one}": one for one in range(7)} for at in range(9)}
    )
    assert "▸ config  63 names" in bare(show(120, 60, "i").lines())
    configure(
        dashboard, {f"part_{at}": {f"name_{one}": one for one in range(99)} for at in range(9)}
    )
    assert "▸ part_8                        99 names" in bare(show(120, 60).lines())


def test_a_long_group_within_another_opens_by_itself(dashboard, show) -> None:
    model = {f"size_{at}": at for at in range(20)}
    configure(dashboard, {"model_config": {**model, **LABELS}, "lr": 0.1})
    assert "▸ model_config                  1,020 names" in bare(show(120, 60, "i").lines())
    opened = bare(show(120, 100, "enter").lines())
    assert "model_config.size_19          19" in opened
    assert "▸ model_config.id2label         1,000 names" in opened
    assert sum("class" in line for line in bare(show(120, 2000, "tab", "enter").lines())) == 1000


def test_a_short_config_is_shown_as_it_is(dashboard, show) -> None:
    configure(dashboard, {"optimizer": {"name": "adam", "betas": [0.9, 0.999]}, "lr": 0.1})
    lines = bare(show(120, 60, "i").lines())
    assert "config" in lines
    assert not [line for line in lines if line.startswith("▸")]


@pytest.mark.parametrize(
    "value",
    [
        [f"class {at}" for at in range(1000)],
        [{"type": "linear", "shape": [at, at]} for at in range(200)],
        "You are a helpful model.\n" * 40,
        "漢字" * 500,
    ],
    ids=["list", "nested list", "text of lines", "wide characters"],
)
@pytest.mark.parametrize(("width", "height"), [(40, 24), (80, 24), (120, 40)])
def test_a_value_of_many_lines_is_one_line_that_opens(
    dashboard, show, value, width, height
) -> None:
    configure(dashboard, {"lr": 0.1, "a_list_or_text": value, "seed": 1})
    closed = bare(show(width, 60, "i").lines())
    places = [at for at, line in enumerate(closed) if line.startswith(("lr", "▸", "seed"))]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    assert places == list(range(places[0], places[0] + 3))
    assert closed[places[1]].startswith("▸ a_list_or_text")
    assert closed[places[1]].endswith(f"{len(text):,} characters")
    opened = " ".join(bare(show(width, 300, "enter").lines()))
    opened = opened.partition("characters")[2].partition("seed")[0]
    shown = text[:5000].replace("\n", "␊").replace(" ", "")
    assert opened.replace(" ", "").startswith(shown)
    # Keys that are left out are counted once.
    counts = re.findall(r"\(([\d,]+) more characters\)", re.sub(" +", " ", opened))
    assert counts == [f"{len(text) - 5000:,}"] * (len(text) > 5000)
    assert bare(show(width, 60, "enter").lines()) == closed
    show(width, height)


def test_a_value_of_a_few_lines_is_shown_as_it_is(dashboard, show) -> None:
    configure(dashboard, {"prompt": "as short as possible " * 9})
    assert not [line for line in bare(show(120, 60, "i").lines()) if line.startswith("▸")]


def test_names_of_a_config_that_are_cut_are_told_apart(dashboard, show) -> None:
    configure(dashboard, {f"model.encoder.layers.{at}.attention.dropout": at for at in range(9)})
    lines = [line for line in bare(show(80, 60, "i").lines()) if line.startswith("model")]
    names = [line.rpartition("  ")[0] for line in lines]
    assert len(set(names)) == 9
