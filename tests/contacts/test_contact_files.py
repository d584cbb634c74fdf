from __future__ import annotations

import codecs
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter

from servq.contacts.cells import cell_fault, harmless, is_formula
from servq.contacts.files import ContactFile, read_contacts
from servq.contacts.merging import StoredContact, merge
from servq.contacts.rows import is_address, normal_address
from servq.errors import DataInvalid

NOW = datetime(2026, 3, 4, 15, 16, tzinfo=UTC)


def write(folder: Path, text: str | bytes, name: str = "contacts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder: Path, text: str | bytes, **options: object) -> ContactFile:
    return read_contacts(write(folder, text), **options)


def refused(folder: Path, text: str | bytes, **options: object) -> str:
    with pytest.raises(DataInvalid) as error:
        read(folder, text, **options)
    return str(error.value)


def problems(file: ContactFile) -> list[str]:
    """Everything that keeps rows of a file from being stored."""
    return [str(problem) for problem in (*file.rejected, *merge(file.given, [], now=NOW).rejected)]


def test_columns_are_known_by_their_names_in_two_languages_and_others_are_attributes(tmp_path: Path) -> None:
    file = read(
        tmp_path, "Kundennummer;E-Mail;Sprache;Zeitzone;Filiale;\n7;ada@example.org;de_AT;Europe/Vienna;Graz;\n"
    )
    assert list(file.columns.values()) == ["reference", "email", "locale", "time_zone", "attribute", "ignored"]
    (draft,) = merge(file.given, [], now=NOW).drafts
    assert (draft.reference, draft.locale, draft.attributes) == ("7", "de-AT", {"Filiale": "Graz"})


def test_columns_may_be_named_on_the_way_and_left_out(tmp_path: Path) -> None:
    text = "Work,Home,Secret\nada@example.org,ada@example.com,x\n"
    assert "No column holds a reference or an e-mail address" in refused(tmp_path, text)
    file = read(tmp_path, text, columns={"email": "Work"}, ignored=["Secret"])
    assert file.given[0].contact.email == "ada@example.org"
    assert file.given[0].contact.attributes == {"Home": "ada@example.com"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("id,id\n1,2\n", "appears 2 times"),
        ("email,mail\na@example.org,b@example.org\n", '2 columns hold the email. Choose one: --column email="email"'),
        ("email,wave\na@example.org,2\n", 'Every response says its "wave" by itself'),
        ("email\n", "has no contacts"),
        ("", "is empty"),
        ("email\n\n  \n", "has no contacts"),
        ('email,name\na@example.org,"Ada\nb@example.org,Ben\n', "contacts.csv:2: The row that begins here"),
        (
            "email," + ",".join(f"c{i}" for i in range(21)) + "\na@example.org" + ",x" * 21 + "\n",
            "21 columns are attributes",
        ),
        (b"\x00\x01\x02\x03", "no UTF-8 text"),
    ],
)
def test_a_file_whose_columns_or_text_cannot_be_understood_is_refused(
    tmp_path: Path, text: str | bytes, named: str
) -> None:
    assert named in refused(tmp_path, text)


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataInvalid, match="no such file"):
        read_contacts(tmp_path / "none.csv")
    with pytest.raises(DataInvalid, match="not read"):
        read_contacts(write(tmp_path, "x", "contacts.pdf"))
    assert "no encoding" in refused(tmp_path, "email\na@example.org\n", encoding="klingon")


NAMES = "email,name\nj@example.org,Jörg\nz@example.org,Zoë\n"


