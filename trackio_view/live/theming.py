"""The theme of the screen: the one that was chosen, or the one for the terminal's background."""

from __future__ import annotations

import os
from collections.abc import Callable

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


class Theming:
    """Gives the terminal the look of the theme that holds."""

    def __init__(
        self,
        dashboard: Dashboard,
        session: TerminalSession,
        theme: str | None,
        background: Background | None,
        report: Callable[[Notice], None],
    ) -> None:
        """`theme` is that of the settings, `None` where they leave it to the background, which is
        `None` until it is known.
        """
        self._dashboard = dashboard
        self._session = session
        self._theme = theme
        self._background = background
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
        return self._theme or (self._background or Background.DARK).value

    @property
    def theme(self) -> Theme:
        """The theme that holds, as it is on the terminal's background."""
        return theme_for(self.chosen, os.environ, self._background)

    @property
    def _misfit(self) -> str | None:
        """What is wrong with the theme that holds, `None` where it is one for the background."""
        background = self._background
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
        look = themed(self._session.look, self.chosen, self._background)
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
        self._background = background
        self.show()

    def change(self) -> None:
        """Go on to the next theme where a key asked for it, and say which it is."""
        view = self._dashboard.view
        if not view.to_change_theme:
            return
        view.to_change_theme = False
        place = THEME_NAMES.index(self.chosen) + 1
        view.theme = THEME_NAMES[place % len(THEME_NAMES)]
        view.said = f"theme: {view.theme}"
        if self._session.look.depth is ColorDepth.MONOCHROME:
            view.said += ", but this terminal shows no colours"
        elif self._background is not None and view.theme == _OTHER[self._background].value:
            view.said += f", but this terminal is {self._background.value}"
        self._draw_anew()
        # The key that chose the theme was answered already.
        self._tell(None)
