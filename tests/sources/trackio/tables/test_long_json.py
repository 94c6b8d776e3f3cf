"""Reading in steps equals the standard library's reading at once, wherever a piece ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from trackio_view.sources.trackio.tables import long_json
from trackio_view.sources.trackio.tables.long_json import read_in_steps, read_members

LETTERS = ("a", "\\", '"', "é", "😀", "\ud83d", "\ude00", "\n", "\x01", *"/{}[],: ")
NUMBERS = (0.1, -0.0, 1e-7, 10**40, -17, float("nan"), float("-inf"), True, None)
MARKS = '"\\{}[],: 1eu-'


def document(random: Random, depth: int = 0) -> Any:
    kind = random.random()
    if depth > 5 or kind < 0.3:
        return random.choice(NUMBERS)
    if kind < 0.6:
        return "".join(random.choices(LETTERS, k=random.choice((0, 1, 5, 40, 200))))
    if kind < 0.8:
        return [document(random, depth + 1) for _ in range(random.randrange(8))]
    names = ["".join(random.choices(LETTERS, k=random.randrange(4))) for _ in range(8)]
    return {name: document(random, depth + 1) for name in names[: random.randrange(8)]}


def spoiled(random: Random, text: str) -> str:
    letters = list(text)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(letters) + 1)
        letters[at : at + random.randrange(3)] = random.choices(MARKS, k=random.randrange(2))
    return "".join(letters)


def value_of(read: Callable[[str], Any], text: str) -> str:
    try:
        return repr(read(text))
    except ValueError:
        return "fault"


@pytest.mark.parametrize("piece", [19, 24, 29, 100])
def test_it_is_read_as_the_standard_library_reads_it(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_json, "PIECE", piece)
    faults = 0
    for seed in range(500):
        random = Random(seed)
        text = json.dumps(
            document(random),
            ensure_ascii=random.random() < 0.5,
            indent=random.choice((None, 1)),
            separators=random.choice((None, (",", ":"))),
        )
        if random.random() < 0.5:
            text = spoiled(random, text)
        expected = value_of(json.loads, text)
        assert value_of(read_in_steps, text) == expected, (seed, text)
        faults += expected == "fault"
    assert 50 < faults < 450


@pytest.mark.parametrize("end", range(12))
def test_no_piece_ends_within_an_escape(end: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_json, "PIECE", 40)
    for escapes in ("\ud83d\ude00", "\ud83d\ud83d\ude00", "\\\n", "\\\ud83d\ude00", "\\" * 40):
        text = json.dumps("x" * end + escapes * 20)
        assert read_in_steps(text) == json.loads(text)


def test_json_that_is_nested_without_an_end_is_refused() -> None:
    with pytest.raises((ValueError, RecursionError)):
        read_in_steps("[" * 100_000)


@pytest.mark.parametrize("piece", [19, 100])
def test_members_of_a_list_that_was_cut_off_are_those_that_are_whole(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_json, "PIECE", piece)
    members = [document(Random(seed)) for seed in range(40)]
    ends = [json.dumps(members[:count])[:-1] for count in range(len(members) + 1)]
    text = json.dumps(members)
    members = json.loads(text)
    found, end = read_members(text)
    assert (repr(found), end) == (repr(members), len(text))
    for cut in range(1, len(text), 97):
        found, end = read_members(text[:cut])
        # Only a character behind the last number shows that the number is whole.
        expected = sum(len(one) < cut for one in ends[1:])
        assert repr(found) == repr(members[:expected])
        assert text[:end].rstrip(", ") == ends[expected].rstrip(", ")
    for text in ("[]", " [ ] ", "[1 2", "[1,", "[,"):
        read_members(text)
    for text in ("", "{}", "5", "x"):
        with pytest.raises(ValueError, match="JSON"):
            read_members(text)