def test_bytes_that_are_not_in_the_encoding_are_listed_by_line_with_what_to_do(tmp_path: Path) -> None:
    message = refused(tmp_path, NAMES.encode("cp1252"))
    assert "contacts.csv:2: Byte 0xf6 is not UTF-8." in message
    assert "contacts.csv:3: Byte 0xeb is not UTF-8." in message
    assert "--encoding windows-1252" in message
    many = "email\n" + "jörg@example.org\n" * 100
    assert "80 more lines" in refused(tmp_path, many.encode("cp1252"))


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (NAMES.encode(), "utf-8"),
        (NAMES.encode("utf-8-sig"), "utf-8"),
        (NAMES.encode("cp1252"), "windows-1252"),
        (codecs.BOM_UTF16_LE + NAMES.encode("utf-16-le"), "utf-8"),
        (codecs.BOM_UTF16_BE + NAMES.encode("utf-16-be"), "utf-8"),
        (NAMES.replace("\n", "\r\n").encode(), "utf-8"),
        (NAMES.replace("\n", "\r").encode(), "utf-8"),
    ],
)
def test_the_same_names_come_from_every_encoding_and_line_end(tmp_path: Path, raw: bytes, encoding: str) -> None:
    file = read(tmp_path, raw, encoding=encoding)
    assert [given.contact.name for given in file.given] == ["Jörg", "Zoë"]
    assert [given.place.line for given in file.given] == [2, 3]


def test_text_that_was_read_wrongly_before_is_noticed(tmp_path: Path) -> None:
    wrong = "Jörg".encode().decode("cp1252")
    found = problems(
        read(tmp_path, f"email,name\na@example.org,{wrong}\nb@example.org,J\ufffdrg\nc@example.org,Åse Müller\n")
    )
    assert len(found) == 2
    assert "read as Windows text" in found[0]
    assert "lost characters" in found[1]


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://example.org")', "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "＝1+1"],
)
def test_a_text_that_a_spreadsheet_would_run_is_rejected_and_made_harmless_on_its_way_out(
    tmp_path: Path, text: str
) -> None:
    quoted = text.replace('"', '""')
    (found,) = problems(read(tmp_path, f'email,name\na@example.org,"{quoted}"\n'))
    assert found.startswith('contacts.csv:2, column "name"')
    assert "begins like a formula" in found
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["+49 30 1234-56", "-5", "-0,5", "+1 (800) 555", "O'Hara", "Müller-Lüdenscheidt", "a=b"]
)
def test_phones_negative_numbers_and_names_are_no_formulas(text: str) -> None:
    assert not is_formula(text)
    assert cell_fault(text) is None
    assert harmless(text) == text


@pytest.mark.parametrize("name", ["میرزا\u200cخانی", "क्\u200dष", "José", "Nguyễn", "李雷", "O\u2019Brien"])
def test_names_of_every_script_pass(name: str) -> None:
    assert cell_fault(name) is None


def test_a_line_break_in_a_name_cannot_become_a_header(tmp_path: Path) -> None:
    (found,) = problems(
        read(tmp_path, 'email,name\na@example.org,"Ada\nBcc: everybody@example.org"\nb@example.org,Ben\n')
    )
    assert found.startswith('contacts.csv:2, column "name"')
    assert "control character" in found


def test_lines_are_told_as_an_editor_counts_them(tmp_path: Path) -> None:
    file = read(tmp_path, 'email,name\na@example.org,"A\nB"\n\nbroken,Cy\n')
    assert [problem.split(",")[0] for problem in problems(file)] == ["contacts.csv:2", "contacts.csv:5"]


def test_a_row_with_surplus_cells_is_rejected_and_one_with_too_few_is_not(tmp_path: Path) -> None:
    file = read(tmp_path, "email,name\na@example.org,Ada,North\nb@example.org\nc@example.org,Cy,,\n")
    assert [given.contact.email for given in file.given] == ["b@example.org", "c@example.org"]
    assert "The row has 3 cells, the first row 2." in problems(file)[0]


def test_consent_is_yes_or_no_with_a_time_that_is_over(tmp_path: Path) -> None:
    rows = ("Ja,2026-01-02", "no,2026-01-02T10:00+01:00", "perhaps,", "yes,soon", "yes,2999-01-01", ",2026-01-02")
    text = "id,consent,consent_at\n" + "".join(f"{number},{row}\n" for number, row in enumerate(rows, start=1))
    file = read(tmp_path, text)
    said = [draft.said for draft in merge(file.given, [], now=NOW).drafts]
    assert [(word.given, word.at) for word in said if word] == [
        (True, datetime(2026, 1, 2, tzinfo=UTC)),
        (False, datetime(2026, 1, 2, 9, tzinfo=UTC)),
    ]
    assert [problem.split(":")[1].split(",")[0] for problem in problems(file)] == ["4", "5", "6", "7"]


