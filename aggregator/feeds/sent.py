"""The last messages with events that a feed has sent, to be sent again when a reader missed some.

Bounded in number and bytes; the oldest go first. Messages are kept as they were sent, so a repetition is
verbatim.
"""

from collections import deque
from itertools import islice
from typing import Final

SENT_MESSAGES_MAX: Final = 4_096
SENT_BYTES_MAX: Final = 8 << 20
# One answer leaves room in the connection's buffer of 8 MiB for what the market sends meanwhile.
ANSWER_BYTES_MAX: Final = 4 << 20


class SentMessages:
    """Numbered without a hole; `begin` starts a new row of numbers."""

    def __init__(self) -> None:
        self._messages: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._last = 0  # number of the newest

    def begin(self, sequence: int) -> None:
        """Forget everything; the next message is `sequence` + 1."""
        self._messages.clear()
        self._bytes = 0
        self._last = sequence

    def note(self, sequence: int, subject: str, payload: bytes) -> None:
        """Keep the next message."""
        assert sequence == self._last + 1
        self._last = sequence
        self._messages.append((subject, payload))
        self._bytes += len(payload)
        while len(self._messages) > SENT_MESSAGES_MAX or self._bytes > SENT_BYTES_MAX:
            _, dropped = self._messages.popleft()
            self._bytes -= len(dropped)

    def after(self, sequence: int) -> list[tuple[str, bytes]] | None:
        """(subject, payload) of every message after number `sequence`; None: not all are here."""
        begin = sequence - (self._last - len(self._messages))
        if begin < 0 or sequence > self._last:
            return None
        missed = list(islice(self._messages, begin, None))
        return missed if sum(len(payload) for _, payload in missed) <= ANSWER_BYTES_MAX else None
