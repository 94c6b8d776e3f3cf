"""The input from a terminal is cut into characters and whole sequences."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackio_view.terminal.escape_sequences import InputCutter, PastedText


def test_a_flood_inside_a_sequence_is_not_kept() -> None:
    cutter = InputCutter("utf-8")
    for _ in range(100):
        cutter.feed(b"\x1bP1" if cutter.patience is None else b"x" * 4096)
    assert len(cutter._pending) <= (1 << 16) + 4096


@pytest.mark.parametrize(
    ("sent", "cuttings"),
    [
        (b"aZ9", ["a", "Z", "9"]),
        ("é漢".encode(), ["é", "漢"]),
        (b"\x1b[1;5C\x1b[3~x", ["\x1b[1;5C", "\x1b[3~", "x"]),
        (b"\x1bOP\x1b[[A", ["\x1bOP", "\x1b[[A"]),
        (b"\x1b[M #'q", ["\x1b[M #'", "q"]),
        (b"\x1b[<0;12;7Mq", ["\x1b[<0;12;7M", "q"]),
        (b"\x1b[<32;-3;-17Mq", ["\x1b[<32;-3;-17M", "q"]),
        (b"\x1b]11;rgb:0/0/0\x07q", ["\x1b]11;rgb:0/0/0\x07", "q"]),
        (b"\x1bP>|term(1)\x1b\\q", ["\x1bP>|term(1)\x1b\\", "q"]),
        (b"\x1b_Gi=1;OK\x1b\\q", ["\x1b_Gi=1;OK\x1b\\", "q"]),
        (b"\x1b\x1b[A", ["\x1b", "\x1b[A"]),
        (b"\x1bq", ["\x1b", "q"]),
        (b"\x1b[12\x80q", ["\ufffd", "q"]),
        (b"\xffq", ["\ufffd", "q"]),
        (b"\x1b[7$q", ["\x1b[7$", "q"]),
        (b"\x1b[200~rm -rf\n\x1b[A\x1b[201~q", [PastedText("rm -rf\n\x1b[A"), "q"]),
        (b"\x1b[200~\x1b[201~q", [PastedText(""), "q"]),
    ],
)
def test_input_is_cut_into_keys_and_answers(sent: bytes, cuttings: list[str | PastedText]) -> None:
    assert InputCutter("utf-8").feed(sent) == cuttings


def test_a_cutter_waits_as_long_as_what_has_begun_may_take() -> None:
    cutter = InputCutter("utf-8")
    assert cutter.patience is None
    waits: list[float | None] = []
    for sent in (b"\x1b", b"[", b"200~", b"x", b"\x1b[201~"):
        cutter.feed(sent)
        waits.append(cutter.patience)
    # A person waits for the answer to Escape, within a frame. A paste may stall for as long as a
    # slow connection does, and after that its end will not come any more.
    assert waits == [0.03, 0.25, 1.0, 1.0, None]
    cutter.feed("é".encode()[:1])
    assert cutter.patience == 1.0


@pytest.mark.parametrize(
    ("begun", "keys"),
    [
        (b"\x1b", ["\x1b"]),
        (b"\x1b[", ["\x1b", "["]),
        (b"\x1b[1", []),
        (b"\x1b[1;", []),
        (b"\x1b[200~ab", [PastedText("ab")]),
    ],
)
def test_a_sequence_that_never_ends_is_given_up(begun: bytes, keys: list[str | PastedText]) -> None:
    cutter = InputCutter("utf-8")
    assert cutter.feed(begun) == []
    assert cutter.give_up() == keys
    assert cutter.patience is None
    assert cutter.feed(b"q") == ["q"]


PIECES = [
    *(b"\x1b", b"[", b"1;5", b"A", b"]11;", b"rgb:0", b"\\", b"\x07", b"P1", b"O", b"M", b"$"),
    *(b"q", b"\xc3", b"\xa9", b"\xff", b"\x1b[200~", b"\x1b[201~"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join))
@example(b"\xc3\x1b[A")
def test_it_makes_no_difference_in_how_many_parts_input_comes(sent: bytes) -> None:
    whole = InputCutter("utf-8").feed(sent)
    for cut in range(1, len(sent)):
        cutter = InputCutter("utf-8")
        assert [*cutter.feed(sent[:cut]), *cutter.feed(sent[cut:])] == whole
    cutter = InputCutter("utf-8")
    assert [cutting for at in range(len(sent)) for cutting in cutter.feed(sent[at : at + 1])] == (
        whole
    )


@given(st.binary(max_size=80), st.integers(0, 60))
def test_nothing_of_a_paste_is_a_key(pasted: bytes, cut: int) -> None:
    sent = b"\x1b[200~" + pasted.replace(b"\x1b[201~", b"") + b"\x1b[201~q"
    cutter = InputCutter("utf-8")
    found = [*cutter.feed(sent[:cut]), *cutter.feed(sent[cut:])]
    assert found == InputCutter("utf-8").feed(sent)
    text = sent.removeprefix(b"\x1b[200~").removesuffix(b"\x1b[201~q").decode(errors="ignore")
    assert found == [PastedText(text), "q"]


def test_of_a_paste_no_more_is_kept_than_a_line_has_room_for() -> None:
    cutter = InputCutter("utf-8")
    cutter.feed(b"\x1b[200~")
    for _ in range(300):
        assert cutter.feed(b"x" * 4096) == []
    pasted, key = cutter.feed(b"\x1b[201~q")
    assert (len(pasted[0]), key) == (4096, "q")
    # The next sequence begins anew.
    assert cutter.feed(b"\x1b[200~y\x1b[201~") == [PastedText("y")]


ANSWER = b"\x1b]11;rgb:1e1e/2e2E/ff0a"


@given(
    cut=st.integers(1, len(ANSWER) + 1),
    end=st.sampled_from([b"\x1b\\", b"\x07"]),
    size=st.integers(3, 30),
)
def test_an_answer_that_comes_late_in_parts_is_no_keys(cut: int, end: bytes, size: int) -> None:
    answer = ANSWER + end
    cutter = InputCutter("utf-8")
    keys: list[str | PastedText] = []
    for part in (answer[:cut], *(answer[at : at + size] for at in range(cut, len(answer), size))):
        keys += cutter.feed(part)
        while cutter.patience is not None:
            keys += cutter.give_up()
    # Nothing tells Escape and Alt-] from the start of a sequence that may never be finished.
    begun = {1: ["\x1b"], 2: ["\x1b", "]"]}.get(cut, [])
    assert keys == [*begun, answer.decode()]
    assert cutter.feed(b"1q\x1b[A") == ["1", "q", "\x1b[A"]
    assert cutter.patience is None


@given(cut=st.integers(3, 12), size=st.integers(1, 9))
def test_what_the_mouse_did_is_no_keys_where_it_comes_late_in_parts(cut: int, size: int) -> None:
    report = b"\x1b[<32;120;-7M"
    cutter = InputCutter("utf-8")
    keys: list[str | PastedText] = []
    for part in (report[:cut], *(report[at : at + size] for at in range(cut, len(report), size))):
        keys += cutter.feed(part)
        while cutter.patience is not None and size > 2:
            keys += cutter.give_up()
    assert keys == [report.decode()]
    assert cutter.feed(b"5Mq\x1b[A") == ["5", "M", "q", "\x1b[A"]


@pytest.mark.parametrize("key", ["1", ";", "M", "\x1b"])
def test_keys_after_half_a_report_of_the_mouse_are_keys(key: str) -> None:
    cutter = InputCutter("utf-8")
    assert cutter.feed(b"\x1b[<0;60;") == []
    assert cutter.give_up() == []
    assert cutter.feed(f"q{key}".encode()) + cutter.give_up() == ["q", key]


@pytest.mark.parametrize("key", ["1", "a", "/", "\x1b"])
def test_a_key_after_half_an_answer_does_not_wait_for_another_key(key: str) -> None:
    cutter = InputCutter("utf-8")
    cutter.feed(ANSWER[:9])
    assert cutter.give_up() == []
    assert cutter.patience is None, "the rest may come however late"
    assert cutter.feed(key.encode()) == []
    assert cutter.patience is not None
    assert cutter.give_up() == [key]
    assert cutter.patience is None


@given(st.lists(st.sampled_from(["1", "a", "/", "]", "#", "q", "g", "\r", "é"]), max_size=6))
def test_keys_after_an_answer_that_was_given_up_are_keys(keys: list[str]) -> None:
    cutter = InputCutter("utf-8")
    cutter.feed(ANSWER[:9])
    assert cutter.give_up() == []
    typed = [*cutter.feed("".join([*keys, "q"]).encode())]
    assert typed == [*keys, "q"]
