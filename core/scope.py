"""A scope is a subject prefix, a clock and an epoch line.

Live is the empty prefix; a replay session is `rp.<session>.`. The same pipeline and the same panels run in
either; nothing from a recording is ever published on live subjects. A finished run is a scope of its desk
alone: it has no subject.
"""

import re
from dataclasses import dataclass
from typing import Final

SESSION_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
RUN_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class ScopeError(ValueError):
    """A session name cannot be used; the text says what can."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`session` and `run_id` are None for live; never both are there."""

    session: str | None = None
    run_id: str | None = None

    def __post_init__(self) -> None:
        if self.session is not None and not SESSION_PATTERN.fullmatch(self.session):
            raise ScopeError(
                f"session name {self.session!r}: use 1 to 32 of a-z, 0-9, - and _; a letter or digit first"
            )
        if self.run_id is not None and (self.session is not None or not RUN_PATTERN.fullmatch(self.run_id)):
            raise ScopeError(f"{self.run_id!r} is no run's id: use one that `tapedeckd backtest list` shows")

    @property
    def is_live(self) -> bool:
        return self.session is None and self.run_id is None

    @property
    def is_run(self) -> bool:
        return self.run_id is not None

    @property
    def name(self) -> str:
        """`live`, or what the session or the run is called."""
        return self.session or self.run_id or "live"

    @property
    def prefix(self) -> str:
        """What every subject of the scope begins with."""
        assert self.run_id is None, "nothing of a run travels on the bus"
        return "" if self.session is None else f"rp.{self.session}."


LIVE: Final = Scope()
