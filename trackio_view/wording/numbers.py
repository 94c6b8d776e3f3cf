"""How numbers are written: for a person's eye, and plain for `--once` and scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from trackio_view.model.clock import LONGEST_TIME
from trackio_view.model.magnitudes import MAGNITUDES
from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER, Number, spelled
from trackio_view.terminal.glyphs import DASH, ELLIPSIS, FALLS, RISES, STAYS, Signed

_SMALLEST_FIXED = 1e-4
_LARGEST_FIXED = 1e9
_LARGEST_GROUPED = 1e21
_FLOAT_DIGITS = 17
"""In so many digits no two floats are written alike."""
UNKNOWN = DASH


def as_counts(*numbers: Number) -> list[Number]:
    """Return numbers of a metric that counts as integers, where each is whole, else as they are.

    A count needs no four decimals. Beyond 10^9 a number is usually an estimate, and left as it is.
    """
    if all(abs(number) < _LARGEST_FIXED and float(number).is_integer() for number in numbers):
        return [int(number) for number in numbers]
    return list(numbers)


def format_value(number: Number, significant: int = 4, width: int | None = None) -> str:
    """Return a number for the eye: `3.7359`, `0.3965`, `12,345`, `1.85e-10`, `NaN`, `inf`.

    Floats show `significant` digits after the first, below 1 `significant` in all, so that
    values around 1 keep their decimals. Integers show every digit. With a `width`, digits are
    given up until it fits, and the result is padded on the left to exactly that width.
    """
    if width is None:
        return _value(number, significant)
    for digits in range(significant, -1, -1):
        text = _value(number, digits)
        if len(text) <= width:
            return text.rjust(width)
    for digits in range(significant, -1, -1):
        text = _exponent(number, digits)
        if len(text) <= width:
            return text.rjust(width)
    return ELLIPSIS * min(width, 1) + " " * (width - 1)


def format_apart(numbers: Sequence[Number]) -> list[str]:
    """Return a metric's numbers as `format_value` does; large ones that differ look different.

    Where powers of ten would be the same for both, whole numbers have all of their digits, others
    as many as tell them apart.
    """
    known = {it for it in numbers if isinstance(it, int) or math.isfinite(it)}
    highest = max(map(abs, known), default=0)
    if highest < _LARGEST_FIXED or len({_exponent(it, 3) for it in known}) == len(known):
        return list(map(format_value, numbers))
    if highest < _LARGEST_GROUPED and all(float(number).is_integer() for number in known):
        return [f"{int(it):,}" if it in known else format_value(it) for it in numbers]
    return [format_value(number, _FLOAT_DIGITS) for number in numbers]


def _value(number: Number, digits: int) -> str:
    if isinstance(number, int):
        # Decimal writes integers of any length; int refuses beyond some thousand digits.
        return f"{Decimal(number):,}"
    if not math.isfinite(number):
        return _for_the_eye(number)
    magnitude = abs(number)
    if magnitude == 0:
        return f"{0:.{digits}f}"
    if not _SMALLEST_FIXED <= magnitude < _LARGEST_FIXED:
        return _exponent(number, max(digits - 1, 0))
    # There is one decimal less for each digit before the point, and one more for each zero after
    # it.
    exponent = math.floor(math.log10(magnitude))
    decimals = digits - exponent if exponent >= 0 else digits - exponent - 1
    return f"{number:,.{max(decimals, 0)}f}"


def _exponent(number: Number | Decimal, digits: int) -> str:
    if isinstance(number, float) and not math.isfinite(number):
        return spelled(number)
    # Decimal also holds the integers that no float can.
    mantissa, _, exponent = f"{Decimal(number):.{digits}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def _for_the_eye(number: float) -> str:
    """Return what is not finite as Python and PyTorch print it, but for NaN: `inf`, `-inf`."""
    return "NaN" if number != number else f"{number}"


def counted(count: int, noun: str) -> str:
    """Return how many there are of something: `1 run`, `1,234 runs`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def format_step(step: Number) -> str:
    """Return a step with thousands grouped: `9,990`, `8.5`; a dash for NaN, which is no step."""
    return _float_step(step) if isinstance(step, float) else f"{int(step):,}"


