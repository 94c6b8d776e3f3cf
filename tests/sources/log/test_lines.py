"""The numbers and times in lines of training logs, and nothing else."""

from __future__ import annotations

import json
import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.sources.log.lines import read_line
from trackio_view.sources.log.log_words import IGNORED_NAMES

NAN = math.nan


def numbers_of(line: str) -> dict[str, float]:
    read = read_line(line)
    return {} if read is None else read.values


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("loss=0.5 acc=0.9", {"loss": 0.5, "acc": 0.9}),
        ("loss: 0.5, acc: 90%", {"loss": 0.5, "acc": 90}),
        ("step: 5, loss: 0.5, loss: 0.7", {"step": 5, "loss": 0.5}),
        ("loss=1e-3 lr=-.5E+2 x=+7", {"loss": 1e-3, "lr": -50.0, "x": 7}),
        ("a=1. b=2.5.", {"a": 1.0, "b": 2.5}),
        ("loss=nan ppl=inf low=-Infinity", {"loss": NAN, "ppl": math.inf, "low": -math.inf}),
        (
            "| epoch   1 |   200/ 2983 batches | lr 20.00 | ms/batch  5.5 | loss  7.71 | ppl 22.0",
            {"epoch": 1, "batch": 200, "lr": 20.0, "ms/batch": 5.5, "loss": 7.71, "ppl": 22.0},
        ),
        ("iter 10: loss 3.2, time 5ms, mfu 3%", {"iter": 10, "loss": 3.2, "time": 5, "mfu": 3}),
        (
            "step 250: train loss 2.1, val loss 2.2",
            {"step": 250, "train_loss": 2.1, "val_loss": 2.2},
        ),
        (
            "100/100 [=====] - 2s 20ms/step - loss: 0.3 - accuracy: 0.9",
            {"batch": 100, "loss": 0.3, "accuracy": 0.9},
        ),
        (
            "1875/1875 ━━━━━━━━ 2s 997us/step - accuracy: 0.8806 - loss: 0.4",
            {"batch": 1875, "accuracy": 0.8806, "loss": 0.4},
        ),
        (
            "Epoch 1:  50%|███  | 500/1000 [00:10<00:10, 50.00it/s, v_num=0, train_loss=0.5]",
            {"Epoch": 1, "batch": 500, "train_loss": 0.5},
        ),
        ("step 12/100", {"step": 12}),
        ("Epoch [1/10], Step [100/600], Loss: 0.25", {"Epoch": 1, "Step": 100, "Loss": 0.25}),
        (
            "Epoch: [0][ 10/5005]\tTime  0.5 ( 0.6)\tLoss 6.9e+00 (7.0e+00)\tAcc@1   0.00 (  0.1)",
            {"Epoch": 0, "batch": 10, "Time": 0.5, "Loss": 6.9, "Acc@1": 0.0},
        ),
        (
            "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.300",
            {"Train_Epoch": 1, "batch": 640, "Loss": 2.3},
        ),
        (
            "{'loss': 0.5, 'grad_norm': nan, 'epoch': 1.0}",
            {"loss": 0.5, "grad_norm": NAN, "epoch": 1.0},
        ),
        ("{'loss': '0.5', 'learning_rate': '5e-05'}", {"loss": 0.5, "learning_rate": 5e-05}),
        ("{'eval_loss': np.float64(0.5), 'epoch': 1.0}", {"eval_loss": 0.5, "epoch": 1.0}),
        ('{"loss":0.5,"step":3,"ok":true,"name":"x"}', {"loss": 0.5, "step": 3}),
        (
            '{"train":{"loss":NaN},"big":18446744073709551615}',
            {"train/loss": NAN, "big": 2**64 - 1},
        ),
        ("loss: tensor(0.5, device='cuda:0', grad_fn=<X>)", {"loss": 0.5}),
        ("\x1b[32mloss\x1b[0m: \x1b[1;31m0.5\x1b[0m", {"loss": 0.5}),
        ("step 1,200: loss 0.5", {"step": 1200, "loss": 0.5}),
        (
            "[20]\tvalidation-rmse:0.5\ttrain-rmse:0.4",
            {"iteration": 20, "validation-rmse": 0.5, "train-rmse": 0.4},
        ),
        ("[10:00:00] [0]\ttrain-rmse:nan", {"iteration": 0, "train-rmse": NAN}),
        (
            "[20] training's l2: 0.1 valid_1's l2: 0.2",
            {"iteration": 20, "training/l2": 0.1, "valid_1/l2": 0.2},
        ),
        ("[20]\tcv_agg's valid auc: 0.9 + 0.01", {"iteration": 20, "cv_agg/valid_auc": 0.9}),
        ("20:\tlearn: 0.6\ttest: 0.5", {"iteration": 20, "learn": 0.6, "test": 0.5}),
        ("[1] loss=0.5", {"loss": 0.5}),
        ("[1]\ttrain-loss:0.5 step: 9", {"train-loss": 0.5, "step": 9}),
        ("lr=[1e-4, 2e-4] loss=0.5 step=3", {"loss": 0.5, "step": 3}),
        ("step 3 | lr [1e-4, 2e-4] | loss 0.5", {"step": 3, "loss": 0.5}),
        (
            "step 5 | a: 2k | b: 3K | c: 4M | d: 5G | e: 6T",
            {"step": 5, "a": 2000, "b": 3000, "c": 4 * 10**6, "d": 5 * 10**9, "e": 6 * 10**12},
        ),
        ("step 5 | tok/s 12.5k | norm: 1.0", {"step": 5, "tok/s": 12500.0, "norm": 1.0}),
        ("loss 0.5 at step 100", {"loss": 0.5, "step": 100}),
        ("model=resnet50 loss=0.5", {"loss": 0.5}),
        ("[2026-01-01 10:00:00,123][INFO] loss=0.5", {"loss": 0.5}),
        ("2026-01-01 10:00:00.123 | INFO  | __main__:train:42 - loss: 0.5", {"loss": 0.5}),
        ("INFO:__main__:step 5 loss 0.5", {"step": 5, "loss": 0.5}),
        ("Jan  1 10:00:00 step 5 loss 0.5", {"step": 5, "loss": 0.5}),
        (
            "I0101 10:00:00.123456 123 solver.cpp:42] Iteration 9, loss = 0.5",
            {"Iteration": 9, "loss": 0.5},
        ),
        ("[rank0]: loss=0.5", {"loss": 0.5}),
        # As `torchrun --tee 3`, `mpirun --tag-output` and `srun --label` mark each line.
        ("[default0]:step=3 loss=0.5", {"step": 3, "loss": 0.5}),
        ("[default1]:iter 10: loss 0.5", {"iter": 10, "loss": 0.5}),
        ("[default0]:{'loss': 0.5, 'step': 3}", {"loss": 0.5, "step": 3}),
        ("[1,0]<stdout>:step=3 loss=0.5", {"step": 3, "loss": 0.5}),
        ("0: step=3 loss=0.5", {"step": 3, "loss": 0.5}),
        ("[trainer]:3 loss=0.5", {"loss": 0.5}),
        (
            "[01/31 10:00:00 d2.utils.events]:  eta: 1 day, 0:01:00  iter: 19  total_loss: 1.5",
            {"iter": 19, "total_loss": 1.5},
        ),
        ("completed step: 10, seconds: 1.5", {"completed_step": 10, "seconds": 1.5}),
        ("1/9 [>...] - ETA: 4s - loss: 0.5", {"batch": 1, "loss": 0.5}),
        ("Epoch 00001: val_loss improved from inf to 0.51, saving", {"Epoch": 1}),
        ("损失: 0.5", {"损失": 0.5}),
    ],
)
def test_numbers_of_a_line(line: str, expected: dict[str, float]) -> None:
    found = numbers_of(line)
    assert {name: repr(value) for name, value in found.items()} == {
        name: repr(value) for name, value in expected.items()
    }


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "name=value",
        "loss=",
        "Using seed 42",
        "Saved checkpoint at step 500",
        "http://localhost:8080/ is up",
        "train.py:123 starting",
        "version 1.2.3 of 2026-01-01",
        " 50%|█████     | 500/1000 [00:10<00:10, 50.00it/s]",
        "[]",
        "{}",
        '{"text": "hello"}',
        "{" * 2000,
        "loss=" + "9" * 5000,
        "loss: " + "9" * 300 + "G",
        '{"a":' * 3000 + '"x"' + "}" * 3000,
    ],
)
def test_lines_without_metrics(line: str) -> None:
    assert numbers_of(line) == {}


