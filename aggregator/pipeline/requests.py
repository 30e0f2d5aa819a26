"""The Protobuf messages that pipeline and desks exchange, read and written.

Reading checks everything and raises `WireError`; nothing is kept here.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from google.protobuf.message import DecodeError

from aggregator.pipeline.bars.leases import SeriesKey
from aggregator.pipeline.bars.served import BarsAsked
from aggregator.pipeline.instruments import Definition, InstrumentRows
from aggregator.pipeline.sources import SourceFigures
from core.market.fields import FIELD_COUNT
from core.market.groups import GroupError, GroupSpec, group_spec
from core.market.instruments import IncrementError, Instrument, InstrumentKey
from core.market.intervals import Interval, IntervalError, IntervalUnit
from core.wire.errors import WireError
from core.wire.generated import control_pb2

BARS_PER_DESK_MAX: Final = 64
ALL_FIELDS: Final = (1 << FIELD_COUNT) - 1
NAME_BYTES_MAX: Final = 256  # of an exchange or a symbol: snapshots carry no longer ones


class Lease(NamedTuple):
    """Spacing asked for by group id and by bar series."""

    groups: dict[str, int]
    bars: dict[SeriesKey, int]
    rejected: int


def read_definitions(data: bytes) -> control_pb2.Definitions:
    """Raises `WireError`."""
    message = control_pb2.Definitions()
    _parse(message, data)
    return message


def read_instruments(message: control_pb2.Definitions) -> tuple[list[Definition], int]:
    """Definitions that can be used, and how many cannot."""
    usable, rejected = [], 0
    for each in message.instruments:
        key = InstrumentKey(each.key.exchange, each.key.symbol)
        try:
            instrument = Instrument(
                key,
                each.price_decimals,
                each.size_decimals,
                max(1, each.tick_counts),
                each.inferred,
                name=each.name,
            )
        except IncrementError:
            rejected += 1
            continue
        if _is_name(key.exchange) and _is_name(key.symbol):
            usable.append(Definition(each.id, instrument))
        else:
            rejected += 1
    return usable, rejected


def read_group(data: bytes) -> GroupSpec:
    """A requested group. Raises `WireError` or `GroupError`."""
    message = control_pb2.GroupUpdate()
    _parse(message, data)
    keys = [InstrumentKey(each.exchange, each.symbol) for each in message.instruments]
    for key in keys:
        if not (_is_name(key.exchange) and _is_name(key.symbol)):
            raise GroupError(f"{str(key)[:80]!r}: names need 1 to {NAME_BYTES_MAX} bytes")
    return group_spec(keys, message.field_mask or ALL_FIELDS)


def group_reply(group: str, error: str = "") -> bytes:
    return control_pb2.GroupReply(group=group, error=error).SerializeToString()


def read_lease(data: bytes) -> Lease:
    """What a desk leases; bar series that cannot be are counted. Raises `WireError`."""
    message = control_pb2.Interest()
    _parse(message, data)
    bars: dict[SeriesKey, int] = {}
    rejected = max(0, len(message.bars) - BARS_PER_DESK_MAX)
    for lease in message.bars[:BARS_PER_DESK_MAX]:
        try:
            interval = _interval(lease.interval)
        except WireError:
            rejected += 1
            continue
        if _is_name(lease.key.exchange) and _is_name(lease.key.symbol):
            bars[InstrumentKey(lease.key.exchange, lease.key.symbol), interval] = lease.cadence_ms
        else:
            rejected += 1
    return Lease({lease.group: lease.cadence_ms for lease in message.groups}, bars, rejected)


def read_bars(key: InstrumentKey, data: bytes) -> BarsAsked:
    """A request for a page of bars. Raises `WireError`."""
    message = control_pb2.BarsRequest()
    _parse(message, data)
    return BarsAsked(key, _interval(message.interval), message.before_key, message.bars_max)


def _interval(message: control_pb2.BarInterval) -> Interval:
    try:
        return Interval(IntervalUnit(message.unit), message.count)
    except (IntervalError, ValueError) as error:
        raise WireError(f"bars of {message.unit}/{message.count}: {error}") from error


def directory(
    epoch: int, version: int, registry: InstrumentRows, sources: Mapping[str, SourceFigures]
) -> bytes:
    """Every instrument of the scope, numbered by table row, and the state of each source."""
    message = control_pb2.Directory(epoch=epoch, version=version)
    counted: dict[str, int] = {}
    for row, instrument in _known(registry):
        counted[instrument.key.exchange] = counted.get(instrument.key.exchange, 0) + 1
        message.instruments.add(
            id=row,
            key=control_pb2.InstrumentKey(exchange=instrument.key.exchange, symbol=instrument.key.symbol),
            price_decimals=instrument.price_decimals,
            size_decimals=instrument.size_decimals,
            tick_counts=instrument.tick_counts,
            inferred=instrument.inferred,
            name=instrument.name,
        )
    message.sources.extend(source_statuses(sources, counted))
    return message.SerializeToString()


def source_statuses(
    sources: Mapping[str, SourceFigures], instrument_counts: Mapping[str, int]
) -> list[control_pb2.SourceStatus]:
    return [
        control_pb2.SourceStatus(
            exchange=exchange,
            state=int(figures.state),
            late_ms=figures.late_ms,
            since_ns=figures.since_ns,
            instruments=instrument_counts.get(exchange, 0),
        )
        for exchange, figures in sorted(sources.items())
    ]


def _known(registry: InstrumentRows) -> Iterable[tuple[int, Instrument]]:
    return ((row, each) for row, each in enumerate(registry.instruments) if each.known)


def _is_name(name: str) -> bool:
    return 0 < len(name.encode()) <= NAME_BYTES_MAX


def _parse(
    message: control_pb2.Definitions
    | control_pb2.GroupUpdate
    | control_pb2.Interest
    | control_pb2.BarsRequest,
    data: bytes,
) -> None:
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise WireError(f"not a {type(message).__name__}: {error}") from error
