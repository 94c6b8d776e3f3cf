"""Shapes of glyphs lie within their cell, meet at its edges, and are mirrored for mirrored
glyphs."""

from __future__ import annotations

import pytest

from trackio_view.pictures.shapes import (
    CELL_HEIGHT,
    CELL_WIDTH,
    DOT_RADIUS,
    Bend,
    Disc,
    Rectangle,
    Shape,
    Triangle,
    braille_dots,
    is_braille,
    shapes_of,
)

BOXES = "─│┌┐└┘├┤┬┴┼╴╵╶╷━┃╸╺╭╮╰╯"
BLOCKS = "▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▀▐▔▕▘▝▖▗▚▞▙▟▛▜"
MARKS = "●○▲▼▶◀▸◂▴▾"
BRAILLE = [chr(code) for code in range(0x2800, 0x2900)]
Box = tuple[float, float, float, float]


def bounds(shape: Shape) -> Box:
    if isinstance(shape, Rectangle):
        return shape.left, shape.top, shape.right, shape.bottom
    if isinstance(shape, Disc):
        r = shape.radius
        return shape.x - r, shape.y - r, shape.x + r, shape.y + r
    if isinstance(shape, Triangle):
        across, down = zip(*shape.corners, strict=True)
        return min(across), min(down), max(across), max(down)
    x, y = shape.center
    _, outer = shape.radii
    return (
        x - outer if shape.right is False else CELL_WIDTH / 2 - shape.thickness / 2,
        CELL_HEIGHT / 2 - shape.thickness / 2 if shape.down else y,
        CELL_WIDTH if shape.right else CELL_WIDTH / 2 + shape.thickness / 2,
        y if shape.down else CELL_HEIGHT / 2 + shape.thickness / 2,
    )


def shapes(glyph: str) -> tuple[Shape, ...]:
    found = shapes_of(glyph)
    assert found is not None
    return found


@pytest.mark.parametrize("glyph", [*BOXES, *BLOCKS, *MARKS, *"░▒▓", *BRAILLE[1::17]])
def test_a_shape_lies_within_its_cell(glyph: str) -> None:
    for shape in shapes(glyph):
        if isinstance(shape, Bend):
            continue
        left, top, right, bottom = bounds(shape)
        assert 0 <= left < right <= CELL_WIDTH
        assert 0 <= top < bottom <= CELL_HEIGHT


@pytest.mark.parametrize("text", ["a", " ", "日", "é", "e\u0301", "", "──", "⠁⠁"])
def test_text_is_left_to_a_font(text: str) -> None:
    assert shapes_of(text) is None
    assert not is_braille(text)


@pytest.mark.parametrize(
    ("glyph", "place"),
    [("⠁", (3, 3)), ("⠄", (3, 15)), ("⠈", (9, 3)), ("⠠", (9, 15)), ("⡀", (3, 21)), ("⢀", (9, 21))],
)
def test_dots_are_numbered_as_unicode_does(glyph: str, place: tuple[int, int]) -> None:
    assert braille_dots(glyph) == [place]


def test_each_dot_of_braille_has_one_place_of_its_own() -> None:
    places = {bit: braille_dots(chr(0x2800 + (1 << bit))) for bit in range(8)}
    assert all(len(dots) == 1 for dots in places.values())
    assert len({dots[0] for dots in places.values()}) == 8
    for glyph in BRAILLE:
        assert is_braille(glyph)
        bits = ord(glyph) - 0x2800
        assert braille_dots(glyph) == [places[bit][0] for bit in range(8) if bits >> bit & 1]
    # Dots are equally far apart within a cell and across the edges of cells.
    across = sorted({x for ((x, _),) in places.values()})
    down = sorted({y for ((_, y),) in places.values()})
    assert across[1] - across[0] == across[0] + CELL_WIDTH - across[1] > 2 * DOT_RADIUS
    steps = {later - y for y, later in zip(down, [*down[1:], down[0] + CELL_HEIGHT], strict=True)}
    assert steps == {across[1] - across[0]}


@pytest.mark.parametrize(
    ("glyphs", "side"),
    [
        ("─┌└├┬┴┼╶━╺", "right"),
        ("─┐┘┤┬┴┼╴━╸", "left"),
        ("│┌┐├┤┬┼╷┃╭╮", "down"),
        ("│└┘├┤┴┼╵┃╰╯", "up"),
    ],
)
def test_lines_reach_the_edge_where_the_next_cell_goes_on(glyphs: str, side: str) -> None:
    place, edge = {
        "left": (0, 0),
        "up": (1, 0),
        "right": (2, CELL_WIDTH),
        "down": (3, CELL_HEIGHT),
    }[side]
    for glyph in glyphs:
        ends = [box for box in map(bounds, shapes(glyph)) if box[place] == edge]
        assert len(ends) == 1, glyph
        (box,) = ends
        middle = CELL_HEIGHT / 2 if side in ("left", "right") else CELL_WIDTH / 2
        low, high = (box[1], box[3]) if side in ("left", "right") else (box[0], box[2])
        assert low + high == 2 * middle
        assert high - low == (4.0 if glyph in "━┃╸╺" else 2.0)


