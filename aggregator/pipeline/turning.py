"""A seek under way: from the call on a scope is silent, until the state of every feed has been folded.

Knows which feeds' epochs are waited for. Pure but for the future that ends the wait.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from aggregator.pipeline.ingest import Feed
from aggregator.pipeline.sequencing import Phase

TURN_TIMEOUT_MS: Final = 2_000


class Turn:
    """One seek. `ended` is set when the states have come, or when a newer seek took its place."""

    def __init__(self, epoch: int, feed_epochs: Mapping[str, int]) -> None:
        self.epoch = epoch
        self.feed_epochs = dict(feed_epochs)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def missing(self, feeds: Mapping[str, Feed]) -> list[str]:
        """Exchanges whose state under the epoch waited for, or a newer one, has not been folded."""
        return [
            exchange
            for exchange, epoch in self.feed_epochs.items()
            if exchange not in feeds
            or feeds[exchange].gate.epoch < epoch
            or feeds[exchange].gate.phase is not Phase.LIVE
        ]

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
