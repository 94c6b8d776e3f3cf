"""Starts the live screen: from options to a session, and what it leaves behind."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import anyio

from trackio_view.live.ending import ENDINGS, told_of_threads
from trackio_view.live.live_session import SIGNALS, LiveSession
from trackio_view.live.remembering import Start
from trackio_view.live.sources import gpu_producers
from trackio_view.live.theming import UsualTheme
from trackio_view.model.events import Notice, ProgramOrigin
from trackio_view.options.command_line import Options
from trackio_view.options.first_view import begin
from trackio_view.options.setting_table import AUTO
from trackio_view.options.settings import Settings, read_settings, settings_path
from trackio_view.origins import (
    CannotOpen,
    chosen_source,
    gpu_hosts,
    named_places,
    prometheus_address,
)
from trackio_view.sources.source import Source
from trackio_view.terminal.background import told_background
from trackio_view.terminal.capabilities import locale_encoding, repertoire
from trackio_view.terminal.descriptors import keyboard_of
from trackio_view.terminal.job_control import wait_for_foreground
from trackio_view.terminal.line_palette import asked_color_count
from trackio_view.terminal.look import Look, themed
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.terminal.text import sanitize
from trackio_view.view.charts.chart_choice import plot_order
from trackio_view.view.dashboard import Dashboard

if TYPE_CHECKING:
    from trackio_view.recording.files import RecordingFile
    from trackio_view.sources.gpu.search import Search


class CannotStart(Exception):
    """A file that was named cannot be used. The text is a sentence."""

    def __init__(self, sentence: str, *, unwritable: bool) -> None:
        super().__init__(sanitize(sentence))
        self.unwritable = unwritable


def run_live(options: Options, begun: Search | None) -> int:
    """Show the live dashboard until the person quits; return the exit code.

    `begun` is a search for GPUs that goes on.

    The terminal is restored before this returns or raises, so that a traceback appears below
    the person's prompt. Raises CannotStart.
    """
    try:
        if not options.pipes_out:
            wait_for_foreground(1)
        if options.prometheus is not None:
            # A wrong address is reported while the terminal still belongs to the person.
            prometheus_address(options.prometheus)
        settings = read_settings(settings_path())
        options = _as_set(options, settings)
        with chosen_source(options) as source:
            recording = _opened_recording(options, source)
            _keep_libraries_off_the_screen()
            with _opened_debug_log(options):
                if recording is not None and options.pipes_out:
                    return _recorded_to_pipe(options, source, recording, begun)
                return anyio.run(_run, options, settings, source, recording, begun)
    except CannotOpen as fault:
        raise CannotStart(str(fault), unwritable=False) from None


def _recorded_to_pipe(
    options: Options, source: Source, recording: RecordingFile, begun: Search | None
) -> int:
    from trackio_view.live.recorder import record_to_pipe
    from trackio_view.recording.files import Unrecordable

    try:
        return record_to_pipe(options, source, recording, begun)
    except Unrecordable as fault:
        raise CannotStart(str(fault), unwritable=True) from None


def _keep_libraries_off_the_screen() -> None:
    """Let what libraries log and warn of go nowhere, unless somebody has said where.

    It would stand in the picture. Where memory is short, Python's own hashlib logs a traceback for
    each of its algorithms, above the one sentence that says what happened.
    """
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
        logging.captureWarnings(True)


def _opened_recording(options: Options, source: Source) -> RecordingFile | None:
    """Return the recording to write into, if there is one. This happens while the terminal still
    belongs to the person.
    """
    if options.record is None:
        return None
    from trackio_view.recording.files import Header, RecordingFile, Unrecordable

    screen = "gpus" if options.gpu else "system" if options.gpu_db else "metrics"
    screen = "fleet" if options.prometheus is not None else screen
    project = source.named(options.project[0]) if options.project else source.project
    header = Header(time.time(), None if project is None else project.name, screen)
    try:
        return RecordingFile(options.record, header)
    except Unrecordable as fault:
        raise CannotStart(str(fault), unwritable=True) from None


@contextlib.contextmanager
def _opened_debug_log(options: Options) -> Iterator[None]:
    # Loaded only where somebody asks for such a log.
    if options.debug is None:
        yield
        return
    from trackio_view.live.debug_log import DebugLog
    from trackio_view.wording.left_out_names import LeftOutNames

    try:
        names = LeftOutNames(told=options.with_names, places=named_places(options))
        log = DebugLog(options.debug, names)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        text = f"no log can be written to {options.debug}: {reason}"
        raise CannotStart(text, unwritable=True) from None
    with log.listening():
        yield


async def _run(
    options: Options,
    settings: Settings,
    source: Source,
    recording: RecordingFile | None,
    begun: Search | None,
) -> int:
    # Caught before the terminal is taken and until it is given back: no signal falls between.
    # Where a recording comes through standard input, keys come from where frames go.
    keys = keyboard_of(1) if options.pipes_in else 0
    with (
        anyio.open_signal_receiver(*SIGNALS) as signals,
        TerminalSession(input_descriptor=keys) as session,
    ):
        dashboard = _dashboard(options, source, settings)
        theme = None if settings.theme == AUTO else settings.theme
        usual = UsualTheme(theme, told_background(os.environ))
        shown = options.theme or usual.name
        session.look = themed(_with_glyphs(session.look, settings), shown, usual.background)
        if settings.mouse == "on" and not options.no_mouse:
            session.use_mouse()
        live = LiveSession(
            dashboard,
            session,
            signals,
            source,
            recording=recording,
            usual_theme=usual,
            begin=_begin(options),
        )
        session.on_background = live.take_background
        seen, opened = live.gpus_seen.is_set, live.opened_host
        with told_of_threads(live.fail):
            code = await live.run(gpu_producers(source, options, seen, opened, begun))
        # Until these signals are ignored, below, no handler of ours is there to catch them.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    # The program is ending already. Another signal could only change its exit code.
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    return code


def _as_set(options: Options, settings: Settings) -> Options:
    """Return the options with what the settings say instead of a default; set the clock."""
    if settings.clock == "utc":
        os.environ["TZ"] = "UTC"
        time.tzset()
    is_default = options.interval == Options().interval
    return options._replace(interval=settings.interval) if is_default else options


def _with_glyphs(look: Look, settings: Settings) -> Look:
    """Return the look with the glyphs of the settings, where the environment names none."""
    if settings.glyphs == AUTO:
        return look
    named = os.environ.get("TRACKIO_VIEW_GLYPHS") or settings.glyphs
    told = {**os.environ, "TRACKIO_VIEW_GLYPHS": named}
    return look._replace(repertoire=repertoire(told, locale_encoding()))


def _begin(options: Options) -> Start | None:
    """Return what of a session the program begins with, `None` where projects come
    and go with the program.
    """
    if options.demo or options.replay is not None:
        return None
    given = [name for names, is_given in _SAID_BY_OPTIONS if is_given(options) for name in names]
    return Start(options.fresh, given)


_SAID_BY_OPTIONS: tuple[tuple[tuple[str, ...], Callable[[Options], bool]], ...] = (
    (("window",), lambda options: options.zoom is not None),
    (("smoothing",), lambda options: options.smooth is not None),
    (("theme",), lambda options: options.theme is not None),
    (("marked", "pinned", "spread"), lambda options: options.run is not None),
    (("dropped", "tab", "chart filter"), lambda options: bool(options.metric)),
)
"""The parts of a session that an option sets. Nothing remembered replaces these."""


def _dashboard(options: Options, source: Source, settings: Settings) -> Dashboard:
    """Return what is known at the start, and what is looked at."""
    dashboard = Dashboard()
    begin(dashboard.view, options, settings)
    dashboard.view.choice.order = plot_order(os.environ)
    dashboard.view.marks.colors = asked_color_count(os.environ)
    dashboard.known.thresholds = settings.thresholds
    # The newest notice is the one that is seen: the file's first fault.
    for number, fault in reversed(list(enumerate(settings.faults))):
        dashboard.apply(Notice(ProgramOrigin.SETTINGS, fault, subject=str(number)))
    _look_at(dashboard, source, options)
    return dashboard


def _look_at(dashboard: Dashboard, source: Source, options: Options) -> None:
    """Bring on screen what the options name of a source, or what was on screen when it was
    recorded.
    """
    dashboard.directory, dashboard.is_far = source.origin, options.is_distant
    dashboard.gpu_hosts = gpu_hosts(options)
    named = [source.named(project) for project in options.project]
    if not named and source.project is not None:
        dashboard.watch(source.project)
    # The first named project is shown. The others are one key away.
    for project in reversed(named):
        dashboard.watch(project)
    # A recording tells of its projects by itself.
    dashboard.watch_all = options.all and not source.tells_all
    dashboard.view.runs.all_projects = options.all or len(named) > 1
    recorded = _recorded_screen(source) if options.replay is not None else ""
    dashboard.has_fleet = options.prometheus is not None or recorded == "fleet"
    if options.gpu:
        dashboard.show_gpus()
    elif options.gpu_db:
        dashboard.show_system()
    elif recorded in ("gpus", "fleet"):
        dashboard.show_gpus()
    elif recorded == "system":
        dashboard.show_system()


def _recorded_screen(source: Source) -> str:
    """Return what was on screen when a recording began."""
    from trackio_view.recording.replay import Replay

    return source.header.screen if isinstance(source, Replay) else ""
