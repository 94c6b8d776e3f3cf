"""Which part of the screen is to be written to which file."""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.view.text_entry import TypedLine


@dataclass(slots=True, eq=False, repr=False)
class ExportView:
    """The name of the file while it is typed. Only the live screen can write the file."""

    typing: TypedLine = field(default_factory=TypedLine)
    wanted: str = ""
    """The name of the file that is to be written now; empty where there is none."""
    replaces: bool = False
    """Whether it may replace the file of that name."""
    asked: str = ""
    """The name of the file that the person was asked whether to replace."""
    ending: str = ".png"
    """The ending of the proposed name, which is that of the last file."""
