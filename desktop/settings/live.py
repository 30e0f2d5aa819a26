"""Applies settings while the desk runs: each window has another look or zone the moment one is chosen.

Nothing is made anew for it: windows and panels are handed the new theme and zone.
"""

from typing import TYPE_CHECKING

from desktop.messages import Level
from desktop.paint.stylesheet import dress
from desktop.settings.look import theme_of
from desktop.settings.schema import DeskSettings

if TYPE_CHECKING:
    from desktop.app import DeskApp


class LiveSettings:
    """Of one desk; `close` ends it. Dresses the application for the first time when made."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        app.theme = theme_of(app.settings.current, app.qt)
        dress(app.qt, app.theme)
        self._set_messages(app.settings.current)
        self._end = app.settings.listen(self._follow)
        app.qt.styleHints().colorSchemeChanged.connect(self._follow_look)

    def close(self) -> None:
        self._end()
        self._app.qt.styleHints().colorSchemeChanged.disconnect(self._follow_look)

    def _follow(self, before: DeskSettings, now: DeskSettings) -> None:
        self._follow_look()
        self._set_messages(now)
        for window in self._app.windows:
            if before.zone != now.zone:
                window.set_zone(self._app.zone_choice)
            for panel in window.contents.watchlists:
                panel.grid.row_order.every_ms = now.rank_every_ms

    def _set_messages(self, settings: DeskSettings) -> None:
        stand_ms = self._app.messages.stand_ms
        stand_ms[Level.INFO], stand_ms[Level.WARNING] = settings.info_s * 1_000, settings.warning_s * 1_000

    def _follow_look(self) -> None:
        """Settings, or the system's own look, have changed."""
        app = self._app
        theme = theme_of(app.settings.current, app.qt)
        if theme == app.theme:
            return
        app.theme = theme
        app.frames.upheaval()
        dress(app.qt, theme)
        for window in app.windows:
            window.set_theme(theme)
        if app.start.page is not None:
            app.start.page.set_theme(theme)
