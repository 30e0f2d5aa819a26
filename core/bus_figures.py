"""What comes in on each subscription of a bus, for whoever wants to look."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import monotonic_ns

if TYPE_CHECKING:
    from core.bus_client import Handler


@dataclass(slots=True)
class SubscriptionFigures:
    """Since the subscription was made. `heard_ns` is monotonic, 0 before the first message."""

    subject: str
    messages: int = 0
    bytes: int = 0
    heard_ns: int = 0
    dropped: int = 0  # their handler raised

    def counted(self, handler: "Handler") -> "Handler":
        """The handler, counting what it is given."""

        def count(subject: str, data: bytes, reply: str) -> None:
            self.messages += 1
            self.bytes += len(data)
            self.heard_ns = monotonic_ns()
            try:
                handler(subject, data, reply)
            except Exception:
                self.dropped += 1
                raise

        return count