@lru_cache(maxsize=64)
def _float_step(step: float) -> str:
    # With a cursor each chart of a page tells the same step.
    if not math.isfinite(step):
        return UNKNOWN if step != step else _for_the_eye(step)
    if abs(step) >= 1e15:
        # Rounded, all steps of a run that counts microseconds would look alike.
        return _exponent(Decimal(repr(step)), _FLOAT_DIGITS - 1)
    if not step.is_integer():
        whole, _, decimals = f"{step:,.6f}".partition(".")
        decimals = decimals.rstrip("0")
        return f"{whole}.{decimals}" if decimals else _exponent(step, 4)
    return f"{int(step):,}"


def format_change(
    change: Number | None,
    *,
    value: Number = 0,
) -> Signed:
    """Return a change with its direction: `▼ 0.0412`, `▲ 12`, `= 0`; ` -0.0412` in ASCII.

    A change that is not known (`None` or NaN) is an empty text. One that is minute beside the
    `value` that changed is told in two digits, so that small changes take no more room than others.
    """
    if change is None or change != change:
        return Signed()
    mark = FALLS if change < 0 else RISES if change > 0 else STAYS
    return Signed(mark + _magnitude(abs(change), value))


_SIGNIFICANT_IN_CHANGES = 4


def _magnitude(magnitude: Number, value: Number) -> str:
    least = 10.0 ** (1 - _SIGNIFICANT_IN_CHANGES)
    if isinstance(magnitude, float) and least <= magnitude < 1:
        # The decimals of a value just above 1, so that value and change line up.
        return f"{magnitude:.{_SIGNIFICANT_IN_CHANGES}f}"
    if magnitude == 0:
        return "0"
    if isinstance(magnitude, float) and magnitude < min(least, abs(value) / 100):
        return _exponent(magnitude, 1)
    return format_value(magnitude, _SIGNIFICANT_IN_CHANGES)


def format_exact(number: Number) -> str:
    """Return the fewest digits that read back as the same number: `0.35371234`, `1.85e-10`, `NaN`.

    A whole number has no decimals; the sign of a zero is kept.
    """
    if isinstance(number, float) and not math.isfinite(number):
        return _for_the_eye(number)
    text = repr(number) if isinstance(number, float) else str(Decimal(number))
    # The sign of a zero is lost to integers.
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def format_plain_decimal(number: Number) -> str:
    """Return a number as plain decimal digits for other programs: never grouped, no exponent.

    Floats take the fewest digits that read back as the same float; integers are exact. What is
    not finite is `NaN`, `Infinity` or `-Infinity`, as TrackIO writes it.
    """
    if isinstance(number, float):
        if not math.isfinite(number):
            return spelled(number)
        text = format(Decimal(repr(number or 0.0)), "f")
        return text[:-2] if text.endswith(".0") else text
    return str(Decimal(number))


def format_rounded(number: Number, digits: int = 6) -> str:
    """Return a number as `format_plain_decimal` does, in at most so many significant digits.

    `0.396506`, `1234.57`, `0.0000123457`; a whole number has all of its own: `1234567`, unless it
    is a float so large that it would be whole in any case.
    """
    if isinstance(number, float) and math.isfinite(number):
        if number.is_integer() and abs(number) <= LARGEST_EXACT_FLOAT_INTEGER:
            return format_plain_decimal(number)
        return format_plain_decimal(float(f"{number:.{digits}g}"))
    return format_plain_decimal(number)


def format_significant(number: Number) -> str:
    """Return a number in at most six significant digits, as `%g` of C writes it: `6.17e-10`.

    What is not finite is spelled as in `format_plain_decimal`.
    """
    if isinstance(number, float) and not math.isfinite(number):
        return spelled(number)
    try:
        return f"{number:.6g}"
    except OverflowError:
        return _exponent(number, 5)


def format_duration(seconds: float) -> str:
    """Return a duration: `0:48`, `2:03:11`, `3d 04:12`; a dash where it is not known.

    It is a dash, too, where the duration is longer than any calendar.
    """
    if not abs(seconds) <= LONGEST_TIME:
        return UNKNOWN
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    if hours == 0:
        return f"{sign}{minute}:{second:02}"
    if hours < 24:
        return f"{sign}{hours}:{minute:02}:{second:02}"
    days, hour = divmod(hours, 24)
    return f"{sign}{days:,}d {hour:02}:{minute:02}"


