"""Names that differ by a number stand in the order of their numbers."""

from __future__ import annotations

from trackio_view.model.natural_order import natural_order


def test_numbers_are_counted_and_words_are_not() -> None:
    names = ["node-10", "node-9", "node", "1", "node-9b", "node-09"]
    ordered = ["1", "node", "node-09", "node-9", "node-9b", "node-10"]
    assert sorted(names, key=natural_order) == ordered
    assert natural_order("9" * 40) > natural_order("8")
    assert natural_order("\u0663" * 5000) > natural_order("8")
