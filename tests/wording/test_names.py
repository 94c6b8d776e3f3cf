"""Names that are cut never look alike."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackio_view.terminal.text import sanitize, text_width
from trackio_view.wording.names import Names, cut_name

PARTS = st.sampled_from(
    ["train/", "loss", "_a", "_b", "layers.", "1", "12", "日本", "…", ".", "e\u0301"]
)
NAMES = st.lists(st.lists(PARTS, max_size=12).map("".join), max_size=12, unique_by=sanitize)
PREFIX = "train/very_long_prefix/module/"


def cut(names: list[str], width: int) -> list[str]:
    made = Names(names)
    return [made.cut(name, width) for name in names]


@given(NAMES, st.data())
@example(["ab…cd", "abxxcd", "ab.cd1", "ab…"], None)
def test_names_stay_apart_whatever_width_each_is_given(names, data) -> None:
    made = Names(names)
    least = 2 + len(str(len(names)))
    widths = {name: data.draw(st.integers(least, 24)) if data is not None else 5 for name in names}
    told = {name: made.cut(name, width) for name, width in widths.items()}
    for name, text in told.items():
        assert text_width(text) <= widths[name]
        if text_width(name) <= widths[name]:
            assert text == sanitize(name)
        # A name looks the same everywhere on one page, and among the same names in another order.
        assert text == Names(reversed(names)).cut(name, widths[name])
    assert len(set(told.values())) == len(names)


@given(NAMES, st.integers(0, 4))
def test_any_width_is_kept_to(names: list[str], width: int) -> None:
    assert all(text_width(text) <= width for text in cut(names, width))


@pytest.mark.parametrize(
    ("names", "width", "shown"),
    [
        (["alpha_long_name", "beta_long_name"], 8, ["alp…name", "bet…name"]),
        (
            ["train/learning_rate", "train/global_step", "eval/samples_per_second"],
            14,
            ["…learning_rate", "tr…global_step", "eval/sa…second"],
        ),
        ([f"{PREFIX}loss_a", f"{PREFIX}loss_b"], 14, ["train/v…loss_a", "train/v…loss_b"]),
        ([f"{PREFIX}loss_a", f"{PREFIX}loss_b"], 5, ["tr…_a", "tr…_b"]),
        (["train/long/x/loss_a", "train/long/y/loss_a"], 9, ["…x/loss_a", "…y/loss_a"]),
        # What lies before a path's last part tells more than an end of that part.
        (
            [f"train/long/{at}/loss_alpha" for at in "xy"],
            20,
            ["train/l…x/loss_alpha", "train/l…y/loss_alpha"],
        ),
        (["train/long/x/loss_a", "train/long/y/loss_a"], 6, ["tr…x…a", "tr…y…a"]),
        (
            ["layers.1.attention.q.weight", "layers.1.attention.k.weight", "layers.1.a"],
            18,
            ["layers.1.…q.weight", "layers.1.…k.weight", "layers.1.a"],
        ),
        # The names have no blanks or slashes, as in scripts without them.
        (
            [f"学習率学習率学習率{it}損失損失損失損失" for it in "一二三"],
            12,
            ["学習率学…一…", "学習率学…二…", "学習率学…三…"],
        ),
        (
            ["🚀" * 9 + it + "👩\u200d👧" * 9 for it in "🔥🎉"],
            9,
            ["🚀🚀…🔥…", "🚀🚀…🎉…"],
        ),
        # Both ends of the names are the same.
        (
            [f"model.layers.{at}.attention.output.weight" for at in (1, 17)],
            17,
            ["model.layers.1.…t", "model.layers.17…t"],
        ),
        (["日本語の長い名前一", "日本語の長い名前二"], 8, ["…名前一", "…名前二"]),
        # The name has no part of its own that has room.
        (["aaaabaaaa", "aaaaaaaaa", "aaaaaaaab", "baaaaaaaa"], 3, ["…#3", "…#1", "a…b", "b…a"]),
        # A name that ends as a number does is not taken for the one of that number.
        (
            ["aaaabaaaa", "aaaaaaaaa", "aaaaaaaab", "baaaaaaaa", "cccc#3", "cccd3"],
            3,
            ["…#3", "…#1", "a…b", "b…a", "…#5", "…d3"],
        ),
    ],
)
def test_cut_where_they_agree(names: list[str], width: int, shown: list[str]) -> None:
    assert cut(names, width) == shown


@given(NAMES, st.integers(3, 24))
def test_a_name_that_no_other_resembles_is_cut_in_its_middle(names: list[str], width: int) -> None:
    for name in names:
        shown = cut_name(name, width)
        assert text_width(shown) <= width
        # A glyph of two columns may have no room behind the ellipsis.
        if shown != sanitize(name) and width > 3:
            head, _, tail = shown.partition("…")
            whole = sanitize(name).replace("…", ".")
            assert tail
            assert whole.startswith(head)
            assert whole.endswith(tail)
        assert Names(["something else"]).cut(name, width) == shown


def test_a_name_that_is_alone_keeps_its_beginning_and_its_last_word() -> None:
    assert cut(["train/loss_of_everything", "learning_rate"], 10) == ["train…hing", "learn…rate"]
    assert cut_name("finetuned-on-everything-seed-3", 16) == "finetuned…seed-3"


def test_a_further_name_leaves_those_that_it_does_not_resemble_as_they_are() -> None:
    before = cut([f"{PREFIX}loss_a", f"{PREFIX}loss_b"], 14)
    after = cut([f"{PREFIX}loss_a", f"{PREFIX}loss_b", f"{PREFIX}accuracy", "lr"], 14)
    assert after[:2] == before


def test_a_name_among_thousands_costs_no_walk_through_all(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{PREFIX}layers.{at // 5}/{'qkvog'[at % 5]}/loss" for at in range(5_000)]
    made = Names(names)
    tried: list[object] = []
    real = made._is_of_one
    monkeypatch.setattr(made, "_is_of_one", lambda it: (tried.append(it), real(it))[1])
    first = [made.cut(name, 20) for name in names[:30]]
    assert len(set(first)) == 30
    assert len(tried) < 30 * 8
    tried.clear()
    assert [made.cut(name, 20) for name in names[:30]] == first
    assert not tried