def test_a_sheet_is_read_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(
            [["Customer number", "Mail", "Visits"], [1007, "ada@example.org", 3], [], [1008, "broken", 4]], start=2
        ):
            sheet.write_row(row, 0, cells)
        sheet.write_formula(6, 0, "=1/0", None, "#DIV/0!")
        sheet.write(6, 1, "cy@example.org")
    file = read_contacts(path)
    first = file.given[0].contact
    assert (first.reference, first.email, first.attributes) == ("1007", "ada@example.org", {"Visits": "3"})
    assert [problem.partition(",")[2].split(",")[0] for problem in problems(file)] == [" row 6", " row 7"]
    assert "error of a formula" in problems(file)[1]


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"list": []}, 'The first sheet, "list", is empty. Put the contacts on the first sheet.'),
        (
            {"list": [["email", "name"]]},
            'The first sheet, "list", has one row only. Put the contacts on the first sheet.',
        ),
        (
            {"notes": [], "list": [["email"], ["ada@example.org"]]},
            "Put the contacts on the first sheet (it also has: list).",
        ),
    ],
)
def test_a_workbook_without_contacts_is_refused_in_words_about_contacts(
    tmp_path: Path, sheets: dict[str, list[list[str]]], said: str
) -> None:
    path = tmp_path / "contacts.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                sheet.write_row(row, 0, cells)
    with pytest.raises(DataInvalid) as refused:
        read_contacts(path)
    assert said in str(refused.value)
    assert "answers" not in str(refused.value)


def test_a_workbook_of_no_bytes_is_refused_in_words_about_contacts(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    path.write_bytes(b"")
    with pytest.raises(DataInvalid, match=r"The file is empty\. Export the contacts again, with a header row\."):
        read_contacts(path)


@pytest.mark.parametrize(
    ("given", "normal"),
    [(" Ada@Example.ORG ", "ada@example.org"), ("a@münchen.example", "a@xn--mnchen-3ya.example")],
)
def test_an_address_is_compared_in_one_spelling(given: str, normal: str) -> None:
    assert normal_address(given) == normal
    assert is_address(normal)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "plain",
            "@example.org",
            "a@",
            "a@b",
            "a b@example.org",
            "a@exam ple.org",
            "a@example..org",
            ".a@example.org",
        ),
        *(
            "a..b@example.org",
            "a@-example.org",
            "a@example.org,b@example.org",
            "a@example.org\nBcc: b",
            "<a@example.org>",
        ),
        *("a" * 65 + "@example.org", "a@" + "b." * 130 + "org", "jörg@example.org", "a@1.2.3.4"),
    ],
)
def test_what_is_no_address_is_told(address: str) -> None:
    assert not is_address(normal_address(address))


def test_a_thousand_rows_that_find_one_contact_are_one_in_their_order(tmp_path: Path) -> None:
    text = "id,name,site\n" + "".join(f"7,Name {number},{'North' if number == 3 else ''}\n" for number in range(1000))
    merged = merge(read(tmp_path, text).given, [], now=NOW)
    (draft,) = merged.drafts
    assert (draft.name, draft.attributes, merged.n_merged) == ("Name 999", {"site": "North"}, 999)


def test_what_a_row_leaves_blank_stays_as_it_is_stored(tmp_path: Path) -> None:
    stored = StoredContact(1, "7", "ada@example.org", "Ada", "de", "Europe/Berlin", {"site": "North", "tier": "gold"})
    file = read(tmp_path, "id,email,name,site\n7,,,South\n")
    (draft,) = merge(file.given, [stored], now=NOW).drafts
    assert (draft.email, draft.name, draft.attributes) == ("ada@example.org", "Ada", {"site": "South", "tier": "gold"})
    same = merge(read(tmp_path, "id,name\n7,Ada\n").given, [stored], now=NOW)
    assert not same.drafts[0].is_changed


def test_everything_wrong_with_one_contact_is_told_at_once(tmp_path: Path) -> None:
    file = read(tmp_path, f"id,email,name,locale,time_zone\n{'x' * 101},broken,=1,xx-,Mars/Base\n")
    assert len(problems(file)) == 5
