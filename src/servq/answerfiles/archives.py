"""Is a ZIP archive, such as an XLSX workbook, safe to be opened? Checked before anything is read from it; pure.

What an archive says of itself is not believed: every member is unpacked once, piece by piece and into nothing, so that
a directory that lies about sizes is found out without the memory being filled.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from servq.errors import BadInput, DataInvalid, Problem
from servq.messages import Message

_PIECE = 1 << 20
_ZIP = b"PK\x03\x04"
_ENCRYPTED = 0x1
_LOCAL_HEADER = 30
_DECLARATIONS = tuple(
    mark.encode(encoding) for mark in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_LONGEST_MARK = max(map(len, _DECLARATIONS))
_MOST_LETTERS, _MOST_DIGITS = 3, 7
_LONGEST_CELL = 16
_PICTURES = "xl/media/"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may hold; far above what people save, far below what fills a machine.

    Parameters
    ----------
    most_bytes
        Of the archive itself.
    most_members
        Files in it.
    most_unpacked
        Bytes of all members together, unpacked.
    most_ratio
        Unpacked bytes per packed byte of a member larger than `ratio_from`; sheets of numbers have 5 to 60.
    ratio_from
        Smaller members may have any ratio.
    most_cells
        Rows times columns of the rectangle that the cells of one sheet span: a reader keeps all of it in memory.
    """

    most_bytes: int = 100_000_000
    most_members: int = 2_000
    most_unpacked: int = 1_000_000_000
    most_ratio: int = 250
    ratio_from: int = 4_000_000
    most_cells: int = 30_000_000


def refuse_unsafe_archive(
    source: Path | bytes,
    *,
    name: str,
    limits: ArchiveLimits | None = None,
    error: type[BadInput] = DataInvalid,
) -> None:
    """Raise unless an archive can be opened without harm.

    Parameters
    ----------
    source
        The archive as a file or as its bytes.
    name
        What the sender calls it, for the message.
    limits
        Other limits than the usual ones.
    error
        Kind of bad input to be raised.

    Raises
    ------
    BadInput
        It is no ZIP archive, is damaged or encrypted, holds too much or claims something false about it, has members
        that lie outside of it, or XML with declarations of its own (entities that multiply while they are read).
    """
    problem = find_archive_problem(source, name=name, limits=limits or ArchiveLimits())
    if problem is not None:
        raise error(problem)


def find_archive_problem(source: Path | bytes, *, name: str, limits: ArchiveLimits) -> Problem | None:
    """Return what speaks against opening an archive; `refuse_unsafe_archive` explains."""
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > limits.most_bytes:
        return Problem(
            Message("The file has {n:,} MB.", n=round(size / 1e6)),
            Message("At most {n:,} MB are taken.", n=round(limits.most_bytes / 1e6)),
            file=name,
        )
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        if file.read(len(_ZIP)) != _ZIP:
            return Problem(Message("The file is no workbook."), Message("Save it as .xlsx."), file=name)
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return _damaged(name)
        return _directory_problem(members, name, limits) or _content_problem(file, members, name, limits)


def _directory_problem(members: list[zipfile.ZipInfo], name: str, limits: ArchiveLimits) -> Problem | None:
    smaller = Message("Save only the sheet with the data in a new workbook.")
    if len(members) > limits.most_members:
        return Problem(Message("The file holds {n:,} parts.", n=len(members)), smaller, file=name)
    if any(member.flag_bits & _ENCRYPTED for member in members):
        return Problem(Message("The file is protected by a password."), Message("Save it without one."), file=name)
    if any(_leaves(member) for member in members):
        return Problem(
            Message("The file has parts that lie outside of it."), Message("Save it again as .xlsx."), file=name
        )
    names = [member.filename.casefold() for member in members]
    if len(set(names)) < len(names) or any(member.compress_type not in _METHODS for member in members):
        return _damaged(name)
    if sum(member.file_size for member in members) > limits.most_unpacked:
        return _too_much(name, limits)
    return None


def _leaves(member: zipfile.ZipInfo) -> bool:
    """Whether a member has the path of something outside, or is a link."""
    path = member.orig_filename
    parts = path.replace("\\", "/").split("/")
    return (
        path.startswith(("/", "\\"))
        or ".." in parts
        or "\0" in path
        or re.match("[A-Za-z]:", path) is not None
        or stat.S_ISLNK(member.external_attr >> 16)
    )


