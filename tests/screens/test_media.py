"""One of the media that a run logged, on a screen of its own."""

from __future__ import annotations

from array import array

import pytest

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.objects import LoggedMedia, RunObjects
from trackio_view.model.opened_media import MediaContent, MediaFact, MediaLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.picture import PicturePixels
from trackio_view.view.actions import Mode
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.media import media_request
from trackio_view.view.responses import press_ahead, respond

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")
NOW = 1_700_000_000.0
HOSTILE = "\x1b[2J\n\u202e"
FACTS = (MediaFact("format", "PNG"), MediaFact("pixels", "512 x 512"))


def medium(key: str, number: int, kind: str = "image", **more) -> LoggedMedia:
    file = f"my-experiment/r/{number}/{key}.png"
    place = f"/data/media/{file}"
    return LoggedMedia(
        key, number * 10, kind, place, f"a cat, {number}", file, number, 2048, **more
    )


@pytest.fixture
def opened(dashboard):
    """The page of a run that logged images and a sound, at its end."""
    media = [*(medium("sample", number) for number in (3, 4, 5)), medium("tone", 1, "audio")]
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(media=media)))
    return dashboard


class Screen:
    def __init__(self, dashboard, width: int = 80, height: int = 24) -> None:
        self.dashboard, self.composer = dashboard, Composer()
        respond(dashboard, Resized(width, height))
        self.press("i", "end")

    def look(self):
        frame = self.composer.compose(self.dashboard, NOW)
        return self.composer.seen if frame else None

    def press(self, *keys: str) -> list[str]:
        for key in keys:
            respond(self.dashboard, KeyPressed(key), self.composer.seen)
            press_ahead(self.dashboard, self.look)
            self.look()
        return self.composer.compose(self.dashboard, NOW).lines()

    def load(self, content: MediaContent) -> None:
        request = media_request(self.dashboard)
        assert request is not None
        self.dashboard.apply(MediaLoaded(request, content))

    def load_picture(self) -> None:
        request = media_request(self.dashboard)
        assert request is not None
        side = min(request.columns, request.rows)
        pixels = array("I", [0x102030 * (at % 9) for at in range(side * side)])
        picture = PicturePixels(
            side, side, pixels.tobytes(), bytes(side * side), bytes(side * side)
        )
        self.load(MediaContent(FACTS, picture))


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(opened, golden, width, height) -> None:
    screen = Screen(opened, width, height)
    screen.press("enter")
    assert opened.view.mode is Mode.MEDIA
    screen.load_picture()
    golden(f"media-{width}x{height}", screen.composer.compose(opened, NOW))


def test_until_it_has_come_it_is_being_read(opened) -> None:
    screen = Screen(opened)
    assert any("reading the file" in line for line in screen.press("enter"))
    screen.load_picture()
    assert not any("reading" in line for line in screen.press())
    # The medium of another step is not shown in its place.
    assert any("reading the file" in line for line in screen.press("left"))


def test_keys_go_to_steps_and_to_other_keys_and_back_to_the_line(opened) -> None:
    screen = Screen(opened)
    assert "step 50" in screen.press("enter")[1]
    assert "step 40" in screen.press("left")[1]
    earliest = screen.press("left", "left")
    assert "step 30" in earliest[1]
    assert "those before are not kept" in earliest[1]
    assert any("no earlier step is kept" in line for line in earliest)
    assert "step 50" in screen.press("end")[1]
    assert "step 30" in screen.press("page_up")[1]
    assert "step 40" in screen.press("right")[1]
    assert "tone" in screen.press("down")[1]
    assert "step 50" in screen.press("up")[1]
    lines = screen.press("left", "escape")
    assert opened.view.mode is Mode.RUN_PAGE
    assert any("step 40  4 of 5 steps" in line for line in lines)
    assert "step 40" in screen.press("enter")[1]


def test_the_newest_is_followed_and_a_step_is_held(opened) -> None:
    screen = Screen(opened)
    screen.press("enter")
    media = [medium("sample", number) for number in (3, 4, 5, 6)]
    opened.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(media=media)))
    assert "step 60" in screen.press()[1]
    screen.press("left")
    media = [medium("sample", number) for number in (3, 4, 5, 6, 7)]
    opened.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(media=media)))
    assert "step 50" in screen.press()[1]


def test_media_that_are_not_drawn_tell_of_themselves_and_how_to_open_them(opened) -> None:
    screen = Screen(opened)
    screen.press("enter", "down")
    screen.load(MediaContent((MediaFact("duration", "2.00 s"),)))
    text = "\n".join(screen.press())
    assert "duration 2.00 s" in text
    assert "It is opened elsewhere: C copies where the file lies." in text
    assert "/data/media/my-experiment/r/1/tone.png" in text
    screen.press("C")
    assert opened.view.to_copy


def test_why_nothing_is_drawn_is_said(opened) -> None:
    screen = Screen(opened)
    screen.press("enter")
    screen.load(MediaContent(fault="The file is gone."))
    assert any("The file is gone." in line for line in screen.press())


def test_without_colours_nothing_is_drawn_and_no_pixel_is_asked_for(opened) -> None:
    screen = Screen(opened)
    opened.draws_pictures = False
    screen.press("enter")
    request = media_request(opened)
    assert request is not None
    assert (request.columns, request.rows) == (0, 0)
    screen.load(MediaContent(FACTS))
    text = "\n".join(screen.press())
    assert "A picture needs colours" in text
    assert "▀" not in text


def test_a_picture_for_another_size_waits_for_that_of_this(opened) -> None:
    screen = Screen(opened, 120, 40)
    screen.press("enter")
    screen.load_picture()
    assert any("▀" in line for line in screen.press())
    respond(opened, Resized(60, 20))
    assert not any("▀" in line for line in screen.press())
    screen.load_picture()
    assert any("▀" in line for line in screen.press())


def test_cells_are_made_once(opened) -> None:
    screen = Screen(opened)
    screen.press("enter")
    screen.load_picture()
    screen.press()
    made = screen.composer.memo.computed
    screen.press()
    assert screen.composer.memo.computed == made


def test_texts_of_a_medium_have_no_controls_and_one_that_goes_is_told_of(dashboard) -> None:
    media = [LoggedMedia(HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE)]
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(media=media)))
    screen = Screen(dashboard)
    text = "".join(screen.press("enter"))
    assert dashboard.view.mode is Mode.MEDIA
    assert "\x1b" not in text
    assert "\u202e" not in text
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects()))
    assert any("It is no longer there." in line for line in screen.press())
