"""What is shown of a medium's file: the pixels of an image, and what any file tells of itself."""

from __future__ import annotations

import io

from trackio_view.model.opened_media import MediaContent, MediaFact, MediaFile, MediaRequest
from trackio_view.sources.media.images import ImageUnread, read_image

MOST_IMAGE = 32 << 20
"""How many bytes of an image are read."""
MOST_HEAD = 64 << 10
"""How many bytes of any other file are read."""
_RIFF, _FTYP = 12, 8
"""How many first bytes of a file may be needed to tell what it is."""
_CONTAINERS = (
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xf3", "MP3"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (b"glTF", "glTF"),
    (b"ply", "PLY"),
)
"""The beginnings of files, and what these files are. Their names tell less."""


def bytes_wanted(request: MediaRequest) -> int:
    """Return how many bytes of a file are to be read."""
    may_be_drawn = request.kind == "image" or request.file.lower().endswith(".gif")
    return MOST_IMAGE if may_be_drawn else MOST_HEAD


def content_of(request: MediaRequest, file: MediaFile) -> MediaContent:
    """Return what is shown of a file; never raises for anything that a file may hold."""
    container = _container(file.data)
    if request.kind == "image" or container == "GIF":
        if file.size > len(file.data):
            return MediaContent((), None, "It is too large to be drawn.")
        try:
            image = read_image(file.data, request.columns, request.rows)
        except ImageUnread as fault:
            return MediaContent((), None, str(fault))
        except MemoryError:
            return MediaContent((), None, "There is no memory left to draw it.")
        return MediaContent(image.facts, image.picture)
    facts = [MediaFact("format", container)] if container else []
    if container == "WAV":
        facts += _wave_facts(file)
    return MediaContent(facts)


def _container(data: bytes) -> str:
    """Return what a file is, judged by its first bytes; nothing where they do not tell it."""
    if data[:4] == b"RIFF":
        return {b"WAVE": "WAV", b"WEBP": "WebP", b"AVI ": "AVI"}.get(data[8:_RIFF], "")
    if data[4:_FTYP] == b"ftyp":
        return "MP4"
    return next((name for start, name in _CONTAINERS if data.startswith(start)), "")


def _wave_facts(file: MediaFile) -> list[MediaFact]:
    import wave

    try:
        with wave.open(io.BytesIO(file.data)) as sound:
            channels, width, rate, frames = sound.getparams()[:4]
    except (wave.Error, EOFError, ValueError, RuntimeError):
        # Kinds of samples that the standard library does not know, or a header that is cut off.
        return []
    frame_size = channels * width
    # A header may promise more data than there is.
    frames = min(frames, file.size // frame_size) if frame_size else 0
    facts = [
        MediaFact("channels", f"{channels:,}"),
        MediaFact("rate", f"{rate:,} Hz"),
        MediaFact("samples", f"{8 * width} bits"),
    ]
    if rate:
        facts.append(MediaFact("duration", f"{frames / rate:,.2f} s"))
    return facts
