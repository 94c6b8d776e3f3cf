"""What `--help` prints: the options in groups, three examples, and the exit codes."""

from textwrap import fill

from trackio_view.headless.exit_codes import EXIT_CODES
from trackio_view.model.gpu_support import GPU_SUPPORT
from trackio_view.options.command_line import build_parser, help_width
from trackio_view.options.setting_table import SETTINGS

EXAMPLES = (
    ("trackio-view -p my-project", "watch a project; ? tells the keys, q quits"),
    ("trackio-view --once | grep Loss", "print the present state, for scripts"),
    ("trackio-view --until 'train/loss < 0.5' --timeout 2h", "wait for a value"),
)


def help_text() -> str:
    """Return the help, in lines as long as the terminal is wide."""
    parser = build_parser()
    examples = "\n".join(f"  {command}\n      {meaning}" for command, meaning in EXAMPLES)
    codes = "\n".join(
        _filled(f"{int(code):5}  ", what.replace("`", ""))
        for code, (what, *_) in EXIT_CODES.items()
    )
    seen = "\n".join(_filled("  ", f"{gpu.vendor}: {gpu.seen}") for gpu in GPU_SUPPORT)
    settings = _filled("  ", ", ".join(setting.key for setting in SETTINGS))
    parser.epilog = (
        f"examples:\n{examples}\n\nexit codes:\n{codes}\n\nGPUs, seen so far:\n{seen}\n\n"
        f"settings, as --print-config prints them:\n{settings}\n"
    )
    return parser.format_help()


def _filled(label: str, text: str) -> str:
    """Return a text behind its label, broken into lines of the help."""
    return fill(
        text,
        help_width(),
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
    )
