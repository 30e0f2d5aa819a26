"""What the bus says about itself: its state, its counters, its faults and its errors.

Plain data without any I/O, so that panels and tests need no connection to speak of one.
"""

from dataclasses import dataclass
from enum import Enum, auto


class BusState(Enum):
    CONNECTING = auto()  # never connected so far
    CONNECTED = auto()
    DISCONNECTED = auto()  # was connected, trying to come back
    CLOSED = auto()  # by us, for good


@dataclass(frozen=True, slots=True)
class BusStatus:
    """`since_ms` and `next_try_ms` are monotonic milliseconds; `next_try_ms` is 0 when no try is planned."""

    state: BusState
    since_ms: int
    attempt: int = 0  # failed tries since the connection was lost
    next_try_ms: int = 0
    reason: str = ""  # why it is not connected, one line


@dataclass(frozen=True, slots=True)
class BusCounters:
    """Totals since the bus was made, over all its connections."""

    messages_in: int = 0
    bytes_in: int = 0
    messages_out: int = 0
    bytes_out: int = 0
    dropped: int = 0  # received, but their handler raised
    refused: int = 0  # publishes that raised: not connected, or too much outbound already pending
    reconnects: int = 0  # connections made after the first
    rebuilds: int = 0  # of these, made because the server ended the connection with an error
    errors: int = 0  # faults of every kind


class FaultKind(Enum):
    PERMISSION = auto()  # the server refused a publish or a subscription
    HANDLER = auto()  # a handler raised
    CONNECTION = auto()  # a try failed or a connection ended
    MESSAGE = auto()  # one was published that the server would never take


@dataclass(frozen=True, slots=True)
class BusFault:
    """`subject` as far as it is known. The server's texts of permission faults come in lower case."""

    kind: FaultKind
    text: str
    subject: str = ""


class BusError(RuntimeError):
    """Base of all that the bus raises."""


class BusDown(BusError):
    """Not connected; nothing was sent and nothing will be sent later."""


class BusFull(BusError):
    """More bytes wait to be written than `outbound_pending_bytes`; this message was not taken."""


class BusRefused(BusError):
    """The server does not know these credentials."""


class BusTimeout(BusError):
    """No answer in time. Whether the request was carried out is not known."""


class NoResponders(BusError):
    """Nobody serves this subject."""
