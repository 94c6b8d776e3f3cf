"""Every key that a terminal sends arrives once, and nothing else arrives."""

from __future__ import annotations

import os
import pty
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.terminal import escape_sequences
from trackio_view.terminal.escape_sequences import InputCutter, PastedText
from trackio_view.terminal.keyboard import (
    _COMMON_SEQUENCES,
    TerminalGone,
    key_name,
    read_keys,
)
from trackio_view.terminal.mouse import MouseReport
from trackio_view.terminal.terminal_session import TerminalSession

TYPED = {
    "q": ["q"],
    "+": ["+"],
    "R": ["R"],
    "é": ["é"],
    "漢": ["漢"],
    " ": ["space"],
    "\t": ["tab"],
    "\r": ["enter"],
    "\x7f": ["backspace"],
    "\x08": ["backspace"],
    "\x12": ["ctrl_r"],
    "\x1b[A": ["up"],
    "\x1b[B": ["down"],
    "\x1b[C": ["right"],
    "\x1b[D": ["left"],
    "\x1bOA": ["up"],
    "\x1bOB": ["down"],
    "\x1bOC": ["right"],
    "\x1bOD": ["left"],
    "\x1b[H": ["home"],
    "\x1bOH": ["home"],
    "\x1b[1~": ["home"],
    "\x1b[7~": ["home"],
    "\x1b[F": ["end"],
    "\x1bOF": ["end"],
    "\x1b[4~": ["end"],
    "\x1b[8~": ["end"],
    "\x1b[2~": ["insert"],
    "\x1b[3~": ["delete"],
    "\x1b[5~": ["page_up"],
    "\x1b[6~": ["page_down"],
    "\x1b[Z": ["shift_tab"],
    "\x1bOP": ["f1"],
    "\x1b[11~": ["f1"],
    "\x1b[[A": ["f1"],
    "\x1b[[E": ["f5"],
    "\x1bOS": ["f4"],
    "\x1b[15~": ["f5"],
    "\x1b[17~": ["f6"],
    "\x1b[21~": ["f10"],
    "\x1b[23~": ["f11"],
    "\x1b[24~": ["f12"],
    "\x1bOM": ["enter"],
    "\x1bOk": ["+"],
    "\x1bq": ["escape", "q"],
    "\x1b\x1b[A": ["escape", "up"],
    # These are keys of kitty's protocol, which a program before left switched on.
    "\x1b[27u": ["escape"],
    "\x1b[99;5u": ["ctrl_c"],
    # These are keys of xterm's `modifyOtherKeys`, also left switched on.
    "\x1b[27;5;99~": ["ctrl_c"],
    "\x1b[27;5;108~": ["ctrl_l"],
    "\x1b[97;5u": ["ctrl_a"],
    "\x1b[97u": ["a"],
    # What has a meaning nowhere has a name all the same, so that it can be told of.
    "\x1b[1;5C": ["ctrl_right"],
    "\x1b[1;5A": ["ctrl_up"],
    "\x1b[7$": ["shift_home"],
    "\x1b[120;3u": ["alt_x"],
    "\x1b[999~": ["unnamed"],
    "\x1b[E": ["unnamed"],
    "\x00\x1d\x1e": ["ctrl_space", "ctrl_]", "ctrl_^"],
    "\u00a0": ["unnamed"],
    # The terminal's window gets the focus, and loses it.
    "\x1b[I": ["ctrl_l"],
    "\x1b[O": [],
    "\x1b[27;1:3u": [],
}
NO_KEYS = [
    b"\x1b[200~q+rm -rf\r\x1b[A\x1b[201~",
    b"\x1b[<0;12;3M\x1b[<0;12;3m",
    b"\x1b[M\x20\xf0\x71",
    b"\x1b[M qq",
    b"\x1b[32;12;3M",
    b"\x1b[?2026;2$y",
    b"\x1b[?62;4;22c",
    b"\x1b[>41;380;0c",
    b"\x1b[1;1R",
    b"\x1b[24;80R",
    b"\x1bP>|xterm(388)\x1b\\",
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]10;rgb:ffff/ffff/ffff\x07",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[O",
    b"\x1b[201~",
    b"\x1b[0n",
    b"\x1b[4;2$y",
    b"\x1b[48;40;120;800;1200t",
    b"\x1b[?997;1n",
]
UNDECODABLE = [b"\xff\xfe\x80", b"\xe2\x82"]
SENT = [*(typed.encode() for typed in TYPED), *NO_KEYS, *UNDECODABLE]