def _content_problem(
    file: IO[bytes], members: list[zipfile.ZipInfo], name: str, limits: ArchiveLimits
) -> Problem | None:
    left = limits.most_unpacked
    behind = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset < behind:  # members that share their bytes unpack to any size
            return _damaged(name)
        behind = member.header_offset + _LOCAL_HEADER + member.compress_size
        most = min(left, max(limits.ratio_from, limits.most_ratio * max(member.compress_size, 1)))
        watch = _Watch(member.filename)
        try:
            for piece in _unpacked(file, member):
                watch.look(piece)
                if watch.n_bytes > most:
                    return _too_much(name, limits)
        except (zlib.error, EOFError, OSError):
            return _damaged(name)
        left -= watch.n_bytes
        problem = _member_problem(watch, member, name, limits)
        if problem is not None:
            return problem
    return None


def _member_problem(watch: _Watch, member: zipfile.ZipInfo, name: str, limits: ArchiveLimits) -> Problem | None:
    if watch.n_bytes != member.file_size:
        return _damaged(name)
    if watch.has_declarations:
        fix = Message("Open it in a spreadsheet program and save it again as .xlsx.")
        return Problem(Message("The file declares XML entities, which no workbook needs."), fix, file=name)
    if watch.last_row * watch.last_column > limits.most_cells:
        return Problem(
            Message(
                "A sheet reaches to row {row:,} and column {column:,}.", row=watch.last_row, column=watch.last_column
            ),
            Message("Delete the cells far from the data, or save the data as CSV."),
            file=name,
        )
    return None


class _Watch:
    """Looks at a member piece by piece, for declarations in XML and for how far the cells of a sheet reach."""

    def __init__(self, path: str) -> None:
        self._is_picture = path.casefold().startswith(_PICTURES)  # may be SVG; no reader of tables opens it
        self._end = b""
        self.n_bytes = 0
        self.has_declarations = False
        self.last_row = 0
        self.last_column = 0

    def look(self, piece: bytes) -> None:
        self.n_bytes += len(piece)
        if self._is_picture:
            return
        whole = self._end + piece
        self.has_declarations = self.has_declarations or any(mark in whole for mark in _DECLARATIONS)
        row, column = _farthest_cell(whole)
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        self._end = whole[-max(_LONGEST_MARK, _LONGEST_CELL) :]


def _farthest_cell(xml: bytes) -> tuple[int, int]:
    """Last row and last column that attributes such as ``r="AB12"`` or ``r="12"`` name; 0 for none."""
    signs = np.frombuffer(xml + bytes(_LONGEST_CELL), dtype=np.uint8)
    quotes = (signs[2:] == ord('"')) | (signs[2:] == ord("'"))
    place = np.flatnonzero((signs[:-2] == ord("r")) & (signs[1:-1] == ord("=")) & quotes) + 3
    if not place.size:
        return 0, 0
    rows, columns = np.zeros(place.size, dtype=np.int64), np.zeros(place.size, dtype=np.int64)
    for _ in range(_MOST_LETTERS):
        sign = signs[place]
        is_letter = (sign >= ord("A")) & (sign <= ord("Z"))
        columns = np.where(is_letter, columns * 26 + sign - (ord("A") - 1), columns)
        place += is_letter
    for _ in range(_MOST_DIGITS):
        sign = signs[place]
        is_digit = (sign >= ord("0")) & (sign <= ord("9"))
        rows = np.where(is_digit, rows * 10 + sign - ord("0"), rows)
        place += is_digit
    return int(rows.max()), int(np.where(rows > 0, columns, 0).max())


def _unpacked(file: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Pieces of what a member really holds, whatever the directory says of its size."""
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(_ZIP):
        raise EOFError
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), io.SEEK_CUR)
    left = member.compress_size
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
    while left:
        packed = file.read(min(_PIECE, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        if unpacker is None:
            yield packed
            continue
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, _PIECE)
            packed = unpacker.unconsumed_tail
    if unpacker is not None:
        yield unpacker.flush()
        if not unpacker.eof:
            raise EOFError


def _damaged(name: str) -> Problem:
    return Problem(
        Message("The file is damaged or contains something else."), Message("Save it again as .xlsx."), file=name
    )


def _too_much(name: str, limits: ArchiveLimits) -> Problem:
    return Problem(
        Message(
            "The file unpacks to more than {n:,} MB, or to far more than any table does.",
            n=round(limits.most_unpacked / 1e6),
        ),
        Message("Save only the sheet with the data in a new workbook, or as CSV."),
        file=name,
    )
