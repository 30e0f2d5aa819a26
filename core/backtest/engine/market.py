"""A dataset as the engine takes it: instruments, and bars in chunks, in the order of their closes.

Bars are made of columns only when their turn comes; the chunk is where a run says how far it is and hears
that it is to end. At equal times the instruments come in the spec's order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
from nautilus_trader.core.nautilus_pyo3 import HIGH_PRECISION
from nautilus_trader.model.data import Bar, BarSpecification, BarType
from nautilus_trader.model.enums import (
    AggregationSource,
    AssetClass,
    BarAggregation,
    InstrumentClass,
    PriceType,
)
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments.base import Instrument
from nautilus_trader.model.objects import Currency, Price, Quantity
from numpy.typing import NDArray

from core.backtest.accounting import Closes
from core.backtest.columns import Columns
from core.backtest.dataset import Dataset, DatasetInstrument
from core.backtest.planning import check_against, run_interval
from core.backtest.spec import RunSpec, SpecError
from core.subjects import escape

CHUNK_BARS: Final = 4_096  # about a tenth of a second
EXACT_MAX: Final = 2**53  # counts that a float64 holds exactly
# Units a bar where the source tells no volume: the venue offers a quarter at the price, and this quarter is
# more than anybody orders. Near the most that the engine's numbers hold, which differs by how it was built.
VOLUME_UNKNOWN: Final = 1e13 if HIGH_PRECISION else 1e10
SHARED_VENUE: Final = "SIM"  # where a run has instruments of several exchanges: one account for all
_UNITS: Final = (
    (86_400, BarAggregation.DAY),
    (3_600, BarAggregation.HOUR),
    (60, BarAggregation.MINUTE),
    (1, BarAggregation.SECOND),
)


@dataclass(frozen=True, slots=True)
class Traded:
    """One instrument of the run, with its bars (columns of `BARS`, cut to the spec) and quote means."""

    described: DatasetInstrument
    instrument: Any
    bar_type: Any
    bars: Columns
    quotes: Columns | None

    @property
    def name(self) -> str:
        return str(self.described.key)

    @property
    def has_volume(self) -> bool:
        """False where the source tells none at all; the engine would then fill next to nothing at a price."""
        return bool(self.bars["volume"].any())

    @property
    def closes(self) -> Closes:
        close = self.bars["close"] / 10.0**self.described.price_decimals
        return Closes(self.name, self.bars["close_ns"], close)


@dataclass(frozen=True, slots=True)
class Market:
    """Everything of a dataset that a run sees."""

    traded: tuple[Traded, ...]
    venue: Any
    span_ns: int  # of a bar

    @property
    def names(self) -> dict[Any, str]:
        """Of the instruments, "EX:SYM" by nautilus' id."""
        return {each.instrument.id: each.name for each in self.traded}

    @property
    def bar_count(self) -> int:
        return sum(len(each.bars["close_ns"]) for each in self.traded)

    @property
    def begin_ns(self) -> int:
        return min(int(each.bars["open_ns"][0]) for each in self.traded)

    @property
    def first_close_ns(self) -> int:
        return min(int(each.bars["close_ns"][0]) for each in self.traded)

    @property
    def end_ns(self) -> int:
        return max(int(each.bars["close_ns"][-1]) for each in self.traded)


def load_market(dataset: Dataset, spec: RunSpec) -> Market:
    """Raises `SpecError` when the dataset cannot serve the spec, `ColumnsError` for a damaged file."""
    chosen = check_against(spec, dataset.manifest)
    span_ns = run_interval(dataset.manifest).span_ns
    exchanges = {each.exchange for each in chosen}
    is_shared = len(exchanges) > 1
    venue = Venue(SHARED_VENUE if is_shared else _identifier(min(exchanges)))
    traded = []
    for each in chosen:
        symbol = f"{each.symbol}.{each.exchange}" if is_shared else each.symbol
        instrument = _instrument(each, InstrumentId(Symbol(_identifier(symbol)), venue))
        bars = _cut(dataset.bars(each), spec)
        if not len(bars["close_ns"]):
            raise SpecError(f"{each.key} has no bars between begin_ns and end_ns")
        largest = max(int(bars["high"].max()), int(bars["volume"].max()), -int(bars["low"].min()))
        if largest > EXACT_MAX:
            raise SpecError(
                f"{each.key} has prices or volumes of more than 15 digits: the engine is not exact"
            )
        traded.append(Traded(each, instrument, _bar_type(instrument.id, span_ns), bars, dataset.quotes(each)))
    return Market(tuple(traded), venue, span_ns)


