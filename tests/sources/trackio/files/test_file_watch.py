"""Many wait for their files; one looks for all of them."""

from __future__ import annotations

import os
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
        # The task that looks for the others is one of those that are cancelled.
        for path in (paths[0], paths[7]):
            path.write_bytes(b"longer")
        with anyio.fail_after(5):
            while len(found) < 2:
                await anyio.sleep(INTERVAL)
        await anyio.sleep(INTERVAL * 3)
        assert sorted(found) == ["0.db", "7.db"]
        looks = files.looks
        paths[9].write_bytes(b"longer")
        with anyio.fail_after(5):
            while len(found) < 3:
                await anyio.sleep(INTERVAL)
        assert files.looks > looks
        group.cancel_scope.cancel()


async def test_a_hundred_wait_at_the_cost_of_one_look_each_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = file_watch._states

    def counted(paths: list[str], signature_of: Any) -> list[Signature | OSError]:
        asked.append(len(paths))
        return real(paths, signature_of)

    monkeypatch.setattr(file_watch, "_states", counted)
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
        with anyio.fail_after(5):
            while not found:
                await anyio.sleep(INTERVAL)
    assert found == ["a.db"]


async def test_what_was_never_seen_is_the_next_look_and_faults_are_raised(tmp_path: Path) -> None:
    files = FileWatch(INTERVAL)
    with anyio.fail_after(5):
        state = await files.change(str(tmp_path / "none.db"), None)
    assert not state.exists

    def refuse(path: str) -> Signature:
        raise PermissionError(13, os.strerror(13), path)

    files = FileWatch(INTERVAL, refuse)
    with pytest.raises(PermissionError), anyio.fail_after(5):
        await files.change("x", None)
