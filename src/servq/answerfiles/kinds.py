"""What a file is, by its first bytes and never by its name; pure."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from servq.errors import Problem
from servq.messages import Message

FileKind = Literal["csv", "xlsx", "parquet", "sav"]

_SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (b"PK\x03\x04", "xlsx"),
    (b"PAR1", "parquet"),
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
)
_OTHERS: tuple[tuple[bytes, Message], ...] = (
    (b"\xd0\xcf\x11\xe0", Message("an old Excel workbook (.xls), or one with a password")),
    (b"%PDF", Message("a PDF document")),
    (b"\x89PNG", Message("a picture")),
    (b"\xff\xd8\xff", Message("a picture")),
    (b"GIF8", Message("a picture")),
    (b"RIFF", Message("a picture or sound")),
    (b"\x1f\x8b", Message("a packed file (gzip)")),
    (b"7z\xbc\xaf", Message("a packed file (7z)")),
    (b"Rar!", Message("a packed file (RAR)")),
    (b"<stata_dta>", Message("a Stata file")),
    (b"SQLite format 3", Message("a database")),
    (b"\x7fELF", Message("a program")),
    (b"MZ", Message("a program")),
)
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT = 65_536


def kind_of(path: Path, name: str) -> FileKind | Problem:
    """Return what a file is, or what to do about one that is not read.

    Text is told from everything else by having no NUL; its encoding is looked at when it is read.
    """
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    fix = Message("Save the answers as CSV (UTF-8), Excel (.xlsx), SPSS (.sav) or Parquet.")
    for signature, what in _OTHERS:
        if head.startswith(signature):
            return Problem(Message("The file is {what}.", what=what), fix, file=name)
    if b"\0" in head and not head.startswith(_BYTE_ORDER_MARKS):
        return Problem(Message("This is not a text file."), fix, file=name)
    return "csv"
