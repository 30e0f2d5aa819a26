"""The look that settings ask for."""

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.paint.theme import Density, MarketPalette, Theme, ThemeName
from desktop.settings.schema import DeskSettings


def theme_of(settings: DeskSettings, qt: QApplication) -> Theme:
    """Every choice of the group Look as one theme; the system is asked where it decides."""
    name: ThemeName = "light" if settings.theme == "light" else "dark"
    if settings.theme == "system":
        name = "light" if qt.styleHints().colorScheme() is Qt.ColorScheme.Light else "dark"
    return Theme(
        name=name,
        market=cast("MarketPalette", settings.market_palette),
        density=cast("Density", settings.density),
        text_percent=int(settings.text_percent),
        flash_ms=settings.flash_ms if settings.flash else 0,
    )


def choices_of(theme: Theme) -> dict[str, object]:
    """The settings that a person changes by picking this theme from a menu."""
    return {"theme": theme.name, "market_palette": theme.market, "density": theme.density}