class Typing:
    """A pseudo-terminal with a session at one end and a typist at the other."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        environment: Mapping[str, str] = MappingProxyType({"TERM": "xterm-256color"}),
    ) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        self.far, self.near = pty.openpty()
        self.session = TerminalSession(input_descriptor=self.near, output_descriptor=self.near)
        self.session.encoding = "utf-8"

    def close(self) -> None:
        self.session.close()
        os.close(self.near)
        os.close(self.far)

    def type(self, text: str | bytes) -> None:
        os.write(self.far, text.encode() if isinstance(text, str) else text)


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typing]:
    typing = Typing(monkeypatch)
    with typing.session:
        # The terminal has answered, so leaving need not wait for an answer.
        typing.session.take_answer("\x1b[?62c")
        yield typing
    typing.close()


async def keys_of(typing: Typing, *pieces: str | bytes, pause: float = 0.005) -> list[str]:
    """Return the keys that typing `pieces` gives, up to a final `#`."""
    send, receive = anyio.create_memory_object_stream[Sequence[str]](4)
    keys: list[str] = []
    async with anyio.create_task_group() as group, send, receive:
        group.start_soon(read_keys, typing.session, send.send)
        group.start_soon(type_slowly, typing, pieces, pause)
        with anyio.fail_after(60):
            while "#" not in keys:
                keys += await receive.receive()
        group.cancel_scope.cancel()
    return keys[:-1]


async def test_the_mouse_is_handed_over_between_the_keys(typing: Typing) -> None:
    done: list[object] = []

    async def hand_over(it: object) -> None:
        done.append(it)

    async with anyio.create_task_group() as group:
        group.start_soon(read_keys, typing.session, hand_over, hand_over)
        typed = "ab\x1b[<0;3;4M\x1b[<0;3;4mc\x1b[<64;1;1M"
        group.start_soon(type_slowly, typing, (typed,), 0)
        with anyio.fail_after(60):
            while ["#"] not in done:
                await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    assert done == [
        ["a", "b"],
        MouseReport("click", 2, 3),
        MouseReport("release", 2, 3),
        ["c"],
        MouseReport("wheel_up", 0, 0),
        ["#"],
    ]


async def type_slowly(typing: Typing, pieces: tuple[str | bytes, ...], pause: float) -> None:
    for piece in pieces:
        typing.type(piece)
        await anyio.sleep(pause)
    typing.type("#")


@pytest.mark.parametrize(("typed", "keys"), TYPED.items(), ids=map(repr, TYPED))
async def test_each_key_has_its_name(typing: Typing, typed: str, keys: list[str]) -> None:
    assert await keys_of(typing, typed) == keys


def test_every_function_key_has_sequences_of_its_own() -> None:
    """A code that stood for two keys would leave one of them without."""
    for pattern, count in ((r"\x1b\[\d\d~", 12), (r"\x1b\[\[[A-E]", 5), (r"\x1bO[PQRS]", 4)):
        named = {
            name for sequence, name in _COMMON_SEQUENCES.items() if re.fullmatch(pattern, sequence)
        }
        assert named == {f"f{number}" for number in range(1, count + 1)}


@pytest.mark.parametrize(
    "environment",
    [{"TERM": "linux"}, {"TERM": "rxvt"}, {"TERM": "vt100"}, {"TERM": "xterm", "NO_COLOR": "1"}],
    ids=str,
)
def test_names_do_not_depend_on_what_the_terminal_is_called(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    typing = Typing(monkeypatch, environment)
    for typed, keys in TYPED.items():
        cutter = InputCutter("utf-8")
        cuttings = map(str, cutter.feed(typed.encode()))
        names = (key_name(cutting, typing.session) for cutting in cuttings)
        assert [name for name in names if name] == keys, repr(typed)
    typing.close()


async def test_no_key_is_lost_however_fast_typed(typing: Typing) -> None:
    assert await keys_of(typing, "+++" * 200) == ["+"] * 600
    assert await keys_of(typing, "\x1b[A\x1bOBq" * 200) == ["up", "down", "q"] * 200


async def test_sequences_may_come_in_pieces(
    typing: Typing, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the pieces come later than they are sent.
    monkeypatch.setattr(escape_sequences, "_ESCAPE_SECONDS", 5.0)
    monkeypatch.setattr(escape_sequences, "_SEQUENCE_SECONDS", 5.0)
    pieces = "\x1b", "[", "A", "\x1b[1", "5~", "\x1b[200", "~q", "\x1b[20", "1~", "z"
    assert await keys_of(typing, *pieces) == ["up", "f5", "z"]
    assert await keys_of(typing, b"\xe6", b"\xbc", b"\xa2") == ["漢"]


async def test_escape_alone_is_a_key_soon(typing: Typing) -> None:
    assert await keys_of(typing, "\x1b", "[A", pause=0.2) == ["escape", "[", "A"]
    assert await keys_of(typing, "\x1b", "\x1b", "q", pause=0.1) == ["escape", "escape", "q"]


async def test_escape_and_a_letter_that_may_begin_a_sequence_are_two_keys(
    typing: Typing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escape_sequences, "_SEQUENCE_SECONDS", 0.02)
    for letter in "O[P]_X^":
        assert await keys_of(typing, "\x1b" + letter, pause=0.1) == ["escape", letter]


async def test_keys_that_come_together_are_sent_together(typing: Typing) -> None:
    send, receive = anyio.create_memory_object_stream[Sequence[str]](100)
    async with anyio.create_task_group() as group, send, receive:
        typing.type("+" * 3000 + "\x1b[A" * 300)
        group.start_soon(read_keys, typing.session, send.send)
        keys: list[str] = []
        events = 0
        with anyio.fail_after(60):
            while len(keys) < 3300:
                keys += await receive.receive()
                events += 1
        group.cancel_scope.cancel()
    assert keys == ["+"] * 3000 + ["up"] * 300
    assert events < 5


@pytest.mark.parametrize("sent", NO_KEYS, ids=repr)
async def test_sequences_of_no_key_give_no_key(typing: Typing, sent: bytes) -> None:
    assert await keys_of(typing, b"a" + sent, "\x1b[A") == ["a", "up"]


@pytest.mark.parametrize("sent", UNDECODABLE, ids=repr)
async def test_undecodable_bytes_are_a_key_without_a_name(typing: Typing, sent: bytes) -> None:
    keys = await keys_of(typing, b"a" + sent, "\x1b[A")
    assert (keys[0], {*keys[1:-1]}, keys[-1]) == ("a", {"unnamed"}, "up")


async def test_a_character_that_never_ends_is_a_key_before_the_next_one(
    typing: Typing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal in Latin-1 sends an umlaut as a byte that begins a longer character in UTF-8."""
    monkeypatch.setattr(escape_sequences, "_CHARACTER_SECONDS", 0.02)
    sent: list[str] = []

    async def hand_over(keys: Sequence[str]) -> None:
        sent.extend(keys)

    async with anyio.create_task_group() as group:
        group.start_soon(read_keys, typing.session, hand_over)
        typing.type(b"\xdf")
        with anyio.fail_after(60):
            while not sent:
                await anyio.sleep(0.005)
        group.cancel_scope.cancel()
    assert sent == ["unnamed"]


