"""The palette over a made-up market: the same pixels each time, without a bus."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.market.instruments import Instrument, InstrumentKey
from desktop.commands.palette.palette import Palette
from desktop.commands.palette.sources import ListSource, PaletteItem, PaletteSource, PaletteValue
from desktop.commands.palette.symbols import Symbols
from desktop.paint.theme import Theme
from desktop.watchlists.recents import RecentSymbols
from desktop.watchlists.search import SymbolSearch

WINDOW_PX = (720, 620)
MARKET = (
    ("BINANCE_FUTURES", "ETHUSDT", "2,681.38"),
    ("BINANCE_DELIVERY", "ETHUSD_210924", "1,990.93"),
    ("KRAKEN", "ETH/CHF", "2,183.69"),
    ("BEQUANT", "ETHDAI", ""),
    ("BYBIT", "BTCUSDT", "33,515.70"),
)


def nothing(_beside: bool) -> None:
    """No row of a picture is chosen."""


def sources() -> list[PaletteSource]:
    """Symbols, actions, workspaces and settings; one cannot be done, one price is old."""
    instruments = [Instrument(InstrumentKey(venue, symbol), 2, 3) for venue, symbol, _last in MARKET]
    prices = {symbol: last for _venue, symbol, last in MARKET}
    search = SymbolSearch(instruments, RecentSymbols([instruments[0].key]))

    def price(key: InstrumentKey) -> PaletteValue:
        return PaletteValue(prices[key.symbol], is_live=key.symbol != "ETH/CHF")

    actions = (
        PaletteItem("Chart ETHUSDT beside", nothing, "Panels", "chart-candlestick", "Ctrl+Shift+N"),
        PaletteItem("Replay the last minutes of ETHUSDT", nothing, "Player", "rewind", "Ctrl+R"),
        PaletteItem(
            "Filter by Ether", nothing, "No rows are shown", "funnel", "Ctrl+F", refusal="No rows are shown"
        ),
    )
    spaces = (PaletteItem("Switch to “Eth basis”", nothing, "2 windows", "layout-dashboard", "Ctrl+4"),)
    settings = (
        PaletteItem(
            "Method for VWAP anchor", nothing, "Charts", "settings", value=lambda: PaletteValue("Session")
        ),
    )
    return [
        Symbols(search, 411, price, lambda _key, _beside: None),
        ListSource("Actions", actions, sign=">"),
        ListSource("Workspaces", spaces),
        ListSource("Settings", settings),
    ]


def palette_picture(qtbot: QtBot, theme: Theme) -> QImage:
    """With “eth” typed and the second row chosen."""
    window = QWidget()
    window.setObjectName("desk")
    qtbot.addWidget(window)
    window.resize(*WINDOW_PX)
    palette = Palette(theme, window, sources)
    window.show()
    palette.open_palette("eth")
    palette.move_by(1)
    palette.field.clearFocus()  # no caret: it blinks
    palette.show()
    picture = QImage(window.size(), QImage.Format.Format_RGB32)
    picture.fill(theme.color("surface.panel"))
    window.render(picture, QPoint())
    for field in window.findChildren(QLineEdit):
        assert not field.hasFocus()
    return picture
