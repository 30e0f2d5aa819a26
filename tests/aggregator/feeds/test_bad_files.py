"""A file that cannot be read whole is refused in one line: which file, where, what, and what to do."""

import gzip
from pathlib import Path

import polars
import pytest

from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import TapeError
from tests.aggregator.feeds.dbn_files import T0, top, trade, write


def _refused(*paths: Path) -> str:
    with pytest.raises(TapeError) as caught:
        load_tape(paths)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 400
    return text


def test_missing_empty_and_foreign(tmp_path: Path) -> None:
    assert _refused(tmp_path / "no.dbn").endswith("no.dbn: no such file: check the path")
    (tmp_path / "empty.dbn.zst").touch()
    assert _refused(tmp_path / "empty.dbn.zst") == "empty.dbn.zst: empty file: get it again"
    (tmp_path / "a.txt").write_text("hello world")
    assert "neither DBN, Parquet nor CSV" in _refused(tmp_path / "a.txt")
    (tmp_path / "folder").mkdir()
    assert "no recordings in this folder" in _refused(tmp_path / "folder")
    assert "no file given" in _refused()


def test_dbn_cut_at_any_byte(tmp_path: Path) -> None:
    plain = write(tmp_path / "t.dbn", [trade(1, T0), trade(2, T0 + 1)], compressed=False).read_bytes()
    cut = tmp_path / "cut.dbn"
    whole = len(plain) - 2 * 48
    for length in range(4, len(plain)):
        cut.write_bytes(plain[:length])
        if length == whole + 48:
            assert load_tape([cut]).event_count == 1
        elif length == whole:
            assert "nothing to play, only no records" in _refused(cut)
        else:
            assert _refused(cut).startswith("cut.dbn: ")


def test_dbn_record_cut_off_names_record_and_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "t.dbn", [trade(1, T0), top(1, 2, T0 + 1)], compressed=False)
    path.write_bytes(path.read_bytes()[:-7])
    text = _refused(path)
    assert "record 1 at byte" in text
    assert "is cut off (73 of 80 bytes): the file is incomplete, get it again" in text


def test_zstd_cut_at_any_byte(tmp_path: Path) -> None:
    packed = write(tmp_path / "t.dbn.zst", [trade(n, T0 + n) for n in range(1, 40)]).read_bytes()
    cut = tmp_path / "cut.dbn.zst"
    for length in range(1, len(packed)):
        cut.write_bytes(packed[:length])
        assert _refused(cut).startswith("cut.dbn.zst: ")


def test_damaged_dbn(tmp_path: Path) -> None:
    path = write(tmp_path / "t.dbn", [trade(1, T0), top(1, 2, T0 + 1)], compressed=False)
    data = bytearray(path.read_bytes())
    header = len(data) - 48 - 80
    short = data.copy()
    short[header] = 3
    path.write_bytes(short)
    assert "claims a length of 12 bytes" in _refused(path)
    small = data.copy()
    small[header] = 5  # 20 bytes where a trade has 48; the rest then reads as nonsense
    path.write_bytes(small)
    _refused(path)
    newer = data.copy()
    newer[3] = 9
    path.write_bytes(newer)
    assert "DBN version 9, this reads 1 to 3" in _refused(path)


def test_parquet(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "normalised" / "crypto_multi_dev.parquet"
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(source.read_bytes()[:500_000])
    assert _refused(cut).startswith("cut.parquet: damaged or cut-off Parquet")
    frame = polars.read_parquet(source).head(10)
    frame.drop("price").write_parquet(tmp_path / "less.parquet")
    assert "no column price (Float64)" in _refused(tmp_path / "less.parquet")
    frame.clear().write_parquet(tmp_path / "none.parquet")
    assert _refused(tmp_path / "none.parquet").startswith("none.parquet: no rows")
    holed = frame.with_columns(ts_ns=polars.when(polars.int_range(10) == 4).then(None).otherwise("ts_ns"))
    holed.write_parquet(tmp_path / "holed.parquet")
    assert "row 4 has no ts_ns" in _refused(tmp_path / "holed.parquet")


def test_parquet_rows_that_no_count_holds_are_rejected(tmp_path: Path, shared_data: Path) -> None:
    frame = polars.read_parquet(shared_data / "normalised" / "crypto_multi_dev.parquet")
    trades = frame.filter(kind="trade").head(6)
    price = polars.Series("price", [1.5, float("inf"), 2.25, float("nan"), 1e300, None])
    path = tmp_path / "odd.parquet"
    trades.with_columns(price).write_parquet(path)
    tape = load_tape([path])
    assert tape.event_count == 2
    assert [(each.count, each.first_row) for each in tape.counts.rejections] == [(3, 1), (1, 5)]


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("timestamp,open,high,low,close\n2013-02-01 00:00:00+00:00,1,2,1,2\nyesterday,1,2,1,2\n")
    assert "row 2 has the time 'yesterday'" in _refused(path)
    path.write_text("timestamp,open,high,low,close\n2013-02-01 00:00:00+00:00,1,2\n")
    assert "row 1 has fewer than 5 columns" in _refused(path)
    path.write_text("a,b,c\n1,2,3\n")
    assert "columns 'a,b,c' are not known" in _refused(path)
    packed = tmp_path / "bars.csv.gz"
    packed.write_bytes(gzip.compress(b"timestamp,open,high,low,close\n" * 500)[:-20])
    assert _refused(packed).startswith("bars.csv.gz: ")
