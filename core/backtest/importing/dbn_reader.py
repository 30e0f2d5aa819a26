"""DBN records as trades, quotes and bars of the importer; prices stay nanos until the bars are made.

Trades come from trades files and from the T records of tbbo, mbp and mbo files, quotes from level 0 of tbbo,
mbp and bbo files, bars from ohlcv files. Undefined prices, one-sided and crossed quotes are left out and
counted, every other record is counted as unused under the name of its type.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import databento_dbn
import numpy as np
from numpy.typing import NDArray

from core.backtest.importing.chunks import (
    BAR_SOURCES,
    I32,
    I64,
    Chunk,
    Group,
    Increments,
    Quotes,
    SourceBars,
    Trades,
)
from core.backtest.importing.dbn_stream import DEFINITION, MAPPING, DbnStream, Run
from core.backtest.importing.findings import Findings
from core.backtest.importing.refused import ImportRefused
from core.clock import NS_PER_S
from core.market import dbn_layout
from core.market.dbn_layout import UNDEF_PRICE, UNDEF_SIZE
from core.market.exact import COUNT_LIMIT
from core.market.fields import NULL

NANO_DECIMALS: Final = 9
_TRADE: Final = ord("T")
_TRADES, _MBP_1, _MBP_10, _MBO = 0x00, 0x01, 0x0A, 0xA0
_TOPS: Final = {_MBP_1: "mbp-1", 0xB1: "mbp-1", 0xC2: "tbbo", 0xC5: "tbbo"}
_SAMPLED: Final = (0xC0, 0xC1, 0xC3, 0xC4)  # bbo and cbbo: the book at the end of an interval
_BARS: Final = {0x20: 1, 0x21: 60, 0x22: 3_600, 0x23: 86_400, 0x24: 86_400}
_OTHERS: Final = {
    0x11: "ohlcv of an unknown interval", 0x12: "status", 0x14: "imbalance", 0x15: "error", 0x17: "system",
    0x18: "statistics",
}  # fmt: skip
_TIME_LIMIT: Final = 2**63
_DAY_NS: Final = 86_400 * NS_PER_S


class DbnReader:
    """One file. `definitions` and `mapped` are what it says of instrument ids, by dataset and id."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self._path, self._findings = path, findings
        self._stream = DbnStream(path)
        metadata = self._stream.metadata
        self.dataset = str(metadata.dataset)
        self.schema = None if metadata.schema is None else str(metadata.schema)
        self.groups: list[Group] = []
        self.definitions: list[dict[str, Any]] = []
        self.mapped: dict[int, str] = {}
        self.rows: dict[str, int] = {}
        self._requested = requested_symbols(metadata)
        self._numbers: dict[Group, int] = {}
        self._known: dict[tuple[str, int], dict[int, int]] = {}  # codes of a source: their groups

    @property
    def increments(self) -> Increments:
        return Increments(NANO_DECIMALS, 0)

    @property
    def offset(self) -> int:
        return self._stream.offset

    def close(self) -> None:
        self._stream.close()

    def chunks(self) -> Iterator[Chunk]:
        """Raises `ImportRefused`, `OSError`."""
        for run in self._stream.runs():
            name = self._name(run.rtype)
            self.rows[name] = self.rows.get(name, 0) + len(run.number)
            yield from self._converted(run, name)

    def _converted(self, run: Run, name: str) -> Iterator[Chunk]:
        if run.rtype == _TRADES:
            yield self._trades(run.view(dbn_layout.TRADE, self._path), run.number, "trades", is_plain=True)
        elif run.rtype == _MBO:
            yield self._trades(run.view(dbn_layout.ORDER, self._path), run.number, "mbo")
        elif run.rtype in _TOPS or run.rtype == _MBP_10:
            rows = run.view(dbn_layout.BOOK if run.rtype == _MBP_10 else dbn_layout.TOP, self._path)
            yield self._quotes(rows, run.number, name, "ts_event")
            yield self._trades(rows, run.number, name)
        elif run.rtype in _SAMPLED:
            yield self._quotes(run.view(dbn_layout.TOP, self._path), run.number, "bbo", "ts_recv")
        elif run.rtype in _BARS:
            yield self._bars(run.view(dbn_layout.BAR, self._path), run.number, _BARS[run.rtype])
        elif run.rtype in (DEFINITION, MAPPING):
            for record, number in zip(self._stream.decoded(run), run.number.tolist(), strict=True):
                self._name_of(record, run.rtype, number)
        else:
            self._findings.add("unused", len(run.number), row=int(run.number[0]), note=name)

    def _name_of(self, record: Any, rtype: int, number: int) -> None:
        try:
            if rtype == DEFINITION:
                self.definitions.append(_definition(record))
            else:
                self.mapped[int(record.instrument_id)] = str(record.stype_out_symbol)
        except (databento_dbn.DBNError, ValueError) as error:  # such as a symbol that is no text
            said = f"cannot be read ({str(error)[:80]}): get the file again"
            raise ImportRefused(self._path, said, number) from error

    def _name(self, rtype: int) -> str:
        if rtype in _TOPS:  # tbbo and mbp-1 share a record type; a file of one schema says which it is
            return self.schema if self.schema in ("tbbo", "mbp-1") else _TOPS[rtype]
        names = {_TRADES: "trades", _MBP_10: "mbp-10", _MBO: "mbo", DEFINITION: "definition",
                 MAPPING: "symbol mapping", **_OTHERS}  # fmt: skip
        if rtype in _BARS:
            return f"ohlcv of {_BARS[rtype]:,} s"
        return "bbo" if rtype in _SAMPLED else names.get(rtype, f"record type {rtype:#04x}")

    def _trades(self, rows: NDArray[np.void], number: I64, source: str, *, is_plain: bool = False) -> Trades:
        is_trade = rows["action"] == _TRADE
        if is_plain:
            others = ~is_trade
            self._count("unused", others, number, note="trades records that are no trade")
        if not is_trade.all():
            rows, number = rows[is_trade], number[is_trade]
        time_ns = self._times(rows, number, "ts_event", "ts_recv")
        price = rows["price"]
        good = price != UNDEF_PRICE
        self._count("undefined_price", ~good, number)
        good &= time_ns > 0
        if not good.all():
            rows, number, time_ns, price = rows[good], number[good], time_ns[good], price[good]
        size = rows["size"]
        told = size != UNDEF_SIZE
        sizes = size.astype(np.int64) if told.all() else np.where(told, size.astype(np.int64), NULL)
        self._watch_repeats(rows, number, time_ns)
        group = self._group(rows, time_ns, source)
        return Trades(group, time_ns, np.ascontiguousarray(price), sizes, number)

    def _watch_repeats(self, rows: NDArray[np.void], number: I64, time_ns: I64) -> None:
        """Records equal in time, sequence, price and size to the one before them."""
        near = np.flatnonzero(time_ns[1:] == time_ns[:-1]) + 1
        for name in ("sequence", "ts_recv", "price", "size", "instrument_id"):
            if not len(near):
                return
            column = rows[name]
            near = near[column[near] == column[near - 1]]
        if len(near):
            at = int(near[0])
            self._findings.add("repeated_row", len(near), row=int(number[at]), time_ns=int(time_ns[at]))

    def _quotes(self, rows: NDArray[np.void], number: I64, source: str, time: str) -> Quotes:
        top = rows["levels"][:, 0]
        bid, ask = top["bid_px"], top["ask_px"]
        sided = (bid != UNDEF_PRICE) & (ask != UNDEF_PRICE)
        self._count("one_sided_quote", ~sided, number)
        crossed = (bid > ask) & sided
        self._count("crossed_quote", crossed, number)
        time_ns = self._times(rows, number, time, "ts_recv")
        good = sided & ~crossed & (time_ns > 0)
        if not good.all():
            rows, number, time_ns = rows[good], number[good], time_ns[good]
            bid, ask = bid[good], ask[good]
        group = self._group(rows, time_ns, source)
        return Quotes(group, time_ns, np.ascontiguousarray(bid), np.ascontiguousarray(ask), number)

    def _bars(self, rows: NDArray[np.void], number: I64, seconds: int) -> SourceBars:
        opens, highs, lows, closes = (rows[name] for name in ("open", "high", "low", "close"))
        priced = np.logical_and.reduce([each != UNDEF_PRICE for each in (opens, highs, lows, closes)])
        self._count("undefined_price", ~priced, number)
        consistent = (highs >= np.maximum(opens, closes)) & (lows <= np.minimum(opens, closes))
        self._count("inconsistent_bar", priced & ~consistent, number)
        fits = rows["volume"] < COUNT_LIMIT
        self._count("unfit_number", ~fits, number)
        time_ns = self._times(rows, number, "ts_event", "ts_event")
        good = priced & consistent & fits & (time_ns > 0)
        interval_ns = seconds * NS_PER_S
        source = BAR_SOURCES.get(interval_ns, "bars")
        return SourceBars(
            self._group(rows[good], time_ns[good], source, interval_ns), time_ns[good], opens[good],
            highs[good], lows[good], closes[good], rows["volume"][good].astype(np.int64), number[good],
        )  # fmt: skip

    def _times(self, rows: NDArray[np.void], number: I64, name: str, other: str) -> I64:
        """The time `name`, where it is undefined that of `other`; 0 and told where both are."""
        time = rows[name]
        defined = (time > 0) & (time < _TIME_LIMIT)  # the undefined time is above it
        if not defined.all():
            second = rows[other]
            usable = (second > 0) & (second < _TIME_LIMIT)
            time = np.where(defined, time, np.where(usable, second, 0))
            self._count("no_time", time == 0, number)
        return time.astype(np.int64)

    def _count(self, kind: str, which: NDArray[np.bool_], number: I64, note: str = "") -> None:
        if which.any():
            self._findings.add(kind, int(which.sum()), row=int(number[which.argmax()]), note=note)

    def _group(self, rows: NDArray[np.void], time_ns: I64, source: str, interval_ns: int = 0) -> I32:
        """Group of every record; an id that stands for several symbols is told apart by the day."""
        if not len(rows):
            return np.zeros(0, np.int32)
        code = rows["instrument_id"].astype(np.int64) << 16 | rows["publisher_id"]
        known = self._known.setdefault((source, interval_ns), {})
        if code[0] == code[-1] and (code == code[0]).all():
            found, inverse = code[:1], None
        else:
            found, inverse = np.unique(code, return_inverse=True)
        many = [each for each in found.tolist() if len(self._requested.get(each >> 16, ())) > 1]
        if many:
            return self._dated_groups(code, time_ns, source, interval_ns)
        numbers = np.array(
            [self._number(known, each, source, interval_ns) for each in found.tolist()], np.int32
        )
        return np.full(len(code), numbers[0]) if inverse is None else numbers[inverse]

    def _number(
        self, known: dict[int, int], code: int, source: str, interval_ns: int, symbol: str = ""
    ) -> int:
        if not symbol and code in known:
            return known[code]
        spans = self._requested.get(code >> 16, ())
        named = symbol or (spans[0][2] if spans else "")
        group = Group(source, "", named, self.dataset, code & 0xFFFF, code >> 16, interval_ns)
        number = self._numbers.setdefault(group, len(self.groups))
        if number == len(self.groups):
            self.groups.append(group)
        if not symbol:
            known[code] = number
        return number

    def _dated_groups(self, code: I64, time_ns: I64, source: str, interval_ns: int) -> I32:
        known = self._known.setdefault((source, interval_ns), {})
        group = np.empty(len(code), np.int32)
        day = time_ns // _DAY_NS
        for each in np.unique(code).tolist():
            mine = code == each
            spans = self._requested.get(each >> 16, ())
            if len(spans) < 2:
                group[mine] = self._number(known, each, source, interval_ns)
                continue
            group[mine] = self._number(known, each, source, interval_ns, spans[0][2])
            for begin, end, symbol in spans[1:]:
                at = mine & (day >= begin) & (day < end)
                group[at] = self._number(known, each, source, interval_ns, symbol)
        return group


def requested_symbols(metadata: Any) -> dict[int, tuple[tuple[int, int, str], ...]]:
    """By instrument id: (first day, day after the last, symbol) of the file's metadata, days since 1970."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    for symbol, intervals in metadata.mappings.items():
        for interval in intervals:
            if str(interval["symbol"]).isdigit():
                begin, end = (
                    int(np.datetime64(interval[name], "D").astype(np.int64))
                    for name in ("start_date", "end_date")
                )
                found.setdefault(int(interval["symbol"]), []).append((begin, end, str(symbol)))
    merged: dict[int, tuple[tuple[int, int, str], ...]] = {}
    for instrument_id, spans in found.items():
        spans.sort()
        if len({symbol for _, _, symbol in spans}) == 1:
            spans = [(spans[0][0], spans[-1][1], spans[0][2])]
        merged[instrument_id] = tuple(spans)
    return merged


def _definition(record: Any) -> dict[str, Any]:
    increment = int(record.min_price_increment)
    return {
        "id": int(record.instrument_id),
        "ts": int(record.ts_recv),
        "symbol": str(record.raw_symbol),
        "increment": 0 if increment == UNDEF_PRICE or increment < 0 else increment,
        "currency": str(record.currency),
    }
