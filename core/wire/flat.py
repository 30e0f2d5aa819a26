"""Reading FlatBuffers by hand, every offset and length checked.

FlatBuffers for Python has no verifier and its accessors raise whatever they stumble over. Here a vtable is
checked once, turned into one precompiled `struct.Struct` and kept by its bytes, so that a table costs one
unpack. Slots that this reader does not know are skipped, slots that the writer did not know read as 0.
Nothing is copied or allocated beyond the message itself. Format: flatbuffers.dev, "internals".
"""

import zlib
from collections.abc import Callable
from operator import itemgetter
from struct import Struct
from typing import Any, Final

from core.wire.errors import WireError

CRC_BYTES: Final = 4
# crc32 over a message and its own little-endian crc32 is this constant: no slice is needed to check it.
CRC_RESIDUE: Final = 0x2144DF1C
# root offset, file identifier, smallest vtable, smallest table, crc
MESSAGE_BYTES_MIN: Final = 4 + 4 + 4 + 4 + CRC_BYTES
VTABLES_MAX: Final = 64

U32: Final = Struct("<I")
_ROOT: Final = Struct("<I4s")
_SOFFSET: Final = Struct("<i")
_VTABLE_HEAD: Final = Struct("<HH")
_SIZES: Final = {"B": 1, "b": 1, "H": 2, "h": 2, "I": 4, "i": 4, "Q": 8, "q": 8}

# Values in slot order, and where each slot lies after the table's position (0: absent).
Slots = tuple[tuple[int, ...], tuple[int, ...]]
_Plan = tuple[Struct, Callable[[tuple[int, ...]], Any] | None, tuple[int, ...], int]


def seal(buffer: bytes | bytearray) -> bytes:
    """`buffer` with its crc32 behind it."""
    return bytes(buffer) + U32.pack(zlib.crc32(buffer))


def check_frame(data: bytes, identifier: bytes) -> tuple[int, int]:
    """Check crc and file identifier; returns (position of the root table, end of the FlatBuffer)."""
    size = len(data)
    if size < MESSAGE_BYTES_MIN:
        raise WireError(f"{size} bytes are too few for a message")
    if zlib.crc32(data) != CRC_RESIDUE:
        raise WireError(f"crc32 of {size} bytes does not match")
    root, found = _ROOT.unpack_from(data)
    if found != identifier:
        raise WireError(f"message is {found!r}, expected {identifier!r}")
    return root, size - CRC_BYTES


class TableShape:
    """What this reader knows of a table: one struct format letter a slot (`I` also for offsets)."""

    __slots__ = ("_plans", "formats", "name")

    def __init__(self, name: str, formats: str) -> None:
        self.name = name
        self.formats = formats
        self._plans: dict[bytes, _Plan] = {}

    def read(self, data: bytes, position: int, end: int) -> Slots:
        """Values and places of all known slots of the table at `position`. Raises `WireError`."""
        if not 4 <= position <= end - 4:
            raise WireError(f"{self.name}: table at {position} lies outside {end} bytes")
        vtable = position - _SOFFSET.unpack_from(data, position)[0]
        if not 4 <= vtable <= end - 4:
            raise WireError(f"{self.name}: vtable at {vtable} lies outside {end} bytes")
        vtable_size = data[vtable] | data[vtable + 1] << 8
        if vtable + vtable_size > end:
            raise WireError(f"{self.name}: vtable of {vtable_size} bytes at {vtable} passes the end")
        key = data[vtable : vtable + vtable_size]
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plan(key)
            if len(self._plans) >= VTABLES_MAX:
                self._plans.clear()
            self._plans[key] = plan
        unpack, pick, places, table_size = plan
        if position + table_size > end:
            raise WireError(f"{self.name}: table of {table_size} bytes at {position} passes the end")
        values = unpack.unpack_from(data, position)
        return (values if pick is None else pick((*values, 0))), places

    def _plan(self, vtable: bytes) -> _Plan:
        size = len(vtable)
        if size < 4 or size % 2:
            raise WireError(f"{self.name}: a vtable cannot have {size} bytes")
        _, table_size = _VTABLE_HEAD.unpack_from(vtable)
        offsets = Struct(f"<{size // 2 - 2}H").unpack_from(vtable, 4)
        known = [(place, slot) for slot, place in enumerate(offsets[: len(self.formats)]) if place]
        known.sort()
        order: dict[int, int] = {}
        letters, at = ["<"], 0
        for place, slot in known:
            letter = self.formats[slot]
            if place < max(at, 4) or place + _SIZES[letter] > table_size:
                raise WireError(f"{self.name}: slot {slot} at {place} of {table_size} bytes")
            letters.append(f"{place - at}x{letter}")
            order[slot] = len(order)
            at = place + _SIZES[letter]
        slots = range(len(self.formats))
        # A table with all slots in their order needs no picking.
        in_order = list(order) == list(slots)
        pick = None if in_order else itemgetter(*(order.get(slot, len(order)) for slot in slots))
        places = tuple(offsets[slot] if slot in order else 0 for slot in slots)
        return Struct("".join(letters)), pick, places, max(table_size, 4)


def vector(data: bytes, position: int, end: int, item_bytes: int, what: str) -> tuple[int, int]:
    """(first byte, number of items) of the vector whose length lies at `position`."""
    if position > end - 4:
        raise WireError(f"{what}: vector at {position} lies outside {end} bytes")
    count = U32.unpack_from(data, position)[0]
    if position + 4 + count * item_bytes > end:
        raise WireError(f"{what}: {count} items of {item_bytes} bytes at {position} pass the end")
    return position + 4, count


def texts(
    data: bytes, position: int, end: int, *, items_max: int, bytes_max: int, what: str
) -> tuple[str, ...]:
    """A vector of strings, each and all bounded: one long string can be named by many entries."""
    first, count = vector(data, position, end, 4, what)
    if count > items_max:
        raise WireError(f"{what}: {count} texts, {items_max} at most")
    found = []
    for index, offset in enumerate(Struct(f"<{count}I").unpack_from(data, first)):
        at, size = vector(data, first + 4 * index + offset, end, 1, what)
        if size > bytes_max:
            raise WireError(f"{what}: a text of {size} bytes, {bytes_max} at most")
        try:
            found.append(data[at : at + size].decode())
        except UnicodeDecodeError as error:
            raise WireError(f"{what}: text {index} is not UTF-8") from error
    return tuple(found)
