"""The command line and the user of a process, from the kernel's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.sources.gpu.kernel.procfs import (
    has_gpu_open,
    is_in_first_namespace,
    process_command,
    process_user,
    sees_everybody,
    user_names,
)
from trackio_view.sources.gpu.sampler import Roots


def test_a_process_without_a_command_line_is_named_in_brackets(write_tree) -> None:
    tree = {"proc/5/comm": "kthread", "proc/5/cmdline": b""}
    # One that has written blanks over its own.
    root = write_tree({**tree, "proc/7/comm": "worker", "proc/7/cmdline": b" \0\0\0"})
    assert process_command(Roots.captured(root), 5) == "[kthread]"
    assert process_command(Roots.captured(root), 6) is None
    assert process_command(Roots.captured(root), 7) == "[worker]"


@pytest.mark.parametrize("number", ["9" * 5000, "²"])
def test_a_process_of_no_readable_user_has_none(write_tree, number: str) -> None:
    root = write_tree({"proc/7/status": f"Name:\tx\nUid:\t{number}\t0\n"})
    assert process_user(Roots.captured(root), 7, lambda uid: None) is None


def test_users_of_a_capture_are_named_by_its_own_list_whatever_else_that_holds(write_tree) -> None:
    users = "# users\n\nodd\nshort:x\nroot:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000\nlast:x:7\n"
    name = user_names(Roots.captured(write_tree({"etc/passwd": users})))
    assert list(map(name, (0, 1000, 7, 8))) == ["root", "anna", "last", None]


def test_a_program_in_a_container_or_where_others_are_hidden_does_not_see_everybody(
    tmp_path: Path,
) -> None:
    assert sees_everybody(tmp_path), "a system without namespaces"
    (tmp_path / "self" / "ns").mkdir(parents=True)
    namespace = tmp_path / "self" / "ns" / "pid"
    namespace.symlink_to("pid:[4026531836]")
    assert not sees_everybody(tmp_path), "the first process is hidden"
    (tmp_path / "1").mkdir()
    assert sees_everybody(tmp_path)
    assert is_in_first_namespace(tmp_path)
    namespace.unlink()
    namespace.symlink_to("pid:[4026532001]")
    assert not sees_everybody(tmp_path)
    assert not is_in_first_namespace(tmp_path)


@pytest.mark.parametrize(
    ("opened", "holds"),
    [("/dev/nvidia0", True), ("/dev/nvidia-uvm", True), ("/dev/dxg", True), ("/dev/null", False)],
)
def test_who_computes_on_a_gpu_has_it_open(write_tree, opened: str, holds: bool) -> None:
    root = write_tree({"proc/7/fd/0": Path("/tmp/log"), "proc/7/fd/3": Path(opened)})
    assert has_gpu_open(root / "proc", 7) is holds
    assert not has_gpu_open(root / "proc", 8)
