"""Work in threads ends with the task that wanted it, and leaves nothing behind."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from functools import partial
from typing import Any

import anyio
import pytest
from anyio import to_thread

from trackio_view.sources.worker_thread import NobodyWaits, Stop, answer_of, in_thread


async def test_work_that_is_asked_to_stop_has_ended_when_the_task_has() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(stop: Any) -> None:
        begun.set()
        while not stop():
            time.sleep(0.001)
        ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(in_thread, work)
        await to_thread.run_sync(begun.wait)
        tasks.cancel_scope.cancel()
    assert ended.is_set()


def test_only_a_query_that_is_held_is_interrupted_and_none_begins_later() -> None:
    interrupted: list[str] = []

    class Connection:
        def interrupt(self) -> None:
            interrupted.append("interrupted")

    idle, busy = Stop(), Stop()
    idle.hold(Connection())
    idle.let_go()
    idle.set()
    assert (interrupted, idle()) == ([], True)
    with pytest.raises(NobodyWaits):
        idle.hold(Connection())
    busy.hold(Connection())
    assert (interrupted, busy()) == ([], False)
    busy.set()
    assert (interrupted, busy()) == (["interrupted"], True)


class Rows:
    """Stands for the connection of a visit, and tells whether it still exists."""


async def test_rows_that_a_thread_read_go_with_their_last_user() -> None:
    gc.collect()
    gc.disable()
    try:
        left = [weakref.ref(await in_thread(lambda _: Rows())) for _ in range(20)]
        stops = sum(isinstance(one, Stop) for one in gc.get_objects())
    finally:
        gc.enable()
    # A worker thread may keep the last one for a while.
    assert sum(one() is not None for one in left) <= 1
    assert stops <= 1, "a knot of frames that refer to each other stays of each"


async def test_work_that_has_not_begun_never_does() -> None:
    done: list[int] = []

    def work(number: int, stop: Stop) -> None:
        done.append(number)
        # Each visit that begins keeps its thread, and the others wait for a thread.
        while not stop():
            time.sleep(0.001)

    async with anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(in_thread, partial(work, number))
        while not done:
            await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    count = len(done)
    assert 0 < count < 200
    await anyio.sleep(0.1)
    assert len(done) == count


async def test_a_question_that_had_to_wait_is_not_asked_once_nobody_waits_for_it() -> None:
    begun, go_on, asked = threading.Event(), threading.Event(), list[str]()

    class Busy:
        def begin(self) -> None:
            begun.set()
            assert go_on.wait(60)

        def interrupt(self) -> None:
            asked.append("interrupted")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer_of, Busy(), lambda: asked.append("asked"))
        await to_thread.run_sync(begun.wait)
        tasks.cancel_scope.cancel()
    go_on.set()
    await anyio.sleep(0.1)
    assert asked == []
