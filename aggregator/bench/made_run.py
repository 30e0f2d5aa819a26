"""Datasets and runs made without an importer and without an engine, as the contract modules write them.

Prices are a seeded walk; the run trades a crossover of two means, fills at the close of the bar, and its
equity follows from its fills and closes alone. Everything is whole columns: a year of minutes takes well
under a second.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import BARS, QUOTES, RUN_FILES, Columns, write_parquet
from core.backtest.dataset import COMPLETE, MANIFEST, Dataset, DatasetInstrument, DatasetManifest
from core.backtest.home import ResearchHome
from core.backtest.recorded_series import ON_PRICE, SERIES, Described, series_text
from core.backtest.run_files import LOG, METRICS, SPEC, RunFiles, RunManifest
from core.backtest.run_files import MANIFEST as RUN_MANIFEST
from core.backtest.spec import RunSpec, VenueModel
from core.clock import NS_PER_S
from core.market.intervals import parse_interval

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MINUTES = 390  # of a session of an exchange in New York
SPREAD_COUNTS = 2
QUIET_ORDER_BARS = 30  # after so many bars a limit order far from the market is cancelled


def made_home(directory: Path) -> ResearchHome:
    """An empty research home below `directory`."""
    home = ResearchHome(directory / "research")
    home.make()
    return home


def made_dataset(
    home: ResearchHome,
    instruments: tuple[str, ...] = ("XNAS:AAA",),
    sessions: int = 5,
    interval: str = "1m",
    seed: int = 1,
    *,
    name: str = "made",
    calendar: str = "XNYS",
    minutes: int | None = None,
    first_day: str = "2023-01-03",
    quiet: float = 0.0,
    quotes: bool = True,
    volume: bool = True,
    price_decimals: int = 2,
    start: int = 10_000,
) -> Dataset:
    """A whole dataset on disk. `sessions` weekdays at nine thirty in New York (24/7: days of UTC), each of
    `minutes` minutes; of `quiet` the share that no bar covers; the first price is `start` counts. The same
    arguments give the same bytes."""
    step_ns = parse_interval(interval).span_ns
    minutes = minutes or (1_440 if calendar == "24/7" else MINUTES)
    open_ns, session = _opens(date.fromisoformat(first_day), sessions, minutes, step_ns, calendar)
    described: list[DatasetInstrument] = []
    files: dict[str, tuple[Columns, Any]] = {}
    for number, text in enumerate(instruments):
        rng = np.random.default_rng([seed, number])
        bars = _bars(rng, open_ns, session, step_ns, quiet, start * (number + 1))
        if not volume:  # as of currencies
            bars["volume"], bars["trades"] = np.zeros_like(bars["volume"]), np.zeros_like(bars["trades"])
        means = _quotes(bars, price_decimals) if quotes else None
        exchange, symbol = text.split(":")
        said = DatasetInstrument(
            exchange, symbol, price_decimals, 0, 1, "USD", len(bars["open_ns"]),
            len(bars["open_ns"]) if quotes else 0, int(bars["open_ns"][0]), int(bars["close_ns"][-1]),
        )  # fmt: skip
        described.append(said)
        files[f"bars/{said.file_name}"] = (bars, BARS)
        if means is not None:
            files[f"quotes/{said.file_name}"] = (means, QUOTES)
    asked = repr((instruments, sessions, interval, seed, calendar, minutes, first_day, quiet, quotes, start))
    asked += "" if volume else " without volume"
    dataset_id = f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"
    directory = home.datasets / dataset_id
    outputs = {path: _written(directory / path, columns, schema) for path, (columns, schema) in files.items()}
    manifest = DatasetManifest(
        id=dataset_id,
        name=name,
        state=COMPLETE,
        interval=interval,
        calendar=calendar,
        instruments=tuple(described),
        inputs=({"file": "made.csv", "bytes": 0, "sha256": "", "schema": "made", "rows": 0},),
        parameters={"seed": seed},
        versions={},
        corporate_actions="none",
        outputs=outputs,
        created_utc="2023-06-01T00:00:00Z",
    )
    (directory / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
    return Dataset.open(home, dataset_id)


def made_run(
    home: ResearchHome,
    dataset: Dataset,
    *,
    fast: int = 20,
    slow: int = 80,
    quantity: float = 100.0,
    seed: int = 0,
    strategy: str = "sma_crossover",
    venue: VenueModel | None = None,
    recorded: bool = True,
    described: bool = True,
    finished_utc: str = "2023-06-01T00:00:10Z",
) -> RunFiles:
    """A finished run of every instrument of the dataset with all of its files; the last position is open.

    Not `described`: as before strategies could say which of their values are prices.
    """
    venue = venue or VenueModel()
    spec = RunSpec(
        dataset_id=dataset.manifest.id,
        dataset_hash=dataset.manifest.hash,
        instruments=tuple(str(each.key) for each in dataset.manifest.instruments),
        strategy=strategy,
        strategy_hash=hashlib.sha256(strategy.encode()).hexdigest(),
        parameters={"fast": fast, "slow": slow, "quantity": quantity},
        seed=seed,
        venue=venue,
    )
    traded = [_traded(dataset, each, fast, slow, quantity, venue) for each in dataset.manifest.instruments]
    equity = _equity(traded, venue.starting_cash)
    files = {
        "equity": equity,
        "orders": _by_time([_orders(each, number) for number, each in enumerate(traded)], "ts_ns"),
        "fills": _by_time([_fills(each, number) for number, each in enumerate(traded)], "ts_ns"),
        "positions": _by_time([_positions(each) for each in traded], "opened_ns"),
        "recorded": _by_time([_recorded(each, len(traded), recorded) for each in traded], "ts_ns"),
    }
    directory = home.runs / spec.run_id
    artifacts = {
        f"{name}.parquet": _written(directory / f"{name}.parquet", columns, RUN_FILES[name])
        for name, columns in files.items()
    }
    if described:
        artifacts[SERIES] = _said(directory / SERIES, series_text(_described(traded)))
    (directory / SPEC).write_text(spec.canonical(), encoding="utf-8")
    (directory / METRICS).write_text("{}", encoding="utf-8")
    (directory / LOG).write_text("", encoding="utf-8")
    manifest = RunManifest(
        run_id=spec.run_id,
        code_hash="made",
        environment={},
        environment_hash="made",
        artifacts=artifacts,
        bars=sum(len(each.close) for each in traded),
        begin_ns=min(each.begin_ns for each in dataset.manifest.instruments),
        end_ns=max(each.end_ns for each in dataset.manifest.instruments),
        rules=("A market order fills at the close of the bar that it was sent on.",),
        durations_s={"start": 1.2, "load": 0.1, "run": 3.0, "write": 0.2},
        finished_utc=finished_utc,
    )
    (directory / RUN_MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
    return RunFiles.open(home, spec.run_id)


@dataclass(frozen=True, slots=True)
class _Traded:
    """One instrument: its closes, and what was filled at them. `row` is the bar of a fill."""

    symbol: str
    close_ns: I64
    close: F64
    fast: F64
    slow: F64
    row: I64
    side: I64
    quantity: F64
    held: F64  # after each fill
    fee: F64
    slippage: F64
    unit: float  # of a position


def _opens(day: date, sessions: int, minutes: int, step_ns: int, calendar: str) -> tuple[I64, I64]:
    """Begin of each bar and its trading day, over all sessions."""
    opens: list[int] = []
    days: list[int] = []
    around_the_clock = calendar == "24/7"
    zone = ZoneInfo("UTC" if around_the_clock else "America/New_York")
    while len(opens) < sessions:
        if around_the_clock or day.weekday() < 5:
            begin = datetime.combine(day, time(0) if around_the_clock else time(9, 30), zone)
            opens.append(int(begin.timestamp()) * NS_PER_S)
            days.append((day - date(1970, 1, 1)).days)
        day += timedelta(days=1)
    each = np.arange(0, minutes * 60 * NS_PER_S, step_ns, dtype=np.int64)
    return (np.array(opens, np.int64)[:, None] + each).ravel(), np.repeat(np.array(days, np.int32), len(each))


def _bars(
    rng: np.random.Generator, open_ns: I64, session: I64, step_ns: int, quiet: float, start: int
) -> Columns:
    there = rng.random(len(open_ns)) >= quiet
    open_ns, session, count = open_ns[there], session[there], int(there.sum())
    close = np.maximum(start + np.cumsum(rng.integers(-4, 5, count)), 100)
    opened = np.maximum(np.concatenate([[start], close[:-1]]) + rng.integers(-1, 2, count), 100)
    return {
        "open_ns": open_ns,
        "close_ns": open_ns + step_ns,
        "session": session.astype(np.int32),
        "open": opened,
        "high": np.maximum(opened, close) + rng.integers(0, 5, count),
        "low": np.minimum(opened, close) - rng.integers(0, 5, count),
        "close": close,
        "volume": rng.integers(100, 10_000, count),
        "trades": rng.integers(1, 200, count).astype(np.int32),
    }


def _quotes(bars: Columns, price_decimals: int) -> Columns:
    middle = (bars["open"] + bars["close"]) / 2 / 10**price_decimals
    spread = np.full(len(middle), SPREAD_COUNTS / 10**price_decimals)
    return {
        "open_ns": bars["open_ns"],
        "bid_mean": middle - spread / 2,
        "ask_mean": middle + spread / 2,
        "spread_mean": spread,
        "quotes": (bars["trades"] * 3).astype(np.int32),
    }


def _traded(
    dataset: Dataset, each: DatasetInstrument, fast: int, slow: int, quantity: float, venue: VenueModel
) -> _Traded:
    bars = dataset.bars(each)
    close = bars["close"] / 10**each.price_decimals
    quick, calm = _mean(close, fast), _mean(close, slow)
    wanted = np.where(np.isnan(calm), 0, np.where(quick >= calm, 1, -1))
    row = np.flatnonzero(np.diff(wanted, prepend=0))
    side = wanted[row]
    size = np.full(len(row), 2 * quantity)
    size[:1] = quantity
    spread = SPREAD_COUNTS / 10**each.price_decimals
    return _Traded(
        symbol=str(each.key),
        close_ns=bars["close_ns"],
        close=close,
        fast=quick,
        slow=calm,
        row=row,
        side=side,
        quantity=size,
        held=side * quantity,
        fee=size * close[row] * venue.fees_bps / 10_000,
        slippage=size * spread * venue.k_spread,
        unit=quantity,
    )


def _mean(close: F64, length: int) -> F64:
    sums = np.concatenate([[0.0], np.cumsum(close)])
    mean = np.full(len(close), np.nan)
    mean[length - 1 :] = (sums[length:] - sums[:-length]) / length
    return mean


def _equity(traded: list[_Traded], starting_cash: float) -> Columns:
    close_ns = np.unique(np.concatenate([each.close_ns for each in traded]))
    cash = np.full(len(close_ns), starting_cash)
    value = np.zeros(len(close_ns))
    exposure = np.zeros(len(close_ns))
    for each in traded:
        spent = np.zeros(len(each.close))
        spent[each.row] = each.side * each.quantity * each.close[each.row] + each.fee + each.slippage
        held = np.zeros(len(each.close))
        held[each.row] = np.diff(each.held, prepend=0.0)
        held = np.cumsum(held)
        last = np.searchsorted(each.close_ns, close_ns, side="right") - 1
        seen = last >= 0
        cash -= np.where(seen, np.cumsum(spent)[last], 0.0)
        value += np.where(seen, (held * each.close)[last], 0.0)
        exposure += np.where(seen, np.abs(held * each.close)[last], 0.0)
    return {"close_ns": close_ns, "equity": cash + value, "cash": cash, "exposure": exposure}


def _order_ids(each: _Traded, number: int) -> NDArray[Any]:
    return np.array([f"O-{number}-{index}" for index in range(len(each.row))], object)


def _fills(each: _Traded, number: int) -> Columns:
    return {
        "ts_ns": each.close_ns[each.row],
        "order_id": _order_ids(each, number),
        "instrument": np.full(len(each.row), each.symbol, object),
        "side": each.side.astype(np.int8),
        "quantity": each.quantity,
        "price": each.close[each.row],
        "fee": each.fee,
        "slippage": each.slippage,
    }


def _orders(each: _Traded, number: int) -> Columns:
    """Each fill's market order, and after every fourth a limit order that is cancelled some bars later."""
    market, limit = np.arange(len(each.row)), np.arange(0, len(each.row), 4)
    ids = _order_ids(each, number)
    limits = np.array([f"L-{number}-{index}" for index in limit], object)
    at, later = each.row[limit], np.minimum(each.row[limit] + QUIET_ORDER_BARS, len(each.close) - 1)
    away = each.close[at] * (1 + 0.002 * each.side[limit])
    parts = [
        (each.row, ids, event, each.side, "MARKET", each.quantity, np.full(len(market), np.nan))
        for event in ("SUBMITTED", "ACCEPTED", "FILLED")
    ]
    parts += [
        (rows, limits, event, -each.side[limit], "LIMIT", np.full(len(limit), each.unit), away)
        for rows, event in ((at, "SUBMITTED"), (at, "ACCEPTED"), (later, "CANCELLED"))
    ]
    return {
        "ts_ns": np.concatenate([each.close_ns[rows] for rows, *_ in parts]),
        "order_id": np.concatenate([part[1] for part in parts]),
        "instrument": np.full(sum(len(part[0]) for part in parts), each.symbol, object),
        "event": np.concatenate([np.full(len(part[0]), part[2], object) for part in parts]),
        "side": np.concatenate([part[3] for part in parts]).astype(np.int8),
        "type": np.concatenate([np.full(len(part[0]), part[4], object) for part in parts]),
        "quantity": np.concatenate([part[5] for part in parts]),
        "price": np.concatenate([part[6] for part in parts]),
        "reason": np.full(sum(len(part[0]) for part in parts), "", object),
    }


