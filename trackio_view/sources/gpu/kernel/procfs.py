"""What the kernel's files tell of one process, and whether they tell of all of them."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable
from pathlib import Path

from trackio_view.sources.gpu.kernel.sysfs import read_bytes, text_or_none, whole_number
from trackio_view.sources.gpu.sampler import Roots

_FIRST_NAMESPACE = "pid:[4026531836]"
"""The namespace in which the system started: its number is a constant of the kernel."""
_GPU_FILE = re.compile(r"/dev/(nvidia|dxg)")
"""Files of which each program that computes on one of NVIDIA's GPUs has one open, under WSL as
well.
"""


def is_in_first_namespace(proc: Path) -> bool:
    """Return whether processes have the same numbers here as for a driver of the machine.

    In a container they have others. Source: pid_namespaces(7).
    """
    try:
        return os.readlink(f"{proc}/self/ns/pid") == _FIRST_NAMESPACE
    except OSError:
        # The system has no namespaces.
        return True


def sees_everybody(proc: Path) -> bool:
    """Return whether no process of this machine is out of sight.

    To programs in a container, processes of other namespaces are out of sight, and so are those of
    other users where the system hides them. Source: proc(5).
    """
    return is_in_first_namespace(proc) and (
        os.path.exists(f"{proc}/1") or not os.path.exists(f"{proc}/self")
    )


def has_gpu_open(proc: Path, pid: int) -> bool:
    """Return whether a process is seen to have one of NVIDIA's GPUs open."""
    folder = f"{proc}/{pid}/fd"
    try:
        links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
    except OSError:
        return False
    return any(map(_GPU_FILE.match, links))


def process_command(roots: Roots, pid: int) -> str | None:
    """Return a process' command line, or its name in brackets where it has none."""
    folder = roots.proc / str(pid)
    content = read_bytes(folder / "cmdline")
    if isinstance(content, bytes) and content.strip(b"\0 \n"):
        return content.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    name = text_or_none(folder / "comm")
    return f"[{name}]" if name else None


def process_user(roots: Roots, pid: int, read_user: Callable[[int], str | None]) -> str | None:
    """Return the user of a process by name, else by number."""
    status = text_or_none(roots.proc / str(pid) / "status") or ""
    match = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
    number = whole_number(match[1]) if match else None
    return None if number is None else read_user(number) or str(number)


def user_names(roots: Roots) -> Callable[[int], str | None]:
    """Return the function that names users: this machine's, or a capture's own."""

    @functools.cache
    def of_machine(number: int) -> str | None:
        import pwd

        try:
            return pwd.getpwuid(number).pw_name
        except KeyError:
            return None

    @functools.cache
    def of_capture(number: int) -> str | None:
        for line in (text_or_none(roots.etc / "passwd") or "").splitlines():
            fields = line.split(":")
            if fields[2:3] == [str(number)]:
                return fields[0]
        return None

    return of_machine if roots.live else of_capture