def bar_chunks(market: Market, on_chunk: Callable[[int], bool]) -> Iterator[list[Any]]:
    """All bars by their close. `on_chunk(bars so far)` is asked before each chunk; False ends it early."""
    makers = [_maker(each) for each in market.traded]
    if len(makers) == 1:
        count = market.bar_count
        for begin in range(0, count, CHUNK_BARS):
            if not on_chunk(begin):
                return
            yield makers[0](begin, min(count, begin + CHUNK_BARS))
        return
    close_ns = np.concatenate([each.bars["close_ns"] for each in market.traded])
    owner = np.repeat(np.arange(len(makers)), [len(each.bars["close_ns"]) for each in market.traded])
    owner = owner[np.lexsort((owner, close_ns))]
    taken = [0] * len(makers)
    for begin in range(0, len(owner), CHUNK_BARS):
        if not on_chunk(begin):
            return
        mine = owner[begin : begin + CHUNK_BARS]
        counts = np.bincount(mine, minlength=len(makers)).tolist()
        queues = [iter(make(at, at + n)) for make, at, n in zip(makers, taken, counts, strict=True)]
        taken = [at + n for at, n in zip(taken, counts, strict=True)]
        yield [next(queues[number]) for number in mine.tolist()]


def first_bar(traded: Traded) -> Any:
    """The first bar of an instrument."""
    return _maker(traded)(0, 1)[0]


def _maker(traded: Traded) -> Callable[[int, int], list[Any]]:
    """Bars of rows begin..end. Counts below 2**53 over a power of ten are read back exactly."""
    price_scale = 10.0**traded.described.price_decimals
    size_scale = 10.0**traded.described.size_decimals
    columns = traded.bars
    volume = columns["volume"] / size_scale if traded.has_volume else None

    def make(begin: int, end: int) -> list[Any]:
        prices = [columns[name][begin:end] / price_scale for name in ("open", "high", "low", "close")]
        times: NDArray[np.uint64] = columns["close_ns"][begin:end].astype(np.uint64)
        made: list[Any] = Bar.from_raw_arrays_to_list(
            traded.bar_type,
            traded.described.price_decimals,
            traded.described.size_decimals,
            *prices,
            np.full(len(times), VOLUME_UNKNOWN) if volume is None else volume[begin:end],
            times,
            times,
        )
        return made

    return make


def _cut(bars: Columns, spec: RunSpec) -> Columns:
    first = int(np.searchsorted(bars["open_ns"], spec.begin_ns)) if spec.begin_ns else 0
    last = len(bars["open_ns"])
    if spec.end_ns:
        last = int(np.searchsorted(bars["close_ns"], spec.end_ns, side="right"))
    return {name: column[first:last] for name, column in bars.items()}


def _instrument(described: DatasetInstrument, instrument_id: Any) -> Any:
    """Margin is the whole notional over the account's leverage. Contract multipliers are 1."""
    price_decimals, size_decimals = described.price_decimals, described.size_decimals
    tick = Decimal(described.tick_counts).scaleb(-price_decimals)
    return Instrument(
        instrument_id=instrument_id,
        raw_symbol=instrument_id.symbol,
        asset_class=AssetClass.EQUITY,
        instrument_class=InstrumentClass.SPOT,
        quote_currency=currency_of(described.currency),
        is_inverse=False,
        price_precision=price_decimals,
        size_precision=size_decimals,
        price_increment=Price(tick, price_decimals),
        size_increment=Quantity(Decimal(1).scaleb(-size_decimals), size_decimals),
        multiplier=Quantity.from_int(1),
        lot_size=Quantity(Decimal(1).scaleb(-size_decimals), size_decimals),
        margin_init=Decimal(1),
        margin_maint=Decimal(1),
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
        ts_event=0,
        ts_init=0,
    )


def currency_of(code: str) -> Any:
    """Raises `SpecError` for a code that the engine does not know."""
    currency = Currency.from_str(code, strict=True) if code else None
    if currency is None:
        raise SpecError(f"the engine knows no currency {code!r}: use a code such as USD")
    return currency


def _bar_type(instrument_id: Any, span_ns: int) -> Any:
    seconds = span_ns // 1_000_000_000
    length, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    spec = BarSpecification(seconds // length, unit, PriceType.LAST)
    return BarType(instrument_id, spec, AggregationSource.EXTERNAL)


def _identifier(name: str) -> str:
    """As it is where the engine can hold it, else as a subject token: it takes ASCII without spaces only."""
    return name if name.isascii() and not any(each.isspace() for each in name) else escape(name)
