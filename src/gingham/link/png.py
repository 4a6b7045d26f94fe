"""Is this really a PNG of the wanted size? (PNG specification, third edition)

Browsers are the ones that draw it, so nothing is decoded here beyond what tells a picture from anything else:
chunks with their checksums, the header, and as many bytes of pixels as the header promises, no more.
"""

import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def problem(data: bytes, side: int) -> str | None:
    """Why `data` is no PNG picture of `side` x `side` pixels; None when it is one."""
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1] != (b"IEND", b""):
        return "must be a PNG picture"
    header = chunks[0][1]
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    depth, kind, compression, filtering, interlace = header[8:]
    if depth not in _DEPTHS.get(kind, ()) or (compression, filtering) != (0, 0):
        return "must be a PNG picture"
    if (width, height) != (side, side):
        return f"must be {side} by {side} pixels, and is {width} by {height}"
    if interlace:
        return "must not be interlaced"
    if kind == 3 and not any(name == b"PLTE" for name, _ in chunks):
        return "must be a PNG picture"
    expected = height * (1 + (width * depth * _SAMPLES[kind] + 7) // 8)
    inflate = zlib.decompressobj()
    try:
        # One byte more than promised is asked for: a bomb stops there.
        pixels = inflate.decompress(b"".join(body for name, body in chunks if name == b"IDAT"), expected + 1)
    except zlib.error:
        return "must be a PNG picture"
    return None if len(pixels) == expected else "must be a PNG picture with all its pixels"


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Names and bodies in order; empty when anything is out of place."""
    chunks: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    if not data.startswith(SIGNATURE):
        return []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        checksum = data[at + 8 + length : at + 12 + length]
        if len(checksum) != 4 or zlib.crc32(name + body) != int.from_bytes(checksum):
            return []
        chunks.append((name, body))
        at += 12 + length
    return chunks
