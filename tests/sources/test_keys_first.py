"""Work in threads that waits while a key is answered, and no longer."""

from __future__ import annotations

import threading

import pytest

from trackio_view.sources import keys_first
from trackio_view.sources.keys_first import KeysFirst


def test_nobody_waits_where_no_key_came() -> None:
    KeysFirst().give_way()


def test_a_list_is_freed_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, left = KeysFirst(), []
    items = list(range(5))
    monkeypatch.setattr(keys, "give_way", lambda: left.append(len(items)))
    keys.let_go(items)
    assert (items, left) == ([], [5, 4, 3, 2, 1])


def test_work_waits_for_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_first, "MOST_SECONDS", 60.0)
    keys, begun, done = KeysFirst(), threading.Event(), threading.Event()
    keys.key_came()

    def work() -> None:
        begun.set()
        keys.give_way()
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(10)
    assert not done.wait(0.05)
    keys.frame_shown()
    assert done.wait(10)
    worker.join()


def test_a_key_without_a_frame_holds_up_the_work_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_first, "MOST_SECONDS", 0.01)
    keys, waits = KeysFirst(), []
    wait = keys._is_at_rest.wait
    monkeypatch.setattr(keys._is_at_rest, "wait", lambda most: waits.append(most) or wait(most))
    keys.key_came()
    for _ in range(100):
        keys.give_way()
    assert waits == [0.01]
