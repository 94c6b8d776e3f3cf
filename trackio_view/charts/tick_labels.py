"""Labels of ticks: numbers in as few digits as tell them apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from trackio_view.charts.ticks import Tick
from trackio_view.terminal.glyphs import ELLIPSIS
from trackio_view.wording.numbers import SI_UNITS, format_value

_MOST_DECIMALS = 5
_LABEL_WIDTH = 9


def labels(chosen: Sequence[Tick], *, width: int = _LABEL_WIDTH, short: bool = False) -> list[str]:
    """Return a label a tick, no two alike, with just the digits that the step calls for.

    Numbers of middling size are written out with thousands grouped; large ones take an SI unit,
    all others one power of ten in common. Where that would be longer than `width`, the first
    label is a plain number and the others say how much they lie above it. `short` gives each number
    from 1,000 on its own SI unit, each below 0.01 its own power, and no final zeros: `500`, `1k`,
    `1.5k`, `3e-4`.
    """
    if not chosen:
        return []
    exponent, every = chosen[0].exponent, [tick.digits for tick in chosen]
    largest, shared = max(map(abs, every)), math.gcd(*every)
    if not largest:
        return ["0"] * len(chosen)
    # Final zeros that all labels share are dropped; 0.50 and 0.75 keep theirs, so that they stay
    # aligned.
    while shared and shared % 10 == 0:
        exponent, largest, shared = exponent + 1, largest // 10, shared // 10
        chosen = [Tick(tick.digits // 10, exponent) for tick in chosen]
    power = len(str(largest)) - 1 + exponent
    texts = None
    if short and (3 <= power < 15 or power <= _SMALL_POWER):
        texts = [_short_label(tick) for tick in chosen]
    elif -4 <= power < 7 and (exponent >= -_MOST_DECIMALS or power >= -1):
        texts = [_grouped(tick, max(-exponent, 0)) for tick in chosen]
    elif 6 <= power < 15:
        texts = _si_labels(chosen, power)
    if texts is None or max(map(len, texts)) > max(width, _LABEL_WIDTH):
        with_power = [_power_label(tick, power) for tick in chosen]
        if texts is None or max(map(len, with_power)) < max(map(len, texts)):
            texts = with_power
    if max(map(len, texts)) > width and len(chosen) > 1:
        texts = _offset_labels(chosen, texts, width)
    return texts


def has_short_labels(chosen: Sequence[Tick]) -> bool:
    """Return whether `short` may make other labels of ticks: of numbers of middling size it makes
    none.
    """
    largest = max([abs(tick.value) for tick in chosen], default=0.0)
    return not (largest == 0 or 0.01 <= largest < 1000)


def _grouped(tick: Tick, decimals: int) -> str:
    """Return a tick as a plain number with thousands grouped."""
    shift = tick.exponent + decimals
    if shift < 0:
        return f"{_exact(tick):,.{decimals}f}"
    # `Decimal` does the same, and takes four times as long: each chart has eight labels.
    whole, fraction = divmod(abs(tick.digits) * 10**shift, 10**decimals)
    text = f"{whole:,}.{fraction:0{decimals}}" if decimals else f"{whole:,}"
    return f"-{text}" if tick.digits < 0 else text


def _exact(tick: Tick) -> Decimal:
    return Decimal(tick.digits).scaleb(tick.exponent)


def _si_labels(chosen: Sequence[Tick], power: int) -> list[str]:
    thousands = power // 3 * 3
    decimals = max(thousands - chosen[0].exponent, 0)
    unit = SI_UNITS[thousands]
    return [
        f"{_exact(tick).scaleb(-thousands):.{decimals}f}{unit}" if tick.digits else "0"
        for tick in chosen
    ]


_SMALL_POWER = -3


def _short_label(tick: Tick) -> str:
    digits, exponent = tick
    power = len(str(abs(digits))) - 1 + exponent if digits else 0
    if power <= _SMALL_POWER:
        return f"{_shortest(digits, exponent - power)}e{power}"
    for thousands, unit in SI_UNITS.items():
        if power >= thousands:
            return f"{_shortest(digits, exponent - thousands)}{unit}"
    return _shortest(digits, exponent)


def _shortest(digits: int, exponent: int) -> str:
    """Return `digits * 10 ** exponent` as a plain number without final zeros behind its point."""
    if exponent >= 0:
        return str(digits * 10**exponent)
    whole, fraction = divmod(abs(digits), 10**-exponent)
    sign = "-" if digits < 0 else ""
    return f"{sign}{whole}.{fraction:0{-exponent}}".rstrip("0").rstrip(".")


def _power_label(tick: Tick, power: int) -> str:
    if not tick.digits:
        return "0"
    decimals = max(power - tick.exponent, 0)
    return f"{_exact(tick).scaleb(-power):.{decimals}f}e{power}"


def _offset_labels(chosen: Sequence[Tick], texts: Sequence[str], width: int) -> list[str]:
    base = chosen[0]
    above = labels(
        [Tick(tick.digits - base.digits, tick.exponent) for tick in chosen[1:]], width=width
    )
    if max(map(len, above)) + 1 > width:
        return list(texts)
    return [_base_label(base, width), *("+" + text for text in above)]


def _base_label(base: Tick, width: int) -> str:
    """Return the number above which the others lie: `1e15`, `1e15-10`; `~1.23e14` if inexact.

    A fraction is rounded, as all are that a chart writes; of a whole number that would surprise.
    """
    text = format_value(base.value, 4, width).strip()
    if ELLIPSIS in text:
        return text
    beyond = _exact(base) - Decimal(text.replace(",", ""))
    if not beyond or base.exponent < 0:
        return text
    for exact in (f"{_exact(base):f}", f"{text}{beyond:+,f}"):
        if len(exact) <= width:
            return exact
    return "~" + format_value(base.value, 3, width - 1).strip()


_LARGEST_IN_PLAIN = 1e16
"""From here on, whole floats have more digits than tell them from their neighbours."""


def axis_number(value: float) -> str:
    """Return a number as axes have it, in up to 6 digits: `100k`, `2.5`, `1e-5`."""
    if not math.isfinite(value):
        # A row may lie nowhere on its axis.
        return format_value(value)
    text = labels([tick_of(float(value))], short=True)[0]
    return format_value(value) if len(text) > _LABEL_WIDTH else text


def tick_of(value: float) -> Tick:
    """Return a number as a tick: exact where it is whole, else in 6 digits."""
    if value.is_integer() and abs(value) < _LARGEST_IN_PLAIN:
        plain = str(int(value))
        kept = plain.rstrip("0") or plain
        return Tick(int(kept), len(plain) - len(kept))
    text = repr(value) if value.is_integer() else f"{value:.6g}"
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    number = int("".join(map(str, digits)))
    return Tick(-number if sign else number, int(exponent))
