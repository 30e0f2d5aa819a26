"""What the palette finds, by group: each source searches its own things and says what choosing one does.

A source is made for one opening of the palette in one window; the desk's `Commands` say which there are. They
need nothing but this protocol.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from desktop.commands.palette.ranking import Index, Spans


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One row. `run(beside)` does it, in a new panel when `beside`; a `refusal` says why it cannot be done.

    `value` stands at the right and is asked again four times a second; `keys` are spelled as Qt does.
    """

    title: str
    run: Callable[[bool], object]
    detail: str = ""
    icon: str = "search"
    keys: str = ""
    value: Callable[[], "PaletteValue"] | None = None
    refusal: str = ""
    spans: Spans = ()


@dataclass(frozen=True, slots=True)
class PaletteValue:
    """Text at the right of a row; not live: it is dimmed."""

    text: str
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The best items, and how many there are to search."""

    items: Sequence[PaletteItem] = ()
    count: int = 0


class PaletteSource(Protocol):
    """`group` is the heading; `sign` as the first character of what is typed searches this source alone."""

    @property
    def group(self) -> str: ...

    @property
    def sign(self) -> str: ...

    def search(self, text: str, limit: int) -> Found:
        """The best first, `limit` at most. Without text: what was used lately, then the order of the list."""


NO_SIGN: Final = ""


class ListSource:
    """A source over items that are all at hand; `words` are further words a search finds each by."""

    def __init__(
        self,
        group: str,
        items: Sequence[PaletteItem],
        words: Sequence[str] = (),
        recent: Mapping[int, int] | None = None,
        sign: str = NO_SIGN,
    ) -> None:
        self.group = group
        self.sign = sign
        self._items = items
        self._recent = recent or {}
        details = [item.detail for item in items]
        beside = (
            [f"{detail} {more}" for detail, more in zip(details, words, strict=True)] if words else details
        )
        self._index = Index([item.title for item in items], beside)

    def search(self, text: str, limit: int) -> Found:
        hits, _fitting = self._index.search(text, limit, self._recent)
        items = [replace(self._items[hit.row], spans=hit.spans) for hit in hits]
        return Found(items, len(self._items))
