"""A person's choices survive a crash at any moment, a newer version and a damaged file."""

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import NS_PER_S
from core.state.versioned_file import BACKUP_EVERY_S, BACKUPS_KEPT, StateError, VersionedFile

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


class HandClock:
    """Wall time that goes on by hand; what is written gets it as its time."""

    def __init__(self) -> None:
        self.now_ns = 1_700_000_000 * NS_PER_S

    def __call__(self) -> int:
        return self.now_ns

    def save(self, file: VersionedFile, number: int, after_s: int) -> None:
        self.now_ns += after_s * NS_PER_S
        file.save({"number": number})
        os.utime(file.path, ns=(self.now_ns, self.now_ns))


def numbers(file: VersionedFile) -> list[int]:
    """Of the backups, newest first."""
    return [json.loads(path.read_text())["number"] for path in file.backups()]


def test_what_was_saved_is_read_and_earlier_versions_are_kept(tmp_path: Path) -> None:
    clock = HandClock()
    file = VersionedFile(tmp_path / "a place" / "desk.json", 1, clock=clock)
    assert file.load().data is None
    for number in range(BACKUPS_KEPT + 3):
        clock.save(file, number, BACKUP_EVERY_S)
    assert file.load().data == {"number": BACKUPS_KEPT + 2}
    assert numbers(file) == list(range(BACKUPS_KEPT + 1, 1, -1))


def test_many_changes_in_a_moment_do_not_push_out_the_backups(tmp_path: Path) -> None:
    clock = HandClock()
    file = VersionedFile(tmp_path / "desk.json", 1, clock=clock)
    for number in range(50):
        clock.save(file, number, 1)
    assert numbers(file) == [0]
    clock.save(file, 50, BACKUP_EVERY_S)
    assert numbers(file) == [49, 0]
    clock.save(file, 51, 1)

    again = VersionedFile(file.path, 1, clock=clock)
    clock.save(again, 52, 1)
    assert numbers(again)[0] == 51, "what the run before has left, at the first save of this one"
    clock.save(again, 53, 1)
    assert numbers(again)[0] == 51


@given(
    data=st.dictionaries(st.text(max_size=8).filter(lambda key: key != "version"), json_values, max_size=5)
)
def test_any_json_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]
) -> None:
    file = VersionedFile(tmp_path_factory.mktemp("state") / "Größe.json", 3)
    file.save(data)
    assert file.load().data == data


@pytest.mark.parametrize("damage", ["", "{", '{"version": "x"}', "[]", '{"version": 99}', '{"number": 1}'])
def test_a_damaged_file_is_set_aside_and_the_one_before_is_used(tmp_path: Path, damage: str) -> None:
    file = VersionedFile(tmp_path / "desk.json", 1)
    file.save({"number": 1})
    file.save({"number": 2})
    file.path.write_text(damage)
    loaded = file.load()
    assert loaded.data == {"number": 1}
    assert "desk.json" in loaded.notice
    assert [path.read_text() for path in file.aside()] == [damage]
    file.path.write_text(damage)
    file.load()
    assert len(file.aside()) == 2, "nothing set aside is overwritten"


def test_with_nothing_readable_the_default_is_used_and_all_are_kept(tmp_path: Path) -> None:
    file = VersionedFile(tmp_path / "desk.json", 1)
    file.path.write_text("no json")
    loaded = file.load()
    assert loaded.data is None
    assert "default" in loaded.notice
    assert len(file.aside()) == 1


def test_older_versions_are_migrated_step_by_step_and_newer_ones_refused(tmp_path: Path) -> None:
    file = VersionedFile(
        tmp_path / "desk.json",
        3,
        {1: lambda data: {"names": [data["name"]]}, 2: lambda data: {**data, "zone": "exchange"}},
    )
    file.path.write_text('{"version": 1, "name": "Main"}')
    loaded = file.load()
    assert loaded.data == {"names": ["Main"], "zone": "exchange"}
    assert loaded.migrated_from == 1
    with pytest.raises(StateError, match="newer"):
        file.parse({"version": 4})
    with pytest.raises(StateError, match="damaged"):
        file.parse({"version": 1})


def test_data_that_a_reader_refuses_count_as_unreadable(tmp_path: Path) -> None:
    def check(data: dict[str, object]) -> None:
        if data.get("windows") == 0:
            raise StateError("windows: 0 is none, write 1 or more")

    file = VersionedFile(tmp_path / "desk.json", 1, check=check)
    file.save({"windows": 1})
    file.save({"windows": 0})
    loaded = file.load()
    assert loaded.data == {"windows": 1}
    assert "windows: 0" in loaded.notice


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file modes are POSIX")
def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = VersionedFile(tmp_path / "desk.json", 1)
    file.save({"number": 1})

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.save({"number": 2})
    assert file.load().data == {"number": 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.json"]


def test_two_writers_at_once_leave_a_whole_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = VersionedFile(tmp_path / "desk.json", 1)
    file.save({"writer": 0, "text": ""})
    failures: list[BaseException] = []
    both = threading.Barrier(2)

    def write(writer: int) -> None:
        try:
            for _ in range(60):
                both.wait(10)
                file.save({"writer": writer, "text": "x" * writer * 50_000})
                json.loads(file.path.read_text())
        except (OSError, ValueError, threading.BrokenBarrierError) as error:
            failures.append(error)
            both.abort()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    for path in (file.path, *file.backups()):
        read = json.loads(path.read_text())
        assert len(read["text"]) == read["writer"] * 50_000
    assert list(tmp_path.glob(".*")) == []


def test_without_hard_links_the_backup_is_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = VersionedFile(tmp_path / "desk.json", 1)
    file.save({"number": 1})

    def refuses(*_paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    live = file.path.stat().st_ino
    monkeypatch.setattr(os, "link", refuses)
    file.save({"number": 2})
    backup = file.backups()[0]
    assert json.loads(backup.read_text())["number"] == 1
    assert backup.stat().st_ino != live


def test_a_file_that_cannot_be_read_now_is_neither_moved_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.json"
    VersionedFile(path, 1).save({"number": 1})
    file = VersionedFile(path, 1)

    def locked(*_args: object, **_named: object) -> str:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", locked)
        loaded = file.load()
    assert loaded.data is None
    assert "desk.json could not be read (Permission denied)" in loaded.notice
    with pytest.raises(OSError, match="could not be read at the start"):
        file.save({"number": 2})
    assert file.aside() == []
    assert file.load().data == {"number": 1}
    file.save({"number": 3})
    assert file.load().data == {"number": 3}
