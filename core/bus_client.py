"""A nats-py client that hands each message straight to its handler.

Stock nats-py makes an object of every message, queues it, wakes a task and awaits a callback: 4.2 us of CPU.
Plain messages of a subscription with a handler are read here instead, 0.9 us, in the reading task itself;
everything else (greeting, pings, errors, headers, replies) stays with nats-py's own parser, in order. So
nothing waits in a queue inside this process: what a slow handler has not taken stays in the socket (at most
64 KiB here, then the kernel's), and past the server's `max_pending` the server ends the connection. Reaches
into nats-py 2.16.0, pinned for that.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from nats.aio.client import Client
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

Handler = Callable[[str, bytes, str], None]
"""Called on the loop with (subject, data, reply subject or empty). Must not block."""

NAMES_MAX: Final = 100_000  # subjects remembered as text; past it the memory is emptied, not the data
_MSG: Final = b"MSG "


class DirectClient(Client):
    """`handlers` by subscription id as on the wire; `on_error(subject, error)` when one raises."""

    def __init__(self, on_error: Callable[[str, Exception], None]) -> None:
        super().__init__()
        self.handlers: dict[bytes, Handler] = {}
        self.on_error = on_error
        self.handed_directly = 0  # messages that never saw nats-py's own path
        self._ps = _DirectParser(self)

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        handler = self.handlers.get(b"%d" % sid)
        if handler is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        name = subject.decode()
        try:
            handler(name, data, reply.decode())
        except Exception as error:  # noqa: BLE001 (a handler's fault must not end the connection)
            self.on_error(name, error)

    async def _process_pong(self) -> None:
        """The answer to a flush that was given up must not end the connection, as it does in nats-py."""
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()


class _DirectParser(Parser):
    def __init__(self, client: DirectClient) -> None:
        super().__init__(client)
        self._client = client
        self._names: dict[bytes, str] = {}

    async def parse(self, data: bytes = b"") -> None:
        if self.state != AWAITING_CONTROL_LINE:
            # nats-py's parser is inside a message and goes on, even if it holds nothing of it yet: what comes
            # is payload, whatever it looks like.
            await super().parse(data)
            return
        if self.buf:
            data = bytes(self.buf) + data
            self.buf.clear()
        done, is_cut_off = self._hand_over(data)
        if done == len(data):
            return
        if is_cut_off:
            self.buf.extend(data[done:])
        else:
            await super().parse(data[done:])

    def _hand_over(self, data: bytes) -> tuple[int, bool]:
        """Hand over the plain messages at the beginning: (bytes used, the next is a message not all here)."""
        client = self._client
        handlers, names, find = client.handlers, self._names, data.find
        position, length = 0, len(data)
        messages = message_bytes = 0
        is_cut_off = False
        while data.startswith(_MSG, position):
            line_end = find(b"\r\n", position)
            if line_end < 0:
                is_cut_off = True
                break
            words: list[Any] = data[position + 4 : line_end].split(b" ")
            handler = handlers.get(words[1]) if len(words) >= 3 else None
            if handler is None or not words[-1].isdigit():
                break  # a reply, a subscription just ended, or not the protocol: nats-py knows
            begin = line_end + 2
            end = begin + int(words[-1])
            if end + 2 > length:
                is_cut_off = True
                break
            position = end + 2
            messages += 1
            message_bytes += end - begin
            name = names.get(words[0])
            if name is None:
                if len(names) >= NAMES_MAX:
                    names.clear()
                name = names[words[0]] = words[0].decode()
            try:
                handler(name, data[begin:end], words[2].decode() if len(words) == 4 else "")
            except Exception as error:  # noqa: BLE001 (a handler's fault must not end the connection)
                client.on_error(name, error)
        client.handed_directly += messages
        client.stats["in_msgs"] += messages
        client.stats["in_bytes"] += message_bytes
        return position, is_cut_off
