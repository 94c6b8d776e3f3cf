"""The numbers in one line of a training log, printed by any program.

It understands JSON and Python dictionaries, `name=value`, `name: value`, and the bare `name value`
of `step 250: train loss 2.1, val loss 2.2` or `| lr 20.00 | loss 7.71 |`. Bare pairs are taken only
from lines that speak of training, or any sentence would be a metric.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trackio_view.model.clock import unix_moment
from trackio_view.model.magnitudes import MAGNITUDES
from trackio_view.series.series import MOST_FLOAT_BITS, Number
from trackio_view.sources.log.log_words import (
    COUNTER_NAMES,
    EPOCH_NAMES,
    IGNORED_NAMES,
    SHARE_NAMES,
    TIME_NAMES,
    TOTAL_EPOCH_NAMES,
    TOTAL_NAMES,
    is_of_training,
    name_in,
)
from trackio_view.sources.log.timestamps import moment_at_start, without_moments

_LONGEST_SCANNED_LINE = 1 << 17
"""In characters. There is room for thousands of metrics, and the worst line takes about 0.2 s."""
_LONGEST_NUMBER = 300
"""In digits. Numbers with more digits do not fit a float."""
_LONGEST_COUNT = 15
"""In digits. A float holds each integer of so many digits exactly."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|[\x00-\x08\x0e-\x1f]"
)
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL|SUCCESS)"
_PREFIX = re.compile(
    rf"""\s*(?:
        [(\[]?\d\d:\d\d:\d\d(?:[.,]\d+)?[)\]]?                     # 10:00:00
      | \d+\s[\w./-]+:\d+\]                                        # glog, behind its clock
      | {_LEVEL}:[\w.]+:                                           # INFO:root:
      | [\[(<]?{_LEVEL}[\])>]?(?![\w=])
      | [A-Za-z_][\w.]*\](?=[\s:])                                 # [01/31 10:00:00 d2.engine]
      | \[(?:[A-Za-z]+\d+|\d+,\d+)\](?:<std(?:out|err)>)?:(?!\d)   # [default0]: [1,0]<stdout>:
      | [\[(][A-Za-z_][\w./-]*(?::\d+)?[\])]                       # [rank0] (train.py:42)
      | [\w./-]+\.py:\d+\]?
      | [A-Za-z_][\w.]*:[A-Za-z_<][\w.>]*:\d+(?=\s)                # module:function:42
    )(?:\s*(?:-|\||:)(?=\s))?""",
    re.VERBOSE,
)
_DIVIDER = re.compile(r"(?:\s*(?:-|\||:|,)(?=\s))?")
_PHASE = re.compile(
    r"\b(?P<unit>Epoch|Iter|Step)\s?\((?P<phase>[a-z]+)\)"
    r"\s*\[\s*(?P<first>\d{1,15})\s*(?:/\s*(?P<first_total>\d{1,15})\s*)?\]"
    r"(?:\s*\[\s*(?P<second>\d{1,15})\s*(?:/\s*(?P<second_total>\d{1,15})\s*)?\])?"
)
"""How OpenMMLab's runners begin a line: `Epoch(train) [1][10/90]`, `Iter(val) [500/500]`."""
_BOOSTING = re.compile(
    r"(?:\[(?P<boxed>\d{1,15})\]\s+(?=[^\s:]{1,99}-[^\s:]{1,99}:[-+.\dni]|\S{1,99}'s\s)"
    r"|(?P<plain>\d{1,15}):\s+(?=learn:\s))"
)
"""How gradient boosting begins a line: `[20] train-rmse:0.4` of XGBoost, `[20] training's l2: 0.1`
of LightGBM, `20: learn: 0.4` of CatBoost. A number in brackets before other names may be a rank.
"""
_POSSESSIVE = re.compile(r"(?<!\S)([^\s:]+)'s\s+(?=\w)")
_LEVEL_WORD = re.compile(rf"\b{_LEVEL}\b")
_BAR = re.compile(r"(?<![\w.])\d{1,3}%(?:\s*\|[^|]*\||(?=\s+\d+/\d+\s))")

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = rf"[-+]?(?:{_DIGITS}|(?:nan|inf(?:inity)?)(?![A-Za-z]))"
_UNIT = r"(?:\s?%|[A-Za-zµ]+(?:/[A-Za-z]+)?)"
_END = r"(?![\w/]|\.\w|:\d|-\d|,\d)"
_WRAPPED = r"(?:(?:torch\.)?(?:tensor|array|np\.\w+|numpy\.\w+)\(\s*)?"
_WORD = r"[^\W\d][\w/@.%-]*"
_PAIR = re.compile(
    rf"(?<![\w./:@\\'\"%-])(?P<name>{_WORD}(?:[ ]{_WORD}){{0,9}})"
    rf"(?P<separator>\s*[=:]\s*|\s+)"
    rf"(?:(?P<open>\[)\s*(?P<boxed>\d+)(?:\s*/\s*(?P<boxed_total>\d+))?\s*\]"
    rf"|{_WRAPPED}(?P<value>{_VALUE})"
    rf"(?:\s*/\s*(?P<total>\d+)(?![\w./])|(?P<unit>{_UNIT})?{_END}))",
    re.IGNORECASE,
)
_DICTIONARY_PAIR = re.compile(
    rf"(?P<quote>['\"])(?P<name>[^'\"]{{1,200}})(?P=quote)\s*:\s*"
    rf"{_WRAPPED}(?P<inner>['\"]?)(?P<value>{_VALUE})(?P=inner)\)?\s*(?=[,}}])",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"(?<![\w.=/:-])(?P<count>\d+)\s*/\s*(?P<total>\d+)(?![\w./])"
    r"(?:\s+(?P<name>batches|steps|iterations|iters|updates)\b)?"
)


