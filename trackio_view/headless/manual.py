"""Shows the manual: laid out by rich where it is installed, in a pager where there is one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import is_terminal, write_out
from trackio_view.options.manual_topics import TOPICS
from trackio_view.options.own_keys import own_keys_table
from trackio_view.options.settings import KEYS, read_settings, settings_path
from trackio_view.terminal.capabilities import is_color_forced

PAGES = Path(__file__).parents[1] / "manual"

_WIDEST = 100
"""The most columns of a line of text. Longer lines are hard to read."""


def print_manual(topic: str) -> int:
    """Show a page, or the list of pages for an empty topic; return the exit code.

    What is no terminal gets the page's Markdown, unless colours are forced. Raises Unwritable.
    """
    page = manual_page(topic) if topic else contents()
    if topic == KEYS:
        first, mark, rest = page.partition("<!-- keys -->")
        page = f"{first}{own_keys_table(read_settings(settings_path()).keys)}{mark}{rest}"
    at_terminal = is_terminal(sys.stdout)
    if not at_terminal and not is_color_forced(os.environ):
        write_out([page])
        return ExitCode.DONE
    text = _laid_out(page)
    if not at_terminal or not _paged(text):
        write_out([text])
    return ExitCode.DONE


def manual_page(topic: str) -> str:
    """Return the Markdown of a page."""
    return (PAGES / f"{topic}.md").read_text("utf-8")


def contents() -> str:
    """Return the list of pages, as Markdown."""
    lines = [f"- `trackio-view --manual {topic}`: {told}" for topic, told in TOPICS.items()]
    return "# The manual\n\n" + "\n".join(lines) + "\n"


def _laid_out(page: str) -> str:
    """Return a page laid out by rich, without its pictures; as Markdown where rich is missing."""
    text = "\n".join(line for line in page.split("\n") if not line.startswith(("<!--", "![")))
    try:
        from rich.console import Console
        from rich.markdown import Markdown
    except ImportError:
        return text
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    console = Console(width=width, force_terminal=True)
    with console.capture() as captured:
        console.print(Markdown(text, hyperlinks=False))
    return captured.get()


def _paged(text: str) -> bool:
    """Show a text in the person's pager, else in `less`; return whether there was one."""
    # The pager prints a page that fits, lets colours pass, and leaves the screen as it is.
    environment = {"LESS": "FRX", **os.environ}
    try:
        command = shlex.split(os.environ.get("PAGER", "")) or ["less"]
        subprocess.run(command, input=text.encode(), env=environment, check=False)
    except (OSError, ValueError):
        # There is no such pager, or its quotes do not close.
        return False
    return True
