"""The order of names in which numbers count by their size."""

from __future__ import annotations

import re


def natural_order(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a key by which `node-9` comes before `node-10`, and a number before a word.

    Names whose numbers are written differently, as `n9` and `n09`, are told apart by the name.
    """
    # A longer number is compared in pieces: Python refuses to read one of thousands of digits.
    parts = re.findall(r"(\d{1,18})|(\D+)", text)
    counted = ((0, int(digits), "") if digits else (1, 0, word) for digits, word in parts)
    return tuple(counted), text
