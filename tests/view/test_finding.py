"""Everything with a name is found by typing a part of it, in a predictable order."""

from __future__ import annotations

import pytest

from trackio_view.view.finding import Findable, FindView, FoundKind, fit_of


def listed(*names: str) -> FindView:
    find = FindView()
    find.list([Findable(FoundKind.METRIC, name, name) for name in names])
    return find


def found(find: FindView, text: str) -> list[str]:
    find.typing.start(text)
    find.look()
    return [find.everything[place].name for place in find.found]


@pytest.mark.parametrize(
    ("word", "name", "fit"),
    [
        ("loss", "loss", 0),
        ("loss", "loss/train", 1),
        ("loss", "train/loss", 2),
        ("loss", "glossy-loss", 2),
        ("loss", "glossy", 3),
        ("loss", "l/o/s/s", 4),
        ("los", "solo", None),
        ("ll", "l", None),
        ("損", "train/損失", 2),
    ],
)
def test_a_name_fits_better_the_closer_the_word_is_to_it(
    word: str, name: str, fit: int | None
) -> None:
    assert fit_of(word, name) == fit


def test_the_best_match_comes_first_and_others_keep_their_order() -> None:
    find = listed("val/loss", "glossy", "loss", "train/loss", "Loss_scale", "lr", "l.o.s.s")
    assert found(find, "loss") == [
        *("loss", "Loss_scale", "val/loss", "train/loss", "glossy", "l.o.s.s"),
    ]
    assert found(find, "LOSS val") == ["val/loss"]
    assert len(found(find, "")) == 7
    assert found(find, "")[:3] == ["val/loss", "glossy", "loss"]
    assert found(find, "nothing") == []
    assert find.chosen is None


def test_the_line_stays_within_what_was_found_and_begins_anew() -> None:
    find = listed("aa", "ab", "b")
    found(find, "a")
    find.move(5)
    assert find.chosen is not None
    assert find.chosen.name == "ab"
    find.move(-9)
    assert find.selected == 0
    find.move(1)
    found(find, "b")
    assert find.selected == 0


def test_a_key_looks_only_at_what_fitted_before() -> None:
    find = listed(*(f"layer.{n}/{'weight' if n % 2 else 'bias'}" for n in range(6000)))
    assert find.judged == 0, "listing looks at nothing"
    assert len(found(find, "wei")) == 3000
    assert find.judged == 6000
    found(find, "weig")
    found(find, "weigh")
    assert find.judged == 6000 + 3000 + 3000
    found(find, "weigh")
    assert find.judged == 12_000, "the same text is answered already"
    assert len(found(find, "bia")) == 3000, "another one begins with all of them"
