"""Quotes of a run as of its clock: the last close, and the session's open, high, low and volume so far.

Nothing is late, stale or halted here: a minute without a trade leaves what was there. Bid and ask are
means of a minute in a dataset, and no quotes: they stay empty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from core.backtest.film.film import Film
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from desktop.desk import BoolRows, QuotePhase, QuoteReading, SourceReading

NO_ROW: Final = -1


@dataclass(eq=False)
class RunQuoteHold:
    """See `desk.QuoteHold`; every hold has its own table."""

    spec: GroupSpec
    let_go: Callable[["RunQuoteHold"], None]
    instruments: tuple[Instrument, ...] = ()
    table: QuoteTable = field(default_factory=QuoteTable)
    layout_version: int = 1
    epoch: int = 0
    error: str = ""
    _film: Film | None = None
    _places: list[int] = field(default_factory=list)
    _known: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lay_out(None)

    @property
    def group_id(self) -> str:
        return self.spec.group_id

    def _lay_out(self, film: Film | None) -> None:
        self._film = film
        places = [NO_ROW if film is None else film.place_of.get(key, NO_ROW) for key in self.spec.keys]
        self.instruments = tuple(
            film.reels[place].instrument
            if film is not None and place != NO_ROW
            else Instrument(key, known=False)
            for key, place in zip(self.spec.keys, places, strict=True)
        )
        self._places, self._known = places, [NO_ROW] * len(places)
        self.table = QuoteTable(len(places))
        self.layout_version += 1

    def follow(self, film: Film, known: Sequence[int], epoch: int) -> None:
        """`known` bars of each of the film's instruments have closed."""
        if film is not self._film:
            self._lay_out(film)
        self.epoch = epoch
        changed = []
        for row, place in enumerate(self._places):
            if place != NO_ROW and known[place] != self._known[row]:
                self._known[row] = known[place]
                film.reels[place].write_quote(known[place], self.table.values[:, row])
                changed.append(row)
        if changed:
            self.table.touch(np.array(changed))

    def reading(self, now_ms: int) -> QuoteReading:
        return QuoteReading(QuotePhase.LOADING if self._film is None else QuotePhase.LIVE, error=self.error)

    def row_states(self, now_ms: int) -> tuple[BoolRows, BoolRows, BoolRows]:
        """None is anything but current."""
        none = np.zeros(self.table.row_count, np.bool_)
        return none, none, none

    def trust_mark(self) -> object:
        return self._film is None

    def take_oldest_recv_ns(self) -> int:
        return 0  # nothing arrives

    def set_in_front(self, in_front: bool) -> None:
        """All windows follow one clock."""

    def set_asleep(self, asleep: bool) -> None:
        """It costs next to nothing."""

    def close(self) -> None:
        self.let_go(self)


class RunQuotes:
    """See `desk.Quotes`. `begin` once the film is open, `follow` whenever its clock has moved."""

    groups: tuple[()] = ()  # none on the bus

    def __init__(self) -> None:
        self.instruments: tuple[Instrument, ...] = ()
        self.directory_version = 0
        self._holds: list[RunQuoteHold] = []
        self._told: tuple[Film, list[int], int] | None = None

    @property
    def sources(self) -> tuple[SourceReading, ...]:
        return ()

    def begin(self, film: Film) -> None:
        known = [reel.instrument for reel in film.reels]
        self.instruments = tuple(sorted(known, key=lambda instrument: instrument.key))
        self.directory_version = 1

    def follow(self, film: Film, known: list[int], epoch: int) -> None:
        self._told = film, known, epoch
        for hold in self._holds:
            hold.follow(film, known, epoch)

    def hold(self, keys: Sequence[InstrumentKey], on_data: Callable[[], None]) -> RunQuoteHold:
        hold = RunQuoteHold(group_spec(keys), self._holds.remove)
        self._holds.append(hold)
        if self._told is not None:
            hold.follow(*self._told)
        return hold

    def close(self) -> None:
        self._holds.clear()
