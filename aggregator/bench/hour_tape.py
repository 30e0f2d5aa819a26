"""A tape of the synthetic market without waiting: by default an hour of 100 instruments, 4 million events.

For seeks, soaks and benches. The same arguments give the same events; `hour_tape_file` keeps the file and
makes it only once.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import KIND_NAMES, EventBlock, join_events
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape, TapeCounts
from aggregator.feeds.synthetic.listing import make_listings
from aggregator.feeds.synthetic.model import VenueModel
from aggregator.recording.write_tape import write_tape
from core.clock import NS_PER_S
from core.tape.manifest import TapeSource

SEED: Final = 7
INSTRUMENTS: Final = 100
SECONDS: Final = 3_600
TICKS_PER_S: Final = 1_145.0  # 4.0 million events an hour
BEGIN_NS: Final = 1_704_205_800 * NS_PER_S  # 2024-01-02 14:30 UTC


def hour_tape_file(
    directory: Path,
    *,
    seed: int = SEED,
    instruments: int = INSTRUMENTS,
    seconds: int = SECONDS,
    ticks_per_s: float = TICKS_PER_S,
) -> Path:
    """The tape file for these arguments in `directory`, made when it is not there. Raises `OSError`."""
    path = directory / f"synthetic-{seed}-{instruments}-{seconds}-{ticks_per_s:g}.tape"
    if not path.exists():
        tape = hour_tape(seed, instruments, seconds, ticks_per_s)
        write_tape(tape, path, sources=[TapeSource(f"synthetic market, seed {seed}")])
    return path


def hour_tape(
    seed: int = SEED,
    instruments: int = INSTRUMENTS,
    seconds: int = SECONDS,
    ticks_per_s: float = TICKS_PER_S,
) -> RecordedTape:
    """The same in memory."""
    tapes = []
    for number, listing in enumerate(make_listings(seed, instruments)):
        model = VenueModel(listing, seed, number, ticks_per_s, BEGIN_NS)
        parts = [model.opening()]
        parts += [model.second() for _ in range(seconds)]
        tapes.append(_joined(parts))
    tapes.sort(key=lambda tape: tape.exchange)
    events: dict[str, int] = {}
    for tape in tapes:
        for name, columns in tape.block.kinds():
            events[name] = events.get(name, 0) + len(columns.instrument)
    return RecordedTape(
        f"synthetic market, {instruments} instruments, {seconds} s",
        ("synthetic",),
        tuple(tapes),
        min(int(tape.time_ns[0]) for tape in tapes),
        max(int(tape.time_ns[-1]) for tape in tapes),
        TapeCounts(records=dict(events), events=events),
    )


def _joined(parts: list[ExchangeTape]) -> ExchangeTape:
    """Tapes of one exchange that follow each other in time as one, with ids in the order of the keys."""
    listed = parts[0].instruments
    by_key = sorted(range(len(listed)), key=lambda number: listed[number].key)
    id_of = np.empty(len(listed), np.uint32)
    id_of[by_key] = np.arange(len(listed))
    begins = np.cumsum([0, *(part.event_count for part in parts)])
    blocks: dict[str, Any] = {}
    orders: list[NDArray[np.int64] | None] = []
    for place, name in enumerate(KIND_NAMES):
        found = [
            (begin, part.orders[place], getattr(part.block, name))
            for begin, part in zip(begins, parts, strict=False)
        ]
        kept = [(begin, order, events) for begin, order, events in found if order is not None and len(order)]
        if not kept:
            orders.append(None)
            continue
        blocks[name] = _renumbered(join_events([events for _, _, events in kept]), id_of)
        orders.append(np.concatenate([begin + order for begin, order, _ in kept]))
    return ExchangeTape(
        parts[0].exchange,
        tuple(listed[number] for number in by_key),
        np.concatenate([part.time_ns for part in parts]),
        np.concatenate([begin + part.unit_ends for begin, part in zip(begins, parts, strict=False)]),
        EventBlock(**blocks),
        tuple(orders),
    )


def _renumbered(events: Any, id_of: NDArray[np.uint32]) -> Any:
    columns = {
        each.name: getattr(events, each.name)
        for each in fields(events)
        if each.name not in ("position", "message")
    }
    columns["instrument"] = id_of[columns["instrument"]]
    return type(events)(**columns)
