"""`--output`: the frame of the live screen, written as a picture."""

from __future__ import annotations

import os
import time

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say
from trackio_view.operating_system.whole_file import write_whole_file
from trackio_view.options.command_line import Options
from trackio_view.options.settings import chosen_theme
from trackio_view.pictures.formats import picture
from trackio_view.pictures.png import PictureFault
from trackio_view.pictures.still import NothingToShow, still_dashboard
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.line_palette import theme_for
from trackio_view.terminal.text import sanitize

_USUAL_SIZE = (120, 40)


def write_picture(options: Options) -> int:
    """Write the picture that the options ask for; say on stderr why not, and return how it went."""
    if options.output is None:
        raise ValueError("no output was asked for")
    width, height = options.size or _USUAL_SIZE
    try:
        dashboard = still_dashboard(options, width, height)
        frame = Composer().compose(dashboard, time.time())
        theme = theme_for(chosen_theme(options.theme), os.environ)
        content = picture(frame, options.output, theme)
        write_whole_file(options.output, content)
    except NothingToShow as answer:
        say(str(answer))
        return ExitCode.NOTHING
    except PictureFault as fault:
        say(str(fault))
        return ExitCode.UNWRITABLE
    except OSError as error:
        say(f"Cannot write {sanitize(str(options.output))}: {error.strerror or error}")
        return ExitCode.UNWRITABLE
    return ExitCode.DONE
