"""The topics of the manual: one table for the option, the help screens and the README."""

from __future__ import annotations

TOPICS: dict[str, str] = {
    "options": "every option, and where projects are found",
    "keys": "every key, screen by screen",
    "runs": "the table of runs, the filter, states, comparing",
    "charts": "what charts show, steps, zoom levels",
    "gpus": "GPUs of every vendor, and what a run logged of its machine",
    "scripts": "--once, --until, --exec, exit codes",
    "json": "JSON and CSV",
    "settings": "the settings file, themes",
    "remote": "over SSH and in tmux; pictures and recordings for others",
    "health": "what looks wrong with a run, and from where on",
    "troubleshooting": "colours, glyphs, nothing found, a bug report",
}
"""Topic -> what its page tells; the pages lie in `manual/`, each `TOPIC.md`."""


def topic(text: str) -> str:
    """Return the topic that is meant: by its name, or by the beginning of one name alone.

    Nothing stands for the list of them. Raises ValueError with a sentence where there is none.
    """
    typed = text.lower()
    if not typed or typed in TOPICS:
        return typed
    begun = [name for name in TOPICS if name.startswith(typed)]
    if len(begun) == 1:
        return begun[0]
    raise ValueError(f"the manual has no page {text!r} (it has {', '.join(TOPICS)})")
