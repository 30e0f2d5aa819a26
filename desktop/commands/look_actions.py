"""How the desk looks: theme, colours of up and down, density."""

from functools import partial
from typing import Any

from desktop.actions import Action, ActionContext
from desktop.paint.theme import DENSITIES, MARKET_PALETTES, THEMES
from desktop.tr import tr


def actions() -> tuple[Action, ...]:
    group = tr("Look")
    themes = {"dark": tr("Dark theme"), "light": tr("Light theme")}
    colours = {
        "western": tr("Green up, red down"),
        "chinese": tr("Red up, green down"),
        "colour_blind": tr("Blue up, orange down"),
    }
    densities = {
        "compact": tr("Compact rows"),
        "normal": tr("Normal rows"),
        "comfortable": tr("Comfortable rows"),
    }
    return (
        Action(
            "look.toggle_theme",
            tr("Switch between dark and light"),
            group,
            lambda at: at.window.toggle_theme(),
            ("Ctrl+T",),
            "moon",
            words="theme",
        ),
        *(_choice("theme", "name", name, themes[name], "sun theme") for name in THEMES),
        *(_choice("colours", "market", name, colours[name], "palette colour") for name in MARKET_PALETTES),
        *(_choice("density", "density", name, densities[name], "size height") for name in DENSITIES),
    )


def _choice(part: str, field: str, name: str, title: str, words: str) -> Action:
    return Action(
        f"look.{part}.{name}",
        title,
        tr("Look"),
        partial(_take, field, name),
        refusal=partial(_is_so, field, name),
        icon="settings",
        words=f"{part} {words}",
    )


def _take(field: str, name: str, at: ActionContext) -> None:
    change: dict[str, Any] = {field: name}
    at.window.host.set_theme(at.window.host.theme.with_(**change))


def _is_so(field: str, name: str, at: ActionContext) -> str:
    return tr("This is how it looks now") if getattr(at.window.host.theme, field) == name else ""
