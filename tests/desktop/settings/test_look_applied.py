"""A look chosen anywhere is that of every window at once, and is there after a restart."""

import json

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.market.fields import Field
from desktop.paint.theme import Theme


def test_two_windows_change_together_and_a_restart_keeps_it(play, tmp_path):
    desk_dir = tmp_path / "kept"

    async def choose(stage):
        await stage.market()
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        QTest.keyClick(stage.app.windows[0], Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
        stage.app.settings.change_all({"density": "compact", "market_palette": "chinese", "flash_ms": 700})
        look = Theme("light", "chinese", "compact", flash_ms=700)
        assert stage.app.theme == look
        panel = look.color("surface.raised")
        for window in stage.app.windows:
            rows = window.contents.watchlists[0].grid.rows
            assert rows.painter.atlas.theme == look
            assert window.bar.grab().toImage().pixelColor(2, 2) == panel
            assert rows.picture.flash.flash_ms == 700

    async def come_back(stage):
        assert stage.app.theme == Theme("light", "chinese", "compact", flash_ms=700)
        assert stage.app.messages.all == ()

    play(choose, windows=2, desk_dir=desk_dir)
    kept = json.loads((desk_dir / "settings.json").read_text())
    assert kept["theme"] == "light"
    play(come_back, desk_dir=desk_dir)


def test_nothing_flashes_once_flashes_are_off(play):
    async def scenario(stage):
        market = await stage.market()
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        panel = stage.app.windows[0].contents.watchlists[0]
        key = next(each.key for each in panel.instruments if each.key.symbol == stage.cells()[0]["Symbol"])
        lit = panel.grid.rows.picture.flash

        async def move(price, shown):
            market.set_values(key, {Field.LAST: price})
            market.send(key)
            await stage.until(lambda: stage.cells()[0]["Last"] == shown, shown)

        await move(20_000, "200.00")
        await stage.until(lambda: lit.next_deadline_ms() is None, "the first flash to go")
        stage.app.settings.change("flash", False)
        await move(30_000, "300.00")
        assert lit.next_deadline_ms() is None
        stage.app.settings.change_all({"flash": True, "flash_ms": 2_000})
        await move(40_000, "400.00")
        assert lit.next_deadline_ms() is not None

    play(scenario)


def test_larger_text_grows_what_holds_it(play):
    async def scenario(stage):
        await stage.market()
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        window = stage.app.windows[0]
        grid = window.contents.watchlists[0].grid
        small = (window.bar.height(), window.strip.height(), grid.rows.painter.atlas.metrics.row_px)
        stage.app.settings.change("text_percent", "150")
        assert (window.bar.height(), window.strip.height()) == (51, 36)
        assert grid.rows.painter.atlas.metrics.row_px == 30
        stage.app.settings.reset("text_percent")
        assert small == (window.bar.height(), window.strip.height(), grid.rows.painter.atlas.metrics.row_px)

    play(scenario)
