"""Files as assessors send them, and files as nobody should."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PLACE = b"52.5200,13.4050"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """A picture of three colours; JPEG pictures carry notes of a camera."""
    image = Image.new("RGB", size, "white")
    image.paste("navy", (0, 0, size[0] // 2, size[1]))
    image.putpixel((size[0] - 1, 0), (255, 0, 0))
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def photo(orientation: int = 6) -> bytes:
    """A JPEG that says who took it where, and that it lies on its side."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010E] = PLACE.decode()
    notes[0x013B] = "Somebody"
    return picture("JPEG", exif=notes)


def archive() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("hidden.html", "<script>alert(1)</script>")
    return content.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says to be 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
