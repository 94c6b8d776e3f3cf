"""The command: chooses live or headless, and turns what happened into an exit code.

Imports nothing that the chosen mode does not use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from trackio_view.options import Options, one_project_each, parse_arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `trackio-view` with the given arguments; return its exit code.

    0 done, 1 no such project or no data, 2 wrong usage, 128 + N ended by signal N.
    """
    options = parse_arguments(arguments)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: Options) -> int:
    if options.list:
        from trackio_view.headless.projects import print_projects

        return print_projects(options)
    if options.once and options.gpu:
        from trackio_view.headless.gpu_text import print_gpus

        return print_gpus(options)
    if options.once:
        from trackio_view.headless.once import print_once

        exit_code = 0
        for options_of_one in one_project_each(options):
            exit_code = max(exit_code, print_once(options_of_one))
        return exit_code
    return _run_live(options)


def _run_live(options: Options) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            "trackio-view: the live screen needs a terminal; use --once for plain text",
            file=sys.stderr,
        )
        return 2
    if options.project is not None and not options.demo:
        from trackio_view.headless.projects import missing_project

        for options_of_one in one_project_each(options):
            sentence = missing_project(options_of_one)
            if sentence is not None:
                print(sentence, file=sys.stderr)
                return 1
    from trackio_view.live import run_live

    return run_live(options)
