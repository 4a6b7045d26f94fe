"""Pictures for tests."""

import zlib


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


def picture(width: int = 1024, height: int = 1024, *, rows: int | None = None, interlace: int = 0) -> bytes:
    """A PNG of one blue, 8 bits a channel."""
    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, interlace))
    pixels = (b"\0" + b"\x10\x40\xa0" * width) * (height if rows is None else rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )
