"""One zone for all times of a desk: rows, axis, clock, band and player, named wherever a time stands."""

import asyncio
import json
from datetime import UTC, datetime

from PySide6.QtCore import Qt

from core.market.fields import Field
from core.market.instruments import Instrument, InstrumentKey
from desktop.panels.grid.columns import Col
from desktop.workspaces.model import SavedWorkspace
from desktop.workspaces.reading import read_workspace, workspace_data

# New York's clocks went from 02:00 to 03:00 at 07:00 UTC that day.
BEFORE_US = round(datetime(2024, 3, 10, 6, 59, 59, 500_000, tzinfo=UTC).timestamp() * 1e6)
AFTER_US = BEFORE_US + 1_000_000
APPLE, CORN = InstrumentKey("XNAS", "AAPL"), InstrumentKey("GLBX.MDP3", "ZCN4")
BITCOIN = InstrumentKey("BINANCE", "BTCUSDT")


def instruments(*keys):
    return [Instrument(key, 2, 0) for key in keys]


def hint(grid):
    place = next(i for i, spec in enumerate(grid.rows.model.specs) if spec.col == Col.TIME)
    return grid.rows.model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def times(stage):
    """The texts of the Time column, by symbol."""
    return {row["Symbol"]: row["Time"] for row in stage.cells()}


def test_each_row_is_in_its_venues_zone_across_the_change_of_clocks(play):
    async def scenario(stage):
        market = await stage.market(instruments(APPLE, CORN, BITCOIN))
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        window = stage.app.windows[0]
        grid = window.contents.watchlists[0].grid
        grid.rows.scrolling.horizontal.setValue(grid.rows.scrolling.horizontal.maximum())
        for key in (APPLE, CORN, BITCOIN):
            market.set_values(key, {Field.EVENT_US: BEFORE_US})
        market.send(APPLE, CORN, BITCOIN)
        expected = {"AAPL": "01:59:59.500", "ZCN4": "00:59:59.500", "BTCUSDT": "06:59:59.500"}
        await stage.until(lambda: times(stage) == expected, "three zones")
        assert "each in its exchange's zone" in hint(grid)
        assert window.bar.clock_text.endswith(" UTC")  # of several zones none is everybody's
        market.set_values(APPLE, {Field.EVENT_US: AFTER_US})
        market.send(APPLE)
        await stage.until(lambda: times(stage)["AAPL"] == "03:00:00.500", "summer time")

        stage.app.settings.change("zone", "America/New_York")
        assert times(stage) == {"AAPL": "03:00:00.500", "ZCN4": "01:59:59.500", "BTCUSDT": "01:59:59.500"}
        assert hint(grid) == "Time of the last event, New York (UTC−4)"
        assert "UTC" in window.bar.clock_text
        assert not window.bar.clock_text.endswith(" UTC")
        stage.app.settings.change("zone", "UTC")
        assert times(stage)["AAPL"] == "07:00:00.500"

    play(scenario)


def test_the_clock_is_the_venues_own_where_they_share_one(play):
    async def scenario(stage):
        await stage.market(instruments(APPLE))
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        window = stage.app.windows[0]
        await stage.until(lambda: window.bar.clock_text[-5:-1] == "UTC−", "New York's clock")
        second = stage.app.open_window()
        stage.app.settings.change("zone", "Asia/Tokyo")
        assert window.clock.shown.key == second.clock.shown.key == "Asia/Tokyo"
        assert window.bar.clock_text.endswith(" UTC+9")

    play(scenario)


def test_a_chart_follows_the_workspace_until_it_has_a_zone_of_its_own(play):
    async def scenario(stage):
        await stage.market(instruments(APPLE))
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        chart = stage.app.windows[0].contents.charts[0]
        await stage.until(lambda: chart.key is not None, "a symbol")
        assert chart.zone_info.key == "America/New_York"
        stage.app.settings.change("zone", "Asia/Tokyo")
        assert chart.zone_info.key == "Asia/Tokyo"
        chart.set_zone("UTC")
        stage.app.settings.change("zone", "local")
        assert chart.zone_info.key == "UTC"
        chart.set_zone("workspace")
        assert chart.zone_info.key == stage.app.windows[0].clock.zone.local_name

    play(scenario, layout="desk")


def test_a_workspace_keeps_a_zone_of_its_own_and_others_go_by_the_settings(play):
    async def choose(stage):
        await stage.market(instruments(APPLE))
        await stage.until(lambda: stage.app.first_value_ns, "prices")
        app = stage.app
        app.commands.run("settings.zone.utc", app.windows[0])
        assert app.windows[0].clock.shown.key == "UTC"
        app.workspaces.open_workspace(SavedWorkspace("Other"))
        app.settings.change("zone", "Asia/Tokyo")
        assert app.windows[0].clock.shown.key == "Asia/Tokyo"
        app.workspaces.switch_to(0)
        assert app.windows[0].clock.shown.key == "UTC", "its own, whatever the settings say"

    async def come_back(stage):
        await stage.until(lambda: stage.app.windows, "the workspace")
        assert stage.app.windows[0].clock.shown.key == "UTC"

    for scene in (choose, come_back):
        play(scene, keeps=True)


def test_a_workspace_with_a_zone_that_is_none_opens_with_that_of_the_settings(play, tmp_path):
    data = workspace_data(SavedWorkspace("Main", zone="UTC"))
    assert read_workspace(data).zone == "UTC"
    path = tmp_path / "desk" / "workspaces" / "main.json"

    async def look(stage):
        assert stage.app.workspaces.name == "Main"
        assert stage.app.workspaces.zone == ""
        assert any("no zone “Atlantis”" in message.text for message in stage.app.messages.all)

    play(lambda _stage: asyncio.sleep(0), keeps=True)
    path.write_text(json.dumps({**json.loads(path.read_text()), "zone": "Atlantis"}))
    play(look, keeps=True)
    assert not list(path.parent.glob("*unreadable*"))
