"""What the desk has painted, as JSON on request: how end-to-end tests and benches read the screen.

Answers on `subjects.inspect(desk)` and only for a desk started with --inspect. A request is empty or a
JSON object: `{"cells": false}` leaves the rows out, `{"window": 2}` answers for one window, `{"mark": true}`
begins the stretch that `since_mark` of the next answers covers, `{"frames": true}` tells every frame of it,
`{"screenshots": "DIR"}` also writes one PNG a window, `{"do": [...]}` first carries out what a hand could:
`{"theme": "light"}`, `{"density": "compact"}`, `{"session": "name"}` or null (of all windows, with
`"window": 2` of one), `{"run": "id"}` played in one, `{"filter": "BTC"}`,
`{"sort": ["last", true]}` (a column or null, descending), `{"keys": "btc"}` typed into the filter's field,
`{"go_to": "BTCUSDT"}`, `{"windows": 3}`,
`{"size": [1248, 1980]}` of every window, `{"geometry": [x, y, w, h]}` of one, `{"workspace": "Main"}`,
`{"pages": [0, 0, 1]}` window by window, `{"quit": true}`,
`{"cadence_ms": 16}` as if windows were in front, 33 as if none were, `{"untended_s": 0}` (windows that nobody
looks after never paint slower), `{"action": "window.new"}` (by its id),
`{"add_chart": 1}`, `{"chart": {...}}` and
`{"transport": {...}}` (inspect_acts.py). `history` is what the panels went through, newest last. A window
says which session it shows, `epoch` and `tape_ns` of its last frame, and when the first frame of that epoch
was painted (`flipped`).
"""

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core import subjects
from core.bus import Bus, BusError, Subscription
from core.clock import NS_PER_S, monotonic_ns
from core.logs import logger
from core.market.intervals import IntervalError
from core.scope import Scope, ScopeError
from desktop.frame_figures import FrameSummary
from desktop.inspect_acts import act_on_chart, act_on_grid, act_on_transport
from desktop.panels.watchlist.lists import WatchChoice
from desktop.workspace.panel_kinds import kind_named

if TYPE_CHECKING:
    from desktop.app import DeskApp

FAST_CADENCE_MS: Final = 16
ANNOUNCE_AGAIN_S: Final = 0.05  # while there is no connection: the bus says why
HISTORY_MAX: Final = 256  # changes of panel states, looked at four times a second

_log = logger("inspect")


