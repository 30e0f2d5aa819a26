"""Every text can be read: 4.5:1 against each ground it stands on, in every theme and market palette."""

import pytest

from desktop.paint.theme import MARKET_PALETTES, THEMES, Theme

LEAST = 4.5
GROUNDS = (
    "surface.panel", "surface.raised", "surface.overlay", "surface.input", "surface.hover",
    "surface.selected", "surface.selected_inactive",
)  # fmt: skip
TEXTS = ("text.primary", "text.secondary", "text.tertiary")
PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    ("text.primary", "surface.desk"),
    ("text.secondary", "surface.desk"),
    ("text.on_accent", "accent.fill"),
    ("text.on_accent", "accent.fill_hover"),
    ("accent.text", "accent.soft"),
    ("text.primary", "flash_neutral"),
    ("text.secondary", "flash_neutral"),
    ("state_text.on_replay", "state_fill.replay"),
    ("state_text.on_playback", "state_fill.playback"),
    ("state_text.on_killed", "state_fill.killed"),
    *((f"state.{state}", f"state_fill.{state}") for state in ("stale", "late", "halted", "error")),
    *((f"state.{state}", "surface.overlay") for state in ("late", "error", "warning")),
    *(("link_text", f"link.{number}") for number in range(1, 7)),
    ("chart.axis_text", "chart.background"),
    *(
        (f"market.{way}", ground)
        for way in ("up", "down")
        for ground in ("surface.panel", "surface.selected")
    ),
    *(("text.primary", f"market.flash_{way}") for way in ("up", "down")),
    *(("text.primary", f"market.heat.{step}") for step in range(7)),
    ("market.up", "market.flash_up"),
    ("market.down", "market.flash_down"),
    *(("text.on_accent", f"market.button_{side}") for side in ("buy", "sell")),
]


def luminance(argb: int) -> float:
    """Of WCAG 2.1."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(argb >> shift & 0xFF) for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: int, other: int) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_that_of_wcag():
    assert contrast(0xFFFFFFFF, 0xFF000000) == pytest.approx(21)
    assert contrast(0xFF777777, 0xFFFFFFFF) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("market", MARKET_PALETTES)
@pytest.mark.parametrize("name", THEMES)
def test_text_can_be_read(name, market):
    theme = Theme(name, market)
    low = {
        (text, ground): round(contrast(theme.argb(text), theme.argb(ground)), 2)
        for text, ground in PAIRS
        if contrast(theme.argb(text), theme.argb(ground)) < LEAST
    }
    assert low == {}


@pytest.mark.parametrize("market", MARKET_PALETTES)
@pytest.mark.parametrize("name", THEMES)
def test_up_and_down_are_not_one_colour_to_anybody(name, market):
    """Apart in hue; for red-green blindness the third palette is apart in blue, too."""
    theme = Theme(name, market)
    for up, down in (("up", "down"), ("candle_up", "candle_down"), ("flash_up", "flash_down")):
        one, other = theme.argb(f"market.{up}"), theme.argb(f"market.{down}")
        assert one != other
        if market == "colour_blind":
            assert abs((one & 0xFF) - (other & 0xFF)) >= 0x38
