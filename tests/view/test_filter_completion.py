"""Completions of a word of a filter, from the names that exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.view.filter_completion import (
    Candidates,
    chart_candidates,
    complete,
    run_candidates,
)
from trackio_view.view.runs.columns import RunEntry
from trackio_view.view.runs.query import parse_query
from trackio_view.view.text_entry import TypedLine

METRICS = ["loss", "train/loss", "train/lr", "val/loss", "val/accuracy"]


@pytest.fixture
def entries(run: Callable[..., Run]) -> Sequence[RunEntry]:
    """Three runs with configs and metrics."""
    project, made = Project(ProjectId("", "p")), []
    for number, rate in enumerate((0.1, 0.001, 3e-5)):
        one = run({"loss": [1.0], "val/acc": [0.5]}, run_id=f"r{number}", run_name=f"run-{number}")
        one.config = {
            "optim": {"name": "adamw" if number else "big sgd", "lr": rate},
            "seed": number,
            "with blank": "x",
        }
        made.append(RunEntry(project, one))
    return made


@pytest.mark.parametrize(
    ("before", "word", "texts"),
    [
        ("lo", "lo", ["loss"]),
        ("lr", "lr", ["optim.lr"]),
        ("seed:1 -opt", "opt", ["optim.name", "optim.lr"]),
        ("(group:x|sta", "sta", ["state", "started"]),
        ("acc", "acc", ["val/acc"]),
        ("wi", "wi", ['"with blank"']),
        ('"wi', '"wi', ['"with blank"']),
        ("optim.lr>=", "", ["3e-05", "0.001", "0.1"]),
        ("lr=0.", "0.", ["0.001", "0.1"]),
        ("optim.name:", "", ["adamw", '"big sgd"']),
        ("optim.name:sgd", "sgd", []),
        ("name:RUN-", "RUN-", ["run-0", "run-1", "run-2"]),
        ('"with blank":', "", ["x"]),
        ("nothing:", "", []),
        ("xyzzy", "xyzzy", []),
    ],
)
def test_keys_and_values_of_runs(
    entries: Sequence[RunEntry], before: str, word: str, texts: list[str]
) -> None:
    assert run_candidates(before, entries, 0.0) == Candidates(word, texts)
    for text in texts:
        parse_query(f"{before.removesuffix(word)}{text})".replace("(group", "group").rstrip(")"))


@pytest.mark.parametrize(
    ("before", "word", "texts"),
    [
        ("l", "l", ["loss", "lr"]),
        ("-va", "va", ["val"]),
        ("train/", "train/", ["train/loss", "train/lr"]),
        ("loss -train/lr", "train/lr", ["train/lr"]),
        ("x", "x", []),
    ],
)
def test_parts_of_the_names_of_charts(before: str, word: str, texts: list[str]) -> None:
    assert chart_candidates(before, METRICS) == Candidates(word, texts)


def line_of(text: str, *keys: str) -> TypedLine:
    line = TypedLine()
    line.start(text)
    line.feed(keys)
    return line


def find(before: str) -> Candidates:
    return chart_candidates(before, METRICS)


def test_the_first_time_completes_what_all_agree_in_then_each_comes() -> None:
    line = line_of("-tr")
    assert complete(line, 1, find) == ""
    assert (line.text, line.chosen) == ("-train", 0)
    line.feed("/")
    complete(line, 1, find)
    assert (line.text, line.chosen) == ("-train/l", None)
    found = []
    for direction in (1, 1, 1, -1):
        complete(line, direction, find)
        found.append(line.text)
    assert found == ["-train/loss", "-train/lr", "-train/loss", "-train/lr"]
    line.feed(["backspace"])
    assert line.candidates == ()
    assert complete(line, 1, find) == ""
    assert line.text == "-train/l"


def test_the_text_behind_the_cursor_stays() -> None:
    line = line_of("va -eval", *["left"] * 6)
    complete(line, 1, find)
    assert (line.text, line.before) == ("val -eval", "val")


def test_nothing_to_complete_says_so_and_changes_nothing() -> None:
    line = line_of("xyz")
    assert complete(line, 1, find) == "nothing there begins like that"
    assert line.text == "xyz"


def test_wide_and_capital_letters_are_replaced_whole() -> None:
    line = line_of("損")
    complete(line, 1, lambda before: chart_candidates(before, ["損失/日"]))
    assert line.text == '"損失"'
    line = line_of("LO")
    complete(line, 1, find)
    assert line.text == "loss"


def test_no_more_than_200_candidates_are_offered() -> None:
    names = [f"loss/{number:03}" for number in range(300)]
    texts = chart_candidates("loss/", names).texts
    assert texts == names[:200]
