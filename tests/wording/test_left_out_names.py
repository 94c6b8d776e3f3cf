"""What stands for names in a bug report."""

from __future__ import annotations

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.wording.left_out_names import LeftOutNames

SECRET, OTHER = ProjectId("/home/ada/runs", "merger-2027"), ProjectId("/home/ada/runs", "merger")


def test_a_project_has_one_number_wherever_it_is_told_of() -> None:
    names = LeftOutNames()
    assert [names.project(one) for one in (SECRET, OTHER, SECRET)] == [
        *("project 1", "project 2", "project 1")
    ]
    assert names.text("merger-2027 is locked, merger is not.") == (
        "project 1 is locked, project 2 is not."
    )


def test_of_a_name_that_begins_as_another_nothing_is_left() -> None:
    names = LeftOutNames()
    for one in (OTHER, SECRET):
        names.project(one)
    assert names.text("merger-2027 is locked, merger is not.") == (
        "project 2 is locked, project 1 is not."
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/home/ada/runs cannot be read.", "<origin> cannot be read."),
        ("/srv/team x/a.db: gone", "<path> <path>: gone"),
        ("~/secret/settings.toml is not valid", "<path> is not valid"),
        ("https://ada:pass@host.example/x?token=1 does not answer", "<address> does not answer"),
        ("The run 'big secret' has no rows", "The run '...' has no rows"),
        ("forest-3 logged 3 rows, forest-30 none", "<run> logged 3 rows, forest-30 none"),
        ("a tab of ab, as long as it is a name", "a tab of ab, as long as it is a name"),
        ("1 row of 3/s could not be read\x1b[31m", None),
    ],
)
def test_sentences_are_told_without_what_they_name(said: str, told: str | None) -> None:
    names = LeftOutNames()
    names.project(SECRET)
    names.learn_runs(["forest-3", "ab"])
    text = names.text(said)
    assert told is None or text == told
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("place", "said", "told"),
    [
        ("box.lab.example:7860", "box.lab.example:7860 is gone", "<place>:7860 is gone"),
        ("https://ada:tok@box/x", "box/x cannot be found", "<place><path> cannot be found"),
        ("ada@box:runs", "box knows no ada, nor runs", "<place> knows no <place>, nor <place>"),
        ("ada/merger", "ada-merger.hf.space hangs", "<place>-<place>.hf.space hangs"),
        ("http://192.0.2.7:80", "192.0.2.7:80 speaks http", "<address>:80 speaks http"),
        ("[2001:db8::17:1]:80", "[2001:db8::17:1]:80 hangs", "[<place>]:80 hangs"),
        ("ada@[fd00::1:23]", "`ssh ada@fd00::1:23` hangs", "`ssh <place>@<place>` hangs"),
    ],
)
def test_servers_and_machines_are_left_out(place: str, said: str, told: str) -> None:
    assert LeftOutNames(places=[place]).text(said) == told


def test_a_home_whose_name_has_a_blank_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada lovelace")
    assert LeftOutNames().text("/home/ada lovelace/runs is gone") == "<path> is gone"


def test_a_person_may_ask_for_names() -> None:
    names = LeftOutNames(told=True)
    assert names.project(SECRET) == "merger-2027"
    assert names.text("/srv/a.db of 'x' is gone") == "/srv/a.db of 'x' is gone"
    assert "\x1b" not in names.text("\x1b[2J")
