"""What a terminal can do, as far as its environment tells without asking it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import ColorDepth

_TRUECOLOR_WORDS = frozenset({"truecolor", "24bit"})
# Each name stands for one emulator, which has 24-bit colour in every version in use.
_TRUECOLOR_TERMINALS = (
    *("alacritty", "contour", "foot", "ghostty", "kitty", "mlterm", "rio", "wezterm"),
    *("xterm-ghostty", "xterm-kitty"),
)

_FORCED_DEPTHS = {
    "0": ColorDepth.MONOCHROME,
    "1": ColorDepth.ANSI,
    "2": ColorDepth.XTERM,
    "3": ColorDepth.TRUECOLOR,
}


def color_depth(
    environment: Mapping[str, str], known_colors: Callable[[], int] = lambda: 8
) -> ColorDepth:
    """Return how many colours may be used in a terminal with this environment.

    `known_colors` returns what the terminal database says of `TERM`, asked where no variable tells.
    `NO_COLOR` (https://no-color.org), where not empty, overrules the rest; then `FORCE_COLOR`
    (https://force-color.org) does, whose value says which colours: 1 for 16, 2 for 256, 3 for
    24-bit ones, 0 for none; by any other there are 16 at least.
    """
    terminal = environment.get("TERM", "")
    forced = environment.get("FORCE_COLOR", "")
    if environment.get("NO_COLOR"):
        return ColorDepth.MONOCHROME
    if forced in _FORCED_DEPTHS:
        return _FORCED_DEPTHS[forced]
    told = _told_depth(environment, terminal, known_colors)
    return ColorDepth.ANSI if forced and told is ColorDepth.MONOCHROME else told


def _told_depth(
    environment: Mapping[str, str], terminal: str, known_colors: Callable[[], int]
) -> ColorDepth:
    """Return the depth that the terminal's own variables tell."""
    if terminal in {"", "dumb", "unknown"}:
        return ColorDepth.MONOCHROME
    truecolor = (
        environment.get("COLORTERM", "").lower() in _TRUECOLOR_WORDS
        or terminal.endswith("-direct")
        or terminal.startswith(_TRUECOLOR_TERMINALS)
    )
    # GNU screen hands COLORTERM on but misreads 24-bit colours; tmux, under the same name, can.
    if truecolor and not (terminal.startswith("screen") and "TMUX" not in environment):
        return ColorDepth.TRUECOLOR
    if truecolor or "256color" in terminal:
        return ColorDepth.XTERM
    known = known_colors()
    if known >= ColorDepth.XTERM:
        return ColorDepth.XTERM
    return ColorDepth.ANSI if known >= 8 else ColorDepth.MONOCHROME


def is_color_forced(environment: Mapping[str, str]) -> bool:
    """Return whether colours are wanted also in what is written to no terminal."""
    forced = environment.get("FORCE_COLOR", "")
    return forced not in {"", "0"} and not environment.get("NO_COLOR")


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
