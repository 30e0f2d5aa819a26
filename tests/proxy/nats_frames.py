"""The NATS client protocol as frames, in both directions.

Feed it bytes as they come, cut anywhere; it hands back whole frames whose `raw` bytes, joined, are the input.
It keeps at most one unfinished frame, and names what it cannot read. It knows no sockets.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

LINE_BYTES_MAX: Final = 1 << 20  # INFO of a large cluster is a long line; the server's own limit is 4 KB
PAYLOAD_BYTES_MAX: Final = 64 << 20
# Operation -> (number of arguments without a reply subject, whether the last two are header and total size).
_WITH_PAYLOAD: Final = {b"PUB": (2, False), b"HPUB": (3, True), b"MSG": (3, False), b"HMSG": (4, True)}
_PLAIN: Final = frozenset({b"INFO", b"CONNECT", b"PING", b"PONG", b"SUB", b"UNSUB", b"+OK", b"-ERR"})
_BLANK: Final = re.compile(rb"[ \t]+")


class FrameError(ValueError):
    """The stream is not the NATS client protocol."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One protocol message. `subject` and `payload` only for the four that carry one (headers included)."""

    operation: str
    raw: bytes
    subject: str = ""
    reply: str = ""
    payload: bytes = b""

    @property
    def is_message(self) -> bool:
        return bool(self.subject)


class FrameReader:
    """Splits one direction of a connection into frames. Raises `FrameError`; then the stream is lost."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._needed = 0  # bytes that the unfinished frame takes, where its first line is known

    def feed(self, data: bytes) -> list[Frame]:
        """Whole frames completed by `data`."""
        self._pending += data
        if len(self._pending) < self._needed:
            return []
        frames: list[Frame] = []
        at = 0
        while (step := self._next(at)) is not None:
            frame, at = step
            frames.append(frame)
        del self._pending[:at]
        return frames

    def _next(self, at: int) -> tuple[Frame, int] | None:
        end = self._pending.find(b"\n", at)
        if end < 0:
            if len(self._pending) - at > LINE_BYTES_MAX:
                raise FrameError(f"a line of more than {LINE_BYTES_MAX} bytes")
            self._needed = 0
            return None
        line = bytes(self._pending[at:end]).rstrip(b"\r")
        head, *rest = _BLANK.split(line.strip(), maxsplit=1)
        operation = head.upper()
        if operation in _PLAIN:
            return Frame(operation.decode(), bytes(self._pending[at : end + 1])), end + 1
        if operation not in _WITH_PAYLOAD:
            raise FrameError(f"unknown operation in {line[:40]!r}")
        subject, reply, size = _arguments(operation, rest[0] if rest else b"", line)
        begin, stop = end + 1, end + 1 + size
        if len(self._pending) < stop + 2:
            self._needed = stop + 2 - at
            return None
        self._needed = 0
        if self._pending[stop : stop + 2] != b"\r\n":
            raise FrameError(f"the payload of {line[:40]!r} is not {size} bytes long")
        payload = bytes(self._pending[begin:stop])
        raw = bytes(self._pending[at : stop + 2])
        return Frame(operation.decode(), raw, subject, reply, payload), stop + 2


def _arguments(operation: bytes, text: bytes, line: bytes) -> tuple[str, str, int]:
    """(subject, reply, payload size) of a message's first line."""
    count, has_headers = _WITH_PAYLOAD[operation]
    words = _BLANK.split(text.strip())
    if len(words) not in (count, count + 1):
        raise FrameError(f"{line[:40]!r} has {len(words)} arguments")
    numbers = words[-2:] if has_headers else words[-1:]
    if not all(number.isdigit() for number in numbers):
        raise FrameError(f"{line[:40]!r} has no payload size")
    size = int(numbers[-1])
    if size > PAYLOAD_BYTES_MAX or (has_headers and int(numbers[0]) > size):
        raise FrameError(f"{line[:40]!r} has an impossible payload size")
    reply = words[-len(numbers) - 1] if len(words) > count else b""
    return words[0].decode(), reply.decode(), size


def without_other_servers(info: Frame) -> bytes:
    """An INFO frame that names no other address, so that a client which reconnects stays where it is."""
    said = json.loads(info.raw.strip()[len(b"INFO") :])
    for name in ("connect_urls", "ws_connect_urls", "ldm"):
        said.pop(name, None)
    return b"INFO " + json.dumps(said, separators=(",", ":")).encode() + b"\r\n"
