"""Reads from an ELF file which libraries it asks the loader for: 64 bit, little endian, like Qt's wheels."""

import struct
from pathlib import Path

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


def needed(path: Path) -> set[str]:
    """Names in the NEEDED entries; empty for a file without a dynamic section."""
    data = path.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01", path
    header_offset = struct.unpack_from("<Q", data, 32)[0]
    header_size, header_count = struct.unpack_from("<HH", data, 54)
    loads: list[tuple[int, int, int]] = []  # address, offset in the file, size
    dynamic = b""
    for index in range(header_count):
        kind, _, offset, address, _, size = struct.unpack_from(
            "<IIQQQQ", data, header_offset + index * header_size
        )
        if kind == PT_LOAD:
            loads.append((address, offset, size))
        elif kind == PT_DYNAMIC:
            dynamic = data[offset : offset + size]
    names: list[int] = []
    table_address = 0
    for tag, value in struct.iter_unpack("<QQ", dynamic):
        if tag == DT_NULL:
            break
        if tag == DT_NEEDED:
            names.append(value)
        elif tag == DT_STRTAB:
            table_address = value
    for address, offset, size in loads:
        if address <= table_address < address + size:
            table = offset + table_address - address
            return {data[table + name : data.index(b"\0", table + name)].decode() for name in names}
    return set()
