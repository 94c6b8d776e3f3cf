"""The kind of a file by its first bytes, its facts, and its picture."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.opened_media import MediaContent, MediaFact, MediaFile, MediaRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.media import contents
from trackio_view.sources.media.contents import MOST_HEAD, MOST_IMAGE, bytes_wanted, content_of

PAGE = RunKey(ProjectId("", "p"), "r")


def asked(kind: str = "video", file: str = "a/b.bin") -> MediaRequest:
    return MediaRequest(PAGE, file, kind, 8, 8)


def content(data: bytes, kind: str = "video", size: int | None = None) -> MediaContent:
    return content_of(asked(kind), MediaFile(len(data) if size is None else size, data))


@pytest.mark.parametrize(
    ("kind", "file", "wanted"),
    [
        ("image", "a.png", MOST_IMAGE),
        ("image", "a", MOST_IMAGE),
        ("video", "a.gif", MOST_IMAGE),
        ("video", "a.GIF", MOST_IMAGE),
        ("video", "a.mp4", MOST_HEAD),
        ("audio", "gif.wav", MOST_HEAD),
    ],
)
def test_of_what_may_be_drawn_more_is_read(kind: str, file: str, wanted: int) -> None:
    assert bytes_wanted(asked(kind, file)) == wanted
    assert (MOST_IMAGE, MOST_HEAD) == (32 * 2**20, 64 * 2**10)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", "WAV"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"RIFF\0\0\0\0CDDA....", ""),
        (b"\0\0\0\x20ftypisom", "MP4"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"BM....", "BMP"),
        (b"ID3\x04", "MP3"),
        (b"\xff\xfb\x90", "MP3"),
        (b"\xff\xf3\x90", "MP3"),
        (b"OggS\0", "Ogg"),
        (b"fLaC\0", "FLAC"),
        (b"\x1a\x45\xdf\xa3\x9f", "Matroska or WebM"),
        (b"glTF\x02", "glTF"),
        (b"ply\nformat", "PLY"),
        (b" ply", ""),
        (b"ftyp", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(data: bytes, name: str) -> None:
    facts = content(data).facts
    assert [fact.text for fact in facts if fact.name == "format"] == [name] * bool(name)


def sound(channels: int = 2, width: int = 2, rate: int = 8000, frames: int = 12_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(width)
        written.setframerate(rate)
        written.writeframes(bytes(channels * width * frames))
    return file.getvalue()


def test_a_sound_tells_how_long_it_is() -> None:
    assert content(sound(), "audio") == MediaContent(
        [
            MediaFact("format", "WAV"),
            MediaFact("channels", "2"),
            MediaFact("rate", "8,000 Hz"),
            MediaFact("samples", "16 bits"),
            MediaFact("duration", "1.50 s"),
        ]
    )
    # Only the beginning was read, and the header is right.
    head = sound()[:100]
    facts = {fact.name: fact.text for fact in content(head, "audio", len(sound())).facts}
    assert facts["duration"] == "1.50 s"
    # The header promises more than there is, because 100 bytes are at most 25 frames.
    assert {fact.name: fact.text for fact in content(head, "audio").facts}["duration"] == "0.00 s"


def test_a_sound_of_no_sense_is_a_file_of_its_kind() -> None:
    whole = bytearray(sound())
    assert content(bytes(whole[:20]), "audio") == MediaContent([MediaFact("format", "WAV")])
    whole[24:28] = bytes(4)
    facts = [fact.name for fact in content(bytes(whole), "audio").facts]
    assert "duration" not in facts, "a rate of 0"


def test_an_image_that_was_not_read_whole_is_not_drawn() -> None:
    image = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    image.new("RGB", (4, 4), "red").save(file, "PNG")
    data = file.getvalue()
    drawn = content(data, "image")
    assert drawn.picture is not None
    assert (drawn.fault, drawn.facts[0].text) == ("", "PNG")
    assert content(data, "image", len(data) + 1) == MediaContent(
        (), None, "It is too large to be drawn."
    )
    assert content(data, "video").picture is None, "what is no image is not decoded"
    file = io.BytesIO()
    image.new("P", (4, 4)).save(file, "GIF")
    assert content(file.getvalue(), "video").picture is not None, "a GIF is a video and an image"
    assert content(b"\x89PNG\r\n", "image").fault != ""


def test_an_image_for_which_there_is_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(contents, "read_image", too_large)
    assert content(b"x", "image").fault == "There is no memory left to draw it."


@given(st.binary(max_size=60), st.sampled_from(["", "RIFF\0\0\0\0WAVE"]))
def test_no_bytes_of_a_sound_raise(data: bytes, start: str) -> None:
    content(start.encode() + data, "audio")
