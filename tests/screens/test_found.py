"""The list of names that match what was typed."""

from __future__ import annotations

import pytest

from tests.conftest import make_batch
from trackio_view.charts import text_table
from trackio_view.model.events import RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeysPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("find-loss", (":", *"loss", "down")),
    ],
)
def test_golden(show, golden, name, keys, width, height) -> None:
    golden(f"{name}-{width}x{height}", show(width, height, *keys))


def test_golden_ascii(show, golden) -> None:
    frame = show(80, 24, ":", *"line a", unicode=False)
    assert "".join(frame.lines()).isascii()
    golden("find-ascii-80x24", frame)


def test_a_name_that_nothing_has_is_told(show) -> None:
    lines = show(80, 24, ":", *"xyzzy", "enter").lines()
    assert "nothing is called like that" in lines[2]
    assert "nothing is called like that" in lines[-1]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("y 0..2", "y of train/loss: 0..2"),
        ("y 2..-1", "y of train/loss: -1..2"),
        ("y auto", "y of train/loss: auto"),
        ("y 0..", "a range of y is two numbers: y 0..2, or y auto"),
        ("y 3..3", "a range of y is two numbers: y 0..2, or y auto"),
        ("y xyzzy", "nothing is called like that"),
    ],
)
def test_a_range_that_is_typed_is_told_before_enter(show, typed: str, told: str) -> None:
    assert told in show(80, 24, ":", *typed).lines()[2]
    assert told in show(80, 24, "enter").lines()[-2 if "train" in told else -1]


@pytest.fixture
def large() -> Dashboard:
    """A run of 5,000 metrics, and a thousand runs. 300 names are long, wide or have odd
    characters."""
    made = Dashboard(width=100, height=30)
    made.watch(P)
    names = [f"layer.{n}.{'损失' * (n % 3)}\x1b]0;evil\x07{'x' * 280}/norm" for n in range(300)]
    names += [f"layer.{n}.norm" for n in range(300, 5000)]
    batches = [make_batch({"loss": [1.0]}, run_id=f"r{n}", first_id=n + 1) for n in range(1000)]
    batches.append(make_batch({name: [1.0] for name in names}, run_id="r999", first_id=1001))
    made.apply(RowsLoaded(P, 0, batches, 1001))
    return made


def test_a_frame_makes_only_the_lines_that_are_seen(
    large: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        text_table.LazyRows,
        "__getitem__",
        lambda rows, places: [
            made.append(place) or rows._row(place) for place in range(*places.indices(len(rows)))
        ],
    )
    composer = Composer()
    respond(large, KeysPressed([":", *"norm"]))
    text = "\n".join(composer.compose(large, 0.0).lines())
    assert "5,000 found" in text
    assert len(made) <= 30
    judged = large.view.find.judged
    composer.compose(large, 0.0)
    assert large.view.find.judged == judged, "a frame looks for nothing"


def test_long_names_are_told_apart_and_harmless(large: Dashboard) -> None:
    respond(large, Resized(60, 20))
    respond(large, KeysPressed([":", *"norm"]))
    lines = Composer().compose(large, 0.0).lines()
    assert all(character.isprintable() for line in lines for character in line)
    shown = [line for line in lines if "metric" in line]
    assert len(set(shown)) == len(shown) > 10