def test_a_fraction_of_thousands_of_digits_counts_nothing() -> None:
    assert numbers_of("loss: 1.0 " + "1" * 5000 + "/12") == {"loss": 1.0}


def test_a_line_tells_its_time_where_it_has_one() -> None:
    zoned = read_line("2026-01-01T10:00:00.5Z loss=1")
    field = read_line('{"loss": 1, "timestamp": "2026-01-01T11:00:00.5+01:00"}')
    seconds = read_line('{"loss": 1, "ts": 1767261600.5}')
    duration = read_line('{"loss": 1, "time": 12.5}')
    assert zoned
    assert field
    assert seconds
    assert duration
    assert zoned.time == field.time == seconds.time == 1767261600.5
    assert math.isnan(duration.time)
    assert duration.values == {"loss": 1, "time": 12.5}


@given(st.text(alphabet=string.printable + "é█\x1b\u202e", max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for value in numbers_of(text).values():
        assert isinstance(value, int | float)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z_]{0,8}/?[a-z0-9]{1,5}", fullmatch=True),
        st.floats() | st.integers(-(2**70), 2**70),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["{}={}", "{}: {}"]),
    st.sampled_from([" ", ", ", " | ", " - ", "\t"]),
)
@settings(deadline=None)
def test_printed_numbers_are_read_back(values: dict[str, float], pair: str, separator: str) -> None:
    names = {name: value for name, value in values.items() if name not in IGNORED_NAMES}
    line = separator.join(pair.format(name, value) for name, value in names.items())
    found = numbers_of(line)
    assert {name: repr(value) for name, value in found.items()} == {
        name: repr(value) for name, value in names.items()
    }