@dataclass(slots=True)
class LogLine:
    """What one line says."""

    values: dict[str, Number]
    """Name -> number, in the order of the line, the step's own name included."""
    totals: dict[str, int]
    """Name -> N, where the line said `n/N`: within an epoch or in all, the line doesn't tell."""
    time: float
    """Seconds since the epoch, or NaN where the line does not say."""
    total_steps: int | None = None
    """How many steps there will be in all, where a name of the line says that."""
    total_epochs: int | None = None
    """How many epochs there will be, where a name of the line says that."""
    phase: str | None = None
    """What the line calls itself where it is not about training: `val`, `test`. Then its counters
    count evaluated items.
    """

    @property
    def step_name(self) -> str | None:
        """The name under which the line counts its step, or `None`."""
        folded = {name.casefold(): name for name in reversed(self.values)}
        return next((folded[name] for name in COUNTER_NAMES if name in folded), None)


def read_line(line: str, written: float = math.nan) -> LogLine | None:
    """Return what a line says of the training, or `None` where it says nothing in numbers.

    Integers stay integers; `3%` is 3 and `10.5M` is 10500000; other units are dropped. Words of
    a name are joined by underscores: `train loss 2.1` is `train_loss`.
    `written` is when the log was last written, in seconds since the epoch: without it, the time of
    a line that does not tell the year is unknown.
    """
    text = (line if line.isprintable() else _ESCAPES.sub("", line)).strip()
    if not text:
        return None
    text, time = _without_prefix(text, written)
    if text.startswith("{"):
        members = _members_of(text)
        if members is not None:
            return _from_members(members, time, written)
    if len(text) > _LONGEST_SCANNED_LINE:
        return None
    read = LogLine({}, {}, time)
    if "(" in text and (match := _PHASE.search(text)):
        text = f"{text[: match.start()]}|{text[match.end() :]}"
        _take_phase(match, read)
    if (boosting := _BOOSTING.match(text)) is not None:
        text = _POSSESSIVE.sub(r"\1/", text[boosting.end() :])
    _scan(text, read)
    if boosting is not None and read.values and read.step_name is None:
        read.values = {"iteration": int(boosting["boxed"] or boosting["plain"]), **read.values}
    _take_totals(read)
    return read if read.values or read.total_epochs else None


def _take_phase(match: re.Match[str], line: LogLine) -> None:
    """Take the counters at the beginning of a line. A second pair of brackets counts within an
    epoch.
    """
    first, *rest = ("epoch", "batch") if match["unit"] == "Epoch" else (match["unit"].lower(),)
    for name, group in ((first, "first"), *((name, "second") for name in rest)):
        if match[group]:
            line.values[name] = int(match[group])
        if match[f"{group}_total"]:
            line.totals[name] = int(match[f"{group}_total"])
    line.phase = None if match["phase"].startswith("train") else match["phase"]


def _take_totals(line: LogLine) -> None:
    """Take the numbers of steps and epochs in all, and the share done, from the line's metrics."""
    epochs = next((name for name in line.values if name.casefold() in TOTAL_EPOCH_NAMES), None)
    if epochs is not None and 1 <= line.values[epochs] < 1e15:
        line.total_epochs = math.ceil(line.values.pop(epochs))
    step_name = line.step_name
    if step_name is None or step_name.casefold() in EPOCH_NAMES:
        return
    total = next((name for name in line.values if name.casefold() in TOTAL_NAMES), None)
    if total is None or not 1 <= line.values[total] < 1e15:
        return
    line.total_steps = int(line.values.pop(total))
    for name in [name for name in line.values if name.casefold() in SHARE_NAMES]:
        del line.values[name]


def _without_prefix(text: str, written: float) -> tuple[str, float]:
    """Return the text behind timestamps, levels and logger names, and the time that they tell."""
    time = math.nan
    end = 0
    # The text is cut once, because a line that consists of prefixes would be copied once for each.
    while True:
        if math.isnan(time) and (told := moment_at_start(text, end, written)):
            end, time = told
            end = _DIVIDER.match(text, end).end()  # type: ignore[union-attr]
        elif match := _PREFIX.match(text, end):
            end = match.end()
        else:
            return text[end:].lstrip(), time
        while end < len(text) and text[end].isspace():
            end += 1


