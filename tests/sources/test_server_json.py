"""The JSON of servers means the same with orjson and without."""

from __future__ import annotations

import math

import orjson
import pytest

from trackio_view.sources import server_json
from trackio_view.sources.server_json import json_bytes, json_value

BOTH = [orjson.loads, server_json._standard_value]


def test_orjson_is_used_where_it_is_installed() -> None:
    assert (json_value, json_bytes) == (orjson.loads, orjson.dumps)


@pytest.mark.parametrize("value_of", BOTH)
@pytest.mark.parametrize(
    "text", ['{"a": [1, 2.5, null, "ö"]}', '{"a": [1, 2.5, null, "ö"]}'.encode()]
)
def test_a_text_has_its_value(value_of, text) -> None:
    assert value_of(text) == {"a": [1, 2.5, None, "ö"]}


@pytest.mark.parametrize("value_of", BOTH)
@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"a": NaN}', b"[-Infinity]", b'"\xff"', b"[" * 200_000, b"<html>"]
)
def test_a_text_that_is_no_json_is_a_value_error(value_of, text) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(text)


@pytest.mark.parametrize("bytes_of", [orjson.dumps, server_json._standard_bytes])
def test_a_value_has_its_text(bytes_of) -> None:
    assert bytes_of({"a": [1, 2.5, None, "ö"]}) == '{"a":[1,2.5,null,"ö"]}'.encode()


def test_numbers_that_json_lacks_are_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        server_json._standard_bytes(math.nan)
