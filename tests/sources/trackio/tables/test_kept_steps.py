"""The latest of the steps before the newest are kept, as many as have room."""

from __future__ import annotations

from trackio_view.model.objects import LoggedMedia
from trackio_view.sources.trackio.tables.kept_steps import KeptSteps


def media(key: str, step: int) -> LoggedMedia:
    return LoggedMedia(key, step, "image", f"{key}/{step}.png", "")


def kept(most: int) -> KeptSteps[LoggedMedia]:
    """Return a store in which each step takes as much room as its number."""
    return KeptSteps(most, lambda one: int(one.step))


def test_those_logged_first_give_way() -> None:
    steps = kept(10)
    for step in (1, 2, 3, 4):
        steps.add(media("a", step))
    newest = media("a", 9)
    assert steps.with_newest([newest]) == (*(media("a", step) for step in (1, 2, 3, 4)), newest)
    steps.add(media("b", 5))
    assert steps.with_newest([newest]) == (media("a", 4), newest), "4 and 5 would be 9, 3 more 12"


def test_they_come_key_by_key_in_the_order_of_the_newest() -> None:
    steps = kept(100)
    for key, step in (("a", 1), ("b", 1), ("gone", 1), ("a", 2)):
        steps.add(media(key, step))
    newest = [media("b", 9), media("a", 9)]
    assert steps.with_newest(newest, [media("b", 5), media("gone", 5)]) == (
        media("b", 1),
        media("b", 5),
        media("b", 9),
        media("a", 1),
        media("a", 2),
        media("a", 9),
    )


def test_a_changed_step_takes_the_place_of_the_kept_one() -> None:
    steps = kept(10)
    steps.add(media("a", 1))
    steps.change(lambda one: one._replace(size=7))
    assert [one.size for one in steps.with_newest([media("a", 2)])] == [7, None]


def test_after_clearing_all_room_is_free_again() -> None:
    steps = kept(10)
    steps.add(media("a", 10))
    steps.clear()
    steps.add(media("a", 4))
    steps.add(media("a", 6))
    assert [one.step for one in steps.with_newest([media("a", 9)])] == [4, 6, 9]