def age_text(seconds: float) -> str:
    """Return an age in steps that seldom change: `<10 s`, `20 s`, `5 min`, `3 h`, `12 d`.

    An unknown age is a dash. A moment days ahead has no age.
    """
    if not -86400 <= seconds <= LONGEST_TIME:
        return UNKNOWN
    if seconds < 10:
        return "<10 s"
    for limit, size, unit in ((60, 10, "s"), (3600, 60, "min"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // size) * (10 if unit == 's' else 1)} {unit}"
    return f"{int(seconds // 86400):,} d"


BYTE_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")


def format_bytes(count: float) -> str:
    """Return an amount of memory: `512 MB`, `7.1 GB`, `80 GB`.

    Units are powers of 1024 under the names that drivers and boxes print on them.
    """
    amount, unit = _scaled_bytes(count)
    return f"{amount} {unit}"


def format_bytes_of(used: float | None, total: float | None) -> str:
    """Return used and total memory in the unit of the total: `71/80 GB`, `0.9/8.0 GB`.

    A dash where one of them is not known.
    """
    if used is None or total is None:
        return UNKNOWN
    amount, unit = _scaled_bytes(total)
    if not math.isfinite(used):
        return f"{UNKNOWN}/{amount} {unit}"
    scale = 1024.0 ** BYTE_UNITS.index(unit)
    decimals = len(amount.partition(".")[2])
    return f"{used / scale:.{decimals}f}/{amount} {unit}"


def _scaled_bytes(count: float) -> tuple[str, str]:
    if not math.isfinite(count):
        return UNKNOWN, "B"
    amount = float(count)
    unit = 0
    while abs(amount) >= 999.5 and unit < len(BYTE_UNITS) - 1:
        amount /= 1024
        unit += 1
    decimals = 1 if unit and abs(amount) < 9.95 else 0
    return f"{amount:.{decimals}f}", BYTE_UNITS[unit]


def format_transfer(per_second: float) -> str:
    """Return what goes over a link: `58.8 GB/s`, `700 B/s`.

    Units are powers of 1000, as links are rated in them, and not of 1024 as memory's are.
    """
    if not math.isfinite(per_second):
        return f"{UNKNOWN} B/s"
    amount, unit = per_second, 0
    while abs(amount) >= 999.5 and unit < len(BYTE_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{1 if unit and abs(amount) < 99.95 else 0}f} {BYTE_UNITS[unit]}/s"


def format_rate(per_second: float) -> str:
    """Return a rate in the unit that gives it a digit before the point: `12.4/s`, `3.1/min`."""
    if not math.isfinite(per_second):
        return UNKNOWN
    magnitude = abs(per_second)
    if magnitude == 0 or magnitude >= 0.95:
        return f"{_short(per_second)}/s"
    if magnitude * 60 >= 0.95:
        return f"{_short(per_second * 60)}/min"
    if magnitude * 3600 >= 0.95:
        return f"{_short(per_second * 3600)}/h"
    return f"{_short(per_second * 86400)}/d"


def _short(number: float) -> str:
    if abs(number) < 99.95:
        return f"{number:.1f}"
    return f"{number:,.0f}" if abs(number) < 1e6 else shorten(number)


SI_UNITS = {len(str(size)) - 1: sign for sign, size in reversed(MAGNITUDES.items()) if sign != "K"}
"""Power of ten -> its sign as it is written, the largest first: people type `K`, too."""


def shorten(number: float, digits: int = 3) -> str:
    """Return a number with an SI unit in at most so many digits where possible: `12k`, `1.5M`."""
    if not math.isfinite(number):
        return f"{number:.{digits}g}"
    # What rounds up to 1,000 of a unit is 1 of the next.
    number = float(f"{number:.{digits}g}")
    for power, unit in SI_UNITS.items():
        size = 10.0**power
        if size <= abs(number) < size * 1000:
            return f"{number / size:.{digits}g}{unit}"
    return f"{number:.{digits}g}"


def format_done(share: float) -> str:
    """Return how much of a run is done, `share` of 1, in whole percent: `99%` until it is done."""
    # 0.29 * 100 is 28.999999999999996, but 29 of 100 steps are 29%.
    return f"{math.floor(round(share * 100, 9))}%"


def format_share(share: Number) -> str:
    """Return a share as a percentage: logged as a fraction up to 1, else as percent already.

    What is not finite is spelled as in `format_plain_decimal`, without a sign for percent.
    """
    if isinstance(share, float) and not math.isfinite(share):
        return spelled(share)
    return f"{Decimal(share * 100 if abs(share) <= 1 else share):.1f}%"
