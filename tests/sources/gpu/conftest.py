"""Trees of kernel files that a test writes, and a clock that the test moves."""

from __future__ import annotations

import errno
import functools
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.sources.gpu.flushes_by_hand import Machine
from trackio_view.model.gpu import GpuSample
from trackio_view.sources.gpu.sampler import Sampler, Tier

Content = str | bytes | int | Path
"""A file's content, or the target of a link."""
WriteTree = Callable[[Mapping[str, Content]], Path]


class ManualClock:
    """A clock whose seconds pass only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine whose processes flush projects, and by whose clock time passes."""
    machine = Machine(tmp_path)
    monkeypatch.setattr(time, "monotonic", lambda: machine.now)
    return machine


@pytest.fixture
def write_tree(tmp_path: Path) -> WriteTree:
    """Return the function that writes files below `tmp_path / "machine"`, which it returns."""
    root = tmp_path / "machine"

    def write(files: Mapping[str, Content]) -> Path:
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                path.symlink_to(content)
            else:
                data = content if isinstance(content, bytes) else f"{content}\n".encode()
                path.write_bytes(data)
        root.mkdir(exist_ok=True)
        return root

    return write


@pytest.fixture
def failing_reads(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return a mapping from the ending of a path to the error number of opening it.

    The tests may run as root, who may open everything, so refusals are simulated.
    """
    errors: dict[str, int] = {}
    real_open = os.open

    def fake_open(path: str | os.PathLike[str], *arguments: int, **options: int) -> int:
        for ending, number in errors.items():
            if str(path).endswith(ending):
                raise OSError(number, errno.errorcode[number], str(path))
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", fake_open)
    return errors


StandIns = Callable[..., list[str]]


@pytest.fixture
def stand_ins(write_tree: WriteTree, failing_reads: dict[str, int]) -> StandIns:
    """Return what lists the values that become other ones while a single file cannot be read.

    A part of a list or of a mapping may be lacking; nothing else may stand in its place.
    """

    def changed(tree: Mapping[str, Content], sampler_of: Callable[[Path], Sampler]) -> list[str]:
        sampler = sampler_of(write_tree(tree))
        before = sampler.sample(Tier.ALL)
        found = []
        for path in tree:
            for number in (errno.ENODATA, errno.EINVAL, errno.ENOENT, errno.EBUSY):
                failing_reads[path] = number
                after = sampler.sample(Tier.ALL)
                failing_reads.clear()
                sampler.sample(Tier.ALL)
                found += [
                    f"{errno.errorcode[number]} of {path}: {field} {old!r} {new!r}"
                    for field, old, new in zip(GpuSample._fields, before, after, strict=True)
                    if field not in ("identity", "time", "reasons", "measures")
                    and not _is_lacking(old, new)
                ]
        return found

    return changed


def _is_lacking(old: object, new: object) -> bool:
    """Return whether a value is as it was, or is not there, or lacks a part."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return new.items() <= old.items()
    if isinstance(old, tuple) and isinstance(new, tuple):
        return set(new) <= set(old)
    return new is None or new == old


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the paths that are opened from now on."""
    paths: list[str] = []
    real_open = os.open

    def recording_open(path: str | os.PathLike[str], *arguments: int, **options: int) -> int:
        paths.append(str(path))
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", recording_open)
    return paths


AskStub = Callable[..., Any]


@pytest.fixture(scope="session")
def compile_stub(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the function that compiles the stand-in for NVIDIA's library, each variant once."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the stand-in for NVIDIA's library with")
    source = Path(__file__).with_name("nvml_stub.c")

    @functools.cache
    def build(*options: str) -> Path:
        library = tmp_path_factory.mktemp("nvml") / "libnvidia-ml.so.1"
        name = "-Wl,-soname,libnvidia-ml.so.1"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-pthread", name, *options, "-o", library, source],
            check=True,
            timeout=60,
        )
        return library

    return build


PRELUDE = """
import ctypes, json, sys, time
library = ctypes.CDLL(sys.argv[1], ctypes.RTLD_GLOBAL) if sys.argv[1] else None
from pathlib import Path
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.sampler import Roots, Tier
from trackio_view.sources.gpu.nvidia.gpus import discover
from trackio_view.sources.gpu.watch import VENDORS, sample_once
now = 1000.0
clock = lambda: now
machine = Path(sys.argv[2])
roots = Roots(sys=machine / "sys", proc=machine / "proc", dev=machine / "dev")
def put(name, value): library.stub_set(name.encode(), value)
def words(sample): return {name: reason.name for name, reason in sample.reasons.items()}
"""


@pytest.fixture
def ask_nvidia(compile_stub: Callable[..., Path], write_tree: WriteTree) -> AskStub:
    """Return the function that runs a script in a process of its own, with the stand-in loaded.

    The script sets `answer`, which is returned through JSON. The options are those of the stand-in.
    """

    def ask(script: str, *build: str, library: bool = True, **options: int) -> Any:
        environment = {
            **{name: text for name, text in os.environ.items() if name != "LD_LIBRARY_PATH"},
            **{f"NVML_STUB_{name}": str(value) for name, value in options.items()},
        }
        finished = subprocess.run(
            [
                sys.executable,
                "-c",
                f"{PRELUDE}\n{textwrap.dedent(script)}\nprint(json.dumps(answer))",
                str(compile_stub(*build)) if library else "",
                str(write_tree({})),
            ],
            env=environment,
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    return ask
