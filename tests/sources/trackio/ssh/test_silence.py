"""A machine's silence is told once for each unanswered question, and taken back."""

from __future__ import annotations

import time

import anyio
import pytest

from trackio_view.sources.trackio.ssh import silence
from trackio_view.sources.trackio.ssh.host import parse_host
from trackio_view.sources.trackio.ssh.silence import tell_silence


async def test_one_sentence_a_question(monkeypatch: pytest.MonkeyPatch, utc: None) -> None:
    monkeypatch.setattr(silence, "_LOOK_SECONDS", 0.0)
    waiting: list[float | None] = [None]
    said: list[str | None] = []

    async def say(text: str | None) -> None:
        said.append(text)

    async def look() -> None:
        for _ in range(20):
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell_silence, parse_host("box:/data"), lambda: waiting[0], say)
        await look()
        waiting[0] = time.monotonic()
        await look()
        assert said == [], "an answer may take its time"
        waiting[0] = time.monotonic() - 100.0
        await look()
        assert len(said) == 1
        assert (said[0] or "").startswith("box:/data has not answered since ")
        assert "the next try to connect comes soon." in (said[0] or "")
        waiting[0] = time.monotonic()
        await look()
        assert said[1:] == [None]
        tasks.cancel_scope.cancel()
