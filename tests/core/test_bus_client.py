"""The direct way to a handler takes exactly what nats-py's own parser would deliver, however cut up."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nats.errors import ProtocolError

from core.bus_client import DirectClient

OURS, THEIRS = 7, 8  # subscription ids: with a handler, and one that has just ended


@dataclass(frozen=True)
class Frame:
    """Bytes of the server, and what a handler must be given for them."""

    wire: bytes
    delivered: tuple[str, bytes, str] | None = None


subjects = st.sampled_from(["md.agg.33ms.abc", "md.raw.SIM._mix", "MSG", "a"])
payloads = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"MSG a 7 2\r\nxx\r\n", b"\r\n", b"PING\r\n", b"MSG a 7 9\r\n", b"x" * 5_000]),
)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    kind = draw(st.sampled_from(["message", "message", "reply", "headers", "stranger", "ok", "pong"]))
    subject, payload = draw(subjects), draw(payloads)
    name, size = subject.encode(), len(payload)
    if kind == "message":
        return Frame(b"MSG %b 7 %d\r\n%b\r\n" % (name, size, payload), (subject, payload, ""))
    if kind == "reply":
        wire = b"MSG %b 7 _INBOX.a.b %d\r\n%b\r\n" % (name, size, payload)
        return Frame(wire, (subject, payload, "_INBOX.a.b"))
    if kind == "headers":
        headers = b"NATS/1.0\r\na: b\r\n\r\n"
        sizes = len(headers), len(headers) + size
        wire = b"HMSG %b 7 %d %d\r\n%b%b\r\n" % (name, *sizes, headers, payload)
        return Frame(wire, (subject, payload, ""))
    if kind == "stranger":
        return Frame(b"MSG %b 8 %d\r\n%b\r\n" % (name, size, payload))
    return Frame(b"+OK\r\n" if kind == "ok" else b"PONG\r\n")


# Cut behind the line of a message that nats-py reads: the payload to come looks like a line itself.
LOOKALIKE = Frame(b"MSG a 7 10\r\nMSG  7 0\r\n\r\n", ("a", b"MSG  7 0\r\n", ""))


@example([Frame(b"+OK\r\n"), LOOKALIKE], [len(b"+OK\r\nMSG a 7 10\r\n")])
@given(st.lists(frames(), max_size=30), st.lists(st.integers(1, 200), min_size=1, max_size=40))
async def test_every_message_arrives_once_and_in_order(sent: list[Frame], chunk_sizes: list[int]) -> None:
    heard: list[tuple[str, bytes, str]] = []
    client = DirectClient(lambda _subject, error: pytest.fail(repr(error)))
    client.handlers[b"%d" % OURS] = lambda subject, data, reply: heard.append((subject, data, reply))
    wire = b"".join(frame.wire for frame in sent)
    position = turn = 0
    while position < len(wire):
        end = position + chunk_sizes[turn % len(chunk_sizes)]
        await client._ps.parse(wire[position:end])
        position, turn = end, turn + 1
    assert heard == [frame.delivered for frame in sent if frame.delivered]
    assert client.stats["in_msgs"] == sum(frame.wire[:4] in (b"MSG ", b"HMSG") for frame in sent)


async def test_plain_messages_take_the_direct_way() -> None:
    client = DirectClient(lambda _subject, error: pytest.fail(repr(error)))
    client.handlers[b"7"] = lambda _subject, _data, _reply: None
    await client._ps.parse(b"MSG a 7 2\r\nhi\r\n" * 100)
    assert client.handed_directly == client.stats["in_msgs"] == 100


@pytest.mark.parametrize(
    "wire", [b"MSG a 7 x\r\nhi\r\n", b"MSG a\r\n", b"MOG a 7 2\r\nhi\r\n", b"\x00\xff\r\n"]
)
async def test_what_is_not_the_protocol_ends_the_connection(wire: bytes) -> None:
    client = DirectClient(lambda _subject, error: pytest.fail(repr(error)))
    client.handlers[b"7"] = lambda _subject, _data, _reply: None
    with pytest.raises(ProtocolError):
        await client._ps.parse(wire)
