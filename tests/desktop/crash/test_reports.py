"""Reports on the disk and the mark of a desk that lives."""

import json
import os
from pathlib import Path

from core import platform
from core.clock import NS_PER_S
from desktop.crash.alive import AliveMark
from desktop.crash.reports import REPORTS_KEPT, CrashReports

GONE_PID = 2**22 + 1  # above what the kernel gives out


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    reports = CrashReports(tmp_path / "crash")
    for number in range(REPORTS_KEPT + 5):
        reports.write(reports.new_path(number * NS_PER_S), f"failure {number}")
    kept = [path.read_text() for path in reports.all()]
    assert kept == [f"failure {number}" for number in reversed(range(5, REPORTS_KEPT + 5))]
    assert len(list((tmp_path / "crash").iterdir())) == REPORTS_KEPT, "nothing half-written lies beside them"


def test_reports_are_for_their_owner_only(tmp_path: Path) -> None:
    reports = CrashReports(tmp_path / "crash")
    path = reports.new_path(NS_PER_S)
    reports.write(path, "text")
    assert path.stat().st_mode & 0o077 == 0


def test_a_desk_that_lives_and_one_that_ended_cleanly_are_not_told(tmp_path: Path) -> None:
    mark = AliveMark(tmp_path)
    mark.begin()
    assert AliveMark(tmp_path).take_ended() == []
    mark.end()
    assert AliveMark(tmp_path).take_ended() == []
    assert list(tmp_path.iterdir()) == []


def test_a_desk_whose_process_is_gone_is_told_once_with_its_last_words(tmp_path: Path) -> None:
    _mark(tmp_path, GONE_PID, 1.0)
    (tmp_path / f"native-{GONE_PID}.txt").write_text("Fatal Python error: Segmentation fault\n")
    (ended,) = AliveMark(tmp_path).take_ended()
    assert (ended.pid, ended.last_words) == (GONE_PID, "Fatal Python error: Segmentation fault")
    assert AliveMark(tmp_path).take_ended() == []
    assert list(tmp_path.iterdir()) == []


def test_a_later_process_of_the_same_number_is_not_taken_for_the_desk(tmp_path: Path) -> None:
    _mark(tmp_path, os.getpid(), (platform.process_started_s(os.getpid()) or 0) - 3_600)
    assert [ended.pid for ended in AliveMark(tmp_path).take_ended()] == [os.getpid()]


def test_a_mark_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "alive-17.json").write_text("{")
    assert AliveMark(tmp_path).take_ended() == []


def _mark(directory: Path, pid: int, started_s: float) -> None:
    said = {"started_ns": 1, "process_started_s": started_s}
    (directory / f"alive-{pid}.json").write_text(json.dumps(said))
