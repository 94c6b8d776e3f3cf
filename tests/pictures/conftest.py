"""Frames for pictures, and the checks of what a picture shows in each cell."""

from __future__ import annotations

import random
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, shapes_of
from trackio_view.pictures.theme import Ink, ink_of
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import Color, Style
from trackio_view.terminal.themes import DARK
from trackio_view.view.dashboard import Dashboard

BOXES = "─│┌┐└┘├┤┬┴┼╴╵╶╷━┃╸╺╭╮╰╯"
BLOCKS = "▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▀▐▔▕▘▝▖▗▚▞▙▟▛▜"
SHADES = "░▒▓"
MARKS = "●○▲▼▶◀▸◂▴▾"
BRAILLE = "".join(map(chr, range(0x2800, 0x2900)))
SHAPED = BOXES + BLOCKS + SHADES + MARKS + BRAILLE
TEXT = "".join(map(chr, range(0x21, 0x7F))) + "←→°…é–"
CLUSTERS = ("e\u0301\u0323", "日", "🚀", "\u2421", "x\u0302")
COLORS = [Color(0x5CB8F2, 75, 14), Color(0xF0635E, 203, 9), Color(0x101010, 0, 0)]


@pytest.fixture(scope="session")
def random_frame() -> Callable[..., Frame]:
    """Return a function that makes a random frame from a seed, with everything that a frame may
    hold."""

    def make(seed: int, width: int = 24, height: int = 8) -> Frame:
        chance = random.Random(seed)
        frame = Frame(width, height)
        for y in range(height):
            x = 0
            while x < width:
                color, background = (chance.choice([None, *COLORS]) for _ in range(2))
                style = Style(color, background, *(chance.random() < 0.15 for _ in range(5)))
                alphabet = chance.choice([TEXT, TEXT, SHAPED, BRAILLE, " ", CLUSTERS])
                for _ in range(chance.randint(1, 6)):
                    x = frame.put(x, y, chance.choice(alphabet), style, limit=width - x)
                    if x >= width - 1:
                        x = width
                        break
        return frame

    return make


@pytest.fixture(scope="session")
def shaped() -> str:
    """Return every character that is drawn as shapes."""
    return SHAPED


@pytest.fixture(scope="session")
def written() -> str:
    """Return characters that are written with a font."""
    return TEXT


