"""Writes small DBN files with databento_dbn's own encoder."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import databento_dbn as dbn
import zstandard

T0 = 1_700_000_000_000_000_000
UNDEFINED = dbn.UNDEF_PRICE
_TEXTS = {
    "currency", "settl_currency", "secsubtype", "raw_symbol", "group", "exchange", "asset", "cfi",
    "security_type", "unit_of_measure", "underlying", "strike_price_currency",
}  # fmt: skip


def write(
    path: Path,
    records: Sequence[Any],
    *,
    version: int = 3,
    schema: "dbn.Schema | None" = None,
    dataset: str = "XTST.TEST",
    compressed: bool = True,
) -> Path:
    metadata = dbn.Metadata(
        dataset=dataset, start=T0, stype_in=dbn.SType.RAW_SYMBOL, stype_out=dbn.SType.INSTRUMENT_ID,
        schema=schema, version=version,
    )  # fmt: skip
    data = bytes(metadata) + b"".join(bytes(record) for record in records)
    path.write_bytes(zstandard.compress(data) if compressed else data)
    return path


def definition_v2(instrument_id: int, symbol: str, increment: int) -> Any:
    """A version 2 definition with everything but the named fields left empty."""
    kind = dbn.InstrumentDefMsgV2
    values: dict[str, Any] = {}
    for name in inspect.signature(kind).parameters:
        values[name] = "" if name in _TEXTS else 0
    del values["ts_out"]
    values |= {
        "publisher_id": 1, "instrument_id": instrument_id, "ts_event": T0, "ts_recv": T0,
        "raw_symbol": symbol,
        "min_price_increment": increment, "display_factor": 10_000_000,
        "instrument_class": dbn.InstrumentClass.FUTURE, "match_algorithm": dbn.MatchAlgorithm.FIFO,
        "security_update_action": dbn.SecurityUpdateAction.ADD,
        "user_defined_instrument": dbn.UserDefinedInstrument.NO,
    }  # fmt: skip
    return kind(**values)


def trade(price: int, at_ns: int, *, instrument_id: int = 7, publisher: int = 1, size: int = 3) -> Any:
    return dbn.TradeMsg(
        publisher, instrument_id, at_ns - 1_000, price, size, dbn.Action.TRADE, dbn.Side.BID, 0, at_ns,
        flags=dbn.F_LAST,
    )  # fmt: skip


def top(bid: int, ask: int, at_ns: int, *, action: "dbn.Action | None" = None, price: int = UNDEFINED) -> Any:
    """An mbp-1 record; sizes are 5 and 6 where there is a price."""
    level = dbn.BidAskPair(bid, ask, 5 if bid != UNDEFINED else 0, 6 if ask != UNDEFINED else 0)
    return dbn.MBP1Msg(
        1, 7, at_ns - 1_000, price, 2, action or dbn.Action.MODIFY, dbn.Side.ASK, 0, at_ns, levels=level
    )


def order(
    action: "dbn.Action", side: "dbn.Side", order_id: int, price: int, size: int, at_ns: int, flags: int
) -> Any:
    return dbn.MBOMsg(1, 7, at_ns, order_id, price, size, action, side, at_ns, flags=flags)


def book(levels: Sequence[tuple[int, int, int, int]], at_ns: int, *, instrument_id: int = 7) -> Any:
    """An mbp-10 record of (bid, ask, bid size, ask size) levels."""
    pairs = [dbn.BidAskPair(*level) for level in levels]
    pairs += [dbn.BidAskPair() for _ in range(10 - len(pairs))]
    return dbn.MBP10Msg(
        1,
        instrument_id,
        at_ns - 1_000,
        UNDEFINED,
        0,
        dbn.Action.MODIFY,
        dbn.Side.NONE,
        0,
        at_ns,
        levels=pairs,
    )
