"""One's own lists while the market moves, and what comes back of them."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.market.fields import Field
from core.market.instruments import Instrument, InstrumentKey
from core.state.versioned_file import StateError
from desktop.panels.watchlist.lists import EVERYTHING, WatchChoice, own_choice
from desktop.panels.watchlist.panel import WatchlistPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.desktop.panels.watchlist.own_lists import (
    NO_KEYS,
    key,
    keys_of,
    live,
    panel,
    said,
    symbols,
    with_list,
)


def test_selected_rows_are_taken_out_in_every_window_and_come_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1, 2, 3)
        panel(stage, 1).choose(panel(stage).choice)
        shown = panel(stage)
        shown.grid.rows.selection.press(1, NO_KEYS)
        QTest.keyClick(shown.grid.rows.canvas, Qt.Key.Key_Delete)
        assert keys_of(stage, made) == [key(1), key(3)]
        for window in (0, 1):
            await stage.until(lambda at=window: symbols(stage, at) == ["S001USDT", "S003USDT"])
        link = stage.app.messages.all[-1].link
        assert link is not None
        link.run()
        assert keys_of(stage, made) == [key(1), key(2), key(3)]
        shown.choose(EVERYTHING)
        shown.grid.rows.selection.press(0, NO_KEYS)
        shown.editing.remove_selected()
        assert said(stage) == "“All” is built in and stays as it is: hide rows with a filter"

    play(scenario, windows=2)


def test_prices_stay_while_a_row_is_added_and_removed(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(40))
        await stage.until(lambda: stage.words()[0] == "live")
        made = await with_list(stage, 1, 2)
        await stage.until(lambda: len(stage.app.groups_json()) == 1, "the list before is given back")
        market.snapshots = False  # the new group has to wait
        stage.app.watchlists.store.add(made, [key(3)])
        assert [row["Last"] for row in stage.cells()] == ["100.02", "100.03", ""]
        await stage.until(
            lambda: [row["dim"] for row in panel(stage).grid.painted_states()] == [False, False, True]
        )
        assert stage.words()[0] == "live"
        market.snapshots = True
        await stage.until(lambda: [row["Last"] for row in stage.cells()] == ["100.02", "100.03", "100.04"])
        await stage.until(lambda: not any(row["dim"] for row in panel(stage).grid.painted_states()))

    play(scenario)


# ---- what a scope lacks, what is gone --------------------------------------------------------------
def test_instruments_that_the_scope_lacks_are_counted_and_kept(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        elsewhere = InstrumentKey("XCME", "ES")
        made = stage.app.watchlists.store.create("Mixed", [key(1), elsewhere])
        panel(stage).choose(own_choice(made))
        await stage.until(lambda: symbols(stage) == ["S001USDT"])
        assert panel(stage).missing == 1
        assert stage.app.windows[0].docked[0].tools._missing.text() == "1 not here"
        stage.app.watchlists.store.remove(made.id, [key(1)])
        assert panel(stage).state.title == "Nothing of “Mixed” is in this scope"
        assert keys_of(stage, made.id) == [elsewhere]

    play(scenario)


def test_a_deleted_list_says_so_in_the_panel_that_shows_it_and_can_be_brought_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1, 2)
        shown = panel(stage)
        shown.asking.delete()
        assert shown.state.title == "There is no watchlist “Majors” any more"
        assert shown.state.actions == ("Bring it back", "Show all instruments")
        assert said(stage) == "Deleted the watchlist “Majors” of 2 instruments"
        shown.grid.action_requested.emit("Bring it back")
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S002USDT"])
        shown.asking.delete()
        shown.grid.action_requested.emit("Show all instruments")
        await stage.until(lambda: len(symbols(stage)) > 20)

    play(scenario)


def test_the_menu_offers_ones_own_lists_before_those_of_the_scope(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1, name="A & B")
        tools: Any = stage.app.windows[0].docked[0].tools
        tools.fill_lists()
        texts = [action.text() for action in tools._lists.actions()]
        assert texts[:5] == ["A && B", "", "All", "BINF", "BYBT"]
        assert "Delete “A && B”" in texts
        checked = [action.text() for action in tools._lists.actions() if action.isChecked()]
        assert checked == ["A && B"]

    play(scenario)


# ---- kept with the workspace ---------------------------------------------------------------------
def test_a_panel_comes_back_with_list_columns_sort_filter_and_row(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1, 2, 3)
        shown = panel(stage)
        shown.grid.set_sort("last", descending=True)
        shown.grid.set_filter("s00")
        shown.select(key(2))
        kept = shown.saved()
        other = panel(stage, 1)
        other.restore(kept)
        await stage.until(lambda: symbols(stage, 1) == ["S003USDT", "S002USDT", "S001USDT"])
        current = other.grid.current_instrument()
        assert current is not None
        assert current.key == key(2)
        assert other.saved() == kept
        assert other.grid.filter_words == "s00"

    play(scenario, windows=2)


def test_a_kept_list_that_is_gone_is_named_and_one_of_the_same_name_is_taken_for_it(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        shown = panel(stage)
        shown.restore({"list": {"id": "0badf00d", "name": "Lost ones"}})
        assert shown.state.title == "There is no watchlist “Lost ones” any more"
        assert shown.state.actions == ("Show all instruments",)
        assert shown.saved()["list"] == {"id": "0badf00d", "name": "Lost ones"}
        made = stage.app.watchlists.store.create("lost ones", [key(4)])
        await stage.until(lambda: symbols(stage) == ["S004USDT"])
        assert shown.saved()["list"] == {"id": made.id, "name": "lost ones"}

    play(scenario)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({"list": 3}, "watchlist: “list” is 3, not a choice of a list"),
        ({"list": {"page": -1}}, "watchlist: “page” of the list is -1, not a number up to 10000"),
        ({"list": {"rows_max": 0}}, "watchlist: “rows_max” of the list is 0, not a number up to 10000"),
        ({"list": {"id": 3}}, "watchlist: “id” of the list is 3, not a text"),
        ({"current": 3}, "watchlist: “current” is 3, not an instrument"),
        ({"current": "x"}, "“x” is not an exchange and a symbol, like BINF:BTCUSDT"),
        ({"by_hand": 1}, "watchlist: “by_hand” is 1, not true or false"),
        ({"grid": []}, "watchlist: “grid” is [], not the state of a grid"),
    ],
)
def test_what_is_no_state_of_a_watchlist_is_refused_and_nothing_changes(
    play: Play, kept: dict[str, Any], words: str
) -> None:
    async def scenario(stage: Stage) -> None:
        shown = panel(stage)
        before = shown.saved()
        with pytest.raises(StateError) as told:
            shown.restore(kept)
        assert str(told.value) == words
        assert shown.saved() == before

    play(scenario)


# ---- long lists ----------------------------------------------------------------------------------
def test_a_list_longer_than_a_group_shows_all_and_marks_only_the_rows_of_a_group_that_is_lost(
    play: Play,
) -> None:
    many = tuple(Instrument(InstrumentKey("BINF", f"S{number:04}"), 2, 3) for number in range(2_500))

    async def scenario(stage: Stage) -> None:
        market = await stage.market(many)
        await stage.until(lambda: stage.words()[0] == "live")
        shown = panel(stage)
        shown.choose(WatchChoice(rows_max=10_000))
        await stage.until(lambda: len(market.leases) == 3)
        await stage.until(lambda: stage.words()[0] == "live" and not rows_dim(shown))
        assert shown.grid.row_counts() == (2_500, 2_500)
        assert [row["Symbol"] for row in stage.cells()][:2] == ["S0000", "S0001"]
        shown.select(many[2_400].key)
        await stage.until(lambda: any(row["Symbol"] == "S2400" for row in stage.cells()))
        lost = next(group for group in market.groups.values() if many[2_400].key in group.spec.keys)
        lost.sequence += 5  # messages were lost
        market.snapshots = False
        market.send(many[2_400].key)
        await stage.until(lambda: rows_dim(shown) == {instrument.key for instrument in many[2_000:]})
        await stage.until(lambda: stage.words()[1].startswith("500 rows without update for "))
        market.set_values(many[2_400].key, {Field.LAST: 77_700})
        market.snapshots = True
        await stage.until(lambda: not rows_dim(shown) and stage.words()[0] == "live")
        found = [row for row in stage.cells() if row["Symbol"] == "S2400"]
        assert found[0]["Last"] == "777.00"

    play(scenario)


def rows_dim(shown: WatchlistPanel) -> set[InstrumentKey]:
    """Every instrument of the list whose row does not look live."""
    picture = shown.grid.rows.picture
    return {
        instrument.key
        for instrument, state in zip(shown.instruments, picture.state.tolist(), strict=True)
        if state
    }
