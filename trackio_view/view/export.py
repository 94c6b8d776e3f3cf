"""What of the screen is to be written to a file, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.view.text_entry import TypedLine


@dataclass(slots=True)
class ExportView:
    """The name of the file, as it is typed; only the live screen can write it."""

    typing: TypedLine = field(default_factory=TypedLine)
    wanted: str = ""
    """The name of the file that is to be written now; empty where none is."""
    replaces: bool = False
    """Whether it may replace the file of that name."""
    asked: str = ""
    """The name of the file about which the question stands whether it may be replaced."""
    ending: str = ".png"
    """What the name ends in that is proposed: that of the file before."""
