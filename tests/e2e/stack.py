"""Everything of a desk as real processes: supervisor with its server and roles, a feed, desks.

One stack a test, in a home whose path has a space and letters outside ASCII. Start order is free: each waits
for what it needs. `close` ends every process by its id and leaves nothing.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from core import subjects
from core.bus import Bus, BusError, NoResponders
from core.profile import HOME_VARIABLE, Profile, SupervisorInfo, find_supervisor
from tests.e2e.processes import Child
from tests.e2e.reference import COLUMNS, differences
from tests.nats_process import running_nats_server
from tests.proxy.nats_proxy import NatsProxy
from tests.waiting import wait_for

NO_FEEDS = "[market]\nfeeds = []\n"
HOME_NAME = "Tape deck Größe"
START_TIMEOUT_S = 30.0
ASK_TIMEOUT_MS = 3_000
ASK_INTERVAL_S = 0.05  # reading cells back makes the desk work: not more often than it matters
# A window in which 120 rows of 20 px stand under band, bar and headers, and one with a chart beside them.
TALL_WINDOW_PX = (1400, 2600)
CHART_WINDOW_PX = (2800, 2800)
LIVE_STATES = ("live", "halted")  # a panel of which a tenth is halted says so

Cells = dict[tuple[str, str], dict[str, str]]


@dataclass
class Desk:
    """A desktop process and the questions a test may ask it, over `bus`."""

    child: Child
    bus: Bus

    @property
    def name(self) -> str:
        return f"desk-{self.child.pid}"

    async def inspect(self, **request: Any) -> dict[str, Any]:
        """What stands on its screen; see desktop/inspect.py for requests."""
        self.child.check_running()
        data = await self.bus.request(
            subjects.inspect(self.name), json.dumps(request).encode(), ASK_TIMEOUT_MS
        )
        answer: dict[str, Any] = json.loads(data)
        assert "error" not in answer, answer
        return answer

    async def until(
        self, condition: Callable[[dict[str, Any]], object], what: str, timeout_s: float = START_TIMEOUT_S
    ) -> dict[str, Any]:
        """Ask until the answer fulfils the condition; the answer that did."""
        deadline_s = time.monotonic() + timeout_s
        last: list[dict[str, Any]] = []
        while True:
            try:
                last = [await self.inspect()]
            except (NoResponders, BusError):
                last = last[-1:]  # not there yet, or cut off for a while
            else:
                if condition(last[0]):
                    return last[0]
            if time.monotonic() > deadline_s:
                said = f"waited {timeout_s:g} s in vain for {what}; {_described(last)}"
                raise AssertionError(f"{said}\n{self.child.tail()}")
            await asyncio.sleep(ASK_INTERVAL_S)

    async def ready(self, window_px: tuple[int, int]) -> Self:
        """It answers, and its windows are high enough to show every row."""
        await self.until(lambda answer: answer["windows"], "the desk's first window")
        await self.inspect(do=[{"size": list(window_px)}])
        return self

    async def shows(
        self, expected: Cells, timeout_s: float = START_TIMEOUT_S, states: Sequence[str] = LIVE_STATES
    ) -> dict[str, Any]:
        """Wait until the windows paint exactly these rows and call them live."""
        wrong: list[str] = ["no answer yet"]

        def right(answer: dict[str, Any]) -> bool:
            wrong[:] = painted_differences(answer, expected, states=states)
            return not wrong

        try:
            return await self.until(right, "the truth on the screen", timeout_s)
        except AssertionError as error:
            raise AssertionError("\n".join([*wrong[:20], f"({len(wrong)} in all)", str(error)])) from None


def panels(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for window in answer["windows"] for panel in window["panels"]]


def grids(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels of rows."""
    return [panel for panel in panels(answer) if "cells" in panel]


def shown(answer: dict[str, Any]) -> tuple[int, int]:
    """(epoch, tape time in ns) of the last frame of the first window."""
    window = answer["windows"][0]
    return int(window["epoch"]), int(window["tape_ns"])


