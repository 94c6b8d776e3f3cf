"""JSON is read alike by each library, and the one that is costly to import is only used where that
pays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from trackio_view.sources.trackio.tables import json_reading, long_json
from trackio_view.sources.trackio.tables.json_reading import LONG, JsonReader
from trackio_view.sources.trackio.tables.long_json import PIECE

TEXTS = {
    '{"loss": 0.1, "step": 18446744073709551615, "name": "é", "on": true, "off": null}': True,
    "[1e5, -0.0, 1.5E-3, -7]": True,
    "[NaN, Infinity, -Infinity]": True,
    '["\\ud800"]': True,
    "[1e400]": True,
    "[1,]": False,
    "[01]": False,
    '["a\x01"]': False,
    "[1] 2": False,
    "[" * 100_000: False,
    "": False,
}


def value_of(reader: JsonReader, text: bytes | str) -> str:
    try:
        return repr(reader(text))
    except (ValueError, RecursionError):
        return "fault"


def beside_the_main_thread(work: Callable[[], str]) -> str:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.mark.parametrize("kind", [str, bytes])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
def test_both_read_the_same(text: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    written = text.encode() if kind is bytes else text
    fast = JsonReader()
    monkeypatch.setattr(json_reading, "PAYS_WITH_ORJSON", 0)
    with_orjson = value_of(fast, written)
    monkeypatch.setattr(json_reading, "PAYS_WITH_ORJSON", 1 << 30)
    monkeypatch.delitem(sys.modules, "orjson", raising=False)
    assert value_of(JsonReader(), written) == with_orjson
    monkeypatch.setattr(json_reading, "LONG", -1)
    assert beside_the_main_thread(lambda: value_of(JsonReader(), written)) == with_orjson
    assert (with_orjson != "fault") is TEXTS[text]


def test_a_value_that_is_no_text_is_a_type_error() -> None:
    for value in (None, 7):
        with pytest.raises(TypeError):
            JsonReader()(value)  # type: ignore[arg-type]


def test_orjson_is_imported_once_it_pays() -> None:
    program = """
import sys
from trackio_view.sources.trackio.tables.json_reading import PAYS_WITH_ORJSON, read_json
read_json("[1]")
before = "orjson" in sys.modules
read_json("[" + " " * PAYS_WITH_ORJSON + "]")
print(before, "orjson" in sys.modules)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["False", "True"]


def test_beside_the_screen_what_is_long_is_never_parsed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[int] = []

    def counted(decode: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any) -> Any:
            # The arguments are a decoder or nothing, then the text and the place in it to begin.
            texts = [part for part in arguments if isinstance(part, str)]
            parsed.append(len(texts[0]))
            return decode(*arguments)

        return count

    monkeypatch.setattr(json.JSONDecoder, "decode", counted(json.JSONDecoder.decode))
    monkeypatch.setattr(long_json, "_decode", counted(long_json._decode))
    text = json.dumps({"notes": "é\n" * LONG, "keys": {f"key {n}": n for n in range(50_000)}})
    assert beside_the_main_thread(lambda: repr(JsonReader()(text.encode()))) == repr(
        json.loads(text)
    )
    assert len(parsed) > 20
    assert max(parsed[:-1]) <= PIECE + 2
    assert parsed[-1] == len(text), "the main thread's, which is compared with"
