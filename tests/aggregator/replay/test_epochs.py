"""Epochs of a session only grow, over clocks that go back and over runs, at few writes to the disk."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.pipeline.epochs import MemoryEpochs
from aggregator.replay.epochs import AHEAD_NS, SessionEpochs
from core.clock import NS_PER_S


class CountedStore(MemoryEpochs):
    writes = 0

    def next_epoch(self, line: str, wall_ns: int) -> int:
        self.writes += 1
        return super().next_epoch(line, wall_ns)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**12)), max_size=50))
def test_they_only_grow(turns: list[tuple[bool, int]]) -> None:
    store, wall = CountedStore(), [10**18]
    epochs = SessionEpochs(store, "one", lambda: wall[0])
    newest = 0
    for is_new_run, moved_to in turns:
        wall[0] = 10**18 + moved_to
        if is_new_run:
            epochs = SessionEpochs(store, "one", lambda: wall[0])
        epoch = epochs.next()
        assert epoch > newest
        newest = epoch


def test_a_seek_nearly_never_writes() -> None:
    store, wall = CountedStore(), [10**18]
    epochs = SessionEpochs(store, "one", lambda: wall[0])
    for _ in range(600):  # ten a second for a minute
        wall[0] += NS_PER_S // 10
        epochs.next()
    assert store.writes <= 3
    assert AHEAD_NS == 60 * NS_PER_S