def painted_differences(
    answer: dict[str, Any],
    expected: Cells,
    columns: Sequence[str] = COLUMNS,
    states: Iterable[str] = LIVE_STATES,
) -> list[str]:
    """Every cell of any window that is not the truth; windows page through the rows, or all show the same."""
    wrong = [
        f"a panel is {panel['state']}: {panel['banner']}"
        for panel in grids(answer)
        if panel["state"] not in states
    ]
    seen: set[tuple[str, str]] = set()
    for panel in grids(answer):
        rows = panel["cells"]
        keys = {(row["Venue"], row["Symbol"]) for row in rows}
        wrong += differences({key: expected[key] for key in keys if key in expected}, rows, columns)
        seen |= keys
    return wrong + [f"{key} stands in no window" for key in sorted(expected.keys() - seen)]


class Stack:
    """Owns the processes of one test. Use as `async with Stack(tmp_path) as stack`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / HOME_NAME
        self.home.mkdir()
        self.environment = {
            HOME_VARIABLE: str(self.home),
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONFAULTHANDLER": "1",  # a crash in a library says where it was
        }
        self.children: list[Child] = []
        self.buses: list[Bus] = []
        self._info: SupervisorInfo | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for bus in self.buses:
            await bus.close()
        for child in reversed(self.children):
            child.stop()

    @property
    def info(self) -> SupervisorInfo:
        assert self._info is not None, "the supervisor was not started"
        return self._info

    def start(self, name: str, *arguments: str) -> Child:
        child = Child(f"{len(self.children)}-{name}", arguments, self.directory, self.environment)
        self.children.append(child)
        return child

    async def supervise(self, *options: str, settings: str = NO_FEEDS) -> Child:
        """`tapedeckd run`, ready: its server listens, its lock file says so. Without any feed unless told."""
        file = self.directory / "tapedeck.toml"
        file.write_text(settings, encoding="utf-8")
        child = self.start("supervisor", "-m", "aggregator", "run", "--config", str(file), *options)
        profile = Profile(self.home, "default")

        def is_ready() -> bool:
            child.check_running()
            self._info = find_supervisor(profile)
            return self._info is not None

        await wait_for(is_ready, START_TIMEOUT_S, "the supervisor's lock file")
        return child

    @asynccontextmanager
    async def aggregator_behind_proxy(self, seed: int = 0) -> AsyncIterator[NatsProxy]:
        """A server of the test's own; supervisor and roles reach it through the proxy, others directly."""
        with running_nats_server(self.directory / "nats") as server:
            async with NatsProxy(server.url, seed=seed) as proxy:
                supervisor = await self.supervise("--server", proxy.url)
                self._info = replace(self.info, url=server.url)
                try:
                    yield proxy
                finally:
                    supervisor.stop()

    async def connect(self, role: str = "admin") -> Bus:
        """A connection of the test's own to the supervisor's server, closed at the end."""
        bus = Bus("test", self.info.address(role))
        self.buses.append(bus)
        await bus.connect()
        return bus

    async def publish(self, tape: str) -> Child:
        """A feed for the tape of this name, waiting for commands."""
        child = self.start("publisher", "-m", "tests.e2e.publisher", "--tape", tape, *self.where())
        assert (await child.heard())["ready"] > 0
        return child

    async def desk(self, bus: Bus, *options: str, server: str = "", charts: bool = False) -> Desk:
        """A desk of its own process, ready to be asked: watchlists only, or with chart and player.

        `server` leads it through a proxy.
        """
        layout = ("--layout", "desk" if charts else "grids")
        own = () if "--desk-dir" in options else ("--desk-dir", str(self.desk_dir()))
        arguments = ("-m", "desktop", "--inspect", *self.where(server), *layout, *own, *options)
        desk = Desk(self.start("desk", *arguments), bus)
        return await desk.ready(CHART_WINDOW_PX if charts else TALL_WINDOW_PX)

    def desk_dir(self) -> Path:
        """Of one more desk's own: only one desk at a time may use a directory of choices."""
        return self.home / f"desk {len(self.children)}"

    def where(self, server: str = "") -> list[str]:
        credentials = self.info.credentials_file
        return ["--server", server or self.info.url, *(["--creds", credentials] if credentials else [])]


def _described(answers: list[dict[str, Any]]) -> str:
    if not answers:
        return "it never answered"
    return "; ".join(
        f"{panel['kind']} {panel['state']} {panel['banner']} {len(panel.get('cells', ()))} rows"
        for panel in panels(answers[0])
    )
