#!/usr/bin/env python3
"""Write the manual's tables from the program's own: options, keys, the text of `--once`.

`scripts/readme.py` rewrites README.md and the pages of the manual in place; `--check` only says
whether they are up to date.
"""

from __future__ import annotations

import math
import re
import sys
from array import array
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from trackio_view.headless.exit_codes import EXIT_CODES  # noqa: E402
from trackio_view.headless.run_text import Page, report  # noqa: E402
from trackio_view.model.gpu_support import GPU_SUPPORT  # noqa: E402
from trackio_view.model.run import Run, RunRows  # noqa: E402
from trackio_view.options.manual_topics import TOPICS  # noqa: E402
from trackio_view.options.option_table import ANSWERS, GROUPS, OPTIONS, Option  # noqa: E402
from trackio_view.options.setting_table import SETTINGS  # noqa: E402
from trackio_view.series.series import MetricColumn  # noqa: E402
from trackio_view.series.window import ZOOM_LEVELS  # noqa: E402
from trackio_view.sources.prometheus.families import FAMILIES  # noqa: E402
from trackio_view.view.actions import Mode  # noqa: E402
from trackio_view.view.keys.bindings import TYPING, Binding  # noqa: E402
from trackio_view.view.keys.key_labels import keys_label  # noqa: E402
from trackio_view.view.screen_table import SCREENS, every_binding  # noqa: E402


def options_table() -> str:
    """Return the options as Markdown, a table for each group."""
    by_flag = {option.flags[-1]: option for option in OPTIONS}
    lines: list[str] = []
    for heading, grouped in GROUPS.items():
        lines += ["", f"**{heading[0].upper()}{heading[1:]}**", "", "| option | what it does |"]
        lines.append("| --- | --- |")
        lines += [_option_row(by_flag[flag]) for flag in grouped]
    lines += map(_option_row, ANSWERS)
    return "\n".join(lines[1:])


def _option_row(option: Option) -> str:
    flags = ", ".join(f"`{flag}`" for flag in option.flags)
    metavar = f" `{option.metavar}`" if option.metavar else ""
    return "| {} | {} |".format(*map(_cell, (flags + metavar, option.help)))


def _cell(text: str) -> str:
    """Return text for a cell of a Markdown table, with bars escaped."""
    return text.replace("|", r"\|")


class Place(NamedTuple):
    """A part of the program with a table of keys of its own."""

    heading: str
    name: str
    modes: tuple[Mode, ...]


PLACES = tuple(
    Place(
        group.heading,
        group.name,
        tuple(mode for mode, screen in SCREENS.items() if screen.keys == group),
    )
    for group in dict.fromkeys(screen.keys for screen in SCREENS.values())
)


FEWEST_KEYS = 4
"""A place with fewer keys gets no table of its own."""


def keys_tables() -> str:
    """Return the keys as Markdown: first those of several places or small ones, then place by
    place."""
    bindings = every_binding()
    own = {place: [one for one in bindings if _places(one) == [place]] for place in PLACES}
    tables = {place: keys for place, keys in own.items() if len(keys) >= FEWEST_KEYS}
    lines = ["| key | what it does | where |", "| --- | --- | --- |"]
    for binding in bindings:
        if not any(binding in keys for keys in tables.values()):
            lines.append(f"| `{keys_label(binding.keys)}` | {binding.help} | {_where(binding)} |")
    for place, keys in tables.items():
        lines += ["", f"**{place.heading}**", "", "| key | what it does |", "| --- | --- |"]
        lines += [f"| `{keys_label(binding.keys)}` | {_told(binding, place)} |" for binding in keys]
    return "\n".join(lines)


def _places(binding: Binding) -> list[Place]:
    return [place for place in PLACES if binding.modes & set(place.modes)]


def _told(binding: Binding, place: Place) -> str:
    """Return what keys do at a place, with the exact screen if they do nothing on its main one."""
    if place.modes[0] in binding.modes:
        return binding.help
    screens = [mode.value for mode in place.modes if mode in binding.modes]
    return f"{binding.help} ({', '.join(screens)})"


def _where(binding: Binding) -> str:
    """Return the screens on which keys do something, in a few words."""
    if len(binding.modes) <= len(SCREENS) // 2:
        return ", ".join(place.name for place in _places(binding))
    missing: list[str] = []
    for place in PLACES:
        modes = [mode for mode in place.modes if mode not in binding.modes | TYPING]
        missing += [place.name] if len(modes) == len(place.modes) else [m.value for m in modes]
    return "everywhere" + (f" but {', '.join(missing)}" if missing else "")


