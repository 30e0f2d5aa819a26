"""The desks of a process: one for each scope that a window shows, none for others.

Opened when the first window wants its scope, closed when no window does any more. Windows of one scope share
its groups, its bars and its clock.
"""

from collections.abc import Callable, Collection, Coroutine, Iterator
from typing import Any

from core.scope import Scope
from desktop.bus_desk import BusDesk
from desktop.run_desk import RunDesk
from desktop.station import Station

AnyDesk = BusDesk | RunDesk


class Desks:
    """`make` makes a desk of a scope, `play` one of a run, `run` keeps a task of it until it ends."""

    def __init__(
        self,
        make: Callable[[Station, Scope], BusDesk],
        play: Callable[[Scope], RunDesk],
        run: Callable[[Coroutine[Any, Any, Any], str], None],
    ) -> None:
        self._make = make
        self._play = play
        self._run = run
        self._desks: dict[Scope, AnyDesk] = {}
        self.station: Station | None = None  # None: not connected to anything yet, and no desk

    def __iter__(self) -> Iterator[AnyDesk]:
        return iter(tuple(self._desks.values()))

    def get(self, scope: Scope) -> AnyDesk | None:
        """The desk of a scope that is open."""
        return self._desks.get(scope)

    def open(self, scope: Scope) -> AnyDesk | None:
        """The desk of a scope, from now on; None before there is a bus, but of a run, which needs none."""
        desk = self._desks.get(scope)
        if desk is None:
            if scope.is_run:
                desk = self._play(scope)
            elif self.station is not None:
                desk = self._make(self.station, scope)
            else:
                return None
            self._desks[scope] = desk
            self._run(desk.start(), f"start-{scope.name}")
        return desk

    def keep(self, scopes: Collection[Scope]) -> None:
        """Close the desks of all other scopes."""
        for scope in tuple(self._desks):
            if scope not in scopes:
                self._run(self._desks.pop(scope).close(), f"close-{scope.name}")

    async def close(self) -> None:
        while self._desks:
            _, desk = self._desks.popitem()
            await desk.close()
