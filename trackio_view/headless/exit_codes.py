"""The meanings of the exit codes: one table for the program, its documentation and its tests."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """How a command ended."""

    DONE = 0
    NOTHING = 1
    USAGE = 2
    TIMED_OUT = 3
    SILENT = 4
    NOT_A_NUMBER = 5
    UNWRITABLE = 6
    REFUSED = 7
    INTERRUPTED = 130


EXIT_CODES: dict[ExitCode, tuple[str, str, str]] = {
    ExitCode.DONE: (
        "done; with `--until`, the condition holds; also where the reader of a pipe had enough",
        "the data",
        "nothing, or a sentence on what was left out",
    ),
    ExitCode.NOTHING: (
        "no such project, run or metric, no numbers logged, or a project that cannot be read",
        "what the other projects hold; as JSON all that is known",
        "a sentence for each",
    ),
    ExitCode.USAGE: ("wrong arguments", "nothing", "what is wrong where"),
    ExitCode.TIMED_OUT: (
        "`--until`: the time is up, or the recording has ended",
        "nothing",
        "nothing, or that the metric was never logged",
    ),
    ExitCode.SILENT: (
        "`--until`: the run went silent",
        "nothing",
        "nothing, or that the metric was never logged",
    ),
    ExitCode.NOT_A_NUMBER: (
        "`--until` with `--fail-on nan`: the metric logged NaN",
        "nothing",
        "nothing",
    ),
    ExitCode.UNWRITABLE: (
        "the output could not be written: a full disk, a closed stdout",
        "what was written until then",
        "a sentence that says why",
    ),
    ExitCode.REFUSED: (
        "the system gave no more memory, threads or open files",
        "what was written until then",
        "a sentence that says which",
    ),
    ExitCode.INTERRUPTED: (
        "Ctrl-C; likewise 128 + N for every other signal N that ends it; SIGPIPE does not: see 0",
        "what was written until then",
        "nothing",
    ),
}
"""Exit code -> what happened, what is on stdout, what is on stderr."""
