"""The command line and the user of a process, from the kernel's files."""

from __future__ import annotations

import pytest

from trackio_view.sources.gpu.kernel.procfs import process_command, process_user
from trackio_view.sources.gpu.sampler import Roots


def test_a_process_without_a_command_line_is_named_in_brackets(write_tree) -> None:
    root = write_tree({"proc/5/comm": "kthread", "proc/5/cmdline": b""})
    assert process_command(Roots.captured(root), 5) == "[kthread]"
    assert process_command(Roots.captured(root), 6) is None


@pytest.mark.parametrize("number", ["9" * 5000, "²"])
def test_a_process_of_no_readable_user_has_none(write_tree, number: str) -> None:
    root = write_tree({"proc/7/status": f"Name:\tx\nUid:\t{number}\t0\n"})
    assert process_user(Roots.captured(root), 7, lambda uid: None) is None
