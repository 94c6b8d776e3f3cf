"""A question that a worker thread asks for us, and what becomes of its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

import anyio
import pytest

from trackio_view.sources.trackio.distant import DistantPlace
from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.server.asking import asking


class Place:
    """A place that notes in which order things happened to it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.interrupted = threading.Event()

    def begin(self) -> None:
        self.told.append("begin")

    def interrupt(self) -> None:
        self.told.append("interrupt")
        self.interrupted.set()

    def fault(self, error: Exception) -> DatabaseFault | None:
        return DatabaseFault("It is away.") if isinstance(error, OSError) else None


async def ask_of(place: Place, ask: Callable[[], object]) -> object:
    return await asking(cast(DistantPlace, place), ask)


async def test_it_answers_again_after_an_interruption() -> None:
    place = Place()

    def ask() -> str:
        place.told.append("asked")
        return threading.current_thread().name

    assert await ask_of(place, ask) != threading.current_thread().name
    assert place.told == ["begin", "asked"]


async def test_an_error_that_the_place_knows_is_a_fault_and_any_other_a_bug() -> None:
    def fail(error: Exception) -> Callable[[], object]:
        def ask() -> object:
            raise error

        return ask

    with pytest.raises(DatabaseFault, match=r"It is away\.") as raised:
        await ask_of(Place(), fail(ConnectionResetError("reset")))
    assert raised.value.__cause__ is None
    with pytest.raises(ZeroDivisionError):
        await ask_of(Place(), fail(ZeroDivisionError()))


async def test_who_no_longer_waits_interrupts_the_question_and_not_the_next_one() -> None:
    place, ended = Place(), threading.Event()

    def ask() -> None:
        place.interrupted.wait(60)
        ended.wait(5)
        place.told.append("answered")

    with anyio.move_on_after(0.05) as scope:
        await ask_of(place, ask)
    assert scope.cancelled_caught, "its thread was left behind"
    assert place.told == ["begin", "interrupt"]
    assert await ask_of(place, lambda: 1) == 1
    assert place.told == ["begin", "interrupt", "begin"]
    ended.set()
