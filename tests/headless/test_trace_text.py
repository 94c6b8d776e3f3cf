"""The traces of a run in the text of `--once`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trackio_view.headless.trace_text import trace_lines
from trackio_view.model.run import Run
from trackio_view.model.traces import LoggedTraces, TraceSummary

TABLE = (
    "CREATE TABLE traces(id TEXT PRIMARY KEY, run_id TEXT, timestamp TEXT, run_name TEXT,"
    " step INTEGER, key TEXT, trace_index INTEGER, messages TEXT, metadata TEXT, spans TEXT,"
    " search_text TEXT)"
)


@pytest.fixture
def log_traces() -> Any:
    """Return a function that gives a project a table with a number of traces of its run."""

    def log(project: Any, count: int) -> None:
        project.execute(TABLE, [()])
        rows = [
            (
                f"{number}",
                number,
                json.dumps([{"role": "user", "content": f"question {number}"}]),
                json.dumps([{"id": "1", "duration_ms": 10 * number, "usage": {"total_tokens": 9}}]),
            )
            for number in range(count)
        ]
        project.execute(
            "INSERT INTO traces"
            " VALUES (?, 'id-of-run', '', 'run', ?, 'rollout', 0, ?, '{}', ?, '')",
            rows,
        )

    return log


def test_the_number_of_traces_and_the_newest_are_told(
    new_project: Any, command: Any, log_traces: Any
) -> None:
    project = new_project("p").log([{"loss": 1.0}] * 12)
    before = command("--once").out
    log_traces(project, 0)
    assert command("--once").out == before, "a table without any says nothing"
    project.execute("DROP TABLE traces", [()])
    log_traces(project, 12)
    told = command("--once").out
    assert told.startswith(before)
    lines = told.removeprefix(before).splitlines()
    assert lines[:2] == ["", "Traces: 12"]
    assert lines[2].split() == ["Step", "Trace", "Request", "Took"]
    assert lines[3].split() == ["11", "rollout", "0", "question", "11", "110", "ms"]
    assert len(lines) == 8


def test_another_runs_traces_are_not_told(new_project: Any, command: Any, log_traces: Any) -> None:
    project = new_project("p").log([{"loss": 1.0}]).log([{"loss": 1.0}], run="later")
    log_traces(project, 3)
    assert "Traces" not in command("--once").out
    assert "Traces: 3" in command("--once", "--run", "run").out


def test_a_request_is_one_line_without_controls() -> None:
    odd = TraceSummary(
        1, 1, "a\x1b[2Jb", 3, None, "x\n\ty\x1b]0;z\x07" + "w" * 900, error="no\nway"
    )
    lines = list(trace_lines(LoggedTraces(7, (odd,)), Run("r", "r")))
    assert lines[0] == "Traces: 7"
    assert len(lines) == 3
    assert "\x1b" not in "".join(lines)
    assert "x y" in lines[2]
    assert "no way" in lines[2]
    assert len(lines[2]) < 200
    nothing = list(trace_lines(LoggedTraces(1, (TraceSummary(1, 1, "", 0),)), Run("r", "r")))
    assert nothing[2].split() == ["0", "(no", "name)", "(no", "user", "message)"]
