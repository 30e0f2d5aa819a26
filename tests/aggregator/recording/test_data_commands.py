"""`tapedeckd data`: what an operator types and reads; codes 0, 1, 2, one line for each defect."""

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from aggregator.bench.hour_tape import hour_tape
from aggregator.feeds.recorded.load import load_tape
from aggregator.recording.write_tape import write_tape
from core.backtest.importing.histdata import SAID_NEW_YORK, SAID_UNDECIDED
from core.tape.format import EVENTS, INDEX, KEYFRAMES, MANIFEST
from core.tape.reader import TapeReader
from tests.aggregator.typed import Say


@pytest.fixture
def home(profile_directory: Path) -> Path:
    return profile_directory / "tapes"


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of a synthetic market: several keyframes, in more than one batch."""
    path = tmp_path_factory.mktemp("tapes") / "minute.tape"
    write_tape(hour_tape(instruments=20, seconds=60, ticks_per_s=1_500.0), path)
    return path


def test_import_list_verify(say: Say, home: Path, bars: Path) -> None:
    code, out, _ = say("data", "import", str(bars))
    assert code == 0
    assert "tape btc-perp: btc-perp.csv" in out
    assert "40 events (40 bars), 0:39:00 from 2024-01-02 14:01:00" in out
    assert (home / "btc-perp.tape" / EVENTS).is_file()
    code, out, _ = say("data", "list")
    assert code == 0
    header, line = out.splitlines()
    for word in ("tape", "begin (UTC)", "length", "instruments", "events", "size", "state"):
        assert word in header
    assert line.split()[0] == "btc-perp"
    assert "2024-01-02 14:01:00" in line
    assert "0:39:00" in line
    assert line.split()[-1] == "complete"
    code, out, _ = say("data", "verify")
    assert (code, out) == (0, "btc-perp: 40 events are as they were written\n")


@pytest.mark.parametrize(
    ("begin", "said"),
    [("20170615 0930", SAID_UNDECIDED), ("20170616 1630", SAID_NEW_YORK), ("20170115 0930", "")],
)
def test_a_tape_says_which_zone_was_taken(
    say: Say, home: Path, tmp_path: Path, begin: str, said: str
) -> None:
    """Of HistData: when it is imported, from then on, and when the file itself is played."""
    path = tmp_path / "DAT_ASCII_EURUSD_M1_2017.csv"
    path.write_text(f"{begin}00;1.1;1.3;1.0;1.2;0\n")
    notes = (f"{path.name}: {said}",) if said else ()
    code, out, _ = say("data", "import", str(path), "--name", "euro")
    assert code == 0
    assert [line.strip() for line in out.splitlines() if "New York" in line] == list(notes)
    assert load_tape([path]).notes == load_tape([home / "euro.tape"]).notes == notes
    assert say("data", "verify")[0] == 0
    older = json.loads((home / "euro.tape" / MANIFEST).read_text(encoding="utf-8"))
    del older["notes"]  # as imports wrote it before
    (home / "euro.tape" / MANIFEST).write_text(json.dumps(older), encoding="utf-8")
    assert load_tape([home / "euro.tape"]).notes == ()


def test_names_are_given_and_taken_once(say: Say, home: Path, bars: Path) -> None:
    assert say("data", "import", str(bars), "--name", "Monday.1")[0] == 0
    code, _, err = say("data", "import", str(bars), "--name", "Monday.1")
    assert (code, err) == (2, "tapedeckd: there is a tape Monday.1 already: choose another --name\n")
    code, _, err = say("data", "import", str(bars), "--name", "../x")
    assert code == 2
    assert "tape name '../x'" in err
    assert [each.name for each in home.iterdir()] == ["Monday.1.tape"]


def test_an_import_that_the_disk_refuses_leaves_nothing(
    say: Say, home: Path, bars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    code, out, err = say("data", "import", str(bars))
    assert (code, out) == (1, "")
    assert err == "tapedeckd: tape btc-perp was not made: No space left on device\n"
    assert list(home.iterdir()) == []


def test_a_mistake_is_one_line(say: Say, home: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (["data", "import", "none.dbn"], "none.dbn: no such file"),
        (["data", "verify", "nobody"], "there is no tape or dataset nobody"),
        (["data", "record", "a b"], "tape name 'a b'"),
        (["data", "record", "x", "--session", "Über"], "session name"),
        (["data", "record", "x"], "no supervisor runs on"),
        (["replay", "nobody"], "nobody does not exist, nor does a tape of that name"),
    ):
        code, out, err = say(*arguments)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert words in err
    assert list(home.iterdir()) == []


def test_no_tapes_say_how_to_make_one(say: Say, home: Path) -> None:
    code, out, _ = say("data", "list")
    assert code == 0
    assert out == f"no tapes in {home}: make one with tapedeckd data import or data record\n"


def _placed(home: Path, tape: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copytree(tape, home / tape.name))


def test_every_kind_of_defect_is_one_line(say: Say, home: Path, minute: Path) -> None:
    tape = _placed(home, minute)
    with TapeReader(tape) as reader:
        last = reader.batches[-1]
    data = bytearray((tape / EVENTS).read_bytes())
    data[last.offset + last.bytes // 2] ^= 8
    (tape / EVENTS).write_bytes(data)
    code, out, err = say("data", "verify", "minute")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "minute.tape/events.arrows: sha256 differs from the manifest",
        f"minute.tape/events.arrows: batch {len(reader.batches) - 1:,} at byte {last.offset:,} is damaged "
        "(crc32 differs from the index); 0 batches follow it",
    ]


def test_missing_files_are_defects_of_a_complete_tape(say: Say, home: Path, minute: Path) -> None:
    tape = _placed(home, minute)
    for name in (KEYFRAMES, INDEX):
        (tape / name).unlink()
    code, _, err = say("data", "verify")
    assert code == 1
    assert "minute.tape/keyframes.arrows: missing" in err
    assert "minute.tape/index.arrows: missing" in err
    assert "Traceback" not in err
    (tape / MANIFEST).unlink()
    code, _, err = say("data", "verify")
    assert (code, err) == (1, "minute.tape/tape.json: missing: minute.tape is not a tape\n")
    code, out, _ = say("data", "list")
    assert code == 0
    assert "unreadable" in out


def test_a_wrong_keyframe_is_found(say: Say, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checksums are right, the fold is not."""
    from aggregator.recording import keyframed

    class Wrong(keyframed.TapeTable):
        @property
        def values(self) -> np.ndarray:
            return super().values + (super().values == super().values.max())

    monkeypatch.setattr(keyframed, "TapeTable", Wrong)
    home.mkdir(parents=True)
    write_tape(hour_tape(instruments=5, seconds=40, ticks_per_s=400.0), home / "wrong.tape")
    code, _, err = say("data", "verify", "wrong")
    assert code == 1
    assert "wrong.tape/keyframes.arrows: keyframe 0 differs from a fresh fold, first at SIM" in err


def test_an_interrupted_recording_is_no_defect(say: Say, home: Path, minute: Path) -> None:
    tape = _placed(home, minute)
    content = json.loads((tape / MANIFEST).read_text())
    (tape / MANIFEST).write_text(json.dumps(content | {"complete": False, "files": {}}))
    for name in (EVENTS, INDEX, KEYFRAMES):
        path = tape / name
        path.write_bytes(path.read_bytes()[:-100])
    code, out, err = say("data", "verify")
    assert (code, err) == (0, "")
    assert "interrupted recording" in out
    code, out, _ = say("data", "list")
    assert "interrupted" in out
