"""The traces of a run in the JSON of `--once`."""

from __future__ import annotations

import json
import math
from importlib.resources import files

from jsonschema import Draft202012Validator

from trackio_view.headless.trace_document import traces_document
from trackio_view.model.run import Run
from trackio_view.model.traces import LoggedTraces, TraceSummary

SCHEMA = json.loads(files("trackio_view.headless").joinpath("schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator({**SCHEMA["$defs"]["traces"], "$defs": SCHEMA["$defs"]})


def test_a_missing_fact_of_a_trace_is_null_with_its_reason() -> None:
    full = TraceSummary(9, 4, "k", 3, 1, "why?", 2, 5, 0.25, 1_200, 0.002, "timed out")
    bare = TraceSummary(8, 3, "k", math.nan)
    document = traces_document(LoggedTraces(9, (full, bare)), Run("r", "r"))
    VALIDATOR.validate(document)
    assert document["total"] == 9
    newest = document["newest"]
    assert isinstance(newest, list)
    first, second = newest
    assert first == {
        "number": 9,
        "key": "k",
        "step": 3,
        "place": 1,
        "request": "why?",
        "message_count": 2,
        "span_count": 5,
        "duration_seconds": 0.25,
        "tokens": 1_200,
        "cost_dollars": 0.002,
        "error": "timed out",
        "reasons": {},
    }
    nulls = {name for name, value in second.items() if value is None}
    assert nulls == set(second["reasons"])
    assert nulls == set(first) - {"number", "key", "reasons"}