class Inspector:
    """`start` subscribes, `announce` tells when it counts, `close` ends it."""

    def __init__(self, app: "DeskApp", bus: Bus, name: str) -> None:
        self._app = app
        self._bus = bus
        self._name = name
        self._subscription: Subscription | None = None
        self._mark_ns = monotonic_ns()
        self._history: deque[dict[str, Any]] = deque(maxlen=HISTORY_MAX)
        self._states: dict[tuple[int, int], str] = {}

    async def start(self) -> None:
        self._app.frames.ticked.connect(self._note_states)
        self._subscription = await self._bus.subscribe(subjects.inspect(self._name), self._on_request)

    async def announce(self) -> None:
        """Log that questions are answered, once the server knows of it and not before."""
        while True:
            try:
                await self._bus.flush()
            except BusError:
                await asyncio.sleep(ANNOUNCE_AGAIN_S)
            else:
                _log.info("inspect", desk=self._name)
                return

    def close(self) -> None:
        self._app.frames.ticked.disconnect(self._note_states)
        if self._subscription is not None:
            self._subscription.unsubscribe()

    def _note_states(self, now_ms: int) -> None:
        """Keep every change of a panel's state, also while nobody can ask for it."""
        for window in self._app.windows:
            for place, panel in enumerate(window.panels):
                state = panel.state
                if self._states.get((window.number, place)) != state.kind.value:
                    self._states[window.number, place] = state.kind.value
                    entry = {"at_ms": now_ms, "window": window.number, "state": state.kind.value}
                    self._history.append({**entry, "words": state.words, "detail": state.detail})

    def _on_request(self, _subject: str, data: bytes, reply: str) -> None:
        try:
            request = json.loads(data) if data else {}
            if not isinstance(request, dict):
                raise ValueError("a request is an object")
            for act in request.get("do", ()):
                self._do(act)
            answer = self.answer(request)
        except (ValueError, KeyError, TypeError, ScopeError, IntervalError, OSError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        try:
            self._bus.respond(reply, json.dumps(answer).encode())
        except BusError as error:
            _log.warning("not answered", reason=str(error))

    def _do(self, act: dict[str, Any]) -> None:
        app = self._app
        chosen = [window for window in app.windows if act.get("window") in (None, window.number)]
        for what, value in act.items():
            if what == "window":
                continue
            if what == "theme":
                app.set_theme(app.theme.with_(name=value))
            elif what == "density":
                app.set_theme(app.theme.with_(density=value))
            elif what == "session":
                app.set_scope(Scope(value), chosen if "window" in act else None)
            elif what == "run":
                app.open_run(value, chosen[0])
            elif what == "chart":
                act_on_chart(chosen, value)
            elif what == "transport":
                act_on_transport(chosen, value)
            elif what == "action":
                if not app.commands.run(value, chosen[0]):
                    raise ValueError(f"{value} cannot be done now: {app.messages.all[-1].text}")
            elif what == "panel":
                kind = kind_named(value)
                if kind is None:
                    raise ValueError(f"there is no panel {value!r}")
                chosen[0].contents.add(kind)
            elif what == "add_chart":
                chosen[0].add_chart()
            elif what == "filter":
                chosen[0].contents.watchlists[0].grid.set_filter(value)
            elif what in ("sort", "keys"):
                act_on_grid(chosen[0], what, value)
            elif what == "untended_s":
                app.frames.untended_after_ns = value * NS_PER_S
            elif what == "go_to":
                chosen[0].go_to(value)
            elif what == "windows":
                while len(app.windows) < value:
                    app.open_window()
            elif what == "size":
                for window in app.windows:
                    window.resize(*value)
            elif what == "pages":
                for window, page in zip(app.windows, value, strict=True):
                    window.contents.watchlists[0].choose(WatchChoice(page=page))
            elif what == "cadence_ms":
                for window in chosen:
                    window.contents.set_in_front(value == FAST_CADENCE_MS)
            elif what == "geometry":
                chosen[0].setGeometry(*value)
            elif what == "workspace":
                app.workspaces.switch(app.workspaces.store.named(value))
            elif what == "quit":
                app.quit()
            else:
                raise ValueError(f"nothing called {what!r} can be done")

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The whole state of the screen."""
        app = self._app
        now_ns = monotonic_ns()
        now_ms = app.now_ms()
        windows = [window.inspect(now_ms) for window in app.windows]
        self._note_states(now_ms)
        for window, source in zip(windows, app.windows, strict=True):
            figures = app.frames.figures
            window["since_mark"] = summary_json(figures.summary(self._mark_ns, now_ns, source.frame_number))
            if request.get("cells", True):
                for said, panel in zip(window["panels"], source.panels, strict=True):
                    said |= panel.inspect_rows()
        if "window" in request:
            windows = [window for window in windows if window["number"] == request["window"]]
        answer = {
            "desk": self._name,
            "workspace": app.workspaces.name,
            "workspaces": app.workspaces.store.names,
            "scope": app.scope.session,
            "theme": app.theme.name,
            "first_value_ns": app.first_value_ns,
            "failures": app.failures.count,
            "messages": [message.text for message in app.messages.all],
            "since_mark_s": (now_ns - self._mark_ns) / 1e9,
            "since_mark": summary_json(app.frames.figures.summary(self._mark_ns, now_ns)),
            "overload": {"active": app.frames.overload.active, "episodes": app.frames.overload.episodes},
            "process": app.process_json(),
            "groups": app.groups_json(),
            "series": app.series_json(),
            "history": list(self._history),
            "windows": windows,
        }
        if request.get("frames"):
            answer["frames"] = app.frames.figures.since(self._mark_ns)
        if request.get("mark"):
            self._mark_ns = now_ns
        if request.get("screenshots"):
            answer["screenshots"] = [str(path) for path in app.screenshots(Path(request["screenshots"]))]
        return answer


def summary_json(summary: FrameSummary) -> dict[str, Any]:
    """Field by field, as the report names them."""
    return {name: getattr(summary, name) for name in summary.__slots__}
