"""The palette in a real window, by real keys: what is found, what Return does, where the focus goes."""

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from core.market.fields import Field
from core.market.instruments import Instrument, InstrumentKey
from desktop.commands.palette.palette import Palette
from desktop.commands.palette.sources import PaletteItem
from desktop.workspace.window import DeskWindow
from tests.desktop.conftest import Play, Stage

CTRL = Qt.KeyboardModifier.ControlModifier
NAMES = (
    ("BINANCE", "ETHUSDT", "Ether"),
    ("KRAKEN", "ETH/CHF", "Ether"),
    ("BYBIT", "BTCUSDT", "Bitcoin"),
    ("BYBIT", "WETHUSD", "Wrapped ether"),
)


def market() -> tuple[Instrument, ...]:
    return tuple(Instrument(InstrumentKey(venue, symbol), 2, 3, name=name) for venue, symbol, name in NAMES)


def titles(palette: Palette) -> list[str]:
    """As they stand in the list, headings in brackets."""
    return [row.title if isinstance(row, PaletteItem) else f"[{row}]" for row in palette.rows.rows]


async def opened(stage: Stage, text: str = "") -> tuple[DeskWindow, Palette]:
    window = stage.app.windows[0]
    window.activateWindow()
    await stage.until(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    palette = window.commands.palette
    await stage.until(palette.field.hasFocus)
    QTest.keyClicks(palette.field, text)
    return window, palette


def scenario_with(play: Play, act: Callable[[Stage], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(market())
        await stage.until(lambda: stage.words()[0] == "live" and len(stage.cells()) == len(NAMES))
        await act(stage)

    play(scenario, **options)


def test_typing_finds_symbols_first_with_their_prices_then_actions(play: Play) -> None:
    async def act(stage: Stage) -> None:
        _window, palette = await opened(stage, "eth")
        assert titles(palette)[:4] == ["[Symbols]", "ETH/CHF", "ETHUSDT", "WETHUSD"]
        assert palette.rows.said(2) == "ETHUSDT, Ether, BINANCE, 100.01"
        assert palette.chosen is not None
        assert palette.chosen.title == "ETH/CHF"
        assert palette.chosen.spans == ((0, 3),)
        key = InstrumentKey("BINANCE", "ETHUSDT")
        stage.markets[0].set_values(key, {Field.LAST: 12_345})
        stage.markets[0].send(key)
        await stage.until(lambda: palette.rows.said(2).endswith("123.45"), "the price to move on")
        palette.field.clear()
        QTest.keyClicks(palette.field, "light th")
        assert titles(palette) == [
            "[Actions]", "Light theme", "Switch between dark and light", "[Settings]", "Theme: Light",
        ]  # fmt: skip

    scenario_with(play, act)


def test_signs_narrow_the_search_to_actions_or_symbols(play: Play) -> None:
    async def act(stage: Stage) -> None:
        _window, palette = await opened(stage, ">")
        groups = [title for title in titles(palette) if title.startswith("[")]
        assert groups == ["[Actions]"]
        assert len(titles(palette)) == len(list(stage.app.commands.actions)), "all but the palette itself"
        palette.field.setText("@bit")
        assert titles(palette) == ["[Symbols]", "BTCUSDT", "WETHUSD"], "by its name, by its venue"
        palette.field.setText("@light theme")
        assert titles(palette) == []
        assert palette.chosen is None
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert palette.isVisible(), "nothing to open"

    scenario_with(play, act)


def test_return_opens_in_the_panel_in_use_and_with_ctrl_in_a_new_one(play: Play) -> None:
    async def act(stage: Stage) -> None:
        window, palette = await opened(stage, "eth/chf")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert not palette.isVisible()
        grid = window.panels[0].grid
        await stage.until(lambda: grid.current_instrument().key.symbol == "ETH/CHF")
        assert window.panels[0].isAncestorOf(window.focusWidget())
        await opened(stage, "btc")
        QTest.keyClick(palette.field, Qt.Key.Key_Return, CTRL)
        (chart,) = window.contents.charts
        assert chart.key == InstrumentKey("BYBIT", "BTCUSDT")
        await stage.until(lambda: chart.isAncestorOf(window.focusWidget()) or chart.hasFocus())
        await opened(stage, "weth")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert chart.key == InstrumentKey("BYBIT", "WETHUSD"), "the chart was in use"
        assert len(window.contents.charts) == 1
        await opened(stage)
        assert titles(palette)[1:4] == ["WETHUSD", "BTCUSDT", "ETH/CHF"], "those used last, newest first"

    scenario_with(play, act)


def test_arrows_move_over_headings_and_round_the_ends_and_return_runs_an_action(play: Play) -> None:
    async def act(stage: Stage) -> None:
        window, palette = await opened(stage, "light th")

        def chosen() -> str:
            assert palette.chosen is not None
            return palette.chosen.title

        QTest.keyClick(palette.field, Qt.Key.Key_Down)
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
        assert chosen() == "Theme: Light"
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
        assert chosen() == "Light theme"
        QTest.keyClick(palette.field, Qt.Key.Key_Up)
        assert chosen() == "Theme: Light"
        QTest.keyClick(palette.field, Qt.Key.Key_PageUp)
        assert chosen() == "Light theme"
        assert palette.field.accessibleDescription() == "Light theme, Look"
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert stage.app.theme.name == "light"
        assert window.panels[0].isAncestorOf(window.focusWidget())
        await opened(stage, ">")
        assert titles(palette)[1] == "Light theme", "done last, so first"
        assert palette.rows.said(1) == "Light theme, This is how it looks now", (
            "and why it cannot be done again"
        )
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert palette.isVisible()

    scenario_with(play, act)


def test_esc_gives_the_focus_back_to_the_very_field_it_came_from(play: Play) -> None:
    async def act(stage: Stage) -> None:
        window = stage.app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        window.focus_filter()
        field = window.focusWidget()
        _window, palette = await opened(stage, "x")
        QTest.keyClick(palette.field, Qt.Key.Key_Escape)
        assert not palette.isVisible()
        assert window.focusWidget() is field
        await opened(stage)
        QTest.keyClick(palette.field, Qt.Key.Key_K, CTRL)
        assert not palette.isVisible(), "the same keys close it"
        assert window.focusWidget() is field
        await opened(stage)
        window.panels[0].setFocus(Qt.FocusReason.MouseFocusReason)
        assert not palette.isVisible(), "a click elsewhere closes it"
        assert window.panels[0].isAncestorOf(window.focusWidget()), "and keeps the focus it took"

    scenario_with(play, act)


def test_the_bars_search_opens_it_with_what_was_typed_and_a_click_runs_a_row(play: Play) -> None:
    async def act(stage: Stage) -> None:
        window = stage.app.windows[0]
        palette = window.commands.palette
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        QTest.mouseClick(window.bar.search, Qt.MouseButton.LeftButton)
        assert palette.isVisible()
        QTest.keyClick(palette.field, Qt.Key.Key_Escape)
        window.bar.search.setFocus()
        QTest.keyClicks(window.bar.search, "b")
        QTest.keyClicks(palette.field, "tc")
        assert palette.field.text() == "btc"
        box = palette.list.visualRect(palette.rows.index(1))
        QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
        await stage.until(lambda: window.panels[0].grid.current_instrument().key.symbol == "BTCUSDT")

    scenario_with(play, act)


def test_it_stays_inside_the_smallest_window_and_prices_go_on_behind_it(play: Play) -> None:
    async def act(stage: Stage) -> None:
        window, palette = await opened(stage)
        for width, height in ((480, 240), (1600, 1000)):
            window.resize(width, height)
            await stage.until(lambda width=width: window.width() == width and window.bar.width() == width)
            margin = palette.margin_px
            frame = palette.geometry().adjusted(margin, margin, -margin, -margin)
            assert window.rect().contains(frame), frame
            assert palette.list.height() >= 30
        assert (frame.width(), frame.top() - 1) == (638, 96)
        QTest.keyClicks(palette.field, "zzz")

        def covered() -> QImage:
            """The middle of the palette as it stands in the window's own pixels, over the grid's rows."""
            return window.grab(frame.adjusted(20, 50, -400, -60)).toImage()

        key = InstrumentKey("BYBIT", "BTCUSDT")
        before = covered()
        for step in range(10):
            stage.markets[0].set_values(key, {Field.LAST: 5_000 + step})
            stage.markets[0].send(key)
            await stage.until(lambda step=step: any(row["Last"] == f"50.{step:02}" for row in stage.cells()))
        assert covered() == before, "what is behind does not shine through"

    scenario_with(play, act)


def test_a_list_of_ones_own_is_found_and_shown_in_the_watchlist_in_use_or_in_a_new_one(play: Play) -> None:
    async def act(stage: Stage) -> None:
        keys = [InstrumentKey("BYBIT", "WETHUSD"), InstrumentKey("BYBIT", "BTCUSDT")]
        stage.app.watchlists.store.create("Wrapped basis", keys)
        window, palette = await opened(stage, "basis")
        assert titles(palette) == ["[Watchlists]", "Show watchlist “Wrapped basis”"]
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        await stage.until(lambda: [row["Symbol"] for row in stage.cells()] == ["WETHUSD", "BTCUSDT"])
        window, palette = await opened(stage, "basis")
        QTest.keyClick(palette.field, Qt.Key.Key_Return, CTRL)
        first, second = window.contents.watchlists
        assert first.list_label == second.list_label == "Wrapped basis"
        assert window.panel_in_use is second

    scenario_with(play, act)
