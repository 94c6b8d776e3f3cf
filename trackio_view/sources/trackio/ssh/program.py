"""The program that is sent to a machine behind SSH: rooms of this package, as text in one piece.

A command of one line starts it, which any login shell takes as it is: it has no quotes but around
itself, and no line break.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from importlib.resources import files

from trackio_view.light_typing import NamedTuple


class FarProgram(NamedTuple):
    """The program that is sent, and the Python that it needs."""

    rooms: tuple[str, ...]
    """The last room is run; each other one is compiled once it is imported."""
    least_python: tuple[int, int]
    command: str
    """What starts it, in one line."""

    @property
    def least_python_in_words(self) -> str:
        """Which Python is needed, as `3.8`."""
        return ".".join(map(str, self.least_python))


ROOMS = (
    "light_typing",
    "model.project_id",
    "sources.trackio.faults",
    "sources.trackio.files.access",
    "sources.trackio.files.held_log",
    "sources.trackio.files.database",
    "sources.trackio.run_identity",
    "sources.trackio.files.private_copy",
    "sources.trackio.files.locations",
    "sources.mounts",
    "sources.trackio.files.inbox_files",
    "sources.trackio.files.damaged_file",
    "sources.trackio.files.salvage",
    "sources.media_unread",
    "sources.trackio.files.media_files",
    "sources.trackio.ssh.frames",
    "sources.trackio.ssh.far_salvage",
    "sources.trackio.ssh.far_end",
)

OLD_PYTHON = "trackio-view: this Python is"
"""The answer of a Python that is too old; its version follows."""
PYTHON = "python3"

_STARTER = (
    "import sys; "
    'sys.version_info < {least} and sys.exit("{old} %d.%d" % sys.version_info[:2]); '
    "read = sys.stdin.buffer; "
    "exec(read.read(int(read.readline())).decode())"
)


def far_program(rooms: tuple[str, ...], least_python: tuple[int, int]) -> FarProgram:
    """Return the program of these rooms, for Pythons from one on."""
    starter = _STARTER.format(least=least_python, old=OLD_PYTHON)
    # It is isolated, so that no module of a home replaces one of Python's; and it writes no
    # bytecode.
    command = f"{PYTHON} -I -B -c '{starter}'"
    return FarProgram(rooms, least_python, command)


_LOADER = """
import json, sys, zlib
from importlib.machinery import ModuleSpec
texts = dict(json.loads(zlib.decompress(sys.stdin.buffer.read({size}))))
folders = {{name.rpartition(".")[0] for name in texts}}
class Rooms:
    def find_spec(name, path=None, target=None):
        if name in texts or any((folder + ".").startswith(name + ".") for folder in folders):
            return ModuleSpec(name, Rooms, is_package=name not in texts)
    def create_module(spec):
        return None
    def exec_module(module):
        name = module.__name__
        code = compile(texts.get(name, ""), "<" + name + ">", "exec", dont_inherit=True)
        exec(code, module.__dict__)
sys.meta_path.insert(0, Rooms)
last = list(texts)[-1]
__import__(last)
sys.modules[last].run()
"""


def rooms_for(*rooms: str) -> tuple[str, ...]:
    """Return these rooms with all rooms that they import, each after those that it needs."""
    package = __package__.partition(".")[0]
    root = files(package)
    found: list[str] = []
    opened: set[str] = set()

    def visit(room: str) -> None:
        if room in opened:
            return
        opened.add(room)
        text = (root / f"{room.replace('.', '/')}.py").read_text("utf-8")
        for module, several, one in _IMPORT.findall(text):
            name = module.strip(".")
            if (root / f"{name.replace('.', '/')}.py").is_file():
                visit(name)
                continue
            for part in re.findall(r"\w+", re.sub(r"\bas \w+", "", several or one)):
                visit(f"{name}.{part}" if name else part)
        found.append(room)

    for room in rooms:
        visit(room)
    return tuple(found)


_IMPORT = re.compile(
    rf"^ *from {__package__.partition('.')[0]}((?:\.\w+)*) import (?:\(([^)]*)\)|(.+))$",
    re.MULTILINE,
)


def packed_program(program: FarProgram) -> bytes:
    """Return the bytes to write to the command's input before any question."""
    package = __package__.partition(".")[0]
    root = files(package)
    rooms = [
        [f"{package}.{room}", (root / f"{room.replace('.', '/')}.py").read_text("utf-8")]
        for room in program.rooms
    ]
    packed = zlib.compress(json.dumps(rooms).encode(), 9)
    loader = _LOADER.format(size=len(packed)).encode()
    return b"%d\n" % len(loader) + loader + packed


PROJECTS = far_program(ROOMS, (3, 8))
"""Reads TrackIO's projects."""


if __name__ == "__main__":
    # For trying it as a file: `python -m ...ssh.program | python3 -c ...` answers at once.
    sys.stdout.buffer.write(packed_program(PROJECTS))
