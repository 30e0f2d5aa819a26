"""What the desk has painted, as JSON on request: how end-to-end tests and benches read the screen.

Answers on `subjects.inspect(desk)` and only for a desk started with --inspect. A request is empty or a JSON
object: `{"cells": false}` leaves the cells out, `{"window": 2}` answers for one window, `{"mark": true}`
begins the stretch that `since_mark` of the next answers covers, `{"screenshots": "DIR"}` also writes one PNG a
window, `{"do": [...]}` first carries out what a hand could: `{"theme": "light"}`, `{"density": "compact"}`,
`{"session": "name"}` or null, `{"filter": "BTC"}`, `{"go_to": "BTCUSDT"}`, `{"windows": 3}`, `{"quit": true}`.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import subjects
from core.bus import Bus, BusError, Subscription
from core.clock import monotonic_ns
from core.logs import logger
from core.scope import Scope, ScopeError
from desktop.frame_figures import FrameSummary

if TYPE_CHECKING:
    from desktop.app import DeskApp

_log = logger("inspect")


class Inspector:
    """`start` subscribes, `close` ends it."""

    def __init__(self, app: "DeskApp", bus: Bus, name: str) -> None:
        self._app = app
        self._bus = bus
        self._name = name
        self._subscription: Subscription | None = None
        self._mark_ns = monotonic_ns()

    async def start(self) -> None:
        self._subscription = await self._bus.subscribe(subjects.inspect(self._name), self._on_request)

    def close(self) -> None:
        if self._subscription is not None:
            self._subscription.unsubscribe()

    def _on_request(self, _subject: str, data: bytes, reply: str) -> None:
        try:
            request = json.loads(data) if data else {}
            if not isinstance(request, dict):
                raise ValueError("a request is an object")
            for act in request.get("do", ()):
                self._do(act)
            answer = self.answer(request)
        except (ValueError, KeyError, TypeError, ScopeError, OSError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        try:
            self._bus.respond(reply, json.dumps(answer).encode())
        except BusError as error:
            _log.warning("not answered", reason=str(error))

    def _do(self, act: dict[str, Any]) -> None:
        app = self._app
        for what, value in act.items():
            if what == "theme":
                app.set_theme(app.theme.with_(name=value))
            elif what == "density":
                app.set_theme(app.theme.with_(density=value))
            elif what == "session":
                app.set_scope(Scope(value))
            elif what == "filter":
                app.windows[0].panels[0].grid.set_filter(value)
            elif what == "go_to":
                app.windows[0].go_to(value)
            elif what == "windows":
                while len(app.windows) < value:
                    app.open_window()
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
        for window, source in zip(windows, app.windows, strict=True):
            figures = app.frames.figures
            window["since_mark"] = summary_json(figures.summary(self._mark_ns, now_ns, source.frame_number))
            if not request.get("cells", True):
                for panel in window["panels"]:
                    panel.pop("cells")
        if "window" in request:
            windows = [window for window in windows if window["number"] == request["window"]]
        answer = {
            "desk": self._name,
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
            "windows": windows,
        }
        if request.get("mark"):
            self._mark_ns = now_ns
        if request.get("screenshots"):
            answer["screenshots"] = [str(path) for path in app.screenshots(Path(request["screenshots"]))]
        return answer


def summary_json(summary: FrameSummary) -> dict[str, Any]:
    """Field by field, as the report names them."""
    return {name: getattr(summary, name) for name in summary.__slots__}