def _members_of(text: str) -> list[tuple[str, Any]] | None:
    """Return the names and values of a JSON object; `None` for any other text, and for an object
    that is nested too deeply.
    """
    try:
        document = json.loads(text)
        return list(_flattened(document)) if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        return None


def _from_members(
    members: Iterable[tuple[str, Any]], time: float, written: float
) -> LogLine | None:
    values: dict[str, Number] = {}
    for name, value in members:
        if name.casefold() in TIME_NAMES:
            moment = _moment_of(value, written)
            if not math.isnan(moment):
                time = moment
                continue
        number = _plain_number(value)
        if number is not None and name.casefold() not in IGNORED_NAMES:
            values[name] = number
    read = LogLine(values, {}, time)
    _take_totals(read)
    return read if values or read.total_epochs else None


def _flattened(document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each name and value of an object; names within others are joined by slashes."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", value


def _plain_number(value: Any) -> Number | None:
    """Return a JSON value as a number; also one in quotes, as newer trainers print them."""
    if isinstance(value, str):
        text = value.strip()
        return _number(text) if re.fullmatch(_VALUE, text, re.IGNORECASE) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if isinstance(value, int) and value.bit_length() > MOST_FLOAT_BITS else value


def _moment_of(value: Any, written: float) -> float:
    if isinstance(value, str):
        told = moment_at_start(value.strip(), 0, written)
        if told is not None:
            return told[1]
        value = _plain_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return unix_moment(value)


def _number(text: str, unit: str = "") -> Number | None:
    """Return the number that a text and its unit write; `None` for one that no float holds."""
    digits = text.replace(",", "")
    if len(digits) > _LONGEST_NUMBER:
        return None
    number: Number
    try:
        number = int(digits)
    except ValueError:
        number = float(digits)
    number *= MAGNITUDES.get(unit, 1)
    return None if isinstance(number, int) and number.bit_length() > MOST_FLOAT_BITS else number


def _scan(text: str, line: LogLine) -> None:
    """Take the metrics and counters of a text, and the totals of the counters."""
    # Most patterns need a certain character. Searching for that first takes a third of the time.
    if "%" in text:
        text = _BAR.sub("|", text)
    text = _LEVEL_WORD.sub("|", text)
    if text.count(":") > 1:
        text = without_moments(text)
    values, totals = line.values, line.totals
    for match in _DICTIONARY_PAIR.finditer(text) if "{" in text else ():
        number = _number(match["value"])
        if number is not None and match["name"].casefold() not in IGNORED_NAMES:
            values[match["name"]] = number
    bare: dict[str, Number] = {}
    taken: list[tuple[int, int]] = []
    for match in _PAIR.finditer(text):
        name = name_in(match["name"], match["separator"])
        if name is None:
            continue
        number = _number(match["boxed"] or match["value"], match["unit"] or "")
        if number is None:
            continue
        total = match["boxed_total"] or match["total"]
        if total and name.casefold() not in COUNTER_NAMES and _is_bar_after(text, match.end()):
            continue
        taken.append(match.span())
        if total and len(total) <= _LONGEST_COUNT:
            totals[name] = int(total)
        # The first mention counts, because later ones in a line are averages and summaries.
        explicit = match["separator"].strip() != ""
        (values if explicit else bare).setdefault(name, number)
    if bare and any(map(is_of_training, (*values, *bare))):
        values.update((name, number) for name, number in bare.items() if name not in values)
    _add_progress(text, taken, values, totals)


def _is_bar_after(text: str, end: int) -> bool:
    """Return whether a progress bar or its clock follows, so that `n/N` is no metric's value."""
    return text[end : end + 2].lstrip()[:1] in ("[", "|", "━")


_COUNTED = {"steps": "step", "iterations": "iteration", "iters": "iter", "updates": "update"}
"""The word behind `n/N` -> the name of the counter; any other `n/N` counts batches."""


def _add_progress(
    text: str,
    taken: list[tuple[int, int]],
    values: dict[str, Number],
    totals: dict[str, int],
) -> None:
    """Take a nameless `n/N` beside metrics as the batch of the epoch."""
    if "/" not in text or not any(name.casefold() not in COUNTER_NAMES for name in values):
        return
    for match in _FRACTION.finditer(text):
        if any(begin < match.end() and match.start() < end for begin, end in taken):
            continue
        count, total = match["count"], match["total"]
        if max(len(count), len(total)) > _LONGEST_COUNT or int(count) > int(total):
            continue
        key = _COUNTED.get(match["name"] or "", "batch")
        if key not in values:
            values[key] = int(count)
            totals[key] = int(total)
        return
