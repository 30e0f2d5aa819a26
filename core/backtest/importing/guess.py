"""What a CSV or Parquet file probably is: a mapping to be shown to a person, with what is doubtful said.

Looks at the name, the first lines and the types. Files of HistData, normalised recordings and the usual bar
exports are recognised whole; of others the columns are found by their names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from core.backtest.importing.csv_reader import line_blocks
from core.backtest.importing.histdata import HISTDATA, NEW_YORK
from core.backtest.importing.mapping import BARS, ISO, MIXED, NEEDED, QUOTES, TRADES, ColumnMapping
from core.backtest.importing.parquet_reader import PARQUET_MAGIC, open_parquet
from core.backtest.importing.refused import ImportRefused
from core.backtest.importing.steady_file import Unpacked, first_bytes

SAMPLE_LINES: Final = 20
_HISTDATA_NAME: Final = re.compile(r"DAT_(ASCII|MT)_([A-Z]+)_(M1|T)", re.IGNORECASE)
_DATE_PART: Final = re.compile(r"\d{4,8}|m\d+|\d+[smhd]", re.IGNORECASE)
_NAMES: Final = {
    "time": ("time", "timestamp", "datetime", "ts", "ts_ns", "ts_event", "open_time", "date_time", "date",
             "unix", "local_timestamp", "gmt time", "local time", "t", "transact_time"),
    "open": ("open", "o", "open_price"), "high": ("high", "h", "max"), "low": ("low", "l", "min"),
    "close": ("close", "c", "close_price", "adj close"),
    "volume": ("volume", "vol", "v", "tick_volume", "tickvol"),
    "price": ("price", "px", "last", "trade_price"),
    "size": ("size", "qty", "quantity", "amount", "trade_size"),
    "bid": ("bid", "bid_price", "bid_px", "best_bid", "bidprice"),
    "ask": ("ask", "ask_price", "ask_px", "best_ask", "askprice", "offer"),
    "symbol": ("symbol", "ticker", "instrument", "sym"), "exchange": ("exchange", "venue"), "kind": ("kind",),
}  # fmt: skip
_PATTERNS: Final = (
    "%Y%m%d %H%M%S%.f", "%Y.%m.%d %H:%M:%S%.f", "%Y.%m.%d %H:%M", "%d.%m.%Y %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d/%m/%Y %H:%M:%S%.f", "%m/%d/%Y %H:%M:%S%.f", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y%m%d %H:%M:%S%.f",
    "%Y%m%d", "%Y%m%d%H%M%S",
)  # fmt: skip
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?")
_OFFSET: Final = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_FRACTION: Final = re.compile(r"(?<=\d\d)\.\d{1,9}$")
_NO_ZONE: Final = "times carry no zone: taken as UTC"
DAY_OR_MONTH: Final = "day and month may be the other way round: read as "
# Doubts by their begin, and what a person may say of the mapping that ends them.
_ENDED_BY: Final = {
    _NO_ZONE: ("zone",), "no header": tuple(_NAMES),
    "the time": ("time", "time_format"), DAY_OR_MONTH: ("time_format",),
}  # fmt: skip
_NUMBER: Final = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Guess:
    """`names`: columns of the file; `rows`: the first as text; `doubts`: what a person should look at.

    `time_formats`: patterns that read the first rows as well but put day and month in another order.
    """

    mapping: ColumnMapping
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    doubts: tuple[str, ...]
    time_formats: tuple[str, ...] = ()

    def doubts_left(self, changes: Mapping[str, str]) -> tuple[str, ...]:
        """Those that no words of a person ended. A missing column is no doubt: it is refused."""
        ended = [begin for begin, names in _ENDED_BY.items() if set(names) & set(changes)]
        return tuple(each for each in self.doubts if not each.startswith(("no column", *ended)))


def guess(path: Path) -> Guess:
    """Raises `ImportRefused` for a file that is empty or no text, `OSError`."""
    return guess_parquet(path) if first_bytes(path, 4) == PARQUET_MAGIC else guess_csv(path)


def guess_csv(path: Path) -> Guess:
    """Of separator, header, columns, time format and zone. Raises `ImportRefused`, `OSError`."""
    with Unpacked(path) as file:
        _, lines = next(line_blocks(path, file), (0, None))
    sample = (
        []
        if lines is None
        else [line for line in lines.head(SAMPLE_LINES).to_list() if line and line.strip()]
    )
    if not sample:
        raise ImportRefused(path, "empty: give a file with market data")
    separator = _separator(sample)
    rows = [tuple(field.strip(" \t\"'\r") for field in line.split(separator)) for line in sample]
    has_header = not any(_NUMBER.fullmatch(field) for field in rows[0][1:]) and not _is_time(rows[0][0])
    names = rows[0] if has_header else tuple(str(place + 1) for place in range(len(rows[0])))
    body = rows[1:] if has_header else rows
    if not body:
        raise ImportRefused(path, "has a header and no rows: give a file with market data")
    base = ColumnMapping(separator=separator, has_header=has_header, **_from_name(path))
    histdata = _HISTDATA_NAME.search(path.name)
    if histdata and not has_header:
        return _histdata(base, histdata, names, body)
    if separator != "," and any("," in field and _NUMBER.fullmatch(field) for row in body for field in row):
        base = replace(base, decimal=",")
    columns, doubts = _columns(names, body, has_header=has_header)
    mapping = replace(base, columns=columns, kind=_kind(columns))
    mapping = _only_allowed(mapping)
    doubts += [f"no column found for {role}" for role in NEEDED[mapping.kind] if role not in columns]
    mapping, more, others = with_time(mapping, names, body)
    return Guess(mapping, names, tuple(body), (*doubts, *more), others)


def guess_parquet(path: Path) -> Guess:
    """As `guess_csv`; types tell the time's unit. Raises `ImportRefused`, `OSError`."""
    file = open_parquet(path)
    try:
        schema = file.schema_arrow
        batch = next(file.iter_batches(batch_size=SAMPLE_LINES), None)
    finally:
        file.close()
    if batch is None or not batch.num_rows:
        raise ImportRefused(path, "no rows: give a file with market data")
    names = tuple(schema.names)
    rows = tuple(tuple(_text(row[name]) for name in names) for row in batch.to_pylist())
    columns, doubts = _columns(names, list(rows), has_header=True)
    base = ColumnMapping(columns=columns, **_from_name(path))
    if {"kind", "bid", "ask", "price", "symbol"} <= set(names):
        history = {"history": "is_snapshot"} if "is_snapshot" in names else {}
        base = replace(base, kind=MIXED, columns={**columns, **history})
    else:
        base = replace(base, kind=_kind(columns))
    mapping = _only_allowed(base)
    doubts += [f"no column found for {role}" for role in NEEDED[mapping.kind] if role not in mapping.columns]
    time = mapping.columns.get("time")
    if time is not None and pa.types.is_timestamp(schema.field(time).type):
        if schema.field(time).type.tz is None:
            doubts.append(_NO_ZONE)
        return Guess(mapping, names, rows, tuple(doubts))
    mapping, more, others = with_time(mapping, names, list(rows))
    return Guess(mapping, names, rows, (*doubts, *more), others)


