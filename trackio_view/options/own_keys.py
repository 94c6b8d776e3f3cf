"""The keys that a person chose, as the manual shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trackio_view.view.keys.chosen_keys import usual_keys
from trackio_view.view.keys.key_labels import key_label


def own_keys_table(keys: Mapping[str, Sequence[str]]) -> str:
    """Return the keys, by the names of actions, as a table of Markdown; nothing where none are."""
    if not keys:
        return ""
    usual = usual_keys()
    lines = ["Your settings give other keys:", ""]
    lines += ["| key | what it does | instead of |", "| --- | --- | --- |"]
    for name, chosen in keys.items():
        lines.append(f"| {_cell(chosen)} | {usual[name].help} | {_cell(usual[name].keys)} |")
    return "\n".join([*lines, "", ""])


def _cell(keys: Sequence[str]) -> str:
    return " ".join(f"`{key_label(key)}`" for key in keys).replace("|", r"\|")
