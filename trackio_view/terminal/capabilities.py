"""What a terminal can do, as far as its environment tells without asking it."""

from __future__ import annotations

from collections.abc import Mapping

from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import ColorDepth

_TRUECOLOR_WORDS = frozenset({"truecolor", "24bit"})
# Names that stand for one emulator, which has 24-bit colour in every version in use.
_TRUECOLOR_TERMINALS = (
    *("alacritty", "contour", "foot", "ghostty", "kitty", "mlterm", "rio", "wezterm"),
    *("xterm-ghostty", "xterm-kitty"),
)


def color_depth(environment: Mapping[str, str], known_colors: int = 8) -> ColorDepth:
    """Return how many colours may be used in a terminal with this environment.

    `known_colors` is what the terminal database says of `TERM`; it is used where no variable tells.
    `NO_COLOR` (https://no-color.org), where not empty, overrules the rest.
    """
    terminal = environment.get("TERM", "")
    if environment.get("NO_COLOR") or terminal in {"", "dumb", "unknown"}:
        return ColorDepth.MONOCHROME
    truecolor = (
        environment.get("COLORTERM", "").lower() in _TRUECOLOR_WORDS
        or terminal.endswith("-direct")
        or terminal.startswith(_TRUECOLOR_TERMINALS)
    )
    # GNU screen hands COLORTERM on but misreads 24-bit colours; tmux, under the same name, can.
    if truecolor and not (terminal.startswith("screen") and "TMUX" not in environment):
        return ColorDepth.TRUECOLOR
    if truecolor or "256color" in terminal or known_colors >= ColorDepth.XTERM:
        return ColorDepth.XTERM
    return ColorDepth.ANSI if known_colors >= 8 else ColorDepth.MONOCHROME


def repertoire(environment: Mapping[str, str], encoding: str) -> Repertoire:
    """Return which glyphs may be drawn in a terminal with this environment and encoding.

    The Linux console has the 256 or 512 glyphs of its font. No terminal tells what its font has, so
    a person may say it in `TRACKIO_VIEW_GLYPHS`. Where the encoding is not UTF-8, only ASCII can be
    written.
    """
    if not is_utf8(encoding):
        return Repertoire.ASCII
    wanted = environment.get("TRACKIO_VIEW_GLYPHS", "").lower()
    if wanted in {one.value for one in Repertoire}:
        return Repertoire(wanted)
    return Repertoire.BLOCKS if environment.get("TERM") == "linux" else Repertoire.BRAILLE


def locale_encoding() -> str:
    """Return the encoding of the user's locale, which a terminal is expected to share."""
    import locale  # plain text asks its stream instead, and does not wait for this import

    return locale.nl_langinfo(locale.CODESET) or "ascii"


def is_utf8(encoding: str) -> bool:
    """Return whether `encoding` is a spelling of UTF-8."""
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"
