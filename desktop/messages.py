"""What the desk has to tell its user: a bounded list of lines, each with a detail and a link at most.

Every failure ends here as well as in the log, so that nothing fails unseen. Errors stay in the lane until
they are read; the rest leave it after a few seconds. The same words again only count, and what had to go for
newer ones is counted, too.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from core.clock import NS_PER_US, wall_ns

MESSAGES_MAX: Final = 200


class Level(Enum):
    """How loud; the value is how long it stands in the lane, 0 until it is read (tokens `toast_ms`)."""

    INFO = 4_000
    WARNING = 8_000
    ERROR = 0


@dataclass(frozen=True, slots=True)
class MessageLink:
    """What a person can do about a message: `words` are the button's, `run` is what it does."""

    words: str
    run: Callable[[], object] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """`count`: how often these words came in a row; `time_us`: this computer's time of the last."""

    level: Level
    text: str
    at_ms: int
    count: int = 1
    link: MessageLink | None = None
    detail: str = ""
    time_us: int = field(default=0, compare=False)
    number: int = field(default=0, compare=False)  # grows with every arrival

    @property
    def said(self) -> str:
        """The words, with how often they came."""
        return f"{self.text} ×{self.count}" if self.count > 1 else self.text


class Messages:
    """Newest last. `on_change` listeners are called after every change."""

    def __init__(self) -> None:
        self._kept: deque[Message] = deque(maxlen=MESSAGES_MAX)
        self._unread: list[Message] = []
        self._listeners: list[Callable[[], None]] = []
        self._numbers = self._read_until = 0
        self.dropped = 0  # that newer ones have pushed out
        self.stand_ms = {level: level.value for level in Level}  # 0: until it is read

    def add(
        self, level: Level, text: str, now_ms: int, link: MessageLink | None = None, detail: str = ""
    ) -> None:
        """`text` is one line; `detail` says what it means for the person, in a sentence or two."""
        text = " ".join(text.split())
        self._numbers += 1
        count = 1
        if self._kept and (self._kept[-1].level, self._kept[-1].text) == (level, text):
            count += self._kept.pop().count
            self._unread = [kept for kept in self._unread if (kept.level, kept.text) != (level, text)]
        self.dropped += len(self._kept) == MESSAGES_MAX
        detail = " ".join(detail.split())
        message = Message(
            level, text, now_ms, count, link, detail, time_us=wall_ns() // NS_PER_US, number=self._numbers
        )
        self._kept.append(message)
        self._unread = [*self._unread, message][-MESSAGES_MAX:]
        self._changed()

    @property
    def all(self) -> tuple[Message, ...]:
        return tuple(self._kept)

    def standing(self, now_ms: int) -> tuple[Message, ...]:
        """What the lane still shows, newest last."""
        self._unread = [
            message
            for message in self._unread
            if message.level is Level.ERROR or now_ms - message.at_ms < self.stand_ms[message.level]
        ]
        return tuple(self._unread)

    @property
    def new(self) -> int:
        """How many have come since the last `read`."""
        return sum(message.number > self._read_until for message in self._kept)

    def read(self) -> None:
        """The user has seen what there is."""
        self._unread = []
        self._read_until = self._numbers
        self._changed()

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
        self.dropped = 0
        self.read()

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def _changed(self) -> None:
        for callback in tuple(self._listeners):
            callback()
