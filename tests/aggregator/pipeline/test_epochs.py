"""A restarted process is newer than everything it has sent."""

from aggregator.pipeline.epochs import MemoryEpochs


def test_an_epoch_is_the_clock_unless_the_clock_went_back() -> None:
    store = MemoryEpochs()
    assert store.next_epoch("market", 1_000) == 1_000
    assert store.next_epoch("market", 900) == 1_001
    assert store.next_epoch("feed", 900) == 900
