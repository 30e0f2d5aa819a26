"""The protocol reader sees the same messages however the network cuts the stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.nats_frames import Frame, FrameError, FrameReader, without_other_servers

TOKEN = st.text("abcXYZ019_-%", min_size=1, max_size=8)
SUBJECT = st.lists(TOKEN, min_size=1, max_size=4).map(".".join)
PAYLOAD = st.binary(max_size=60)
PLAIN_LINES = (
    b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"-ERR 'Stale Connection'\r\n", b"SUB md.raw.> 7\r\n",
    b"SUB order.req.> oms 8\r\n", b"UNSUB 7 1\r\n", b'CONNECT {"name":"desk","verbose":false}\r\n',
    b'INFO {"server_id":"N","max_payload":1048576}\r\n',
)  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """One message of any of the four operations, with or without a reply subject."""
    operation = draw(st.sampled_from(["PUB", "HPUB", "MSG", "HMSG"]))
    payload = draw(PAYLOAD)
    words = [operation, draw(SUBJECT)]
    if operation.endswith("MSG"):
        words.append(str(draw(st.integers(1, 99))))
    if draw(st.booleans()):
        words.append(draw(SUBJECT))
    if operation.startswith("H"):
        words.append(str(draw(st.integers(0, len(payload)))))
    words.append(str(len(payload)))
    return " ".join(words).encode() + b"\r\n" + payload + b"\r\n"


STREAM = st.lists(messages() | st.sampled_from(PLAIN_LINES), max_size=12)


@given(STREAM, st.data())
def test_a_stream_cut_anywhere_holds_the_same_frames(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    whole = FrameReader().feed(stream)
    assert [frame.raw for frame in whole] == parts
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader = FrameReader()
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == whole


@given(STREAM)
def test_a_stream_that_comes_byte_by_byte_holds_the_same_frames(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    reader = FrameReader()
    frames = [frame for at in range(len(stream)) for frame in reader.feed(stream[at : at + 1])]
    assert [frame.raw for frame in frames] == parts


def test_subject_reply_and_payload_are_read_from_all_four_operations() -> None:
    stream = (
        b"PUB a.b 5\r\nhello\r\n" b"PUB a.b _IN.1 2\r\n\r\n\r\n"
        b"HPUB c 4 6\r\nNATSxy\r\n" b"MSG d 3 0\r\n\r\n" b"HMSG e 3 _IN.2 0 1\r\n!\r\n"
    )  # fmt: skip
    read = [(f.operation, f.subject, f.reply, f.payload) for f in FrameReader().feed(stream)]
    assert read == [
        ("PUB", "a.b", "", b"hello"), ("PUB", "a.b", "_IN.1", b"\r\n"), ("HPUB", "c", "", b"NATSxy"),
        ("MSG", "d", "", b""), ("HMSG", "e", "_IN.2", b"!"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\n", b"PUB a\r\n", b"PUB a x\r\n", b"PUB a 3\r\ntoolong\r\n", b"MSG a 1 b c 3\r\n",
        b"HPUB a 9 3\r\nabc\r\n", b"PUB a 99999999999\r\n",
    ],
)  # fmt: skip
def test_what_is_not_the_protocol_is_refused_by_name(stream: bytes) -> None:
    with pytest.raises(FrameError, match=r"operation|argument|size|long"):
        FrameReader().feed(stream)


def test_clients_are_not_told_of_other_servers() -> None:
    said = b'INFO {"server_id":"N","connect_urls":["10.0.0.1:4222"],"nonce":"q","ldm":true}\r\n'
    (frame,) = FrameReader().feed(said)
    assert without_other_servers(frame) == b'INFO {"server_id":"N","nonce":"q"}\r\n'


def test_a_frame_knows_whether_it_is_a_message() -> None:
    ping, message = FrameReader().feed(b"PING\r\nPUB a 0\r\n\r\n")
    assert (ping.is_message, message.is_message) == (False, True)
    assert isinstance(ping, Frame)
