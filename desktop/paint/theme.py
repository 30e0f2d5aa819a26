"""Colours, sizes and fonts by token name, for one choice of theme, market palette and density.

The one token file (resources/themes/tokens.json) is read once; nothing else in the desktop writes a colour,
a size or a font. A `Theme` is frozen: changing the look means handing panels another one.
"""

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final, Literal

from PySide6.QtGui import QColor, QFont

from desktop.paint.resources import resource

ThemeName = Literal["dark", "light"]
MarketPalette = Literal["western", "chinese", "colour_blind"]
Density = Literal["compact", "normal", "comfortable"]
FontRole = Literal["cell", "header", "ui", "title", "small"]
Weight = Literal["body", "strong", "title"]

THEMES: Final[tuple[ThemeName, ...]] = ("dark", "light")
MARKET_PALETTES: Final[tuple[MarketPalette, ...]] = ("western", "chinese", "colour_blind")
DENSITIES: Final[tuple[Density, ...]] = ("compact", "normal", "comfortable")
TEXT_PERCENTS: Final = (90, 100, 110, 125, 150)
FONT_PX_MIN: Final = 10  # no text below
# What holds text grows with it; gaps, lines and radii do not.
_GROWING: Final = ("height", "width", "icon_px", "font_px_fixed", "column_px")


@cache
def tokens() -> dict[str, Any]:
    """The token file as read, once a process."""
    with resource("themes/tokens.json").open(encoding="utf-8") as file:
        return dict(json.load(file))


def parse_argb(text: str) -> int:
    """`#RRGGBB` or `#RRGGBBAA` as 0xAARRGGBB. Raises `ValueError` for any other spelling."""
    if len(text) not in (7, 9) or not text.startswith("#"):
        raise ValueError(f"{text!r} is not a colour: write #RRGGBB or #RRGGBBAA")
    rgb = int(text[1:7], 16)
    alpha = int(text[7:9], 16) if len(text) == 9 else 0xFF
    return alpha << 24 | rgb


@dataclass(frozen=True)
class Theme:
    """One look. `argb("text.primary")`, `color("market.up")`, `px("height.tab")`, `font("cell")`.

    Tokens below `market.` come from the chosen market palette; sizes that differ by density come from
    `row_height_px` and `font_px`. `text_percent` is the size of all text, and with it of what holds text;
    `flash_ms` how long a changed cell is lit, 0 never. An unknown token raises `KeyError` with its full name.
    """

    name: ThemeName = "dark"
    market: MarketPalette = "western"
    density: Density = "normal"
    text_percent: int = 100
    flash_ms: int = 300

    @cached_property
    def _argb(self) -> dict[str, int]:
        scheme = tokens()["themes"][self.name]
        flat: dict[str, int] = {}
        _flatten("", {k: v for k, v in scheme.items() if k != "market"}, flat)
        _flatten("market", scheme["market"][self.market], flat)
        return flat

    def argb(self, token: str) -> int:
        """0xAARRGGBB of a colour token such as `surface.panel`, `market.heat.0`, `link.1`."""
        return self._argb[token]

    def color(self, token: str) -> QColor:
        """The same as a `QColor`."""
        return QColor.fromRgba(self._argb[token])

    def css(self, token: str) -> str:
        """The same as a style sheet spells it."""
        color = self.color(token)
        if color.alpha() == 0xFF:
            return color.name()
        return f"rgba({color.red()}, {color.green()}, {color.blue()}, {color.alpha()})"

    def px(self, token: str) -> int:
        """Logical pixels of a size token such as `height.column_header`, `spacing.m`, `radius.chip`."""
        node: Any = tokens()
        parts = token.split(".")
        for part in parts:
            node = node[part]
        return self.scaled_px(node) if parts[0] in _GROWING else int(node)

    def scaled_px(self, normal_px: float) -> int:
        """A size that grows with the text; as the token says at 100 %, never less."""
        return round(normal_px * max(self.text_percent, 100) / 100)

    @cached_property
    def heat(self) -> tuple[int, ...]:
        """The seven heat steps from strongest down to strongest up; the middle one is the panel."""
        return tuple(self.argb(f"market.heat.{step}") for step in range(7))

    @property
    def row_height_px(self) -> int:
        return self.scaled_px(tokens()["row_height"][self.density])

    def font_px(self, role: FontRole) -> int:
        normal_px: int = tokens()["font_px"][self.density][role]
        return max(FONT_PX_MIN, round(normal_px * self.text_percent / 100))

    def font(self, role: FontRole = "ui", weight: Weight = "body") -> QFont:
        """Text font of a role at this density."""
        return ui_font(self.font_px(role), weight)

    def number_font(self, role: FontRole = "cell", weight: Weight = "body") -> QFont:
        """The same with figures of one width and marks raised to them: for every number."""
        return number_font(self.font_px(role), weight)

    def mono_font(self, font_px: int = 11) -> QFont:
        """For ids, expressions, logs and key caps; 11 px at 100 %."""
        return _font([tokens()["font"]["mono"], tokens()["font"]["cjk"]], font_px, "body")

    def with_(
        self,
        name: ThemeName | None = None,
        market: MarketPalette | None = None,
        density: Density | None = None,
        text_percent: int | None = None,
    ) -> "Theme":
        """A copy with some choices changed."""
        return replace(
            self,
            name=name or self.name,
            market=market or self.market,
            density=density or self.density,
            text_percent=text_percent or self.text_percent,
        )


def ui_font(font_px: int, weight: Weight = "body") -> QFont:
    """The bundled text face with its fallbacks, `font_px` logical pixels high."""
    return _font(tokens()["font"]["fallback"], font_px, weight)


def number_font(font_px: int, weight: Weight = "body") -> QFont:
    """Text face with tabular figures (`tnum`) and case-sensitive marks (`case`)."""
    font = ui_font(font_px, weight)
    for feature in tokens()["font"]["number_features"]:
        font.setFeature(QFont.Tag(feature), 1)
    return font


def _font(families: list[str], font_px: int, weight: Weight) -> QFont:
    font = QFont()
    font.setFamilies(families)
    font.setPixelSize(font_px)
    font.setWeight(QFont.Weight(tokens()["font"]["weight"][weight]))
    # Hinted advances are whole pixels: digits would be 8 instead of 7.78 px and text would look spaced out.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _flatten(prefix: str, node: Any, into: dict[str, int]) -> None:
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = [(str(index), value) for index, value in enumerate(node)]
    else:
        into[prefix] = parse_argb(node)
        return
    for key, value in items:
        _flatten(f"{prefix}.{key}" if prefix else key, value, into)
