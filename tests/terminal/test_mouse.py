"""The mouse reports that have a meaning."""

from __future__ import annotations

import pytest

from trackio_view.terminal.mouse import MouseReport, mouse_report


@pytest.mark.parametrize(
    ("sequence", "report"),
    [
        ("\x1b[<0;1;1M", MouseReport("click", 0, 0)),
        ("\x1b[<0;250;120M", MouseReport("click", 249, 119)),
        ("\x1b[<64;12;7M", MouseReport("wheel_up", 11, 6)),
        ("\x1b[<65;12;7M", MouseReport("wheel_down", 11, 6)),
        ("\x1b[<0;1;1m", MouseReport("release", 0, 0)),
        ("\x1b[<32;3;1M", MouseReport("drag", 2, 0)),
        # Beyond the left or the upper edge.
        ("\x1b[<32;-3;5M", MouseReport("drag", 0, 4)),
        ("\x1b[<0;12;-17m", MouseReport("release", 11, 0)),
        ("\x1b[<0;0;0M", MouseReport("click", 0, 0)),
        ("\x1b[<0;5;--5M", None),
        # Other buttons, modifiers, and motion without a button mean nothing.
        ("\x1b[<1;1;1M", None),
        ("\x1b[<2;1;1M", None),
        ("\x1b[<16;1;1M", None),
        ("\x1b[<35;1;1M", None),
        ("\x1b[<33;1;1M", None),
        ("\x1b[<2;1;1m", None),
        ("\x1b[<66;1;1M", None),
        ("\x1b[<0;1M", None),
        (f"\x1b[<0;{'9' * 5000};1M", None),
        ("\x1b[M !!", None),
        ("\x1b[A", None),
    ],
)
def test_reports(sequence: str, report: MouseReport | None) -> None:
    assert mouse_report(sequence) == report
