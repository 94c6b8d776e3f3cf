"""Images as pixels, reduced to the place that they are drawn in. This is the only room that uses
Pillow.

Pillow decodes; a run may have logged any bytes, so that what is read is bounded before it is
decoded, and only by the decoders of the formats that TrackIO writes or that are usual.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from trackio_view.model.opened_media import MediaFact
from trackio_view.series.picture import PicturePixels

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""Pillow has decoders of 40 more, some of which run programs."""
MOST_PIXELS = 40_000_000
_SAMPLED = 256
"""The size in pixels at which a plot is told from a photograph."""
_GROUND_SHARE = 0.4
"""The least share of a plot that has the colour of its ground."""
_LEAST_REDUCTION = 1.5
"""The reduction above which the lines of a plot fade."""
_MOST_STRENGTH = 3.0
_ORIENTATION = 0x0112
"""The tag of Exif that says how a camera was held."""
_CUBE = (0, 95, 135, 175, 215, 255)
_GREYS = ((0, 0), (8, 102), (7, 192), (15, 255))
"""Greys of the 16 colours: their number, and how light terminals usually show them."""
_BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Thresholds of ordered dithering, in sixteenths (Bayer 1973)."""


class ImageUnread(Exception):
    """There is no image in a file; the text is a sentence."""


class ReadImage(NamedTuple):
    """An image as it is drawn, and facts about it for a person."""

    picture: PicturePixels | None
    facts: Sequence[MediaFact]


def read_image(data: bytes, columns: int, rows: int) -> ReadImage:
    """Return the image in a file's bytes, as large as so many pixels have room for.

    Where that is for none, it is not decoded. A small image is drawn larger by whole multiples.
    Raises ImageUnread.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ImageUnread("Images are read by Pillow, which is not installed here.") from None
    # Our bound is lower, and is checked before anything is decoded. Pillow's bound warns on the
    # terminal.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            facts = _facts(opened)
            if opened.width * opened.height > MOST_PIXELS:
                size = f"{opened.width:,} x {opened.height:,} pixels"
                raise ImageUnread(f"It has {size}, too many to be drawn.")
            if not columns or not rows:
                return ReadImage(None, facts)
            opened.draft("RGB", (columns * 2, rows * 2))
            upright: Image.Image = opened
            if opened.getexif().get(_ORIENTATION, 1) != 1:
                upright = ImageOps.exif_transpose(opened)
            image, said = _as_rgb(upright)
            image, more = _reduced(image, columns, rows)
            return ReadImage(_as_picture(image), [*facts, *said, *more])
    except (ImageUnread, MemoryError):
        raise
    except ImportError:
        raise ImageUnread("Images are reduced by numpy, which is not installed here.") from None
    except Exception:
        # Decoders raise many kinds of errors: OSError, ValueError, SyntaxError, struct.error.
        raise ImageUnread("It is broken, or no image that can be read here.") from None


def _facts(image: Image.Image) -> list[MediaFact]:
    facts = [
        MediaFact("format", image.format or ""),
        MediaFact("pixels", f"{image.width:,} x {image.height:,}"),
    ]
    if getattr(image, "is_animated", False):
        facts.append(MediaFact("shown", "the first of its frames"))
    return facts


def _as_rgb(image: Image.Image) -> tuple[Image.Image, list[MediaFact]]:
    """Return an image in colours that a terminal shows, and what was done for that."""
    from PIL import Image

    if image.mode[:1] == "I":
        # Pixels of more than 8 bits are scaled from the least value of the image to the greatest.
        return _stretched(image)
    if image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        low, _ = whole.getchannel("A").getextrema()
        if isinstance(low, int | float) and low < 255:
            ground = Image.new("RGBA", whole.size, "white")
            return Image.alpha_composite(ground, whole).convert("RGB"), [
                MediaFact("transparent", "shown on white")
            ]
        return whole.convert("RGB"), []
    return image.convert("RGB"), []


def _stretched(image: Image.Image) -> tuple[Image.Image, list[MediaFact]]:
    import numpy
    from PIL import Image

    values = numpy.asarray(image, dtype=numpy.float64)
    low, high = float(values.min()), float(values.max())
    scale = 255 / (high - low) if high > low else 0.0
    levels = numpy.rint((values - low) * scale).astype(numpy.uint8)
    return Image.fromarray(levels).convert("RGB"), [
        MediaFact("values", f"{low:,.6g} to {high:,.6g}, from black to white")
    ]


