from __future__ import annotations

from typing import Any

import anyio

from trackio_view.sources.connection import connected

INTERVAL = 0.01


async def test_cancelling_in_mid_query_closes_at_once(project: Any) -> None:
    project.log([{"loss": 1}] * 100)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with anyio.move_on_after(0.2):
        async with connected(str(project.path)) as reader:
            await reader.fetch(endless)
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]
