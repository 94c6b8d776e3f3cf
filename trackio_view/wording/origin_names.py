"""How origins without room are cut. The end of a path is kept, because it tells more."""

from __future__ import annotations

from trackio_view.model.short_origins import split_origin
from trackio_view.terminal.glyphs import ELLIPSIS
from trackio_view.terminal.text import fit, text_width
from trackio_view.wording.names import Names

_CUT_OFF = f"/{ELLIPSIS}"
_LEAST_PATH = 6
"""The least columns in which a part of a path is worth telling."""


class OriginNames(Names):
    """Origins that stand beside one another, to be cut so that each is told from all others."""

    def _cut(self, name: str, width: int) -> str:
        if text_width(name) <= width:
            return fit(name, width)
        text = _ending(name, width)
        others = (other for other in self._shown if other != name)
        if text is not None and not any(_ending(other, width) == text for other in others):
            return text
        # A part that is left out already stays left out.
        before, sign, path = name.partition(ELLIPSIS)
        room = width - text_width(before + sign)
        if not sign or room < _LEAST_PATH or name not in self._shown:
            return super()._cut(name, width)
        beside = Names(
            other.removeprefix(before + sign).removesuffix(_CUT_OFF)
            for other in self._shown
            if other.startswith(before + sign)
        )
        return fit(before + sign, width) + beside.cut(path.removesuffix(_CUT_OFF), room)


def _ending(origin: str, width: int) -> str | None:
    """Return the end of an origin's path, behind its machine if both have room; `None` where not
    even the end has room.
    """
    machine, path = split_origin(origin.removesuffix(_CUT_OFF))
    for before in (machine.rstrip(ELLIPSIS), ""):
        room = width - text_width(before) - text_width(ELLIPSIS)
        shown = ""
        for part in reversed(path.split("/")[1:]):
            longer = f"/{part}{shown}"
            if text_width(longer) > room:
                break
            shown = longer
        if shown:
            return fit(f"{before}{ELLIPSIS}{shown}", width)
    return None
