"""The program that is sent to a machine behind SSH: rooms of this package, as text in one piece.

What starts it is a command of one line that any login shell takes as it is: it has no quotes but
around itself, and no line break.
"""

from __future__ import annotations

import json
import sys
import zlib
from importlib.resources import files

ROOMS = (
    "named_tuple",
    "model.project_id",
    "model.project_names",
    "sources.trackio.faults",
    "sources.trackio.files.access",
    "sources.trackio.files.database",
    "sources.trackio.files.locations",
    "sources.trackio.ssh.far_end",
)
"""What is sent, each behind those that it imports."""

OLD_PYTHON = "trackio-view: this Python is"
"""What a Python says of itself that is too old; its version follows."""
PYTHON = "python3"

_STARTER = (
    "import sys; "
    f'sys.version_info < (3, 8) and sys.exit("{OLD_PYTHON} %d.%d" % sys.version_info[:2]); '
    "read = sys.stdin.buffer; "
    "exec(read.read(int(read.readline())).decode())"
)
COMMAND = f"{PYTHON} -I -B -c '{_STARTER}'"
"""Isolated, so that no module of a home stands before those of Python; and writes no bytecode."""

_LOADER = """
import json, sys, types, zlib
sent = json.loads(zlib.decompress(sys.stdin.buffer.read({size})))
for name, text in sent:
    parts = name.split(".")
    for end in range(1, len(parts)):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, "<" + name + ">", "exec", dont_inherit=True), module.__dict__)
module.run()
"""


def program() -> bytes:
    """Return what is to be written to the command's input before any question."""
    package = __package__.partition(".")[0]
    root = files(package)
    rooms = [
        [f"{package}.{room}", (root / f"{room.replace('.', '/')}.py").read_text("utf-8")]
        for room in ROOMS
    ]
    packed = zlib.compress(json.dumps(rooms).encode(), 9)
    loader = _LOADER.format(size=len(packed)).encode()
    return b"%d\n" % len(loader) + loader + packed


if __name__ == "__main__":
    # As a file: `python -m ...ssh.program | python3 -c ...` answers at once.
    sys.stdout.buffer.write(program())
