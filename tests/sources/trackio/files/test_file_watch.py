"""Many tasks wait for their files, and one task looks for all of them."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest

from trackio_view.sources.trackio.files import file_watch
from trackio_view.sources.trackio.files.access import Signature, signature
from trackio_view.sources.trackio.files.file_watch import FileWatch

INTERVAL = 0.02


async def waiting(files: FileWatch, path: Path, found: list[str]) -> None:
    await files.change(str(path), signature(str(path)))
    found.append(path.name)


async def test_only_those_are_woken_whose_files_changed(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.db" for number in range(50)]
    for path in paths:
        path.write_bytes(b"x")
    files = FileWatch(INTERVAL)
    found: list[str] = []
    async with anyio.create_task_group() as group:
        for path in paths:
            group.start_soon(waiting, files, path, found)
        await anyio.sleep(INTERVAL * 5)
        assert found == []
        # The task that looks for all others is among the cancelled ones.
        for path in (paths[0], paths[7]):
            path.write_bytes(b"longer")
        with anyio.fail_after(30):
            while len(found) < 2:
                await anyio.sleep(INTERVAL)
        await anyio.sleep(INTERVAL * 3)
        assert sorted(found) == ["0.db", "7.db"]
        looks = files.looks
        paths[9].write_bytes(b"longer")
        with anyio.fail_after(30):
            while len(found) < 3:
                await anyio.sleep(INTERVAL)
        assert files.looks > looks
        group.cancel_scope.cancel()


async def test_a_hundred_wait_at_the_cost_of_one_look_each_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = file_watch._look_at

    def counted(waiting: list[Any], *arguments: Any) -> list[Signature | OSError]:
        asked.append(len(waiting))
        return real(waiting, *arguments)

    monkeypatch.setattr(file_watch, "_look_at", counted)
    files = FileWatch(INTERVAL)
    began = anyio.current_time()
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(waiting, files, tmp_path / f"{number}.db", [])
            while files.looks < 5:
                await anyio.sleep(INTERVAL)
            group.cancel_scope.cancel()
    assert len(asked) <= (anyio.current_time() - began) / INTERVAL + 1
    assert set(asked) == {100}


async def test_who_looked_may_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"x")
    files = FileWatch(INTERVAL)
    found: list[str] = []
    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as first:
            async with anyio.create_task_group() as inner:
                inner.start_soon(waiting, files, tmp_path / "other.db", found)
                await anyio.sleep(INTERVAL)
                group.start_soon(waiting, files, path, found)
                await anyio.sleep(INTERVAL * 2)
                first.cancel()
        path.write_bytes(b"longer")
        with anyio.fail_after(30):
            while not found:
                await anyio.sleep(INTERVAL)
    assert found == ["a.db"]


async def test_a_state_never_seen_is_the_next_look_and_faults_are_raised(tmp_path: Path) -> None:
    files = FileWatch(INTERVAL)
    with anyio.fail_after(30):
        state = await files.change(str(tmp_path / "none.db"), None)
    assert not state.exists

    def refuse(path: str) -> Signature:
        raise PermissionError(13, os.strerror(13), path)

    files = FileWatch(INTERVAL, refuse)
    with pytest.raises(PermissionError), anyio.fail_after(30):
        await files.change("x", None)


async def test_those_who_see_a_change_may_read_on_in_the_thread_that_saw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watch, "_READING_SECONDS", 3600)
    threads: dict[str, int] = {}
    changed: list[str] = []
    files = FileWatch(INTERVAL)

    async def reading(path: Path) -> None:
        def read(state: Signature) -> None:
            assert state == signature(str(path))
            threads[path.name] = threading.get_ident()

        await files.change(str(path), signature(str(path)), read)
        assert path.name in threads, "it is woken after it has read"
        changed.append(path.name)

    paths = [tmp_path / f"{number}.db" for number in range(6)]
    for path in paths:
        path.write_bytes(b"x")
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            for path in paths:
                group.start_soon(reading, path)
            await anyio.wait_all_tasks_blocked()
            for path in paths[:4]:
                path.write_bytes(b"longer")
            while len(changed) < 4:
                await anyio.sleep(INTERVAL)
            group.cancel_scope.cancel()
    assert sorted(threads) == ["0.db", "1.db", "2.db", "3.db"]
    assert threading.get_ident() not in threads.values()
    assert files.turns.borrowed_tokens == 0


@pytest.mark.parametrize("hindrance", ["no time", "no turn"])
async def test_a_change_is_told_also_where_there_is_no_time_or_turn_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hindrance: str
) -> None:
    path = tmp_path / "p.db"
    path.write_bytes(b"x")
    files = FileWatch(INTERVAL)
    if hindrance == "no time":
        monkeypatch.setattr(file_watch, "_READING_SECONDS", 1e-9)
    else:
        for reader in range(int(files.turns.total_tokens)):
            files.turns.acquire_on_behalf_of_nowait(f"reader {reader}")
    seen, read = signature(str(path)), list[Signature]()
    path.write_bytes(b"longer")
    with anyio.fail_after(20):
        assert await files.change(str(path), seen, read.append) == signature(str(path))
    assert read == []
