"""The colours of a picture: here no terminal decides how attributes look."""

from __future__ import annotations

import pytest

from trackio_view.pictures.theme import Ink, blend, hexadecimal, ink_of
from trackio_view.terminal.style import Style
from trackio_view.terminal.themes import DARK


def test_attributes_become_colours() -> None:
    ink, paper = DARK.foreground, DARK.background
    assert ink_of(Style(), DARK) == Ink(ink, paper)
    assert ink_of(Style(reverse=True), DARK) == Ink(paper, ink)
    assert ink_of(Style(dim=True), DARK).foreground == blend(ink, paper, 0.45)
    assert ink_of(Style(bold=True, underline=True), DARK) == Ink(ink, paper, True, False, True)
    assert ink_of(Style(italic=True), DARK) == Ink(ink, paper, italic=True)


@pytest.mark.parametrize(
    ("share", "mixed"), [(0.0, 0x102030), (1.0, 0x3060F0), (0.5, 0x204090), (0.25, 0x183060)]
)
def test_each_channel_is_mixed_by_itself(share: float, mixed: int) -> None:
    assert blend(0x102030, 0x3060F0, share) == mixed


def test_no_bit_of_a_channel_is_lost() -> None:
    assert blend(0x010101, 0x818181, 0.0) == 0x010101
    assert blend(0x7F7F7F, 0xFFFFFF, 1.0) == 0xFFFFFF


def test_a_colour_has_six_digits() -> None:
    assert hexadecimal(0x0A0B) == "#000a0b"