def _positions(each: _Traded) -> Columns:
    """From each fill to the next; what turns a position round costs the old and the new one half each."""
    row, closing = each.row, np.roll(each.row, -1)
    entry = each.close[row]
    exits = each.close[closing]
    share = np.where(each.quantity > each.unit, 0.5, 1.0)
    fees, slippage = (cost * share + np.roll(cost * share, -1) for cost in (each.fee, each.slippage))
    pnl = each.side * each.unit * (exits - entry) - fees - slippage
    closed_ns = each.close_ns[closing].copy()
    if len(row):
        exits[-1] = pnl[-1] = np.nan
        closed_ns[-1] = 0
        fees[-1], slippage[-1] = (each.fee * share)[-1], (each.slippage * share)[-1]
    return {
        "opened_ns": each.close_ns[row],
        "closed_ns": closed_ns,
        "instrument": np.full(len(row), each.symbol, object),
        "side": each.side.astype(np.int8),
        "quantity": np.full(len(row), each.unit),
        "entry_price": entry,
        "exit_price": exits,
        "pnl": pnl,
        "fees": fees,
        "slippage": slippage,
    }


def _recorded(each: _Traded, traded: int, wanted: bool) -> Columns:
    """Both means at each close, once the slow one is there; named with the symbol when there are several."""
    rows = np.flatnonzero(~np.isnan(each.slow)) if wanted else np.zeros(0, np.int64)
    tail = f" {each.symbol.split(':')[1]}" if traded > 1 else ""
    return {
        "ts_ns": np.repeat(each.close_ns[rows], 2),
        "name": np.tile(np.array([f"fast{tail}", f"slow{tail}"], object), len(rows)),
        "value": np.column_stack([each.fast[rows], each.slow[rows]]).ravel(),
    }


def _described(traded: list[_Traded]) -> dict[str, Described]:
    """Both means are prices of their instrument."""
    tails = [f" {each.symbol.split(':')[1]}" if len(traded) > 1 else "" for each in traded]
    return {
        f"{name}{tail}": Described(ON_PRICE, each.symbol)
        for each, tail in zip(traded, tails, strict=True)
        for name in ("fast", "slow")
    }


def _by_time(parts: list[Columns], by: str) -> Columns:
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(joined[by], kind="stable")
    return {name: column[order] for name, column in joined.items()}


def _said(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _written(path: Path, columns: Columns, schema: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_parquet(path, columns, schema)
