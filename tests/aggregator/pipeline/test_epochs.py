"""A restarted process is newer than everything it has sent."""

from pathlib import Path

from aggregator.pipeline.epochs import EpochFile, MemoryEpochs


def test_an_epoch_is_the_clock_unless_the_clock_went_back(tmp_path: Path) -> None:
    for store in (MemoryEpochs(), EpochFile(tmp_path / "epochs.json")):
        assert store.next_epoch("market", 1_000) == 1_000
        assert store.next_epoch("market", 900) == 1_001
        assert store.next_epoch("feed", 900) == 900


def test_epochs_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    EpochFile(path).next_epoch("market", 5_000)
    assert EpochFile(path).next_epoch("market", 1) == 5_001
    assert [each.name for each in tmp_path.iterdir()] == ["epochs.json"]


def test_a_damaged_file_is_set_aside_and_the_clock_decides(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    path.write_text("{not json", encoding="utf-8")
    assert EpochFile(path).next_epoch("market", 7) == 7
    assert (tmp_path / "epochs.unreadable").read_text(encoding="utf-8") == "{not json"
