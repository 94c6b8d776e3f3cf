"""The media that a run logged, on its page: a line for each key, about one step."""

from __future__ import annotations

import pytest

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.objects import LoggedMedia, RunObjects
from trackio_view.model.project_id import ProjectId

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")
HOSTILE = "\x1b[2J\n\u202e"


def of_steps(numbers, **fields) -> list[LoggedMedia]:
    return [
        LoggedMedia("sample", number, "image", "", "", number=number, **fields)
        for number in numbers
    ]


def lines(dashboard, show, media, *keys) -> list[str]:
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(media=media)))
    shown = show(100, 60, "i", *keys).lines()
    start = next(at for at, line in enumerate(shown) if "│ media" in line)
    return [line.strip("│ ") for line in shown[start + 1 :] if line.strip("│ ")]


def test_a_line_tells_of_the_newest_and_of_the_file(dashboard, show) -> None:
    media = [
        *of_steps(range(4_000, 5_001), size=2048),
        LoggedMedia("tone", 7, "audio", "", "a cat purrs", fault="The file is gone."),
    ]
    first, second, *_ = lines(dashboard, show, media)
    assert first == "▸ sample (image)                step 5,000  5,000 of 5,000 steps  2.0 KB"
    assert second == "▸ tone (audio)                  step 7  The file is gone.  a cat purrs"


def test_left_and_right_go_from_step_to_step(dashboard, show) -> None:
    media = of_steps([3, 4, 5])
    assert "step 5  5 of 5 steps" in lines(dashboard, show, media, "end")[0]
    assert "step 4  4 of 5 steps" in lines(dashboard, show, media, "end", "left")[0]
    # Earlier files are not kept, and the page says so in their place.
    earliest = lines(dashboard, show, media, "end", *["left"] * 9)[0]
    assert "step 3  3 of 5 steps, those before are not kept" in earliest
    assert "step 4" in lines(dashboard, show, media, "end", *["left"] * 9, "right")[0]


def test_names_of_media_are_shown_without_controls(dashboard, show) -> None:
    media = [LoggedMedia(HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE)]
    assert not any("\x1b" in line or "\u202e" in line for line in lines(dashboard, show, media))
