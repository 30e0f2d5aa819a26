"""The whole product in one command: supervisor, synthetic market and desk, ended together.

Runs in a profile of its own in a temporary directory, so that it neither finds nor leaves anything. Without a
display it renders offscreen for a bounded time and leaves screenshots and a JSON report, and says where.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.market.intervals import seconds
from desktop.options import DemoOptions, DeskOptions
from desktop.platform import has_display, prepare_platform

if TYPE_CHECKING:
    from desktop.app import DeskApp

DURATION_S: Final = 20.0  # without a display
WARM_UP_S: Final = 3.0  # at most a third of the whole
THEME_SETTLE_S: Final = 0.4
ROWS_A_WINDOW: Final = 100
INSTRUMENTS_MIN: Final = 500  # a market to look around in, also with few windows
FIRST_VALUE_TIMEOUT_S: Final = 15.0
LOG_LINES: Final = 8
INTERVAL: Final = seconds(1)  # the market has just begun: a chart shall have something to show in 20 s


def run_demo(options: DemoOptions) -> int:
    """0 when it showed a live market, 1 when it could not (one line says why)."""
    bounded = options.offscreen or not has_display()
    prepare_platform(offscreen=bounded)
    home = Path(tempfile.mkdtemp(prefix="tapedeck-demo-"))
    say = _say
    try:
        return _run(options, bounded, home, say)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(options: DemoOptions, bounded: bool, home: Path, say: Callable[[str], None]) -> int:
    from core.profile import HOME_VARIABLE, Profile, ProfileError, start_supervisor, stop_supervisor

    os.environ[HOME_VARIABLE] = str(home)
    instruments = max(INSTRUMENTS_MIN, ROWS_A_WINDOW * options.windows)
    say(f"starting a synthetic market: {instruments} instruments, {options.ticks_per_s:,} ticks/s")
    try:
        profile = Profile.open("demo")
        config = profile.directory / "demo.toml"
        config.write_text(settings_text(instruments, options.ticks_per_s), encoding="utf-8")
        info = start_supervisor(profile, tie_to_parent=True, config=config)
    except (ProfileError, OSError) as error:
        sys.stderr.write(f"tapedeck demo: {error}\n")
        return 1
    try:
        code = _show(options, bounded, info.url, Path(info.credentials_file), say)
        if code:
            _say_why(profile.logs_dir / "supervisor.stderr")
        return code
    finally:
        stop_supervisor(info)


def _show(
    options: DemoOptions, bounded: bool, url: str, credentials: Path, say: Callable[[str], None]
) -> int:
    from desktop.app import DeskApp
    from desktop.demo_report import Measuring
    from desktop.run import run_desk

    duration_s = options.duration_s or (DURATION_S if bounded else None)
    results = options.screenshots or (Path("demo-results") if bounded else None)
    report = options.report or (results / "report.json" if results and bounded else None)
    painted: list[bool] = []

    async def beside(app: DeskApp) -> None:
        for window in app.windows:
            for chart in window.contents.charts:
                chart.set_interval(INTERVAL)
        painted.append(await _wait_first_value(app))
        if duration_s is None:
            return
        # Start-up is not part of the figures: imports, first layouts and the first garbage collections.
        await asyncio.sleep(min(WARM_UP_S, duration_s / 3))
        measuring = Measuring(app, options.ticks_per_s)
        await asyncio.sleep(duration_s - min(WARM_UP_S, duration_s / 3))
        finished = measuring.report()
        if results is not None:
            for path in await _pictures(app, results):
                say(f"wrote {path}")
        if report is not None:
            report.parent.mkdir(parents=True, exist_ok=True)
            finished.write(report)
            say(f"wrote {report}")
        for result in finished.results:
            say(f"{result.metric} {result.value} {result.unit}".rstrip())
        app.quit()

    if bounded and not options.offscreen:
        say(f"no display: rendering offscreen for {duration_s:g} s")
    desk = DeskOptions(server=url, credentials_file=credentials, workspace="Demo", windows=options.windows)
    code = run_desk(desk, beside)
    if painted and not painted[0]:
        sys.stderr.write("tapedeck demo: no live price was painted; the market process said:\n")
        return 1
    return code


async def _wait_first_value(app: "DeskApp") -> bool:
    try:
        await asyncio.wait_for(app.first_value.wait(), FIRST_VALUE_TIMEOUT_S)
    except TimeoutError:
        return False
    return True


async def _pictures(app: "DeskApp", directory: Path) -> list[Path]:
    """One PNG a window, dark, then light."""
    written: list[Path] = []
    for name in ("dark", "light"):
        app.set_theme(app.theme.with_(name=name))
        await asyncio.sleep(THEME_SETTLE_S)  # until a frame with live values has been painted in it
        written += app.screenshots(directory)
    return written


def settings_text(instruments: int, ticks_per_s: int) -> str:
    """The supervisor's configuration of the demo (core.settings)."""
    return (
        f'[market]\nfeeds = ["synthetic"]\n\n[synthetic]\ninstruments = {instruments}\n'
        f"seed = 7\nrate_ticks_per_s = {ticks_per_s}\n"
    )


def _say_why(log: Path) -> None:
    """The end of the supervisor's log, before its directory is deleted."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    sys.stderr.writelines(f"  {line}\n" for line in lines[-LOG_LINES:])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