@pytest.mark.parametrize("glyph", "┌┐└┘├┤┬┴┼")
def test_lines_that_meet_leave_no_notch(glyph: str) -> None:
    boxes = [bounds(shape) for shape in shapes(glyph)]
    for x in (CELL_WIDTH / 2 - 0.5, CELL_WIDTH / 2 + 0.5):
        for y in (CELL_HEIGHT / 2 - 0.5, CELL_HEIGHT / 2 + 0.5):
            assert any(left < x < right and top < y < bottom for left, top, right, bottom in boxes)


def triangle(*corners: tuple[float, float]) -> Triangle:
    """Return a triangle with its corners in an order of their own."""
    first, second, third = sorted(corners)
    return Triangle((first, second, third))


def mirrored(shape: Shape) -> Shape:
    """Return a shape as a mirror beside it shows it."""
    if isinstance(shape, Rectangle):
        left, right = CELL_WIDTH - shape.right, CELL_WIDTH - shape.left
        return shape._replace(left=left, right=right)
    if isinstance(shape, Disc):
        return shape._replace(x=CELL_WIDTH - shape.x)
    if isinstance(shape, Triangle):
        return triangle(*((CELL_WIDTH - x, y) for x, y in shape.corners))
    return shape._replace(right=not shape.right)


@pytest.mark.parametrize(
    "pair",
    [
        *("┌┐", "└┘", "├┤", "╴╶", "╸╺", "╭╮", "╰╯", "▖▗", "▘▝", "▏▕", "▚▞", "▙▟", "▛▜"),
        *("▶◀", "▸◂", "▲▲", "▼▼", "▴▴", "▾▾", "●●", "○○", "││", "┬┬", "┴┴", "┼┼", "▀▀", "⠁⠈"),
    ],
)
def test_a_glyph_that_mirrors_another_has_its_shapes_mirrored(pair: str) -> None:
    one, other = map(shapes, pair)
    assert {mirrored(shape) for shape in one} == {
        triangle(*shape.corners) if isinstance(shape, Triangle) else shape for shape in other
    }


def area(glyph: str) -> float:
    boxes = [shape for shape in shapes(glyph) if isinstance(shape, Rectangle)]
    whole = sum((box.right - box.left) * (box.bottom - box.top) for box in boxes)
    return whole / (CELL_WIDTH * CELL_HEIGHT)


@pytest.mark.parametrize("ladder", ["▏▎▍▌▋▊▉█", "▁▂▃▄▅▆▇█"])
def test_each_block_of_a_ladder_is_an_eighth_larger(ladder: str) -> None:
    assert [area(glyph) for glyph in ladder] == [eighths / 8 for eighths in range(1, 9)]


@pytest.mark.parametrize(
    ("glyphs", "share"), [("▘▝▖▗", 0.25), ("▚▞▀▄▌▐", 0.5), ("▙▟▛▜", 0.75), ("▔▕", 0.125)]
)
def test_blocks_cover_the_share_that_they_are_named_for(glyphs: str, share: float) -> None:
    assert {area(glyph) for glyph in glyphs} == {share}


def test_shades_grow_darker() -> None:
    opacities = [
        box.opacity for glyph in "░▒▓" for box in shapes(glyph) if isinstance(box, Rectangle)
    ]
    assert opacities == [0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("glyph", "right", "down"),
    [("╭", True, True), ("╮", False, True), ("╰", True, False), ("╯", False, False)],
)
def test_a_bend_leads_where_its_glyph_does(glyph: str, right: bool, down: bool) -> None:
    (bend,) = [shape for shape in shapes(glyph) if isinstance(shape, Bend)]
    assert (bend.right, bend.down) == (right, down)
    x, y = bend.center
    assert (x > CELL_WIDTH / 2, y > CELL_HEIGHT / 2) == (right, down)
    inner, outer = bend.radii
    assert outer - inner == bend.thickness
    # The shape meets the line that goes on from the middle of the side.
    assert abs(y - CELL_HEIGHT / 2) == (inner + outer) / 2