def test_a_line_may_hold_thousands_of_metrics() -> None:
    expected = {f"metric_{number}": float(number) for number in range(5000)}
    line = " ".join(f"{name}={value}" for name, value in expected.items())
    assert numbers_of(line) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("loss", "losses", "nll", "bpc", "ppl", "err", "rmse", "acc@5", "f1", "kl", "wps"),
        *("top5", "return", "entropy", "gnorm", "learning_rate", "psnr", "auroc", "r2"),
    ],
)
def test_numbers_behind_words_of_trainings_are_metrics(name: str) -> None:
    assert numbers_of(f"{name} 3.5") == {name: 3.5}


@pytest.mark.parametrize("name", ["widgets", "pass", "top", "f", "errors", "error_code", "samples"])
def test_numbers_behind_other_words_are_no_metrics(name: str) -> None:
    assert numbers_of(f"{name} 3.5") == {}


@pytest.mark.parametrize(
    ("written", "total"), [("1", 1), ("0", None), ("0.5", None), ("-3", None), ("1e300", None)]
)
def test_a_training_has_one_step_at_least(written: str, total: int | None) -> None:
    line = read_line(f"step=1 total_steps={written} loss=2.5")
    assert line is not None
    assert line.total_steps == total
    assert ("total_steps" in line.values) == (total is None), "it is a metric like any other"


def test_a_log_and_a_config_name_totals_alike() -> None:
    for name in ("total_steps", "max_train_steps", "num_iterations", "max_updates"):
        line = read_line(json.dumps({"step": 5, name: 120, "loss": 1.0}))
        assert line is not None
        assert (line.total_steps, set(line.values)) == (120, {"step", "loss"})
    for name in ("total_timesteps", "training_steps", "n_steps"):
        line = read_line(json.dumps({"step": 5, name: 120, "loss": 1.0}))
        assert line is not None
        assert line.total_steps is None
        assert line.values[name] == 120