def exit_codes_table() -> str:
    """Return what each exit code means, with what is on stdout and stderr, as a Markdown table."""
    lines = ["| exit code | what happened | stdout | stderr |", "| --- | --- | --- | --- |"]
    for code, columns in EXIT_CODES.items():
        lines.append(f"| {int(code)} | {' | '.join(columns)} |")
    return "\n".join(lines)


def settings_table() -> str:
    """Return every setting as a Markdown table."""
    lines = ["| setting | value | default | what it is |", "| --- | --- | --- | --- |"]
    for setting in SETTINGS:
        value = f"{setting.kind.value}: {setting.bounds}"
        lines.append(f"| `{setting.key}` | {value} | {setting.default_text} | {setting.meaning} |")
    return "\n".join(lines)


def gpus_table() -> str:
    """Return how far the reading of each vendor's GPUs was proven, as a Markdown table."""
    lines = ["| GPUs | read through | seen so far |", "| --- | --- | --- |"]
    lines += [f"| {' | '.join(support)} |" for support in GPU_SUPPORT]
    return "\n".join(lines)


def exporters_table() -> str:
    """Return how far the reading of each exporter's numbers was proven, as a Markdown table."""
    lines = ["| exporter | GPUs | held against |", "| --- | --- | --- |"]
    lines += [f"| {it.name} | {it.vendor or 'of several vendors'} | {it.seen} |" for it in FAMILIES]
    return "\n".join(lines)


def once_example() -> str:
    """Return what `--once` prints for a small run."""
    count = 2000
    rows = array("I", range(count))
    loss = array("d", (round(0.35 + 10.2 * math.exp(-row / 260), 4) for row in rows))
    accuracy = array("d", (round(1 - 0.9 * math.exp(-row / 500), 4) for row in rows))
    rate = array("d", (1e-3 * (1 + math.cos(math.pi * row / count)) / 2 for row in rows))
    columns = {
        "train/loss": MetricColumn(rows, loss),
        "val/accuracy": MetricColumn(rows, accuracy),
        "learning_rate": MetricColumn(rows, rate),
    }
    steps, times = array("d", rows), array("d", rows)
    run = Run("id", "brave-forest-1")
    run.append(RunRows("id", run.name, count, steps, times, columns, count - 1))
    return "```\n" + report("my-project", run, ZOOM_LEVELS[0], Page(width=72)) + "```"


def text_frame() -> str:
    """Return a golden frame of the live screen."""
    frame = REPOSITORY / "tests/screens/frames/metrics-80x24.txt"
    return "```\n" + frame.read_text(encoding="utf-8") + "```"


def pages_list() -> str:
    """Return the pages of the manual as a list with links, as the README has it."""
    return "\n".join(
        f"- [{topic}](trackio_view/manual/{topic}.md): {told}" for topic, told in TOPICS.items()
    )


SECTIONS = {
    "options": options_table,
    "keys": keys_tables,
    "settings": settings_table,
    "gpus": gpus_table,
    "exporters": exporters_table,
    "once": once_example,
    "exit codes": exit_codes_table,
    "frame": text_frame,
    "pages": pages_list,
}


def filled(texts: dict[Path, str]) -> dict[Path, str]:
    """Return pages with every marked section written anew; each section stands in one page."""
    written = dict(texts)
    for name, section in SECTIONS.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        content = r"\g<1>" + section().replace("\\", r"\\") + "\n" + r"\g<2>"
        places = [path for path, text in written.items() if pattern.search(text)]
        if len(places) != 1:
            raise SystemExit(f"the section {name!r} stands in {len(places)} pages instead of one")
        written[places[0]] = pattern.sub(content, written[places[0]])
    return written


def documents() -> dict[Path, str]:
    """Return the README and the manual's pages as they are."""
    paths = [REPOSITORY / "README.md", *sorted((REPOSITORY / "trackio_view/manual").glob("*.md"))]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def main() -> int:
    """Write or check the pages; return 1 where a check finds one out of date."""
    present = documents()
    wanted = filled(present)
    outdated = [path for path in present if present[path] != wanted[path]]
    for path in outdated:
        if "--check" in sys.argv[1:]:
            print(f"{path.name} is out of date: run scripts/readme.py", file=sys.stderr)
        else:
            path.write_text(wanted[path], encoding="utf-8")
    return 1 if outdated and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
