import pytest

from trackio_view.model.roles import (
    LOSS_NAMES,
    METRIC_KINDS,
    Role,
    chart_order,
    is_loss,
    kind_of,
    main_loss,
    role_of,
)


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("loss", Role.LOSS),
        ("train/lm_loss", Role.LOSS),
        ("valLoss", Role.VALIDATION_LOSS),
        ("eval/perplexity", Role.VALIDATION_LOSS),
        ("loss_scale", Role.OTHER),
        ("accuracy", Role.QUALITY),
        ("eval/wer", Role.QUALITY),
        ("lr", Role.LEARNING_RATE),
        ("train/learning_rate", Role.LEARNING_RATE),
        ("lr-AdamW/pg1", Role.LEARNING_RATE),
        *((name, Role.OTHER) for name in ("lrap", "xlr", "molr/x", "girl_ratio", "walrus")),
        *((name, Role.OTHER) for name in ("l/r", "L/R_balance", "pearson/l.r", "control_r")),
        ("grad_norm", Role.GRADIENT),
        ("gradient_norm", Role.GRADIENT),
        # Two words make one where both have two letters at least.
        *(("ps_nr", Role.QUALITY), ("b_pc", Role.OTHER), ("pp_l", Role.OTHER)),
        ("sparsity", Role.SPARSITY),
        ("glossary", Role.OTHER),
        ("", Role.OTHER),
        ("损失", Role.OTHER),
    ],
)
def test_roles(metric, role) -> None:
    assert role_of(metric) is role


def test_the_names_of_the_loss_are_losses() -> None:
    assert all(is_loss(name) for name in LOSS_NAMES)


def test_no_word_belongs_to_two_kinds() -> None:
    words = [word for kind in METRIC_KINDS for word in (*kind.words, *kind.parts)]
    assert len(words) == len(set(words)) + 1, "`learningrate` alone is both a word and a part"
    assert kind_of("learningrate").role is Role.LEARNING_RATE


@pytest.mark.parametrize(
    ("metrics", "loss"),
    [
        (["train_loss", "loss"], "loss"),
        (["val_loss", "train_loss"], "train_loss"),
        (["Train/Loss", "x"], "Train/Loss"),
        (["acc", "val_loss", "aux_loss"], "aux_loss"),
        (["acc", "val_loss"], "val_loss"),
        (["acc", "x"], "acc"),
        ([], None),
    ],
)
def test_main_loss(metrics, loss) -> None:
    assert main_loss(metrics) == loss


def test_charts_begin_with_the_loss_and_go_by_role() -> None:
    logged = dict.fromkeys(["x", "lr", "val/loss", "acc", "aux_loss", "loss"])
    assert chart_order(logged) == ["loss", "aux_loss", "val/loss", "acc", "lr", "x"]
