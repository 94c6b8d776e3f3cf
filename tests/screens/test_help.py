"""The help tells every key once, those of the screen it was asked from first."""

from __future__ import annotations

import pytest

from trackio_view.screens.help import help_lines
from trackio_view.view.bindings import BINDINGS, Mode, keys_label


@pytest.mark.parametrize("mode", [Mode.METRICS, Mode.RUNS, Mode.GPUS, Mode.CONFIG_DIFF])
def test_every_binding_is_told_once(mode: Mode) -> None:
    told = [(keys, text) for keys, text in help_lines(mode, 200, arrows=True) if keys]
    assert sorted(told) == sorted((keys_label(it, arrows=True), it.help) for it in BINDINGS)


@pytest.mark.parametrize("mode", [Mode.METRICS, Mode.RUNS, Mode.GPUS])
def test_other_screens_keys_stand_under_their_name(mode: Mode) -> None:
    place = mode
    titles = {other.value: other for other in Mode}
    for keys, text in help_lines(mode, 200, arrows=True):
        if not keys:
            place = titles.get(text, place)
            continue
        (binding, *_) = [
            it
            for it in BINDINGS
            if (keys_label(it, arrows=True), it.help) == (keys, text) and place in it.modes
        ]
        assert place is mode or mode not in binding.modes