def _histdata(
    base: ColumnMapping, name: re.Match[str], names: tuple[str, ...], body: list[tuple[str, ...]]
) -> Guess:
    """HistData has no volume: its last column is always 0. Its zone is decided by all rows (histdata.py)."""
    symbol, form = name[2].upper(), name[1].upper()
    is_ticks = name[3].upper() == "T"
    roles = ("time", "bid", "ask") if is_ticks else ("time", "open", "high", "low", "close")
    pattern = "%Y%m%d %H%M%S%3f" if is_ticks else "%Y%m%d %H%M%S"
    if form == "MT":
        roles, pattern = ("date", *roles), "%Y.%m.%d %H:%M"
    mapping = replace(
        base, kind=QUOTES if is_ticks else BARS, columns=dict(zip(roles, names, strict=False)),
        time_format=pattern, zone=NEW_YORK, exchange=HISTDATA, symbol=symbol, currency=symbol[3:6] or "USD",
        interval="" if is_ticks else "1m",
    )  # fmt: skip
    return Guess(mapping, names, tuple(body), ())


def _from_name(path: Path) -> dict[str, Any]:
    """The instrument as the file's name tells it: BTC-PERP, USDJPY-ASK."""
    stem = path.name.split(".")[0]
    parts = [part for part in re.split(r"[-_ ,;'()]", stem) if part and not _DATE_PART.fullmatch(part)]
    symbol = "-".join(parts).upper() or "UNNAMED"
    pair = re.match(r"[A-Z]{6}(?![A-Z])", symbol)
    known = ("USD", "EUR", "JPY", "GBP", "CHF", "AUD", "CAD", "NZD", "SEK", "NOK")
    currency = symbol[3:6] if pair and symbol[3:6] in known else "USD"
    return {"symbol": symbol, "currency": currency}


def _separator(lines: Sequence[str]) -> str:
    """The one that occurs equally often, and most often, in every line."""
    best, most = ",", 0
    for separator in (",", ";", "\t", "|"):
        counts = {line.count(separator) for line in lines}
        if len(counts) == 1 and (count := counts.pop()) > most:
            best, most = separator, count
    if not most:  # a damaged line among them: by the first one
        best = max((",", ";", "\t", "|"), key=lines[0].count)
    return best