async def test_a_sequence_that_is_broken_off_takes_no_key_with_it(typing: Typing) -> None:
    assert await keys_of(typing, "\x1b[1;\x1b[A", "\x1bP1+r54\x1b[B") == ["up", "down"]
    assert await keys_of(typing, "\x1b[12é", "\x1b]11;rgb:00\x1b[Aq") == ["é", "up", "q"]


async def test_a_paste_that_never_ends_does_not_lock_the_keyboard(
    typing: Typing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escape_sequences, "_PASTE_SECONDS", 0.05)
    assert await keys_of(typing, "\x1b[200~never", "q", pause=0.3) == ["q"]


async def test_the_terminals_answers_reach_the_session(typing: Typing) -> None:
    assert not typing.session._synchronized
    assert await keys_of(typing, "a\x1b[?2026;2$y\x1b[?62;4cb") == ["a", "b"]
    assert typing.session._synchronized


async def test_a_terminal_that_hangs_up_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    far, near = pty.openpty()
    send, receive = anyio.create_memory_object_stream[Sequence[str]](4)
    session = TerminalSession(input_descriptor=near, output_descriptor=near)
    with session, send, receive:
        session.take_answer("\x1b[?62c")
        os.write(far, b"q")
        os.close(far)
        with pytest.raises(TerminalGone), anyio.fail_after(30):
            await read_keys(session, send.send)
    os.close(near)


class Nameless:
    """A terminal without sequences in its database."""

    def name_sequence(self, sequence: str) -> str | None:
        return None


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(SENT), max_size=8),
    st.data(),
)
def test_cutting_does_not_depend_on_how_bytes_arrive(
    sent: list[bytes], data: st.DataObject
) -> None:
    """Pieces are cut into the same keys as all bytes at once."""
    whole = b"".join(sent)
    at_once, in_pieces = InputCutter("utf-8"), InputCutter("utf-8")
    expected = [*at_once.feed(whole), *at_once.give_up()]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    cuttings: list[str | PastedText] = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        cuttings += in_pieces.feed(whole[start:end])
    assert [*cuttings, *in_pieces.give_up()] == expected


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_noise_gives_no_unprintable_key_and_never_gets_stuck(noise: bytes) -> None:
    cutter = InputCutter("utf-8")
    cuttings = [*cutter.feed(noise), *cutter.give_up()]
    for cutting in cuttings:
        if isinstance(cutting, PastedText):
            continue
        key = key_name(cutting, Nameless())  # type: ignore[arg-type]
        assert key is None or key.isprintable()
    assert cutter.patience is None
    assert cutter.feed(b"\x1b[A")[-1:] == ["\x1b[A"]
