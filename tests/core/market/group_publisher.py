"""A publisher of one group in memory, for tests of the subscriber: exact, with its whole past at hand."""

import random

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.wire.delta import DeltaHeader, encode_delta, fixed_bases
from core.wire.snapshot import Snapshot, encode_snapshot

SPEC = group_spec(InstrumentKey(exchange, f"S{n}") for exchange in ("ALPHA", "BETA") for n in range(4))
ROWS = len(SPEC.keys)


class GroupPublisher:
    """Publishes as the aggregator does; `past[(epoch, sequence)]` is the table as it was then."""

    def __init__(self, spec: GroupSpec = SPEC, seed: int = 1) -> None:
        self.spec = spec
        self.random = random.Random(seed)
        self.epoch = 0
        self.past: dict[tuple[int, int], NDArray[np.int64]] = {}
        self.decimals_of_layout: dict[tuple[int, int], int] = {}
        self.source_states = np.zeros(2, np.uint8)
        self.values = np.full((FIELD_COUNT, len(spec.keys)), NULL, np.int64)
        self.now_ns = 10**18
        self.restart()

    def restart(self) -> None:
        """A new process: a higher epoch, sequence and layout from the start, an empty table filled anew."""
        self.epoch += 1
        self.sequence = 0
        self.layout = 0
        self.decimals = 2
        self.values[:] = NULL
        for row in range(self.values.shape[1]):
            self.values[Field.LAST, row] = self.random.randint(1, 10**6)
        self.change_layout()
        self._remember()

    def change_layout(self) -> None:
        """An instrument got finer decimals: other bases, other instruments."""
        self.layout += 1
        self.decimals = (self.decimals + 1) % 19
        self.bases = fixed_bases(self.values)
        self.decimals_of_layout[self.epoch, self.layout] = self.decimals

    def delta(self, rows: list[int] | None = None) -> bytes:
        """Change some rows and say so."""
        if rows is None:
            rows = sorted(self.random.sample(range(ROWS), self.random.randint(1, ROWS)))
        fields = (Field.BID, Field.ASK, Field.VOLUME)
        for field in fields:
            for row in rows:
                reach = self.random.choice((100, 100, 30_000, 10**9, 10**15))
                was = int(self.values[field, row])
                moved = (0 if was == NULL else was) + self.random.randint(-reach, reach)
                self.values[field, row] = NULL if self.random.random() < 0.1 else moved
        self.sequence += 1
        self._remember()
        chosen = np.array(rows)
        return encode_delta(
            self._header(), [(chosen, fields, self.values[np.ix_(fields, chosen)])], self.bases
        )

    def idle(self) -> bytes:
        return encode_delta(self._header(), [], self.bases)

    def snapshot(self) -> bytes:
        self.now_ns += 1
        sources = ("ALPHA", "BETA")
        return encode_snapshot(
            Snapshot(
                self.spec.group_hash, self.epoch, self.sequence, self.layout,
                tuple(Instrument(key, self.decimals, 0) for key in self.spec.keys), sources,
                self.source_states, np.zeros(2, np.uint32),
                np.array([sources.index(key.exchange) for key in self.spec.keys], np.uint8),
                self.bases, self.values, 0, self.now_ns,
            )
        )  # fmt: skip

    def _remember(self) -> None:
        self.past[self.epoch, self.sequence] = self.values.copy()

    def _header(self) -> DeltaHeader:
        self.now_ns += 1
        return DeltaHeader(
            self.spec.group_hash, self.epoch, self.sequence, self.layout, 33, 0, 0, 0, self.now_ns - 50,
            self.now_ns - 20, self.now_ns, self.source_states, np.zeros(2, np.uint32),
        )  # fmt: skip