@pytest.fixture
def shapes_frame() -> Frame:
    """Return a frame of every character that is drawn as shapes."""
    frame = Frame(32, 12)
    for place, glyph in enumerate(SHAPED):
        frame.put(place % 32, place // 32, glyph, Style(COLORS[place % 2]))
    return frame


@pytest.fixture
def training_frame(batch: Callable[..., RunRows]) -> Frame:
    """Return a screen of charts, with names that need escaping."""
    dashboard = Dashboard(width=120, height=40)
    dashboard.watch(ProjectId("", "日本 <b>&amp;"))
    metrics = {
        "train/loss": [5 / (step + 1) for step in range(300)],
        "val/accuracy": [step / 300 for step in range(300)],
    }
    dashboard.apply(LoadStarted(ProjectId("", "日本 <b>&amp;"), 0, 300))
    dashboard.apply(RowsLoaded(ProjectId("", "日本 <b>&amp;"), 0, [batch(metrics)], 300))
    dashboard.apply(LoadFinished(ProjectId("", "日本 <b>&amp;"), 0))
    return resolved(Composer().compose(dashboard, 1_700_000_300.0), Look())


@pytest.fixture
def gpu_frame(gpus_sampled: Callable[..., GpusSampled]) -> Frame:
    """Return a screen of GPUs."""
    dashboard = Dashboard(width=100, height=30)
    dashboard.show_gpus()
    for second in range(20):
        dashboard.apply(gpus_sampled(4, float(second)))
    return resolved(Composer().compose(dashboard, 0.0), Look())


def _cells_of(frame: Frame) -> Iterator[tuple[int, int, str, Ink]]:
    for y, (glyphs, styles) in enumerate(zip(frame.glyphs, frame.styles, strict=True)):
        for x, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            yield x, y, glyph, ink_of(style, DARK)


@pytest.fixture(scope="session")
def cells_of() -> Callable[[Frame], Iterator[tuple[int, int, str, Ink]]]:
    """Return a function that gives each cell's column, row, glyph and colours."""
    return _cells_of


@pytest.fixture(scope="session")
def covered_points() -> Callable[[str], dict[tuple[float, float], bool]]:
    """Return a function that tells whether points of a cell are covered, by a character's name."""
    return _covered_points


@pytest.fixture(scope="session")
def check_shapes() -> Callable[[Frame, ElementTree.Element], None]:
    """Return a function that fails unless an SVG shows a frame's backgrounds and shapes."""
    return _check_shapes


_COUNTS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN")
_EIGHTHS = {word: count for count, word in enumerate(_COUNTS, 1)}


def _covered_points(glyph: str) -> dict[tuple[float, float], bool]:
    """Return whether points of a cell of 12 x 24 are covered, by the name of its character."""
    name = unicodedata.name(glyph)
    if name == "BRAILLE PATTERN BLANK":
        dots = ""
    elif name.startswith("BRAILLE"):
        dots = name.rpartition("-")[2]
    if name.startswith("BRAILLE"):
        places = {1: (3, 3), 2: (3, 9), 3: (3, 15), 7: (3, 21)}
        places |= {4: (9, 3), 5: (9, 9), 6: (9, 15), 8: (9, 21)}
        return {place: str(dot) in dots for dot, place in places.items()}
    if name.startswith("BOX"):
        words = set(name.split())
        arms = {
            (0.5, 12.0): words & {"LEFT", "HORIZONTAL"},
            (11.5, 12.0): words & {"RIGHT", "HORIZONTAL"},
            (6.0, 0.5): words & {"UP", "VERTICAL"},
            (6.0, 23.5): words & {"DOWN", "VERTICAL"},
        }
        corners = {(x, y): False for x in (1.0, 11.0) for y in (1.0, 23.0)}
        return {point: bool(arm) for point, arm in arms.items()} | corners
    if glyph in MARKS:
        center = (5.5, 12.5)
        edges = {(0.5, 0.5): False, (11.5, 0.5): False, (0.5, 23.5): False, (11.5, 23.5): False}
        return {center: not name.startswith("WHITE"), **edges}
    grid = [(0.75 + 1.5 * column, 1.5 + 3 * row) for column in range(8) for row in range(8)]
    return {(x, y): _block_covers(name, x / 12, y / 24) for x, y in grid}


def _block_covers(name: str, across: float, down: float) -> bool:
    if name == "FULL BLOCK" or name.endswith("SHADE"):
        return True
    if name.startswith("QUADRANT"):
        half = ("UPPER" if down < 0.5 else "LOWER") + (" LEFT" if across < 0.5 else " RIGHT")
        return half in name
    part = 0.5 if "HALF" in name else next(v for k, v in _EIGHTHS.items() if k in name) / 8
    if "QUARTER" in name:
        part *= 2
    side = {"LEFT": across, "RIGHT": 1 - across, "UPPER": down, "LOWER": 1 - down}
    return next(place for word, place in side.items() if word in name) < part


SVG = "{http://www.w3.org/2000/svg}"


Polygon = list[tuple[float, float]]


class Area:
    """Return the area of a path: arcs count as their chords, circles as circles."""

    def __init__(self, path: str, *, even_odd: bool = False) -> None:
        self._even_odd = even_odd
        self.polygons: dict[int, list[Polygon]] = {}
        """Shapes by the rows of cells that they touch."""
        self.circles: list[tuple[float, float, float]] = []
        for subpath in re.findall(r"M[^M]*", path):
            number = r"(-?[\d.]+)"
            circle = re.fullmatch(rf"M{number} {number}a{number} .*z", subpath)
            if circle:
                x, y, radius = map(float, circle.groups())
                self.circles.append((x + radius, y, radius))
            else:
                polygon = list(_corners(subpath))
                levels = [y for _, y in polygon]
                for row in range(
                    int(min(levels)) // CELL_HEIGHT, int(max(levels)) // CELL_HEIGHT + 1
                ):
                    self.polygons.setdefault(row, []).append(polygon)

    def covers(self, x: float, y: float) -> bool:
        inside = sum((x - at) ** 2 + (y - level) ** 2 < r * r for at, level, r in self.circles)
        near = self.polygons.get(int(y) // CELL_HEIGHT, [])
        layers = inside + sum(_is_inside(polygon, x, y) for polygon in near)
        return layers % 2 == 1 if self._even_odd else layers > 0


def _corners(subpath: str) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for command, text in re.findall(r"([MhvVA])([-\d. ]*)", subpath):
        numbers = [float(number) for number in text.split()]
        if command == "M":
            for x, y in zip(numbers[::2], numbers[1::2], strict=True):
                yield x, y
            continue
        if command == "h":
            x += numbers[0]
        elif command == "v":
            y += numbers[0]
        elif command == "V":
            y = numbers[0]
        else:
            x, y = numbers[-2:]
        yield x, y


def _is_inside(polygon: Polygon, x: float, y: float) -> bool:
    inside = False
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def number_of(color: str) -> int:
    return int(color.removeprefix("#"), 16)


def _check_shapes(frame: Frame, root: ElementTree.Element) -> None:
    """Check the background of each cell, and that it has the shape of its glyph and no other."""
    assert root.get("viewBox") == f"0 0 {frame.width * CELL_WIDTH} {frame.height * CELL_HEIGHT}"
    backgrounds: list[tuple[int, Area]] = []
    fills: list[tuple[int, float, Area]] = []
    dots: dict[tuple[float, float], int] = {}
    for path in root.iter(f"{SVG}path"):
        data = path.get("d", "")
        if path.get("class") == "background":
            backgrounds.append((number_of(path.get("fill", "")), Area(data)))
        elif path.get("class") == "dots":
            for x, y in re.findall(r"M([\d.]+) ([\d.]+)h\.01", data):
                dots[float(x), float(y)] = number_of(path.get("stroke", ""))
        else:
            opacity = float(path.get("fill-opacity", "1"))
            area = Area(data, even_odd=path.get("fill-rule") == "evenodd")
            fills.append((number_of(path.get("fill", "")), opacity, area))
    for x, y, glyph, ink in _cells_of(frame):
        left, top = x * CELL_WIDTH, y * CELL_HEIGHT
        under = [color for color, area in backgrounds if area.covers(left + 6, top + 12)]
        assert (under or [DARK.background]) == [ink.background]
        if shapes_of(glyph) is None:
            for point in ((6, 12), (0.5, 12), (6, 0.5), (11, 23)):
                assert not any(area.covers(left + point[0], top + point[1]) for *_, area in fills)
            continue
        for (across, down), covered in _covered_points(glyph).items():
            at = (left + across, top + down)
            if glyph in BRAILLE:
                assert dots.pop(at, None) == (ink.foreground if covered else None)
                continue
            found = [(color, opacity) for color, opacity, area in fills if area.covers(*at)]
            opacity = {"░": 0.25, "▒": 0.5, "▓": 0.75}.get(glyph, 1.0)
            assert found == ([(ink.foreground, opacity)] if covered else []), (glyph, at)
    assert dots == {}
