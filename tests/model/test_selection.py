from trackio_view.model.selection import RunLabel, Selection, expression_fault

METRICS = ["loss", "val/loss", "lr", "a(b", "Acc"]


def test_names_go_before_expressions_and_the_order_stays() -> None:
    assert Selection().metrics_among(METRICS) == METRICS
    assert Selection(("loss",)).metrics_among(METRICS) == ["loss"]
    assert Selection(("lr", "loss$")).metrics_among(METRICS) == ["loss", "val/loss", "lr"]
    assert Selection(("oss",)).metrics_among(METRICS) == ["loss", "val/loss"]
    assert Selection(("(?i)acc",)).metrics_among(METRICS) == ["Acc"]
    assert Selection(("none",)).metrics_among(METRICS) == []


def test_a_text_that_is_no_expression_is_a_name() -> None:
    assert Selection(("a(b",)).metrics_among(METRICS) == ["a(b"]
    assert Selection(("[", "*", "(?P<")).metrics_among(METRICS) == []
    assert expression_fault("[") == "unterminated character set at position 0"
    assert expression_fault("a.*b") is None


def test_a_run_by_name_then_id_then_its_beginning_and_the_first() -> None:
    runs = [
        RunLabel("x", "y"),
        RunLabel("abd", "x"),
        RunLabel("abc", "x"),
        RunLabel("abe", "ab"),
    ]
    wanted = {"x": "abd", "abc": "abc", "ab": "abe", "a": "abd", None: "x"}
    for run, run_id in wanted.items():
        chosen = Selection(run=run).run_among(runs)
        assert chosen is not None
        assert chosen.run_id == run_id
    assert Selection(run="z").run_among(runs) is None
    assert Selection(run="").run_among(runs) is None
    assert Selection().run_among([]) is None