def _reduced(image: Image.Image, columns: int, rows: int) -> tuple[Image.Image, list[MediaFact]]:
    """Return an image as large as there is room for, and what was done to it."""
    from PIL.Image import Resampling

    ground = _ground(image)
    said: list[MediaFact] = []
    if ground is not None and max(image.width / columns, image.height / rows) > 1:
        kept = _without_margin(image, ground)
        if kept.size != image.size:
            said.append(MediaFact("margin", "cut off"))
            image = kept
    ratio = max(image.width / columns, image.height / rows)
    if ratio <= 1:
        times = int(1 / ratio)
        size = (image.width * times, image.height * times)
        return image.resize(size, Resampling.NEAREST), said
    size = max(1, round(image.width / ratio)), max(1, round(image.height / ratio))
    if ground is not None and ratio > _LEAST_REDUCTION:
        said.append(MediaFact("lines", "strengthened"))
        return _strengthened(image, size, ground, min(_MOST_STRENGTH, max(1.0, ratio / 3))), said
    return image.resize(size, Resampling.LANCZOS, reducing_gap=2.0), said


def _ground(image: Image.Image) -> tuple[int, ...] | None:
    """Return the colour of a plot's ground, which is that of its corner; `None` for
    other images.
    """
    import numpy
    from PIL.Image import Resampling

    size = min(_SAMPLED, image.width), min(_SAMPLED, image.height)
    sampled = numpy.asarray(image.resize(size, Resampling.NEAREST))
    corner = sampled[0, 0]
    share = float((sampled == corner).all(axis=2).mean())
    return tuple(int(part) for part in corner) if share >= _GROUND_SHARE else None


def _without_margin(image: Image.Image, ground: tuple[int, ...]) -> Image.Image:
    from PIL import Image, ImageChops

    found = ImageChops.difference(image, Image.new("RGB", image.size, ground)).getbbox()
    return image if found is None else image.crop(found)


def _strengthened(
    image: Image.Image, size: tuple[int, int], ground: tuple[int, ...], strength: float
) -> Image.Image:
    """Return a reduced plot whose thin lines are seen, although its areas keep their colours.

    A pixel is moved away from the ground, as far as the strongest ninth of its own area goes.
    """
    import numpy
    from PIL import Image
    from PIL.Image import Resampling

    width, height = size
    reduced = numpy.asarray(image.resize(size, Resampling.BOX), dtype=numpy.float64)
    finer = numpy.asarray(image.resize((width * 3, height * 3), Resampling.BOX))
    ninths = finer.reshape(height, 3, width, 3, 3)
    moved = numpy.array(ground) - (numpy.array(ground) - reduced) * strength
    bounded = numpy.clip(moved, ninths.min(axis=(1, 3)), ninths.max(axis=(1, 3)))
    return Image.fromarray(bounded.round().astype(numpy.uint8))


def _as_picture(image: Image.Image) -> PicturePixels:
    import numpy

    pixels = numpy.asarray(image).astype(numpy.int64)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    rgb = (red << 16) | (green << 8) | blue
    return PicturePixels(
        image.width,
        image.height,
        rgb.astype(numpy.uintc).tobytes(),
        _nearest_of_256(pixels).astype(numpy.uint8).tobytes(),
        _dithered_greys(pixels).astype(numpy.uint8).tobytes(),
    )


def _nearest_of_256(pixels: Any) -> Any:
    """Return the nearest colour of the cube or of the grey ramp (ctlseqs of xterm)."""
    import numpy

    cube = numpy.array(_CUBE)
    nearest = numpy.searchsorted((cube[1:] + cube[:-1]) / 2, pixels)
    grey = numpy.clip(numpy.rint((pixels.mean(axis=2) - 8) / 10), 0, 23).astype(numpy.int64)
    from_cube = ((cube[nearest] - pixels) ** 2).sum(axis=2)
    from_grey = ((grey[..., None] * 10 + 8 - pixels) ** 2).sum(axis=2)
    of_cube = 16 + 36 * nearest[..., 0] + 6 * nearest[..., 1] + nearest[..., 2]
    return numpy.where(from_grey < from_cube, 232 + grey, of_cube)


def _dithered_greys(pixels: Any) -> Any:
    """Return four greys whose mixture is as light as each part of a picture (ITU-R BT.601)."""
    import numpy

    light = pixels @ numpy.array([0.299, 0.587, 0.114])
    levels = numpy.array([level for _, level in _GREYS])
    lower = numpy.clip(numpy.searchsorted(levels, light, side="right") - 1, 0, len(levels) - 2)
    share = (light - levels[lower]) / (levels[lower + 1] - levels[lower])
    height, width = light.shape
    thresholds = numpy.array(_BAYER)
    pattern = (thresholds[numpy.arange(height)[:, None] % 4, numpy.arange(width) % 4] + 0.5) / 16
    numbers = numpy.array([number for number, _ in _GREYS])
    return numbers[lower + (share > pattern)]
