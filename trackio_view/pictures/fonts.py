"""Finds fonts on this machine: a monospace one for text, and others for glyphs that it lacks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_ENDINGS = (".ttf", ".otf", ".ttc")
_ASKING_SECONDS = 5.0


class Face(NamedTuple):
    """One face of a font: its file, and its number where the file is a collection."""

    path: str
    number: int = 0


class Family(NamedTuple):
    """A monospace font by the names of its files."""

    name: str
    regular: Face
    bold: Face | None = None
    italic: Face | None = None


def _family(name: str, regular: str, bold: str = "", italic: str = "") -> Family:
    return Family(
        name, Face(regular), Face(bold) if bold else None, Face(italic) if italic else None
    )


# The most legible fonts at small sizes come first. Each has the arrows and the signs of our
# screens.
FAMILIES: tuple[Family, ...] = (
    _family(
        "DejaVu Sans Mono",
        "DejaVuSansMono.ttf",
        "DejaVuSansMono-Bold.ttf",
        "DejaVuSansMono-Oblique.ttf",
    ),
    Family("Menlo", Face("Menlo.ttc"), Face("Menlo.ttc", 1), Face("Menlo.ttc", 2)),
    _family("JetBrains Mono", "JetBrainsMono-Regular.ttf", "JetBrainsMono-Bold.ttf"),
    _family("Hack", "Hack-Regular.ttf", "Hack-Bold.ttf", "Hack-Italic.ttf"),
    _family("Consolas", "consola.ttf", "consolab.ttf", "consolai.ttf"),
    _family("Cascadia Mono", "CascadiaMono.ttf"),
    _family("Noto Sans Mono", "NotoSansMono-Regular.ttf", "NotoSansMono-Bold.ttf"),
    _family("Source Code Pro", "SourceCodePro-Regular.ttf", "SourceCodePro-Bold.ttf"),
    _family("Source Code Pro", "SourceCodePro-Regular.otf", "SourceCodePro-Bold.otf"),
    _family("Fira Mono", "FiraMono-Regular.ttf", "FiraMono-Bold.ttf"),
    _family("Fira Mono", "FiraMono-Regular.otf", "FiraMono-Bold.otf"),
    _family("Adwaita Mono", "AdwaitaMono-Regular.ttf", "AdwaitaMono-Bold.ttf"),
    _family("IBM Plex Mono", "IBMPlexMono-Regular.ttf", "IBMPlexMono-Bold.ttf"),
    _family("IBM Plex Mono", "IBMPlexMono-Regular.otf", "IBMPlexMono-Bold.otf"),
    _family("Roboto Mono", "RobotoMono-Regular.ttf", "RobotoMono-Bold.ttf"),
    _family(
        "Liberation Mono",
        "LiberationMono-Regular.ttf",
        "LiberationMono-Bold.ttf",
        "LiberationMono-Italic.ttf",
    ),
    _family("Ubuntu Mono", "UbuntuMono-R.ttf", "UbuntuMono-B.ttf", "UbuntuMono-RI.ttf"),
    _family("SF Mono", "SFNSMono.ttf"),
    _family("Droid Sans Mono", "DroidSansMono.ttf"),
    _family("Free Mono", "FreeMono.ttf", "FreeMonoBold.ttf", "FreeMonoOblique.ttf"),
    _family("Free Mono", "FreeMono.otf", "FreeMonoBold.otf", "FreeMonoOblique.otf"),
    _family("Courier New", "cour.ttf", "courbd.ttf", "couri.ttf"),
    _family("Monaco", "Monaco.ttf"),
)

# Fonts for glyphs that the monospace font lacks, such as those of East Asian scripts.
FALLBACKS: tuple[str, ...] = (
    "DejaVuSans.ttf",
    "NotoSansMonoCJKsc-Regular.otf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSerifCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "ipagp.ttf",
    "ipag.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "NotoEmoji-Regular.ttf",
    "Symbola.ttf",
    "NotoSansSymbols2-Regular.ttf",
)


def font_folders(environment: Mapping[str, str], home: Path) -> list[Path]:
    """Return where fonts may lie on Linux and macOS, a person's own first."""
    data_home = environment.get("XDG_DATA_HOME") or str(home / ".local/share")
    data_folders = (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return [
        Path(data_home, "fonts"),
        home / ".fonts",
        home / "Library/Fonts",
        *(Path(folder, "fonts") for folder in data_folders if folder),
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
    ]


def installed_fonts(folders: Sequence[Path]) -> dict[str, str]:
    """Return the font files below the folders, by name; the first folder that has one counts."""
    found: dict[str, str] = {}
    for top in folders:
        for folder, subfolders, names in os.walk(top):
            subfolders.sort()
            for name in sorted(names):
                if name.lower().endswith(_ENDINGS):
                    found.setdefault(name, os.path.join(folder, name))
    return found


def find_family(fonts: Mapping[str, str]) -> Family | None:
    """Return the first family of the table whose regular face is there, with paths for names."""
    for name, *faces in FAMILIES:
        regular, bold, italic = (
            Face(fonts[face.path], face.number) if face is not None and face.path in fonts else None
            for face in faces
        )
        if regular is not None:
            return Family(name, regular, bold, italic)
    return None


def find_fallbacks(fonts: Mapping[str, str]) -> list[Face]:
    """Return the fonts of the second table that are there, in its order."""
    return [Face(fonts[name]) for name in FALLBACKS if name in fonts]


@lru_cache(maxsize=1)
def machine_fonts() -> dict[str, str]:
    """Return the font files of this machine, by name."""
    return installed_fonts(font_folders(os.environ, Path(os.path.expanduser("~"))))


def any_monospace_family() -> Family | None:
    """Return a monospace font that is in no table of ours, as fontconfig knows it."""
    return next((Family("", face) for face in _ask_fontconfig(":spacing=mono:lang=en")), None)


@lru_cache(maxsize=256)
def fonts_with(character: str) -> tuple[Face, ...]:
    """Return further fonts that have a character, as fontconfig knows them; often none."""
    return tuple(_ask_fontconfig(f":charset={ord(character):x}"))[:8]


def _ask_fontconfig(pattern: str) -> Iterator[Face]:
    """Yield the faces that match a fontconfig pattern; none where it isn't installed."""
    command = ["fc-list", pattern, "--format", "%{file}\t%{index}\n"]
    try:
        # A name that is no valid text in this locale is no reason to fail.
        answer = subprocess.run(command, capture_output=True, timeout=_ASKING_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return
    faces = set()
    for line in os.fsdecode(answer.stdout).split("\n"):
        path, _, index = line.partition("\t")
        if path.lower().endswith(_ENDINGS) and index.isdecimal():
            # The upper half of the number names an instance of a variable font.
            faces.add(Face(path, int(index) & 0xFFFF))
    yield from sorted(faces)