def _columns(
    names: Sequence[str], body: Sequence[Sequence[str]], *, has_header: bool
) -> tuple[dict[str, str], list[str]]:
    if not has_header:
        roles = ("time", "open", "high", "low", "close", "volume")
        if len(names) in (5, 6):
            return dict(zip(roles, names, strict=False)), ["no header: taken as time, open, high, low, close"]
        if len(names) == 3:
            return dict(zip(("time", "price", "size"), names, strict=True)), [
                "no header: taken as time, price, size"
            ]
        return {"time": names[0]}, ["no header: say what the columns are"]
    lower = {name.lower().strip("<> "): name for name in names}
    found = {
        role: next(lower[known] for known in said if known in lower)
        for role, said in _NAMES.items()
        if any(known in lower for known in said)
    }
    if (
        "date" in lower
        and lower["date"] != found.get("time")
        and found.get("time", "").lower().strip("<> ") == "time"
    ):
        found["date"] = lower["date"]
    return found, []


def _kind(columns: dict[str, str]) -> str:
    if {"open", "high", "low", "close"} <= set(columns):
        return BARS
    if "price" in columns:
        return TRADES
    return QUOTES if {"bid", "ask"} <= set(columns) else BARS


def _only_allowed(mapping: ColumnMapping) -> ColumnMapping:
    """Without columns that this kind has no use for."""
    return mapping.changed({})


def with_time(
    mapping: ColumnMapping, names: Sequence[str], body: Sequence[Sequence[str]]
) -> tuple[ColumnMapping, list[str], tuple[str, ...]]:
    """With the time's format; doubts, and formats of another order that read these rows as well."""
    time = mapping.columns.get("time")
    if time is None:
        return mapping, [], ()
    at = names.index(time)
    texts = [row[at] for row in body if len(row) > at and row[at]]
    if "date" in mapping.columns:
        day = names.index(mapping.columns["date"])
        texts = [f"{row[day]} {row[at]}" for row in body if len(row) > max(at, day)]
    if iso := _if_most([text for text in texts if _ISO.fullmatch(text)], texts):
        zoned = all(_OFFSET.search(text[10:]) for text in iso)
        return replace(mapping, time_format=ISO), [] if zoned else [_NO_ZONE], ()
    if epochs := _if_most([text for text in texts if re.fullmatch(r"\d{9,19}(\.\d+)?", text)], texts):
        digits = len(epochs[0].partition(".")[0])
        unit = "s" if digits <= 11 else "ms" if digits <= 14 else "us" if digits <= 17 else "ns"
        if digits == 14 and all(_parses(text, "%Y%m%d%H%M%S") for text in epochs):
            return replace(mapping, time_format="%Y%m%d%H%M%S"), [_NO_ZONE], ()
        return replace(mapping, time_format=unit), [], ()
    read = {pattern: [text for text in texts if _parses(text, pattern)] for pattern in _PATTERNS}
    most = max(map(len, read.values()))
    fitting = [pattern for pattern, mine in read.items() if len(mine) == most and _if_most(mine, texts)]
    if not fitting:
        return mapping, [f"the time {texts[0] if texts else ''!r} is of no known form: say its format"], ()
    doubts = [_NO_ZONE]
    others = tuple(each for each in fitting[1:] if _order(each) != _order(fitting[0]))
    if others:
        doubts.append(f"{DAY_OR_MONTH}{fitting[0]}")
    return replace(mapping, time_format=fitting[0]), doubts, others


def _if_most(fitting: list[str], texts: Sequence[str]) -> list[str]:
    """`fitting` when it is half of `texts` or more: one bad row among the first misleads nobody."""
    return fitting if 2 * len(fitting) >= len(texts) else []


def _order(pattern: str) -> list[str]:
    return re.findall("%[Ymd]", pattern)


def _is_time(text: str) -> bool:
    return (
        bool(_ISO.fullmatch(text))
        or bool(re.fullmatch(r"\d{9,19}", text))
        or any(_parses(text, pattern) for pattern in _PATTERNS)
    )


def _parses(text: str, pattern: str) -> bool:
    """By Python's words for the same pattern."""
    try:
        if pattern.endswith("%.f"):
            text, pattern = _FRACTION.sub("", text), pattern[:-3]
        datetime.strptime(text, pattern)  # noqa: DTZ007  (only whether it is one)
    except ValueError:
        return False
    return True


def _text(value: object) -> str:
    return "" if value is None else value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
