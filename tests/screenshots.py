"""Makes every picture of the documentation anew, in one command: `make screenshots`.

Real processes offscreen, on a synthetic market and on an hour recorded of it. Written into docs/images: look
at them before you commit.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from aggregator.bench.hour_tape import hour_tape_file
from core.backtest.home import ResearchHome
from core.profile import Profile
from desktop.demo import settings_text
from tests.desktop.research.picture import SHOWN, shelve
from tests.e2e.sessions import standing
from tests.e2e.stack import Desk, Stack

ROOT: Final = Path(__file__).resolve().parents[1]
IMAGES: Final = ROOT / "docs" / "images"
INSTRUMENTS: Final = 120
TICKS_PER_S: Final = 4_000
MIDDLE_NS: Final = 1_900 * 10**9  # of the hour
SIZE_PX: Final = [1600, 1000]
BARS_S: Final = 100  # until a chart of 1 s bars has something to show
QUIET_S: Final = 15.0  # until what a busy machine was warned of has left the lane
OPEN_S: Final = 8.0  # of a run: the calendar is read the first time
SETTLE_S: Final = 3.0  # until a frame with the new look has been painted
STUDIES: Final = ["ema 21", "vwap", "rsi 14"]


async def picture(desk: Desk, scratch: Path, name: str) -> None:
    """The first window as it stands, as docs/images/<name>.png."""
    await asyncio.sleep(SETTLE_S)
    answer = await desk.inspect(cells=False, screenshots=str(scratch))
    shutil.copyfile(answer["screenshots"][0], IMAGES / f"{name}.png")
    sys.stdout.write(f"wrote docs/images/{name}.png\n")


async def live(stack: Stack, scratch: Path) -> None:
    """The desk, the palette, the settings and the health panel on a synthetic market."""
    await stack.supervise(settings=settings_text(INSTRUMENTS, TICKS_PER_S))
    bus = await stack.connect()
    desk = await stack.desk(bus, charts=True)
    await desk.inspect(cells=False, do=[{"size": SIZE_PX}])
    await desk.inspect(cells=False, do=[{"chart": {"interval": "1s", "indicators": STUDIES}}])
    await asyncio.sleep(BARS_S)
    for theme in ("light", "dark"):
        await desk.inspect(cells=False, do=[{"theme": theme}])
        await picture(desk, scratch, f"desk-{theme}")
    await desk.inspect(cells=False, do=[{"action": "palette.open"}])
    await picture(desk, scratch, "palette")
    await desk.inspect(cells=False, do=[{"action": "health.open"}])
    await picture(desk, scratch, "health")


async def replayed(stack: Stack, scratch: Path) -> None:
    """The deck: an hour, half played."""
    await stack.supervise()
    bus = await stack.connect()
    session = await standing(stack, bus, (hour_tape_file(stack.directory),))
    desk = await stack.desk(bus, "--session", session.name, charts=True)
    await desk.inspect(cells=False, do=[{"size": SIZE_PX}])
    await desk.inspect(cells=False, do=[{"chart": {"interval": "15s", "indicators": STUDIES}}])
    await session.seek((await session.status()).begin_ns + MIDDLE_NS)
    await session.play(4_000)
    await picture(desk, scratch, "replay")


async def played(stack: Stack, scratch: Path) -> None:
    """A run as a film beside other runs, two thirds through."""
    home = ResearchHome.of(Profile(stack.home, "default"))
    home.make()
    runs = shelve(home)
    await stack.supervise()
    bus = await stack.connect()
    desk = await stack.desk(bus, charts=True)
    run = runs[SHOWN].manifest
    await desk.inspect(cells=False, do=[{"action": "workspace.new_playback"}])
    await desk.inspect(cells=False, do=[{"size": SIZE_PX}, {"run": run.run_id}])
    await asyncio.sleep(OPEN_S)
    two_thirds_ns = run.begin_ns + (run.end_ns - run.begin_ns) * 2 // 3
    await desk.inspect(cells=False, do=[{"transport": {"seek": two_thirds_ns}}])
    await asyncio.sleep(QUIET_S)
    await picture(desk, scratch, "playback")


def researched() -> None:
    """The list of runs, a comparison and a tear sheet, side by side."""
    command = [sys.executable, "-m", "tests.desktop.research.picture", str(IMAGES / "research.png")]
    subprocess.run(command, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, check=True)
    sys.stdout.write("wrote docs/images/research.png\n")


async def main() -> None:
    researched()
    for scene in (live, replayed, played):
        with tempfile.TemporaryDirectory(prefix="tapedeck-pictures-") as directory:
            async with Stack(Path(directory)) as stack:
                await scene(stack, Path(directory) / "pictures")


if __name__ == "__main__":
    asyncio.run(main())
