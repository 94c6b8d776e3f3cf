"""The scripts by which a shell completes options, topics, and the names of projects, runs and
metrics.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, write_out
from trackio_view.options.command_line import build_parser
from trackio_view.options.manual_topics import TOPICS
from trackio_view.options.option_table import OPTIONS

_FILES = ("FILE", "LOG")
"""What the help calls values that are files."""
_FOLDERS = ("PATH",)
"""What the help calls values that are folders."""

_ROWS = "trackio-view --once --format csv --points 4 2>/dev/null | tail -n +2"
_NAMES = {
    "--project": "trackio-view --list 2>/dev/null | awk -F '  +' 'NR > 1 {print $1}'",
    "--run": f"{_ROWS} | cut -d , -f 2 | sort -u",
    "--metric": f"{_ROWS} | cut -d , -f 3 | sort -u",
}
"""Option -> the command that prints its possible values, one on each line."""


def print_completion(shell: str) -> int:
    """Print the shell's script; return the exit code. Raises Unwritable."""
    try:
        import shtab
    except ImportError:
        say("trackio-view: completion needs shtab, which is not installed: pip install shtab")
        return ExitCode.NOTHING
    parser = _known_values(build_parser(), shtab.FILE, shtab.DIRECTORY)
    preamble = "\n".join(_function(shell, flag) for flag in _NAMES)
    write_out([shtab.complete(parser, shell=shell, preamble=preamble), "\n"])
    return ExitCode.DONE


def _known_values(parser: ArgumentParser, file: object, folder: object) -> ArgumentParser:
    """Tell the parser which values its options may have; return it."""
    choices = {option.flags[-1]: option.choices for option in OPTIONS if option.choices}
    # The table does without the topics: other commands do not load them.
    choices["--manual"] = tuple(TOPICS)
    for action in parser._actions:
        flag = action.option_strings[-1]
        described: Any = action
        if flag in choices:
            action.choices = choices[flag]
        elif flag in _NAMES:
            described.complete = {shell: _name(flag) for shell in ("bash", "zsh")}
        elif action.metavar in _FILES:
            described.complete = file
        elif action.metavar in _FOLDERS:
            described.complete = folder
    return parser


def _name(flag: str) -> str:
    return f"_trackio_view_{flag.lstrip('-')}s"


def _function(shell: str, flag: str) -> str:
    """Return the shell's function that completes the names for an option."""
    if shell == "zsh":
        return (
            f"{_name(flag)}() {{\n"
            f'  local -a names=("${{(@f)$({_NAMES[flag]})}}")\n  compadd -a names\n}}'
        )
    # `compgen -W` is not used, because it expands the words and a name may be `$(a command)`. For
    # the same reason, and for blanks, names come quoted on the command line.
    return (
        f"{_name(flag)}() {{\n  local name quoted\n  while IFS= read -r name; do\n"
        '    printf -v quoted %q "$name"\n'
        '    [[ $name == "$1"* || $quoted == "$1"* ]] && printf \'%s\\n\' "$quoted"\n'
        f"  done < <({_NAMES[flag]})\n}}"
    )
