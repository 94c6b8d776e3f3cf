"""Images as pixels, reduced to the size at which they are drawn."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.model.opened_media import MediaFact
from trackio_view.series.picture import PicturePixels
from trackio_view.sources.media.images import ImageUnread, read_image

Image = pytest.importorskip("PIL.Image")

RED, WHITE = 0xFF0000, 0xFFFFFF


def saved(image: Any, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def rgb(picture: PicturePixels | None) -> list[int]:
    assert picture is not None
    return list(memoryview(picture.rgb).cast("I"))


def test_a_small_image_is_drawn_by_whole_multiples_and_is_not_blurred() -> None:
    image = Image.new("RGB", (2, 2), "white")
    image.putpixel((0, 0), (255, 0, 0))
    picture = read_image(saved(image), 5, 9).picture
    assert rgb(picture) == [*[RED, RED, WHITE, WHITE] * 2, *[WHITE] * 8]


def test_a_large_image_keeps_its_shape() -> None:
    picture = read_image(saved(Image.linear_gradient("L").resize((600, 300))), 60, 60).picture
    assert picture is not None
    assert (picture.width, picture.height) == (60, 30)
    light = [pixel & 0xFF for pixel in rgb(picture)[::60]]
    assert light == sorted(light)


def test_each_kind_of_pixels_and_of_files_is_read() -> None:
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA"):
        assert len(rgb(read_image(saved(Image.new(mode, (3, 3))), 3, 3).picture)) == 9
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
        read = read_image(saved(Image.new("RGB", (3, 3)), kind), 3, 3)
        assert read.facts[0].text == kind
        assert rgb(read.picture) == [0] * 9


@pytest.mark.parametrize(
    ("values", "shown", "said"),
    [
        ((300, 400, 700), (0, 64, 255), "300 to 700"),
        ((0, 65_535, 32_768), (0, 255, 128), "0 to 65,535"),
        ((9, 9, 9), (0, 0, 0), "9 to 9"),
    ],
)
def test_pixels_of_many_bits_are_stretched_from_the_least_to_the_greatest(
    values: tuple[int, ...], shown: tuple[int, ...], said: str
) -> None:
    image = Image.new("I;16", (3, 1))
    for x, value in enumerate(values):
        image.putpixel((x, 0), value)
    read = read_image(saved(image), 3, 1)
    assert [pixel & 0xFF for pixel in rgb(read.picture)] == list(shown)
    assert MediaFact("values", f"{said}, from black to white") in read.facts


def test_a_transparent_image_is_shown_on_white_and_says_so() -> None:
    read = read_image(saved(Image.new("RGBA", (3, 3), (0, 0, 0, 0))), 3, 3)
    assert rgb(read.picture) == [WHITE] * 9
    assert ("transparent", "shown on white") in read.facts


def test_areas_of_a_plot_keep_their_colours_while_its_lines_are_strengthened() -> None:
    plot = Image.new("RGB", (600, 600), "white")
    plot.paste((0, 0, 255), (0, 300, 600, 301))
    plot.paste((200, 120, 0), (400, 400, 600, 600))
    read = read_image(saved(plot), 60, 60)
    assert ("lines", "strengthened") in read.facts
    pixels = rgb(read.picture)
    assert pixels[-1] == 0xC87800
    assert pixels[0] >> 16 < 220, "a mean of its pixels would be paler"


@pytest.mark.parametrize(("ground", "is_plot"), [(81, True), (79, False)])
def test_an_image_is_a_plot_where_two_fifths_are_its_ground(ground: int, is_plot: bool) -> None:
    image = Image.new("RGB", (200, 200), "white")
    image.paste((200, 120, 0), (0, ground, 200, 200))
    assert (("lines", "strengthened") in read_image(saved(image), 20, 20).facts) is is_plot


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png(side: int, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more)


@pytest.mark.parametrize("side", [7_000, 20_000, 2_000_000_000])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    data = png(side, chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b""))
    with pytest.raises(ImageUnread, match=f"It has {side:,} x {side:,} pixels, too many"):
        read_image(data, 40, 40)


@pytest.mark.parametrize("data", [b"", b"text", b"%!PS-Adobe-3.0 EPSF-3.0\n", png(4)])
def test_a_broken_image_is_one_sentence(data: bytes) -> None:
    with pytest.raises(ImageUnread, match="It is broken, or no image that can be read here"):
        read_image(data, 40, 40)


def test_without_pillow_one_sentence_says_so(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImageUnread, match="by Pillow, which is not installed"):
        read_image(b"", 40, 40)


WHOLE = saved(Image.effect_noise((20, 20), 90).convert("RGB"))


@settings(deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=20), st.integers(1, 50))
def test_any_bytes_end_in_a_picture_or_a_sentence(place: int, noise: bytes, room: int) -> None:
    data = WHOLE[:place] + noise + WHOLE[place + len(noise) :]
    try:
        picture = read_image(data, room, room).picture
    except ImageUnread:
        return
    assert picture is not None
    assert len(rgb(picture)) == len(picture.xterm) == picture.width * picture.height
