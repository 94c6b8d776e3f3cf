"""What is said of rows that wait for a server."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest

from trackio_view.cli import main
from trackio_view.model.events import LoadFinished, Notice, Severity
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA, Schema
from trackio_view.sources.trackio.tables.unsent import unsent_sentence

INDEX = "CREATE INDEX idx_metrics_pending ON metrics(space_id) WHERE space_id IS NOT NULL"


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("http://10.0.0.1:7860", "sent to 10.0.0.1:7860: --server 10.0.0.1:7860 shows"),
        ("https://host/base", "sent to host/base: --server https://host/base shows"),
        ("user/space", "sent to user-space.hf.space: --server user-space.hf.space shows"),
        ("http://host?write_token=secret", "sent to host: --server host shows"),
        ("\x1b]0;x", "sent to a server: what has arrived there"),
    ],
)
async def test_rows_that_wait_for_a_server_are_told_of(
    project: Any, watching: Any, place: str, sentence: str
) -> None:
    project.log([{"loss": 1.0}])
    project.execute(INDEX, [()])
    project.execute("UPDATE metrics SET space_id = ?", [(place,)])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        told = await received.until(Notice, where=lambda event: event.subject == "unsent")
    assert sentence in told.text
    assert "secret" not in told.text
    assert told.severity is Severity.INFO


def test_a_large_project_without_the_index_is_not_searched_for_such_rows(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute("UPDATE metrics SET space_id = ?", [("user/space",)])
    with closing(project.connect()) as database:

        def fetch(query: str) -> list[Any]:
            asked.append(query)
            found: list[Any] = database.execute(query).fetchall()
            return found

        asked: list[str] = []
        schema = Schema.from_rows(fetch(READ_SCHEMA))
        assert schema is not None
        asked.clear()
        assert unsent_sentence(fetch, schema) is None
        assert len(asked) == 1
        assert "FROM metrics" not in asked[0]


@pytest.mark.parametrize("arguments", [["--once"], ["--once", "--format", "json"], ["--list"]])
def test_scripts_are_told_of_rows_that_wait_for_a_server_too(
    project: Any, capsys: Any, arguments: list[str]
) -> None:
    project.log([{"loss": 1.0}])
    project.execute(INDEX, [()])
    place = ["--dir", str(project.path.parent)]
    assert main([*arguments, *place]) == 0
    assert capsys.readouterr().err == ""
    project.execute("UPDATE metrics SET space_id = ?", [("http://10.0.0.1:7860",)])
    assert main([*arguments, *place]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("Rows here wait to be sent to 10.0.0.1:7860: --server") == 1
    if "json" in arguments:
        (found,) = json.loads(printed.out)["projects"]
        assert found["notices"][0].startswith("Rows here wait to be sent to 10.0.0.1:7860")
