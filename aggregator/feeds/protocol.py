"""What a source of market events offers to the process that runs it.

A feed is one exchange. It says which instruments it has, then pushes blocks of events into its publisher
until it is cancelled or its market ends. It never touches the bus, a subject or a message.
"""

from typing import Protocol

from aggregator.feeds.publisher import RawPublisher
from core.market.instruments import Instrument


class Feed(Protocol):
    """One exchange's events. `name` is for logs and epochs."""

    @property
    def name(self) -> str: ...

    @property
    def exchange(self) -> str: ...

    def instruments(self) -> tuple[Instrument, ...]:
        """Instruments in id order: an event's `instrument` is the index here."""
        ...

    async def run(self, publisher: RawPublisher) -> None:
        """Publish until the market ends. The publisher is open, and is closed by the caller."""
        ...
