"""The file of the medium on screen is read once, and nobody waits for one that hangs."""

from __future__ import annotations

import io
import threading
from typing import cast

import anyio
import anyio.to_thread
import pytest
from PIL import Image

from trackio_view.live import media_reading
from trackio_view.live.media_reading import MediaReading
from trackio_view.model.events import DataEvent
from trackio_view.model.opened_media import MediaContent, MediaFile, MediaLoaded, MediaRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.media import contents
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.source import Source

PAGE = RunKey(ProjectId("", "p"), "r")


def request(file: str, columns: int = 0) -> MediaRequest:
    return MediaRequest(PAGE, file, "image", columns, columns)


class Files:
    """A source with one image; other files are gone, and one is never read to its end."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        picture = io.BytesIO()
        Image.new("RGB", (4, 4), "red").save(picture, "PNG")
        self.image = picture.getvalue()

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        assert page == PAGE
        assert most > len(self.image)
        self.asked.append(file)
        if file == "hangs.png":
            await anyio.sleep_forever()
        if file != "image.png":
            raise MediaUnread("The file is gone.")
        return MediaFile(len(self.image), self.image)


async def test_the_file_that_is_wanted_now_comes_although_another_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_reading, "_RESIZE_SECONDS", 0.0)
    files = Files()
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = MediaReading(cast(Source, files), group, send)

            async def come(wanted: MediaRequest) -> MediaLoaded:
                reading.follow(wanted)
                event = await receive.receive()
                assert isinstance(event, MediaLoaded)
                assert event.request == wanted
                return event

            reading.follow(request("hangs.png", 8))
            await anyio.wait_all_tasks_blocked()
            content = (await come(request("image.png", 8))).content
            assert content.picture is not None
            assert (content.picture.width, content.picture.height) == (8, 8)
            # A picture of another size is made from the bytes that were read.
            content = (await come(request("image.png", 4))).content
            assert content.picture is not None
            assert content.picture.width == 4
            assert files.asked == ["hangs.png", "image.png"]
            assert (await come(request("none.png", 4))).content.fault == "The file is gone."
            reading.follow(None)
            reading.follow(request("hangs.png"))
            reading.follow(None)
            await anyio.wait_all_tasks_blocked()
            assert receive.statistics().current_buffer_used == 0


async def test_of_many_sizes_at_once_only_the_last_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn, draw = list[int](), contents.content_of

    def count(wanted: MediaRequest, file: MediaFile) -> MediaContent:
        drawn.append(wanted.columns)
        return draw(wanted, file)

    monkeypatch.setattr(contents, "content_of", count)
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = MediaReading(cast(Source, Files()), group, send)
            reading.follow(request("image.png", 8))
            await receive.receive()
            for columns in range(9, 20):
                reading.follow(request("image.png", columns))
                await anyio.wait_all_tasks_blocked()
            event = await receive.receive()
            assert isinstance(event, MediaLoaded)
            assert event.request.columns == 19
            assert drawn == [8, 19]
            group.cancel_scope.cancel()


async def test_images_that_were_given_up_are_not_decoded_beside_the_one_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_reading, "_RESIZE_SECONDS", 0.0)
    begun, go_on, decoded = threading.Event(), threading.Event(), list[int]()

    def decode(wanted: MediaRequest, file: MediaFile) -> MediaContent:
        decoded.append(wanted.columns)
        begun.set()
        assert go_on.wait(20)
        return MediaContent()

    monkeypatch.setattr(contents, "content_of", decode)
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = MediaReading(cast(Source, Files()), group, send)
            reading.follow(request("image.png", 1))
            await anyio.to_thread.run_sync(begun.wait)
            for columns in (2, 3, 4):
                reading.follow(request("image.png", columns))
                await anyio.wait_all_tasks_blocked()
            assert decoded == [1]
            go_on.set()
            await receive.receive()
            assert decoded == [1, 4]
            group.cancel_scope.cancel()


async def test_a_file_that_comes_as_it_is_given_up_is_not_taken_for_the_next() -> None:
    come, asked = anyio.Event(), list[str]()

    class Slow:
        async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
            asked.append(file)
            if file == "first.png":
                await come.wait()
            return MediaFile(0, b"")

    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = MediaReading(cast(Source, Slow()), group, send)
            reading.follow(request("first.png"))
            await anyio.wait_all_tasks_blocked()
            come.set()
            reading.follow(request("second.png"))
            await receive.receive()
            assert asked == ["first.png", "second.png"]
