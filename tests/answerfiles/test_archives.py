"""A workbook that would fill the memory, or that is none, is refused before it is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from answerfiles.archive_makers import make_workbook, with_false_size, with_members
from servq.answerfiles.archives import ArchiveLimits, refuse_unsafe_archive
from servq.errors import DataInvalid, InstrumentInvalid

BOOK = make_workbook([["p01", "p02"], [1, 2]])
SHEET = "xl/worksheets/sheet1.xml"
SMALL = ArchiveLimits(most_unpacked=3_000_000, ratio_from=100_000)


def said(content: bytes, limits: ArchiveLimits | None = None) -> str:
    with pytest.raises(DataInvalid) as refused:
        refuse_unsafe_archive(content, name="answers.xlsx", limits=limits)
    return str(refused.value)


def test_a_workbook_is_let_through_as_bytes_and_as_a_file(tmp_path: Path) -> None:
    refuse_unsafe_archive(BOOK, name="answers.xlsx")
    path = tmp_path / "answers.xlsx"
    path.write_bytes(BOOK)
    refuse_unsafe_archive(path, name="answers.xlsx")


def test_a_member_that_unpacks_to_far_more_than_its_size_is_refused() -> None:
    bomb = with_members(BOOK, {SHEET: bytes(2_000_000)})
    assert len(bomb) < 20_000
    assert "unpacks to" in said(bomb, SMALL)


def test_a_directory_that_lies_about_the_size_is_found_out() -> None:
    bomb = with_false_size(with_members(BOOK, {SHEET: bytes(2_000_000)}), SHEET, 1000)
    assert "unpacks to" in said(bomb, SMALL)
    assert "damaged" in said(with_false_size(BOOK, SHEET, 1000))


def test_many_small_members_are_refused_by_their_number_and_by_their_sum() -> None:
    many = with_members(BOOK, {f"xl/media/{number}.bin": b"x" for number in range(40)})
    assert "parts" in said(many, ArchiveLimits(most_members=30))
    heavy = with_members(BOOK, {f"xl/media/{number}.bin": bytes(90_000) for number in range(40)})
    assert "unpacks to" in said(heavy, SMALL)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "xl\\..\\..\\secret", "C:/secret", "xl/../../x"])
def test_a_member_that_lies_outside_is_refused(path: str) -> None:
    assert "outside" in said(with_members(BOOK, {path: b"x"}))


def test_a_member_that_is_a_link_is_refused() -> None:
    buffer = io.BytesIO(BOOK)
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("xl/link.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "outside" in said(buffer.getvalue())


LAUGHS = '<?xml version="1.0"{}?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("member", [SHEET, "xl/sharedStrings.xml", "[Content_Types].xml", "xl/elsewhere.dat"])
def test_xml_that_declares_entities_is_refused_in_every_part_and_encoding(member: str, encoding: str) -> None:
    content = LAUGHS.format(f' encoding="{encoding}"').encode(encoding)
    assert "entities" in said(with_members(BOOK, {member: content}))


def test_a_declaration_between_two_pieces_is_seen() -> None:
    padded = b"<?xml version='1.0'?><!--" + b"-=" * ((1 << 19) - 15) + b"--><!DOCTYPE x []><worksheet/>"
    assert "entities" in said(with_members(BOOK, {SHEET: padded}), ArchiveLimits(ratio_from=10**9))


def test_a_cell_far_away_from_the_others_is_refused() -> None:
    far = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="XFD1048576"/></row>'
    message = said(with_members(BOOK, {SHEET: far + b"</sheetData></worksheet>"}))
    assert "row 1,048,576 and column 16,384" in message


def test_what_is_no_archive_is_damaged_or_encrypted_is_refused() -> None:
    assert "no workbook" in said(b"%PDF-1.7")
    assert "no workbook" in said(b"")
    assert "damaged" in said(BOOK[: len(BOOK) // 2])
    assert "damaged" in said(BOOK.replace(b"PK\x03\x04", b"PK\x03\x05").replace(b"PK\x03\x05", b"PK\x03\x04", 1))
    locked = bytearray(BOOK)
    place = locked.index(b"PK\x01\x02")
    locked[place + 8] |= 1
    assert "password" in said(bytes(locked))


def test_members_that_share_their_bytes_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a.xml", "b.xml"):
            archive.writestr(name, b"x" * 500)
        archive.infolist()[1].header_offset = archive.infolist()[0].header_offset
    assert "damaged" in said(buffer.getvalue())


def test_the_size_of_the_file_itself_is_limited() -> None:
    assert "MB are taken" in said(BOOK, ArchiveLimits(most_bytes=100))


def test_the_caller_chooses_the_kind_of_error() -> None:
    with pytest.raises(InstrumentInvalid):
        refuse_unsafe_archive(b"x", name="form.xlsx", error=InstrumentInvalid)
