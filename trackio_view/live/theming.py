"""The theme of the screen: the one that was chosen, or the one for the terminal's background."""

from __future__ import annotations

import os
from collections.abc import Callable

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import Notice, ProgramOrigin, Severity
from trackio_view.terminal.background import Background
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.line_palette import theme_for
from trackio_view.terminal.look import themed
from trackio_view.terminal.style import THEME_NAMES, ColorDepth
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.terminal.themes import Theme
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard

_OTHER = {Background.DARK: Background.LIGHT, Background.LIGHT: Background.DARK}


class UsualTheme(NamedTuple):
    """The theme where nobody chose one on the screen or by an option."""

    named: str | None = None
    """The theme that the settings name, if any."""
    background: Background | None = None
    """The terminal's background, `None` until it is known."""

    @property
    def name(self) -> str:
        """The theme of the settings, else the one for the background, else the dark one."""
        return self.named or (self.background or Background.DARK).value


DARK_THEME = UsualTheme()
"""The usual theme where neither settings nor terminal say anything."""


class Theming:
    """Gives the terminal the look of the theme that holds."""

    def __init__(
        self,
        dashboard: Dashboard,
        session: TerminalSession,
        usual: UsualTheme,
        report: Callable[[Notice], None],
    ) -> None:
        self._dashboard = dashboard
        self._session = session
        self._usual = usual
        self._report = report
        self._told: str | None = None
        self._judge()
        self._tell(self._misfit)

    @property
    def chosen(self) -> str:
        """The name of the theme that holds."""
        theme = self._dashboard.view.theme
        if theme in THEME_NAMES:
            return theme
        return self._usual.name

    @property
    def theme(self) -> Theme:
        """The theme that holds, as it is on the terminal's background."""
        return theme_for(self.chosen, os.environ, self._usual.background)

    @property
    def _misfit(self) -> str | None:
        """What is wrong with the theme that holds, `None` where it is one for the background."""
        background = self._usual.background
        if background is None or self.chosen != _OTHER[background].value:
            return None
        key = self._dashboard.view.key_of(Action.THEME)
        known = f"The theme is {self.chosen}, but this terminal is {background.value}"
        return f"{known}: {key} changes it."

    def show(self) -> None:
        """Have everything drawn anew where another theme holds than the one on screen, and tell
        where it is for another background.
        """
        self._draw_anew()
        self._tell(self._misfit)

    def _tell(self, text: str | None) -> None:
        if text != self._told:
            self._told = text
            self._report(Notice(ProgramOrigin.SETTINGS, text, Severity.INFO, "theme"))

    def _draw_anew(self) -> None:
        look = themed(self._session.look, self.chosen, self._usual.background)
        if look != self._session.look:
            self._session.look = look
            self._session.repaint()
        self._judge()

    def _judge(self) -> None:
        """Tell whether pictures can be drawn: not without colours, nor without half blocks."""
        depth, repertoire, theme = self._session.look
        self._dashboard.draws_pictures = (
            depth is not ColorDepth.MONOCHROME
            and repertoire is not Repertoire.ASCII
            and bool(theme.colors)
        )

    def take_background(self, background: Background) -> None:
        """Show the theme as it is on this background; without a choice, the one for it."""
        self._usual = self._usual._replace(background=background)
        self.show()

    def change(self) -> None:
        """Go on to the next theme where a key asked for it, and say which it is."""
        view, background = self._dashboard.view, self._usual.background
        if not view.to_change_theme:
            return
        view.to_change_theme = False
        place = THEME_NAMES.index(self.chosen) + 1
        view.theme = THEME_NAMES[place % len(THEME_NAMES)]
        view.said = f"theme: {view.theme}"
        if self._session.look.depth is ColorDepth.MONOCHROME:
            view.said += ", but this terminal shows no colours"
        elif background is not None and view.theme == _OTHER[background].value:
            view.said += f", but this terminal is {background.value}"
        self._draw_anew()
        # The key that chose the theme was answered already.
        self._tell(None)
