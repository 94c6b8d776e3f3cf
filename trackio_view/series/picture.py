"""A picture as it is drawn: its pixels in the colours of each kind of terminal."""

from __future__ import annotations

from trackio_view.light_typing import NamedTuple


class PicturePixels(NamedTuple):
    """The pixels of a picture that was reduced to the place that it is drawn in."""

    width: int
    height: int
    rgb: bytes
    """0xRRGGBB of each pixel, row by row from the upper left one, each an unsigned C integer."""
    xterm: bytes
    """For each pixel, the nearest of the 256 colours."""
    grey: bytes
    """For each pixel, one of the four greys among the 16 colours. All together look as light as the
    picture.
    """
