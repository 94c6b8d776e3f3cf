"""The steps of lines of logs."""

from __future__ import annotations

import pytest

from trackio_view.sources.log.lines import read_line
from trackio_view.sources.log.steps import StepCounter

OPENMMLAB = """\
04/21 21:03:53 - mmengine - INFO - Epoch(train)  [1][ 10/90]  lr: 2e-02  eta: 0:12:34  loss: 1.2
04/21 21:04:53 - mmengine - INFO - Epoch(train)  [1][ 90/90]  lr: 2e-02  eta: 0:12:34  loss: 1.1
04/21 21:05:03 - mmengine - INFO - Epoch(val)  [1][10/20]    eta: 0:00:01  time: 0.1
04/21 21:05:05 - mmengine - INFO - Epoch(val) [1][20/20]    coco/bbox_mAP: 0.3010
04/21 21:06:53 - mmengine - INFO - Epoch(train)  [2][ 10/90]  lr: 2e-02  loss: 1.0"""

LLAMA_FACTORY = """\
{"current_steps": 5, "total_steps": 120, "loss": 1.2, "epoch": 0.5, "percentage": 4.17}
{"current_steps": 10, "total_steps": 120, "loss": 1.1, "epoch": 1.0, "percentage": 8.33}
{"current_steps": 15, "total_steps": 120, "eval_loss": 1.1, "epoch": 1.5, "percentage": 12.5}"""


def steps_of(text: str, counter: StepCounter | None = None) -> list[float]:
    counter = counter or StepCounter(counts_steps=False)
    steps: list[float] = []
    for text_line in text.splitlines():
        line = read_line(text_line)
        assert line is not None
        steps.append(counter.step(line, len(steps)))
    return steps


@pytest.mark.parametrize(
    ("text", "steps", "total"),
    [
        (OPENMMLAB, [10, 90, 90, 90, 100], None),
        # The number of epochs stands in the config at the beginning, or nowhere.
        (
            f"train_cfg = dict(max_epochs=12, type='EpochBasedTrainLoop')\n{OPENMMLAB}",
            [0, 10, 90, 90, 90, 100],
            12 * 90,
        ),
        ("max_epochs = -1\nEpoch(train) [1][10/90] loss: 1", [0, 10], None),
        (LLAMA_FACTORY, [5, 10, 15], 120),
        (
            "Iter(train) [ 50/40000] loss: 2\nIter(val) [500/500] mIoU: 1\n"
            "Iter(train) [100/40000] loss: 1",
            [50, 50, 100],
            40000,
        ),
        ("Epoch(val) [0][5/5] mAP: 0.1\nEpoch(train) [1][10/90] loss: 1", [0, 10], None),
        (
            "Epoch [1][50/70]\tloss: 2\nEpoch(val) [1][12]\tmAP: 0.1\nEpoch [2][50/70]\tloss: 1",
            [50, 50, 120],
            None,
        ),
        ("Epoch [1/3], Step [5/10], Loss: 3\nEpoch [2/3], Step [5/10], Loss: 2", [5, 15], 30),
        ("step 5/100 loss 3 epoch 0.9\nstep 10/100 loss 2 epoch 1.1", [5, 10], 100),
        ("step 10 loss 1\nval loss: 2", [10, 10], None),
        ("Epoch 1/9 loss 3\nEpoch 2/9 loss 2", [1, 2], 9),
        ("loss=1\nloss=2", [0, 1], None),
    ],
)
def test_each_line_has_its_step(text: str, steps: list[float], total: float | None) -> None:
    counter = StepCounter(counts_steps=False)
    assert steps_of(text, counter) == steps
    assert counter.total == total


def test_an_epoch_is_no_step_of_a_log_that_counts_steps() -> None:
    text = "epoch=0 eval_loss=3\nstep=100 epoch=1 loss=2\nepoch=1 eval_loss=1\nstep=200 loss=1"
    counter = StepCounter(counts_steps=False)
    steps_of(text, counter)
    assert counter.epochs_were_steps
    assert counter.counts_steps
    again = StepCounter(counts_steps=True)
    assert steps_of(text, again) == [0, 100, 100, 200]
    assert not again.epochs_were_steps
