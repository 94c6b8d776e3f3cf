"""The table of the processes that use the GPUs."""

from __future__ import annotations

import pytest

from trackio_view.model.gpu import GpuProcess
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.gpu_processes import draw_processes, wanted_height
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH
from trackio_view.view.gpus import ProcessOrder, ProcessRow

P = ProjectId("", "digits")


def drawn(
    *processes: GpuProcess,
    hidden: int = 0,
    known: bool = True,
    unseen: bool = False,
    memo: Memo | None = None,
) -> list[str]:
    frame = Frame(110, 8)
    rows = [ProcessRow(3, process) for process in processes]
    draw_processes(
        frame,
        Rect(2, 1, 108, 7),
        rows,
        ProcessOrder.LOAD,
        hidden,
        memo or Memo(),
        known=known,
        unseen=unseen,
    )
    return ["".join(row).rstrip() for row in frame.glyphs]


def process(**fields: object) -> GpuProcess:
    given = {"memory": None, "load": None, "user": None, "command": None, **fields}
    return GpuProcess(41, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "height"), [(0, 4), (1, 4), (5, 8), (11, 14), (400, 14)])
def test_it_is_as_high_as_its_rows_up_to_a_bound(count: int, height: int) -> None:
    assert wanted_height([ProcessRow(0, process())] * count) == height


def test_each_column_is_named_and_numbers_end_below_their_names() -> None:
    _, _, names, row, *_ = drawn(process(memory=3 << 30, load=41.6))
    assert [name for name in names.strip("│ ").split() if name != "to"] == [
        *("GPU", "pid", "user", "kind", "memory", "load", "logs", "command")
    ]
    for name, value in (("GPU", "3"), ("pid", "41"), ("memory", "3.0 GB"), ("load", "42%")):
        assert names.index(name) + len(name) == row.index(value) + len(value)


def test_a_long_user_leaves_room_for_the_command() -> None:
    row = drawn(process(user="a" * 40, command="python train.py"))[3]
    user = next(word for word in row.split() if word.startswith("aa"))
    assert user == f"{'a' * 7}…{'a' * 6}"
    assert "python train.py" in row


def test_an_unknown_field_is_a_dash() -> None:
    row = drawn(process())[3]
    assert row.split()[1:-1] == ["3", "41", *DASH * 6]


def test_a_process_is_told_with_what_it_logs_to() -> None:
    known = process(memory=3 << 30, load=41.6, user="ada", command="python t.py", project=P)
    assert "ada" in drawn(known)[3]
    assert "42%" in drawn(known)[3]
    assert "digits" in drawn(known)[3]
    assert "brave-fox" in drawn(known._replace(run="brave-fox"))[3]
    assert "rank of digits" in drawn(known._replace(link="same job"))[3]


def test_the_border_says_what_it_is_sorted_by_and_whom_it_hides() -> None:
    assert drawn(process())[1].lstrip().startswith("╭")
    assert "processes by load" in drawn(process())[1]
    assert "hidden" not in drawn(process())[1]
    assert "(2 of other users hidden)" in drawn(process(), hidden=2)[1]


def test_nobody_and_not_told_differ() -> None:
    assert any("no process uses these GPUs" in line for line in drawn())
    assert any("nobody tells who uses these GPUs" in line for line in drawn(known=False))


def test_where_others_may_be_nobody_is_said_to_be_there() -> None:
    for told in (drawn(hidden=2), drawn(unseen=True)):
        assert any("no visible process uses these GPUs" in line for line in told)
    assert "(others are out of sight)" in drawn(process(), unseen=True)[1]
    assert "out of sight" not in drawn(process(), hidden=2, unseen=True)[1]


def test_the_same_processes_are_not_drawn_twice() -> None:
    memo = Memo()
    first = drawn(process(), memo=memo)
    assert drawn(process(), memo=memo) == first
    assert memo.computed == 1
    drawn(process(load=1.0), memo=memo)
    assert memo.computed == 2
