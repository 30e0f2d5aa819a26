"""A theme knows every token, the bundled fonts carry tabular figures, icons come in the asked tint."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QIcon

from desktop.paint.fonts import register_fonts
from desktop.paint.icons import icon, icon_pixmap
from desktop.paint.stylesheet import application_palette, application_stylesheet, dress
from desktop.paint.theme import DENSITIES, MARKET_PALETTES, THEMES, Theme, number_font, parse_argb


def test_tokens_differ_by_theme_palette_and_density():
    dark = Theme()
    assert dark.argb("surface.panel") == 0xFF101318
    assert dark.with_(name="light").argb("surface.panel") == 0xFFFFFFFF
    assert dark.argb("market.up") == dark.with_(market="chinese").argb("market.down")
    assert [dark.with_(density=d).row_height_px for d in DENSITIES] == [18, 20, 26]
    assert dark.color("surface.scrim").alpha() == 0x73
    assert dark.px("height.column_header") == 22


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("market", MARKET_PALETTES)
def test_heat_has_the_panel_in_its_middle(name, market):
    theme = Theme(name, market)
    assert theme.heat[3] == theme.argb("surface.panel")


def test_an_unknown_token_is_named():
    with pytest.raises(KeyError, match=r"surface\.pannel"):
        Theme().argb("surface.pannel")
    with pytest.raises(ValueError, match="blue"):
        parse_argb("blue")


def test_bundled_figures_are_tabular_at_the_documented_width(qapp):
    assert {"Inter", "JetBrains Mono", "Noto Sans CJK SC"} <= set(register_fonts())
    metrics = QFontMetricsF(number_font(12))
    widths = {round(metrics.horizontalAdvance(digit * 100) / 100, 2) for digit in "0123456789\u2007"}
    assert widths == {7.78}
    for weight in ("body", "strong", "title"):
        assert QFontInfo(number_font(12, weight)).family() == "Inter"


def test_application_look_can_be_made_for_every_theme(qapp):
    for name in THEMES:
        sheet = application_stylesheet(Theme(name))
        assert "$" not in sheet
        assert Theme(name).css("accent.fill") in sheet
        assert application_palette(Theme(name)).window().color() == Theme(name).color("surface.panel")
    dress(qapp, Theme())
    assert qapp.font().family() == "Inter"
    qapp.setStyleSheet("")


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_icons_are_tinted_and_drawn_at_device_size(qapp, ratio):
    theme = Theme()
    pixmap = icon_pixmap("search", 16, theme.argb("text.secondary"), ratio)
    assert pixmap.width() == round(16 * ratio)
    image = pixmap.toImage()
    inks = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [c for c in inks if c.alpha() > 200]
    assert solid
    assert all(abs(c.red() - QColor(theme.css("text.secondary")).red()) < 12 for c in solid)


def test_every_bundled_icon_renders(qapp):
    from desktop.paint.resources import resource

    for path in resource("icons").glob("*.svg"):
        image = icon_pixmap(path.stem, 16, 0xFFFFFFFF).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(16) for y in range(16)), path.stem
    bell = icon("bell", Theme())
    assert not bell.pixmap(QSize(14, 14), 2.0, QIcon.Mode.Normal).isNull()
    assert bell.pixmap(QSize(14, 14), 2.0).width() == 28
