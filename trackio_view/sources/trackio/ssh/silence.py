"""Tells of a machine that leaves a question unanswered, while the answer is still waited for.

`ssh` notices a dead connection after 30 seconds, and says so. Nothing tells of a stopped `ssh`, of
a stopped program there, or of this machine's sleep: then only the age of the numbers would show it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio

from trackio_view.model.clock import local_text
from trackio_view.sources.trackio.ssh.host import SshHost

SILENT_SECONDS = 15.0
"""Seconds after which a missing answer is worth a sentence."""
_LOOK_SECONDS = 1.0


async def tell_silence(
    host: SshHost,
    unanswered_since: Callable[[], float | None],
    say: Callable[[str | None], Coroutine[Any, Any, None]],
) -> None:
    """Tell of a machine that does not answer, and send `None` once it does, until cancelled.

    `unanswered_since` returns since when the present question waits, by the monotonic clock.
    """
    said: str | None = None
    while True:
        since = unanswered_since()
        silent = 0.0 if since is None else time.monotonic() - since
        text = None
        if silent >= SILENT_SECONDS:
            # It is told once for a question, not each second.
            text = said or _sentence(host, time.time() - silent)
        if text != said:
            said = text
            await say(text)
        await anyio.sleep(_LOOK_SECONDS)


def _sentence(host: SshHost, since: float) -> str:
    when = local_text(since, "%H:%M:%S")
    since_then = f" since {when}" if when else ""
    return (
        f"{host.shown} has not answered{since_then}: it or its network may be asleep;"
        " the next try to connect comes soon."
    )
