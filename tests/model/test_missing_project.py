"""What is said of a project that is not there."""

from __future__ import annotations

import pytest

from trackio_view.model.missing_project import (
    awaited,
    first_row_awaited,
    no_such_project,
    refused_as_unknown,
    return_awaited,
)

SENTENCES = (
    (no_such_project("p", "/data"), "The project 'p' does not exist in /data"),
    (refused_as_unknown("box:7860"), "box:7860 has no such project: --list tells which it has."),
    (awaited(), "There is no such project yet; waiting for it."),
    (awaited("box:7860"), "There is no such project on box:7860 yet; waiting for it."),
    (return_awaited(), "The project's database is gone; waiting for it to come back."),
    (return_awaited("box"), "The project is gone from box; waiting for it to come back."),
    (first_row_awaited(), "Waiting for the first row."),
    (first_row_awaited("box"), "box has no row of it yet; waiting for the first."),
)


@pytest.mark.parametrize(("said", "sentence"), SENTENCES)
def test_the_sentences(said: str, sentence: str) -> None:
    assert said == sentence
