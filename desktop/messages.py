"""What the desk has to tell its user: a bounded list of one-line messages.

Every failure ends here as well as in the log, so that nothing fails unseen. Errors stay in the lane until
they are read; the rest leave it after a few seconds. The same words again only count.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

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
    """`count`: how often these words came in a row."""

    level: Level
    text: str
    at_ms: int
    count: int = 1
    link: MessageLink | None = None


class Messages:
    """Newest last. `on_change` listeners are called after every change."""

    def __init__(self) -> None:
        self._kept: deque[Message] = deque(maxlen=MESSAGES_MAX)
        self._unread: list[Message] = []
        self._listeners: list[Callable[[], None]] = []

    def add(self, level: Level, text: str, now_ms: int, link: MessageLink | None = None) -> None:
        text = " ".join(text.split())
        if self._kept and (self._kept[-1].level, self._kept[-1].text) == (level, text):
            message = replace(self._kept.pop(), at_ms=now_ms)
            message = replace(message, count=message.count + 1, link=link)
            self._unread = [kept for kept in self._unread if (kept.level, kept.text) != (level, text)]
        else:
            message = Message(level, text, now_ms, link=link)
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
            if message.level is Level.ERROR or now_ms - message.at_ms < message.level.value
        ]
        return tuple(self._unread)

    def read(self) -> None:
        """The user has seen what stands."""
        self._unread = []
        self._changed()

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def _changed(self) -> None:
        for callback in tuple(self._listeners):
            callback()
