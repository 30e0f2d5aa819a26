"""The quote table of every instrument at many times of a tape, so that a seek folds only what follows one.

A keyframe stands every 10 s of tape time or every 2,048 events, whichever is longer, but no more than 32,768
events apart; on tapes of very many instruments further apart, so that all of them stay within 256 MB. The
state at any time equals a fold of every event up to it: keyframes are made by the pipeline's own `Folder`.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.newest import NewestValues
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape
from core.clock import NS_PER_S
from core.market.fields import FIELD_COUNT

FRAME_SPAN_NS: Final = 10 * NS_PER_S
FRAME_EVENTS_MIN: Final = 2_048
FRAME_EVENTS_MAX: Final = 32_768  # folding as many takes about 3 ms
BYTES_MAX: Final = 256 << 20
_VALUE_BYTES: Final = 8


class State(NamedTuple):
    """One exchange at one time: the newest values by instrument id, and how many events led to them."""

    newest: NewestValues
    rank: int


@dataclass(frozen=True, slots=True)
class ExchangeFrames:
    """`values[k]` is the table after the first `ranks[k]` events; before the first it is empty."""

    ranks: NDArray[np.int64]
    values: NDArray[np.int64]  # shape (frames, FIELD_COUNT, instruments)


class Keyframes:
    """Of one tape. `of` takes those that a tape brings, else folds it once: 4 million events in a second."""

    def __init__(self, tape: RecordedTape, frames: tuple[ExchangeFrames, ...]) -> None:
        assert len(frames) == len(tape.exchanges)
        self._tape = tape
        self._frames = frames

    @classmethod
    def of(cls, tape: RecordedTape, bytes_max: int = BYTES_MAX) -> "Keyframes":
        """Keyframes of a tape, as it brings them or folded here."""
        if tape.keyframes is not None:
            return cls(tape, _brought(tape))
        frame_bytes = FIELD_COUNT * _VALUE_BYTES * tape.instrument_count
        frames_max = max(1, bytes_max // frame_bytes)
        return cls(tape, tuple(_folded(exchange, frames_max) for exchange in tape.exchanges))

    @property
    def nbytes(self) -> int:
        return sum(frames.values.nbytes for frames in self._frames)

    def state_at(self, exchange_number: int, tape_ns: int) -> State:
        """The exchange after every event played up to and including `tape_ns`."""
        exchange = self._tape.exchanges[exchange_number]
        return self.state_after(exchange_number, exchange.rank_at(tape_ns))

    def state_after(self, exchange_number: int, rank: int) -> State:
        """The exchange after its first `rank` events."""
        frames = self._frames[exchange_number]
        exchange = self._tape.exchanges[exchange_number]
        index = int(frames.ranks.searchsorted(rank, "right")) - 1
        if index < 0:
            newest, begin = NewestValues(len(exchange.instruments)), 0
        else:
            newest, begin = NewestValues.of(frames.values[index]), int(frames.ranks[index])
        _note(newest, exchange, begin, rank)
        return State(newest, rank)


def _note(newest: NewestValues, exchange: ExchangeTape, begin: int, end: int) -> None:
    for first in range(begin, end, FRAME_EVENTS_MAX):
        newest.note(exchange.events(first, min(end, first + FRAME_EVENTS_MAX)))


def _brought(tape: RecordedTape) -> tuple[ExchangeFrames, ...]:
    """Those of a tape file stand at times, and hold every event up to and including theirs."""
    keyframes = tape.keyframes
    assert keyframes is not None
    return tuple(
        ExchangeFrames(exchange.time_ns.searchsorted(keyframes.time_ns, "right"), values)
        for exchange, values in zip(tape.exchanges, keyframes.values, strict=True)
    )


def _folded(exchange: ExchangeTape, frames_max: int) -> ExchangeFrames:
    newest = NewestValues(len(exchange.instruments))
    ranks = _frame_ranks(exchange, -(-exchange.event_count // frames_max))
    values = np.empty((len(ranks), FIELD_COUNT, len(exchange.instruments)), np.int64)
    before = 0
    for index, rank in enumerate(ranks):
        _note(newest, exchange, before, rank)
        values[index] = newest.table.values
        before = rank
    return ExchangeFrames(np.array(ranks, np.int64), values)


def _frame_ranks(exchange: ExchangeTape, apart_min: int) -> list[int]:
    """Where the frames stand, at least `apart_min` events apart."""
    at_least = max(FRAME_EVENTS_MIN, apart_min)
    at_most = max(FRAME_EVENTS_MAX, apart_min)
    ranks: list[int] = []
    rank = 0
    while rank + at_least < exchange.event_count:
        span_end = int(exchange.time_ns.searchsorted(exchange.time_ns[rank] + FRAME_SPAN_NS))
        rank = min(max(span_end, rank + at_least), rank + at_most, exchange.event_count)
        ranks.append(rank)
    return ranks
