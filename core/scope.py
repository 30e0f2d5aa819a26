"""A scope is a subject prefix, a clock and an epoch line.

Live is the empty prefix; a replay session is `rp.<session>.`. The same pipeline and the same panels run in
either; nothing from a recording is ever published on live subjects.
"""

import re
from dataclasses import dataclass
from typing import Final

SESSION_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class ScopeError(ValueError):
    """A session name cannot be used; the text says what can."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`session` is None for live."""

    session: str | None = None

    def __post_init__(self) -> None:
        if self.session is not None and not SESSION_PATTERN.fullmatch(self.session):
            raise ScopeError(
                f"session name {self.session!r}: use 1 to 32 of a-z, 0-9, - and _; a letter or digit first"
            )

    @property
    def is_live(self) -> bool:
        return self.session is None

    @property
    def prefix(self) -> str:
        """What every subject of the scope begins with."""
        return "" if self.session is None else f"rp.{self.session}."


LIVE: Final = Scope()
