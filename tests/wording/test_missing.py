"""The sentences about what is missing, each the same wherever it is told."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

import trackio_view
from trackio_view.model import missing_project
from trackio_view.wording import missing
from trackio_view.wording.missing import (
    awaited_project,
    nearest_names,
    no_metric_named,
    no_metrics,
    no_name_nor_expression,
    no_numbers,
    no_projects,
    no_rows_since,
    no_such_metric,
    no_such_project,
    no_such_run,
    nothing_logged,
    one_of_several,
    unreadable_directory,
)

PACKAGE = Path(trackio_view.__file__).parent
BEGINNINGS = (
    *("No metrics found", "No TrackIO projects", "Cannot look into", "No run ", "No metric "),
    *("p picks from", "Waiting for the project"),
    *("No rows since", "No GPU metrics found", "argument --metric"),
)
OF_PROJECTS = (
    *(" does not exist in ", " has no such project", "There is no such project"),
    *(" is gone from ", "database is gone; "),
)
"""Parts of sentences that only the table about missing projects may have, which sources share."""

SENTENCES = (
    (no_metrics("p"), "No metrics found for project: p"),
    (no_such_project("p", "/data"), "The project 'p' does not exist in /data"),
    (
        no_such_project("mnst", "/data", ["gpt", "mnist"]),
        "The project 'mnst' does not exist in /data\nDid you mean: mnist?",
    ),
    (
        one_of_several("p", ["/data", "/more"]),
        "The project 'p' is in /data and in /more: waiting for that in /data",
    ),
    (no_projects("/data"), "No TrackIO projects in /data"),
    (
        unreadable_directory("/data", PermissionError(13, "Permission denied")),
        "Cannot look into /data: Permission denied",
    ),
    (
        unreadable_directory("/data, box:", FileNotFoundError(2, "No such file", "/data")),
        "No TrackIO projects in /data: there is no such folder",
    ),
    (unreadable_directory("box:", OSError("box does not answer")), "box does not answer"),
    (no_numbers("r"), "r logged no numbers"),
    (
        no_numbers("r", {"table": 1, "image": 2, "trace": 1_234, "video": 0}),
        "r logged no numbers: 1 table, 2 images, 1,234 traces, 0 videos",
    ),
    (no_numbers("", {}), "A run without a name logged no numbers: its rows are empty"),
    (
        no_numbers("r", {"image": 1200, "table": 1, "trace": 2}),
        "r logged no numbers: 1,200 images, 1 table, 2 traces",
    ),
    (no_such_run("p", "ab", []), "No run 'ab' in p"),
    (no_such_run("p", "it's", ["its"]), 'No run "it\'s" in p\nDid you mean: its?'),
    (no_such_run("p", "ab", ["abc", "b", "abd"]), "No run 'ab' in p\nDid you mean: abd, abc, b?"),
    (no_such_metric("run r", ["loss"], ["acc"]), "No metric loss in run r"),
    (
        no_such_metric("p", ["los", "x"], ["loss"]),
        "No metric los or x in p\nDid you mean: loss?",
    ),
    (
        no_name_nor_expression("p", "(a", "a ) is missing"),
        "argument --metric: neither a name in p nor a regular expression: '(a' (a ) is missing)",
    ),
    (no_rows_since("run r of p"), "No rows since then in run r of p"),
    (nothing_logged("p", run=None).splitlines()[0], "No GPU metrics found for project: p"),
    (nothing_logged("p", "r").splitlines()[0], "No GPU metrics found for project: p, run r"),
)


@pytest.mark.parametrize(("said", "sentence"), SENTENCES, ids=lambda text: text.split("\n")[0])
def test_the_sentences(said: str, sentence: str) -> None:
    assert said == sentence


def test_the_screen_that_waits_for_a_project() -> None:
    waiting = ["Waiting for the project", "mnst", "in /data"]
    assert awaited_project("mnst", "/data", [], picking="p") == waiting
    told = ["", "p picks from the one project that is there."]
    assert awaited_project("mnst", "/data", ["cifar"], picking="p") == [*waiting, *told]
    told = ["", "Did you mean: mnist, mnist-2?", "", "p picks from the 2,000 that are there."]
    present = ["mnist", "mnist-2", *(f"c{number}" for number in range(1_998))]
    assert awaited_project("mnst", "/data", present, picking="p") == [*waiting, *told]


def test_the_screen_without_a_metric() -> None:
    assert no_metric_named("p", ["a", "(b"], ["a ) is missing"]) == [
        *("No metric is named", "a or (b", "in p", "a ) is missing")
    ]


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\nb", "a\rb", "\x9b31m", "a\x07"])
def test_no_name_brings_a_control_character_or_a_line(name: str) -> None:
    error = OSError(2, "No such file")
    for text in (
        no_metrics(name),
        no_such_project(name, name, [name + "x"]),
        " ".join(awaited_project(name, name, [name + "x"], picking="p")),
        one_of_several(name, [name, name]),
        no_projects(name),
        unreadable_directory(name, error),
        no_such_run(name, name, [name + "x"]),
        no_such_metric(name, [name], [name + "x"]),
        nothing_logged(name, name),
    ):
        assert all(line.isprintable() for line in text.split("\n"))
        assert text.count("\n") <= 1


def test_no_other_room_says_these_sentences(rooms: Mapping[Path, ast.Module]) -> None:
    found = {
        path.as_posix()
        for path, tree in rooms.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.startswith(BEGINNINGS) or "Did you mean" in node.value
    }
    assert found == {Path(missing.__file__).relative_to(PACKAGE).as_posix()}


def test_no_other_room_says_that_a_project_is_not_there(rooms: Mapping[Path, ast.Module]) -> None:
    found = {
        path.as_posix()
        for path, tree in rooms.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if any(part in node.value for part in OF_PROJECTS)
    }
    assert found == {Path(missing_project.__file__).relative_to(PACKAGE).as_posix()}


def test_nearest_names_come_first() -> None:
    names = ["mnist-baseline", "mnist-large", "imagenet", "gpt"]
    assert nearest_names("mnist-basline", names)[0] == "mnist-baseline"
    assert nearest_names("IMAGENET", names) == ["imagenet"]
    assert "mnist-large" in nearest_names("large", names)
    assert nearest_names("zzzzzz", names) == []
