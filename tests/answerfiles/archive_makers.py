"""Workbooks as an attacker would make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import xlsxwriter


def make_workbook(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def with_members(content: bytes, members: Mapping[str, bytes]) -> bytes:
    """The same archive with members added, or replaced where it has them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename not in members:
                new.writestr(member, old.read(member))
        for name, data in members.items():
            new.writestr(name, data)
    return buffer.getvalue()


def with_false_size(content: bytes, name: str, size: int) -> bytes:
    """The same archive whose directory claims another size of one member."""
    changed = bytearray(content)
    place = changed.rindex(name.encode()) - 46
    assert changed[place : place + 4] == b"PK\x01\x02"
    changed[place + 24 : place + 28] = size.to_bytes(4, "little")
    return bytes(changed)
