"""The checks that every document of `--format json` passes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA = json.loads(files("trackio_view.headless").joinpath("schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def nulls_without_reason(value: Any, place: str = "") -> list[str]:
    """Return the places of the document that have a null without a reason beside it."""
    if isinstance(value, list):
        return [
            bad
            for at, item in enumerate(value)
            for bad in nulls_without_reason(item, f"{place}[{at}]")
        ]
    if not isinstance(value, dict):
        return []
    found = []
    for key, member in value.items():
        if member is None and "reasons" in value and key not in value["reasons"]:
            found.append(f"{place}.{key}")
        if key != "config":
            found += nulls_without_reason(member, f"{place}.{key}")
    return found


def valid(document: Any) -> Any:
    """Return the document, which fits the schema and has a reason for each null."""
    VALIDATOR.validate(document)
    assert nulls_without_reason(document) == []
    return document
