"""The command: chooses live or headless, and turns what happened into an exit code.

Imports nothing that the chosen mode does not use.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.operating_system.limits import refusal

if TYPE_CHECKING:
    from trackio_view.options.command_line import Options
    from trackio_view.sources.gpu.search import Search

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""How many new objects Python makes before it searches for objects that refer to themselves. We
have few of those. A search after every 700 objects, as is usual, would cost a start 4 ms and delay
keys. A look at a fleet of a thousand GPUs makes 50,000 objects, and a search among them holds up a
key for 10 ms. The live screen searches once a minute, when no key is pressed.
"""
_HUNG_SECONDS = 0.1
"""How long the threads that were told to end may take for it."""
_THREAD_SWITCH_SECONDS = 0.0005
"""How long a thread of the live screen keeps others waiting: a key never waits long for one that
decodes rows, nor a driver at the start for what is loaded meanwhile.
"""
_REFUSED = 7
"""`ExitCode.REFUSED`, which can no longer be imported when it is needed."""
_RESERVE_BYTES = 4 << 20
"""How much memory is kept until there is none left, so that a sentence can be said of that then. It
is never written to, and so costs addresses alone.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `trackio-view` with the given arguments; return its exit code.

    What the codes mean stands in `headless.exit_codes`. Without arguments given it is the whole
    program: after a command that printed, and where a thread hangs in a driver, it ends the process
    itself.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    # The system takes the memory back when the process ends: Python need not search it once more
    # for objects that refer to themselves, which takes as long as drawing a chart.
    atexit.register(gc.freeze)
    _occupy_standard_descriptors()
    code = _guarded(arguments)
    if arguments is None:
        _leave_early(code)
    return code


def _guarded(arguments: Sequence[str] | None) -> int:
    reserve = None
    try:
        reserve = bytes(_RESERVE_BYTES)
        return _run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The program that reads the output through a pipe has ended.
        from trackio_view.headless.output import give_up_stdout

        give_up_stdout()
        return 0
    except Exception as error:
        del reserve
        reason = refusal(error)
        if reason is not None:
            return _refused(reason, is_whole_program=arguments is None)
        from trackio_view.headless.exit_codes import ExitCode
        from trackio_view.headless.output import Unwritable, give_up_stdout, say

        if not isinstance(error, Unwritable):
            raise
        say(str(error))
        give_up_stdout()
        return ExitCode.UNWRITABLE


def _refused(reason: str, *, is_whole_program: bool) -> int:
    """Say what the system refused; nothing may be imported any more."""
    # Objects that were left half made print complaints when Python deletes them.
    sys.unraisablehook = lambda _: None
    with contextlib.suppress(OSError, ValueError, MemoryError):
        if sys.stderr is not None:
            print(f"trackio-view: {reason}", file=sys.stderr, flush=True)
    if is_whole_program:
        # Where there is no memory for that hook's arguments, Python complains by itself.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return _REFUSED


def _leave_early(code: int) -> None:
    """End the process here where Python's own way to end would only hold it up.

    A command that printed has no threads and left nothing to do, but Python would take each room
    apart, for 3 ms. And a library that hangs in a thread of ours, or asks a network, may hold the
    locks that it asks for on leaving, too.
    """
    if "threading" in sys.modules and not _hangs():
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _hangs() -> bool:
    """Return whether a thread of ours is still within a driver, or asks a network."""
    hangs = _waits_for_network()
    if "trackio_view.sources.gpu.driver_threads" in sys.modules:
        from trackio_view.sources.gpu.driver_threads import hung_threads

        hangs = hung_threads(_HUNG_SECONDS) or hangs
    return hangs


def _waits_for_network() -> bool:
    """Return whether a thread was left behind that Python would wait for."""
    import threading

    main = threading.current_thread()
    threads = [one for one in threading.enumerate() if one is not main and not one.daemon]
    for thread in threads:
        thread.join(_HUNG_SECONDS / len(threads))
    return any(thread.is_alive() for thread in threads)


def _occupy_standard_descriptors() -> None:
    """Open nothing in place of a standard stream that is closed.

    The next file to be opened would get its number, and libraries write their complaints there.
    """
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)


def _run(arguments: Sequence[str] | None) -> int:
    # Imported only now: the collector is set.
    from trackio_view.options.command_line import Answer, HelpWanted, WrongUsage, parse_arguments

    try:
        options = parse_arguments(arguments)
        if options.ssh:
            from trackio_view.headless.signalled import unwound_at_signals

            return unwound_at_signals(lambda: _do(options))
        return _do(options)
    except Answer as answer:
        from trackio_view.headless.output import write_out

        write_out([str(answer)])
        return 0
    except HelpWanted:
        from trackio_view.headless.help_text import help_text
        from trackio_view.headless.output import write_out

        write_out([help_text()])
        return 0
    except WrongUsage as fault:
        from trackio_view.headless.exit_codes import ExitCode
        from trackio_view.headless.output import say

        say(f"trackio-view: error: {fault}\nAll options: trackio-view --help")
        return ExitCode.USAGE


def _do(options: Options) -> int:
    if options.manual is not None:
        from trackio_view.headless.manual import print_manual

        return print_manual(options.manual)
    if options.completion is not None:
        from trackio_view.headless.completion import print_completion

        return print_completion(options.completion)
    if options.report is not None:
        from trackio_view.headless.report import print_report

        return print_report(options)
    if options.print_config:
        from trackio_view.headless.print_config import print_config

        return print_config()
    if options.list:
        from trackio_view.headless.projects import print_projects

        return print_projects(options)
    if options.output is not None:
        from trackio_view.pictures.command import write_picture

        return write_picture(options)
    if options.until is not None:
        from trackio_view.headless.waiting import wait_until

        return wait_until(options)
    if options.format == "json":
        from trackio_view.headless.json_document import print_json

        return print_json(options)
    if options.format == "csv":
        from trackio_view.headless.csv_table import print_csv

        return print_csv(options)
    if options.once and options.gpu_db:
        from trackio_view.headless.system_text import print_system

        return print_system(options)
    if options.once and options.prometheus is not None:
        from trackio_view.headless.fleet_text import print_fleet

        return print_fleet(options)
    if options.once and options.gpu:
        from trackio_view.headless.gpu_text import print_gpus

        return print_gpus(options)
    if options.once:
        from trackio_view.headless.once import print_once

        return print_once(options)
    return _run_live(options)


def _run_live(options: Options) -> int:
    from trackio_view.headless.exit_codes import ExitCode
    from trackio_view.headless.output import is_terminal, say

    if options.pipes_out:
        if is_terminal(sys.stdout):
            say("trackio-view: --record - writes into a pipe or a file, not onto a terminal")
            return ExitCode.USAGE
        return _start(options)
    if not (is_terminal(sys.stdout) and (options.pipes_in or is_terminal(sys.stdin))):
        say("trackio-view: the live screen needs a terminal; use --once for plain text")
        return ExitCode.USAGE
    if os.name == "nt":
        say("trackio-view: Windows has no terminal of the kind that it needs: run it in WSL")
        return ExitCode.USAGE
    if os.environ.get("TERM") == "dumb":
        say(
            "trackio-view: this terminal cannot move its cursor (TERM=dumb);"
            " use --once for plain text"
        )
        return ExitCode.USAGE
    return _start(options)


def _start(options: Options) -> int:
    from trackio_view.headless.exit_codes import ExitCode
    from trackio_view.headless.output import say
    from trackio_view.operating_system import free_memory

    free_memory.use_one_heap()
    sys.setswitchinterval(_THREAD_SWITCH_SECONDS)
    with _gpus_searched_for(options) as begun:
        from trackio_view.live.start import CannotStart, run_live

        try:
            return run_live(options, begun)
        except CannotStart as fault:
            say(f"trackio-view: {fault}")
            return ExitCode.UNWRITABLE if fault.unwritable else ExitCode.NOTHING


@contextlib.contextmanager
def _gpus_searched_for(options: Options) -> Iterator[Search | None]:
    """Have a thread look for GPUs where they are to be watched.

    A driver starts while all else is loaded, each of which takes some tenths of a second.
    """
    if not options.watches_own_gpus:
        yield None
        return
    if options.sysroot is None:
        from trackio_view.sources.gpu.nvidia.driver_start import start_ahead

        start_ahead()
    from trackio_view.sources.gpu.search import search_ahead

    begun = search_ahead(options.sysroot)
    try:
        yield begun
    finally:
        begun.stopping.set()
