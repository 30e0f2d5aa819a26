"""The byte before a sealed message that may be packed: 0 plain, 1 zstd. What unpacks is bounded before."""

from typing import Final

import zstandard

from core.wire.errors import WireError

PLAIN, ZSTD = b"\x00", b"\x01"
# Below 16 KB the time to pack is worth more than the bytes.
ZSTD_FROM_BYTES: Final = 16 * 1024
ZSTD_LEVEL: Final = 1


def packed(sealed: bytes) -> bytes:
    """`sealed` behind its byte, packed from `ZSTD_FROM_BYTES` on."""
    if len(sealed) < ZSTD_FROM_BYTES:
        return PLAIN + sealed
    return ZSTD + zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(sealed)


def unpacked(data: bytes, bytes_max: int, what: str) -> bytes:
    """The sealed message. Raises `WireError`, also for one that claims more than `bytes_max`."""
    if not 1 < len(data) <= bytes_max:
        raise WireError(f"{len(data)} bytes cannot be {what}")
    packing = data[:1]
    if packing == PLAIN:
        return data[1:]
    if packing != ZSTD:
        raise WireError(f"packing {data[0]} is unknown")
    try:
        size = zstandard.frame_content_size(data[1:])
        if not 0 <= size <= bytes_max:
            raise WireError(f"{what} of {size} bytes, {bytes_max} at most")
        return zstandard.ZstdDecompressor().decompress(data[1:], max_output_size=size)
    except zstandard.ZstdError as error:
        raise WireError(f"zstd: {error}") from error
