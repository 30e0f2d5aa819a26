"""Nothing after the session's clock is ever painted, whatever is done to the session meanwhile.

At random moments the screen is read, and afterwards the session itself is asked where it is: every row, every
bar, the chart's axis and range, the time line and the clock on the screen must be of that time or before, and
also of the clock that stands beside them. One process reads the screen in one go, so nothing moves within it.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.charts import chart_of, name_of, painted_bars, point
from tests.e2e.past import Past, PastBars, PastRows
from tests.e2e.reference import COLUMNS
from tests.e2e.sessions import Session, standing
from tests.e2e.stack import Desk, Stack, grids, panels, shown
from tests.e2e.tapes import recorded_tape

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]

LOOKS = 90
LOOKS_A_MOVE = 3
SPEEDS_MILLI = (100, 1_000, 1_000, 5_000, 20_000, 200_000)
INTERVALS = ("1s", "5m", "20t")
INTERVAL_NS = {"1s": 10**9, "5m": 300 * 10**9}
# A range may leave room around what is painted, not reach for what is to come.
RANGE_ROOM, FLAT_ROOM, VOLUME_ROOM, FEW_BARS = 0.5, 1e-3, 0.25, 12
FILLED_MIN = 0.85  # a range that was made for fewer bars stays while the bars fill so much of it


@dataclass
class Watch:
    """Reads the screen and says what of it lies in the future."""

    desk: Desk
    session: Session
    past: Past
    rows: PastRows
    bars: PastBars
    looks: int = 0
    skipped: int = 0

    async def look(self) -> None:
        answer = await self.desk.inspect()
        clock = await self.session.status()
        epoch, shown_ns = shown(answer)
        if epoch != clock.epoch:
            self.skipped += 1  # turned between the two questions, or the desk is about to
            return
        self.looks += 1
        wrong = self.future(answer, min(clock.tape_ns, shown_ns + 999))
        if shown_ns > clock.tape_ns:
            wrong.append(f"the desk's clock shows {shown_ns} ns, the session's {clock.tape_ns} ns")
        assert not wrong, "\n".join([f"at {clock}", f"shown {shown_ns}", *wrong[:20]])

    def future(self, answer: dict[str, Any], clock_ns: int) -> list[str]:
        """What is painted and had not been by `clock_ns`."""
        chart = chart_of(answer)
        decimals = (chart["price_decimals"], chart["size_decimals"])
        wrong = self.bars.not_yet(painted_bars(chart), decimals, clock_ns)
        return [
            *(line for grid in grids(answer) for line in self.rows.not_yet(grid["cells"], clock_ns)),
            *([wrong] if wrong else []),
            *_axis(chart, clock_ns),
            *_range(chart),
            *self._timeline(answer, clock_ns),
        ]

    def _timeline(self, answer: dict[str, Any], clock_ns: int) -> list[str]:
        """The drawn volume of the chart's instrument, or trades of all, ends at the clock."""
        wrong = []
        for player in (panel for panel in panels(answer) if panel["kind"] == "player"):
            for name in ("tape_ns", "volume_until_ns"):
                if player[name] > clock_ns:
                    wrong.append(f"the player's {name} is {player[name] - clock_ns} ns ahead")
            traded = self.traded(player["symbol"], clock_ns)
            if sum(player["volume"]) > traded * (1 + 1e-9):
                wrong.append(f"the time line tells {sum(player['volume'])} of {traded} traded")
        return wrong

    def traded(self, symbol: str, clock_ns: int) -> float:
        """Volume of one instrument in whole units, or trades of all."""
        if not symbol:
            return self.past.trades_until(clock_ns)
        listing = self.past.number_of(symbol)
        bars = self.past.bars_at(listing, "1d", clock_ns)
        scale = 10.0 ** -self.past.tape.listings[listing].size_decimals
        return 0.0 if bars.is_mid else sum(bar.volume or 0 for bar in bars.bars) * scale


