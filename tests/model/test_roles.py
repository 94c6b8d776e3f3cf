import pytest

from trackio_view.model.roles import (
    LOSS_NAMES,
    METRIC_KINDS,
    Direction,
    Role,
    chart_order,
    has_usual_loss,
    is_held_out,
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


def test_each_usual_name_of_a_loss_goes_before_other_losses_and_names_that_come_later() -> None:
    for place, name in enumerate(LOSS_NAMES):
        later = [[other] for other in LOSS_NAMES[place + 1 :]]
        for own in (name, name.upper()):
            for others in (["aux_loss", "val/loss", "x"], *later):
                assert main_loss([*others, own]) == own
                assert has_usual_loss([*others, own])
    assert not has_usual_loss(["aux_loss", "val/loss", "x"])


def test_charts_begin_with_the_loss_and_go_by_role() -> None:
    logged = dict.fromkeys(["x", "lr", "val/loss", "acc", "aux_loss", "loss"])
    assert chart_order(logged) == ["loss", "aux_loss", "val/loss", "acc", "lr", "x"]


LOW, HIGH, NEUTRAL = Direction
BY_WORD = {
    (Role.OTHER, NEUTRAL): "loss_scale loss_std loss_var loss_stddev loss_count num_loss loss_time"
    " loss_seconds loss_sec loss_duration loss/steps loss/samples loss/tokens",
    (Role.LEARNING_RATE, NEUTRAL): "lr lrs learningrate learningrates",
    (Role.GRADIENT, NEUTRAL): "grad grads gradient gradients gradnorm",
    (Role.LOSS, LOW): "nll ppl bpb bpc trainloss losses perplexity",
    (Role.QUALITY, LOW): "err mse rmse mae mape wer cer fid kl elbo bits regret error divergence",
    (Role.SPARSITY, HIGH): "sparsity weightsparsity",
    (
        Role.QUALITY,
        HIGH,
    ): "acc f1 f_2 f0.5 f_beta fbeta f_score auc auroc auprc roc map iou miou dice"
    " bleu rouge meteor em top1 top-5 top_5 r2 r_2 psnr ssim mcc pass accuracy accuracies precision"
    " recall reward score success winrate margin",
}
"""What each word says of a metric: its role, and which way it should go."""


@pytest.mark.parametrize(
    ("metric", "role", "direction"),
    [(name, *kind) for kind, names in BY_WORD.items() for name in names.split()],
)
def test_each_word_says_what_a_metric_is_and_which_way_it_should_go(
    metric: str, role: Role, direction: Direction
) -> None:
    for name in (metric, f"a/{metric}", metric.upper()):
        assert kind_of(name)[:2] == (role, direction), name


@pytest.mark.parametrize("metric", ["f", "r", "top", "f3", "r3", "r25", "stop1"])
def test_letters_that_need_a_number_are_no_words_without_theirs(metric: str) -> None:
    assert role_of(metric) is Role.OTHER


@pytest.mark.parametrize(
    "word", ["val", "valid", "validation", "eval", "evaluation", "test", "dev", "holdout"]
)
def test_words_of_data_that_is_held_out(word: str) -> None:
    assert is_held_out(word)
    assert is_held_out(f"{word.title()}Loss")
    assert role_of(f"{word}/loss") is Role.VALIDATION_LOSS
    assert role_of(f"{word}/acc") is Role.QUALITY
    assert not is_held_out(f"{word}x")
