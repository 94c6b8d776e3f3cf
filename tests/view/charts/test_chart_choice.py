"""Which charts are on screen: functions of the names and of the person's choice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.charts.chart_choice import (
    ALL,
    FRONT,
    VALUES,
    ChartChoice,
    Tab,
    choose,
    group_of,
    in_order,
    in_own_order,
    next_tab,
    plot_order,
)

METRICS = ["train/loss", "train/acc", "eval/loss", "lr", "eval/acc@1", "epoch"]
NAMES = st.lists(
    st.sampled_from([*METRICS, "train/x/y", "/odd", "a[1]/b", "eval/"]), unique=True, max_size=9
)


def chosen(filter_text: str = "", tab: str = ALL, order: tuple[str, ...] = ()) -> ChartChoice:
    choice = ChartChoice(tab=tab, order=order)
    choice.set_filter(filter_text)
    return choice


def test_without_a_choice_all_are_shown_as_they_came() -> None:
    charts = choose(METRICS, ChartChoice())
    assert charts.metrics == METRICS
    assert charts.tabs == [Tab(ALL, 6), Tab("train", 2), Tab("eval", 2), Tab("charts", 2)]
    assert (charts.tab, charts.dropped, charts.filtered_of) == (ALL, 0, None)


@pytest.mark.parametrize(
    ("metric", "group"),
    [("train/loss", "train"), ("a/b/c", "a"), ("loss", "charts"), ("/x", "charts"), ("", "charts")],
)
def test_a_group_is_what_stands_before_the_first_slash(metric: str, group: str) -> None:
    assert group_of(metric) == group


def test_metrics_with_one_value_are_a_tab_of_their_own() -> None:
    single = frozenset({"eval/loss", "epoch"})
    charts = choose(METRICS, chosen(), single=single)
    assert charts.metrics == ["train/loss", "train/acc", "lr", "eval/acc@1"]
    assert charts.tabs[-1] == Tab(VALUES, 2)
    assert charts.tabs[0] == Tab(ALL, 4)
    assert choose(METRICS, chosen(tab=VALUES), single=single).metrics == ["eval/loss", "epoch"]
    assert choose(METRICS, chosen(tab="eval"), single=single).metrics == ["eval/acc@1"]
    # A metric that is put in front is a chart, and a search finds every metric.
    charts = choose(METRICS, chosen(), single=single, front=("epoch",))
    assert charts.metrics[0] == "epoch"
    assert charts.tabs[-1] == Tab(VALUES, 1)
    assert choose(METRICS, chosen("epoch"), single=single).metrics == ["epoch"]
    assert choose(METRICS, chosen("e", tab="eval"), single=single).metrics == ["eval/acc@1"]
    assert choose(METRICS, chosen(), {"epoch"}, single).dropped == 1


def test_where_all_have_one_value_all_are_charts() -> None:
    charts = choose(["loss", "lr"], chosen(), single=frozenset({"loss", "lr"}))
    assert charts.metrics == ["loss", "lr"]
    assert charts.tabs == []
    charts = choose(["loss", "lr"], chosen(), single=frozenset({"lr"}))
    assert charts.tabs == [Tab(ALL, 1), Tab(VALUES, 1)]


def test_names_of_one_group_have_no_tabs() -> None:
    assert choose(["loss", "lr"], ChartChoice()).tabs == []
    assert choose(["a/b", "a/c"], ChartChoice()).tabs == []
    assert next_tab(choose(["loss", "lr"], ChartChoice()), 1) is None


def test_titles_leave_out_the_name_of_their_tab() -> None:
    assert choose(METRICS, chosen(tab="eval")).beginning == "eval/"
    assert choose(METRICS, chosen(tab="eval", filter_text="nothing")).beginning == "eval/"
    assert choose(METRICS, chosen(tab=ALL)).beginning == ""
    assert choose(METRICS, chosen(tab=FRONT), front=["eval/loss"]).beginning == ""
    # No metric of the group for names without a group begins with its name, but others may.
    assert choose(METRICS, chosen(tab="charts")).beginning == ""
    assert choose(["lr", "charts/x", "a/b"], chosen(tab="charts")).beginning == ""
    # Nothing of this name would be left.
    assert choose(["eval/", "eval/x", "lr"], chosen(tab="eval")).beginning == ""


def test_a_tab_shows_its_group_alone() -> None:
    assert choose(METRICS, chosen(tab="eval")).metrics == ["eval/loss", "eval/acc@1"]
    assert choose(METRICS, chosen(tab="charts")).metrics == ["lr", "epoch"]
    # The next run may lack that group.
    charts = choose(["loss", "lr"], chosen(tab="eval"))
    assert (charts.tab, charts.metrics) == (ALL, ["loss", "lr"])


def test_tabs_go_round() -> None:
    charts = choose(METRICS, ChartChoice())
    assert next_tab(charts, 1) == "train"
    assert next_tab(charts, -1) == "charts"
    assert next_tab(choose(METRICS, chosen(tab="charts")), 1) == ALL


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("loss", ["train/loss", "eval/loss"]),
        ("LOSS train", ["train/loss"]),
        ("-eval", ["train/loss", "train/acc", "lr", "epoch"]),
        ("/^(lr|epoch)$/", ["lr", "epoch"]),
        ("acc -/@1/", ["train/acc"]),
        ("lr OR epoch", ["lr", "epoch"]),
        ("nothing", []),
        ("   ", METRICS),
    ],
)
def test_a_filter_speaks_the_language_of_runs(text: str, metrics: list[str]) -> None:
    charts = choose(METRICS, chosen(text))
    assert charts.metrics == metrics
    assert charts.filtered_of == 6


@pytest.mark.parametrize("text", ["/(/", "(", "-", "/(a+)+\\1/", '"'])
def test_a_filter_with_a_fault_says_so_and_leaves_all(text: str) -> None:
    choice = chosen(text)
    assert choice.fault
    assert choose(METRICS, choice).metrics == METRICS


def test_charts_of_the_front_come_first_in_every_tab() -> None:
    front = ("epoch", "eval/acc@1", "gone")
    charts = choose(METRICS, chosen(), front=front)
    assert charts.metrics[:3] == ["epoch", "eval/acc@1", "train/loss"]
    assert Tab(FRONT, 2) in charts.tabs
    assert choose(METRICS, chosen(tab=FRONT), front=front).metrics == charts.metrics[:2]
    assert choose(METRICS, chosen(tab="eval"), front=front).metrics == [
        "eval/acc@1",
        "eval/loss",
    ]


def test_dropped_charts_are_counted_and_in_no_tab() -> None:
    charts = choose(METRICS, ChartChoice(), {"train/acc", "lr", "not here"})
    assert charts.metrics == ["train/loss", "eval/loss", "eval/acc@1", "epoch"]
    assert charts.dropped == 2
    assert charts.tabs == [Tab(ALL, 4), Tab("train", 1), Tab("eval", 2), Tab("charts", 1)]


def test_trackio_s_own_order_is_honoured() -> None:
    order = plot_order({"TRACKIO_PLOT_ORDER": " eval/*, lr ,,train/acc"})
    assert order == ("eval/*", "lr", "train/acc")
    assert choose(METRICS, chosen(order=order)).metrics == [
        *("eval/loss", "eval/acc@1", "lr", "epoch"),
        *("train/acc", "train/loss"),
    ]
    assert plot_order({}) == plot_order({"TRACKIO_PLOT_ORDER": " , "}) == ()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("b/y", "b/y b/x b/z/w a/x a/y c/x q r"),
        ("b/*,b/z/w", "b/x b/y b/z/w a/x a/y c/x q r"),
        ("b/z/*,b/*", "b/z/w b/x b/y a/x a/y c/x q r"),
        ("*/y", "a/y b/y a/x b/x b/z/w c/x q r"),
        ("*", "q r a/x a/y b/x b/y b/z/w c/x"),
        ("r,c/nothing", "r q c/x a/x a/y b/x b/y b/z/w"),
        ("?/x,A/*,a", "q r a/x a/y b/x b/y b/z/w c/x"),
        ("b/**y", "b/y b/x b/z/w a/x a/y c/x q r"),
    ],
)
def test_an_order_is_read_as_trackio_reads_it(asked: str, expected: str) -> None:
    metrics = ["a/x", "a/y", "b/x", "b/y", "b/z/w", "c/x", "q", "r"]
    order = plot_order({"TRACKIO_PLOT_ORDER": asked})
    assert in_order(metrics, order) == expected.split()


def test_other_signs_of_an_order_stand_for_themselves() -> None:
    assert in_order(["a", "x1", "x[1]"], ("x[1]",)) == ["x[1]", "a", "x1"]
    assert in_order(["q/a.b", "axb", "a.b"], ("a.*",)) == ["a.b", "axb", "q/a.b"]
    long = tuple(f"m{place}" for place in reversed(range(300)))
    assert in_order(["m0", "m299", "m7"], plot_order({"TRACKIO_PLOT_ORDER": ",".join(long)})) == [
        *("m299", "m7", "m0"),
    ]


@given(NAMES, st.sampled_from(["", "loss", "-a", "/e/"]), st.lists(st.sampled_from(METRICS)))
def test_no_choice_makes_charts_or_loses_their_order(
    names: list[str], text: str, dropped: list[str]
) -> None:
    choice = chosen(text)
    charts = choose(names, choice, dropped)
    assert charts.metrics == [
        name for name in names if choice.fits(name) and name not in set(dropped)
    ]
    for tab in charts.tabs:
        part = choose(names, chosen(text, tab.key), dropped)
        assert len(part.metrics) <= tab.size
    groups = [tab for tab in charts.tabs if tab.key != ALL]
    assert not groups or sum(tab.size for tab in groups) == charts.tabs[0].size


def test_an_order_of_some_leaves_all_others_where_they_stand() -> None:
    metrics = ["a", "b", "c", "d", "e"]
    assert list(in_own_order(metrics, ())) == metrics
    assert list(in_own_order(metrics, ("d", "b"))) == ["a", "d", "c", "b", "e"]
    assert list(in_own_order(metrics, ("gone", "e", "a"))) == ["e", "b", "c", "d", "a"]
    assert list(choose(metrics, ChartChoice(), own=("d", "b"), front=["c"]).metrics) == [
        *("c", "a", "d", "b", "e")
    ]
