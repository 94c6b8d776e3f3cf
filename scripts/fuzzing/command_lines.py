"""Random command lines: the program's options with valid and invalid values, in any order."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from scripts.fuzzing import values
from trackio_view.options.option_table import OPTIONS

_LEFT_OUT = ("--demo", "--exec", "--record", "--replay")
"""Options that start a training, run a command, write, or need the live screen."""
_LONGEST = (1 << 17) - 1
"""The most bytes that Linux passes as one argument."""
_VALUES = (
    *("0", "1", "4", "-1", "2.5", "nan", "inf", "1e999", "90s", "7d", "1w", "99999999d", "json"),
    *(
        "csv",
        "text",
        "40x12",
        "400x100",
        "0x0",
        "120x40",
        "loss < 1",
        "x ~ y",
        "loss<nan",
        "(",
        "[",
    ),
    *("0001-01-01", "9999-12-31T23:59:59", "2026-03-01", "run", "p", "*", "", "--", "-", "."),
    *("(a+)+$", "(?i)LOSS", "9" * 400, "\\"),
)


def command_line(random: Random, folder: Path) -> list[str]:
    """Return arguments; the files that they read and write lie in `folder`."""
    arguments = ["--dir", str(folder)]
    if random.random() < 0.85:
        arguments.append(random.choice(("--once", "--list", "--once")))
    for _ in range(random.randrange(5)):
        option = random.choice([it for it in OPTIONS if it.flags[-1] not in _LEFT_OUT])
        flag = random.choice(option.flags)
        if flag == "--dir":
            continue
        arguments.append(flag)
        if option.metavar is not None and random.random() < 0.95:
            arguments.append(_value(random, flag, folder))
    if "--until" in arguments:
        # Without a timeout, the program would wait for a condition that is never met.
        arguments += ["--timeout", "0s"]
    if random.random() < 0.05:
        arguments.insert(random.randrange(len(arguments) + 1), values.text(random))
    return [_handed_over(argument) for argument in arguments]


def _handed_over(argument: str) -> str:
    """Return an argument as Python reads it from a shell: at most so many bytes, none of them 0."""
    content = argument.replace("\0", "").encode("utf-8", "surrogatepass")
    return os.fsdecode(content[:_LONGEST])


def _value(random: Random, flag: str, folder: Path) -> str:
    if flag == "--output":
        ending = random.choice((".svg", ".png", ".html", ".txt", ".ans", ".pdf", ""))
        return str(folder / f"picture{ending}")
    if flag == "--size":
        return random.choice(("40x12", "80x24", "120x40", "1x1", "axb"))
    usual = {"--project": "p", "-p": "p", "--log": str(folder / "a.log"), "--metric": "loss"}
    if flag in usual and random.random() < 0.6:
        return usual[flag]
    return random.choice(_VALUES) if random.random() < 0.8 else values.text(random)