def _axis(chart: dict[str, Any], clock_ns: int) -> list[str]:
    """The axis may end with the bar that is forming."""
    span_ns = INTERVAL_NS.get(chart["interval"], 0)
    end_ns = clock_ns // span_ns * span_ns + span_ns if span_ns else clock_ns
    if chart["axis_end_ns"] is not None and chart["axis_end_ns"] > end_ns:
        return [f"the chart's axis ends {chart['axis_end_ns'] - end_ns} ns after the bar that is forming"]
    return []


def _range(chart: dict[str, Any]) -> list[str]:
    """Autoscale knows only what is painted. Prices are counts."""
    if not chart["bars"]:
        return []
    low, high = chart["price_range"]
    lowest, highest = min(bar[3] for bar in chart["bars"]), max(bar[2] for bar in chart["bars"])
    reach = max(RANGE_ROOM, (FEW_BARS / len(chart["bars"]) - 1) / 4)  # few bars do not fill the plot
    needed = (1 + 2 * reach) * (1 + VOLUME_ROOM) * (highest - lowest)
    room = max(needed / FILLED_MIN - (highest - lowest), FLAT_ROOM * highest)
    if low < lowest - room or high > highest + room:
        return [f"the price range {low} to {high} reaches beyond the bars' {lowest} to {highest}"]
    return []


async def test_nothing_after_the_clock_is_painted(stack: Stack, shared_data: Path) -> None:
    past = Past(recorded_tape(shared_data / "normalised" / "crypto_multi_dev.parquet"))
    dice = random.Random(11)
    await stack.supervise()
    bus = await stack.connect()
    session = await standing(stack, bus, (shared_data / "normalised" / "crypto_multi_dev.parquet",))
    desk = await stack.desk(bus, "--session", session.name, charts=True)
    listing = past.most_traded(1)[0]
    rows = PastRows(past, COLUMNS)
    await session.loop(True)
    looks = 0
    for interval in INTERVALS:
        await point(desk, name_of(past.tape, listing), interval)
        watch = Watch(desk, session, past, rows, PastBars(past, listing, interval))
        while watch.looks < LOOKS // len(INTERVALS):
            await _move(session, past, dice)
            for _ in range(LOOKS_A_MOVE):
                await watch.look()
        looks += watch.looks
        assert watch.skipped < 3 * watch.looks
    assert looks >= LOOKS


async def _move(session: Session, past: Past, dice: random.Random) -> None:
    """Something a person would do."""
    span_ns = past.end_ns - past.begin_ns
    match dice.randrange(6):
        case 0:
            await session.pause()
        case 1:
            await session.seek(past.begin_ns + dice.randrange(span_ns))
        case 2:
            at_ns = (await session.status()).tape_ns
            await session.seek(max(past.begin_ns, at_ns - dice.randrange(10**10)))
        case 3:
            await session.seek(past.end_ns - dice.randrange(10**9))  # and round the end
            await session.play(1_000)
        case _:
            await session.play(dice.choice(SPEEDS_MILLI))


async def test_the_time_line_is_cut_at_the_clock(stack: Stack, shared_data: Path) -> None:
    file = shared_data / "normalised" / "crypto_multi_dev.parquet"
    past = Past(recorded_tape(file))
    dice = random.Random(12)
    await stack.supervise()
    bus = await stack.connect()
    session = await standing(stack, bus, (file,))
    listing = past.most_traded(1)[0]
    key = (past.tape.listings[listing].exchange, past.tape.listings[listing].symbol)
    for _ in range(25):
        at_ns = past.begin_ns + dice.randrange(past.end_ns - past.begin_ns)
        clock = await session.seek(at_ns)
        every = await session.timeline(dice.choice((1, 7, 200, 2_000)))
        one = await session.timeline(200, key)
        for line, traded in ((every, past.trades_until(at_ns)), (one, past.trades_until(at_ns, listing))):
            assert (line.epoch, line.tape_ns) == (clock.epoch, at_ns)
            assert sum(line.trades) == traded
            assert line.begin_ns + (len(line.trades) - 1) * line.bucket_ns <= at_ns
        assert list(every.volume) == []
        assert len(one.volume) == len(one.trades)
        true = sum(bar.volume or 0 for bar in past.bars_at(listing, "1d", at_ns).bars)
        counts = 10 ** past.tape.listings[listing].size_decimals
        assert round(sum(one.volume) * counts) == true
