"""Ten thousand instruments in one list, on a real bus: all of them live, cheap to scroll and to filter."""

from statistics import median
from time import thread_time

import psutil
import pytest

from core.market.fields import Field
from desktop.panels.watchlist.lists import EVERYTHING
from desktop.panels.watchlist.panel import WatchlistPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto

COUNT = 10_000
MB = 1 << 20


@pytest.mark.slow
def test_ten_thousand_instruments_are_live_in_one_list_and_scroll_filter_and_update(play: Play) -> None:
    many = crypto(COUNT, ("BINF", "BYBT", "KRKN", "CBSE"))

    async def scenario(stage: Stage) -> None:
        market = await stage.market(many)
        await stage.until(lambda: stage.words()[0] == "live")
        process = psutil.Process()
        before_mb = process.memory_info().rss / MB
        shown: WatchlistPanel = stage.app.windows[0].panels[0]
        shown.choose(EVERYTHING)
        await stage.until(lambda: len(market.leases) == 10, "ten groups are leased")
        await stage.until(lambda: stage.words()[0] == "live" and not shown.grid.rows.picture.state.any())
        assert shown.grid.row_counts() == (COUNT, COUNT)

        rows, took_ms = shown.grid.rows, []
        for step in range(200):
            begun = thread_time()
            rows.scrolling.vertical.setValue(step * 47)
            rows.canvas.repaint()
            took_ms.append((thread_time() - begun) * 1e3)
        assert median(took_ms) < 50, "16 ms is the aim; three times that is broken on any machine"

        took_ms = []
        for words in ("s", "s1", "s12", "usdt", "byb", ""):
            begun = thread_time()
            shown.grid.set_filter(words)
            took_ms.append((thread_time() - begun) * 1e3)
        assert max(took_ms) < 150, "50 ms is the aim; three times that is broken on any machine"

        last = shown.shown_keys[-1]
        shown.select(last)
        market.set_values(last, {Field.LAST: 123_456})
        market.send(last)
        await stage.until(
            lambda: [row["Last"] for row in stage.cells() if row["Symbol"] == last.symbol] == ["1,234.56"]
        )
        assert process.memory_info().rss / MB - before_mb < 200

        shown.choose(type(EVERYTHING)())
        await stage.until(lambda: len(market.leases) == 1, "the groups of the long list are given back")

    play(scenario)
