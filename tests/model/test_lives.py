"""After any changes a program knows the same as a program that starts then: nothing outlives a
change.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import example, given, settings

from tests.known_facts import differences, facts, told
from tests.lives import LIVES, Change, Life


@given(LIVES)
@example([Change("log of its machine"), Change("replace", number=1)])
@example([Change("log of its machine"), Change("log"), Change("delete"), Change("log")])
@example([*[Change("log", number=3)] * 3, *[Change("log", number=2)] * 3])
@example([Change("alert"), Change("rename")])
@example([Change("log of its machine"), Change("rename its run")])
@example([Change("alert"), Change("replace", number=1)])
@example([Change("log"), Change("configure", number=1), Change("configure")])
@settings(max_examples=200, derandomize=True)
def test_nothing_that_is_known_outlives_what_it_was_about(changes: Sequence[Change]) -> None:
    life = Life()
    lived = told(life.begin())
    for change in changes:
        # Facts that are asked for in between are kept, and must not be kept too long.
        facts(lived)
        for event in life.change(change):
            lived.apply(event)
    assert differences(lived, told(life.afresh())) == {}
