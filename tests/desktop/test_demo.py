"""The demo as a newcomer starts it, and a desk that finds or starts its own supervisor: whole processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.profile import Profile, find_supervisor, stop_supervisor
from tests.waiting import wait_for_sync

KEYS = {
    "demo.rows", "demo.windows", "demo.fps", "demo.frame_p99_ms", "demo.paint_latency_p95_ms",
    "demo.paint_latency_p99_ms", "demo.ticks_per_s", "demo.dropped", "demo.rss_mb",
}  # fmt: skip


@pytest.mark.slow
def test_a_demo_without_a_display_leaves_pictures_and_a_report_and_no_process(tmp_path: Path) -> None:
    results = tmp_path / "results"
    command = [sys.executable, "-m", "desktop", "demo", "--offscreen", "--duration", "4", "--windows", "1"]
    command += ["--screenshots", str(results), "--report", str(tmp_path / "report.json")]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    values = {result["metric"]: result["value"] for result in report["results"]}
    assert set(values) == KEYS
    assert values["demo.rows"] == 100
    assert values["demo.fps"] > 10
    assert values["demo.ticks_per_s"] > 100
    assert values["demo.paint_latency_p95_ms"] > 0
    for name in ("window-1-dark.png", "window-1-light.png"):
        assert (results / name).stat().st_size > 20_000
    assert not list(tmp_path.glob("tapedeck-demo-*")), "the profile of the demo is gone"
    assert not [process for process in psutil.process_iter(["cmdline"]) if _is_of(process, tmp_path)]


def _is_of(process: psutil.Process, directory: Path) -> bool:
    return str(directory) in " ".join(process.info["cmdline"] or ())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
def test_a_desk_without_a_server_starts_one_that_outlives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEDECK_HOME", str(tmp_path / "Händler desk"))
    log = tmp_path / "desk.log"
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "desktop", "--inspect", "--windows", "1"], stderr=stderr
        ) as desk,
    ):
        try:
            wait_for_sync(lambda: "inspect" in log.read_text(), 30, "the desk")
            desk.send_signal(signal.SIGTERM)
            assert desk.wait(10) == 0
        finally:
            desk.kill()
    info = find_supervisor(Profile.open())
    assert info is not None
    assert stop_supervisor(info)
