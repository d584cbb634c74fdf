"""Contact files: CSV or XLSX to given contacts, each with its line or row. Pure, but for reading the file.

A file is refused as a whole when its text or its columns cannot be understood; a row that cannot be used is listed and
the others go on.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from servq.answerfiles.reading import DELIMITERS, load_table
from servq.contacts.cells import shown, tidy
from servq.contacts.rows import MOST_ATTRIBUTES, GivenContact, NewContact, Place
from servq.errors import DataInvalid, Problem
from servq.surveys.names import FIELDWORK_ATTRIBUTES

PROBLEMS_SHOWN = 20
_SHEETS = frozenset({".xlsx"})
_TEXTS = frozenset({".csv", ".tsv", ".txt"})
_LARGEST_CELL = 100_000

FIELDS: Mapping[str, frozenset[str]] = {
    "reference": frozenset(
        {"reference", "id", "contact_id", "customer_id", "customer_number", "external_id", "kundennummer", "referenz"}
    ),
    "email": frozenset({"email", "e_mail", "mail", "email_address", "e_mail_address", "e_mail_adresse"}),
    "name": frozenset({"name", "full_name"}),
    "locale": frozenset({"locale", "language", "lang", "sprache"}),
    "time_zone": frozenset({"time_zone", "timezone", "tz", "zeitzone"}),
    "consent": frozenset({"consent", "einwilligung"}),
    "consent_source": frozenset({"consent_source"}),
    "consent_at": frozenset({"consent_at", "consent_date"}),
}
"""Names of columns that say something of every contact, in small letters; any other column is an attribute."""

_YES = frozenset({"yes", "y", "true", "1", "ja", "j", "x"})
_NO = frozenset({"no", "n", "false", "0", "nein"})
_WHOLE_NUMBER = re.compile(r"^(\d+)\.0$")


@dataclass(frozen=True, slots=True)
class ContactFile:
    """What a file of contacts holds.

    Parameters
    ----------
    columns
        For each column what it is: a field of a contact, ``attribute`` or ``ignored``.
    given
        The contacts that could be read, in order.
    rejected
        Everything wrong with the rows that could not be read.
    n_rows
        Rows that are not blank.
    """

    name: str
    columns: Mapping[str, str]
    given: tuple[GivenContact, ...]
    rejected: tuple[Problem, ...]
    n_rows: int


class _Row(NamedTuple):
    place: Place
    cells: Sequence[str]


def read_contacts(
    path: Path,
    *,
    encoding: str = "utf-8",
    columns: Mapping[str, str] | None = None,
    ignored: Iterable[str] = (),
) -> ContactFile:
    """Read a file of contacts.

    Parameters
    ----------
    encoding
        Of a CSV file that is not UTF-8, e.g. ``windows-1252``. UTF-16 is told by its first bytes.
    columns
        Column by field, where the names in the file are none of `FIELDS`.
    ignored
        Columns that are not stored.

    Raises
    ------
    DataInvalid
        The file is missing, empty or of another type, its text is not in this encoding (with the first lines that are
        not), or its columns cannot be understood.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if not path.is_file():
        raise DataInvalid(Problem("There is no such file.", "Check the path.", file=str(path)))
    if kind not in _SHEETS | _TEXTS:
        raise DataInvalid(Problem(f'Files of type "{kind}" are not read.', "Save it as .csv or .xlsx.", file=path.name))
    header, rows = _read_sheet(path) if kind in _SHEETS else _read_text(path, encoding)
    meanings = _meanings(path.name, header, columns or {}, frozenset(ignored))
    given: list[GivenContact] = []
    rejected: list[Problem] = []
    n_rows = 0
    for row in rows:
        if not any(map(str.strip, row.cells)):
            continue
        n_rows += 1
        problems = _shape_problems(row, header)
        contact = None if problems else _contact(row, header, meanings, problems)
        if contact is None or problems:
            rejected += problems
        else:
            given.append(GivenContact(row.place, contact))
    if not n_rows:
        raise DataInvalid(Problem("The file has no contacts.", "Add at least one row below the names.", file=path.name))
    return ContactFile(path.name, dict(zip(header, meanings, strict=True)), tuple(given), tuple(rejected), n_rows)


def _read_text(path: Path, encoding: str) -> tuple[list[str], Iterator[_Row]]:
    text = _decoded(path, encoding)
    if not text.strip():
        raise DataInvalid(Problem("The file is empty.", "Export the contacts with a row of names.", file=path.name))
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    csv.field_size_limit(_LARGEST_CELL)
    rows = _text_rows(text, delimiter, path.name)
    header = next(rows, None)
    return ([] if header is None else [tidy(name) for name in header.cells]), rows


def _text_rows(text: str, delimiter: str, name: str) -> Iterator[_Row]:
    """Yield rows with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataInvalid(
                Problem(
                    f"The row that begins here cannot be read ({error}).",
                    "Close each quotation mark, and double those that belong to the text.",
                    file=name,
                    line=line,
                )
            ) from error
        yield _Row(Place(file=name, line=line), cells)
        line = reader.line_num + 1


def _decoded(path: Path, encoding: str) -> str:
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        fix = "Use e.g. utf-8, windows-1252 or iso-8859-15."
        raise DataInvalid(Problem(f'There is no encoding "{shown(encoding)}".', fix, file=path.name)) from error
    if codec.name == "utf-8":
        codec = codecs.lookup("utf-8-sig")
    try:
        text, _ = codec.decode(raw)
    except UnicodeError as error:
        raise DataInvalid(_undecodable(path.name, raw, codec) or _not_text(path.name, codec.name)) from error
    if "\0" in text:
        raise DataInvalid(_not_text(path.name, codec.name))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _undecodable(name: str, raw: bytes, codec: codecs.CodecInfo) -> list[Problem]:
    """List the first lines that are not in an encoding."""
    problems: list[Problem] = []
    n_more = 0
    for line, content in enumerate(raw.splitlines(), start=1):
        try:
            codec.decode(content)
        except UnicodeError as error:
            if len(problems) == PROBLEMS_SHOWN:
                n_more += 1
                continue
            at = error.start if isinstance(error, UnicodeDecodeError) else 0
            problems.append(
                Problem(
                    f"Byte 0x{content[at]:02x} is not {_spelled(codec.name)}.",
                    'Save the file as "CSV UTF-8", or say what it is: --encoding windows-1252.',
                    file=name,
                    line=line,
                )
            )
    if n_more:
        problems.append(Problem(f"{n_more} more lines have such bytes.", "", file=name))
    return problems


def _spelled(codec: str) -> str:
    return codec.removesuffix("-sig").upper()


def _not_text(name: str, encoding: str) -> Problem:
    return Problem(f"This is no {_spelled(encoding)} text.", 'Export it again as "CSV UTF-8".', file=name)


def _read_sheet(path: Path) -> tuple[list[str], Iterator[_Row]]:
    table = load_table(path, holds="contacts")
    texts = table.frame.fill_null("")
    rows = (
        _Row(Place(file=path.name, row=number), [_WHOLE_NUMBER.sub(r"\1", cell) for cell in cells])
        for number, cells in enumerate(texts.iter_rows(), start=table.first_row)
    )
    return [tidy(name) for name in texts.columns], rows


def _meanings(name: str, header: Sequence[str], given: Mapping[str, str], ignored: frozenset[str]) -> list[str]:
    """Say of each column what it is; raises `DataInvalid` with everything that is not clear."""
    problems = [
        Problem(
            "There is no such column.", f"The file has: {', '.join(map(shown, header[:40]))}.", file=name, column=column
        )
        for column in (*given.values(), *ignored)
        if column not in header
    ]
    problems += [
        Problem(f"The column appears {n} times.", "Rename or remove all but one.", file=name, column=shown(column))
        for column, n in Counter(header).items()
        if n > 1
    ]
    field_of = {column: field for field, column in given.items()}
    meanings = [
        "ignored" if column in ignored or not column else field_of.get(column) or _field_of(column, given)
        for column in header
    ]
    for field, n in Counter(meanings).items():
        if n > 1 and field in FIELDS:
            first, second, *_ = [column for column, meaning in zip(header, meanings, strict=True) if meaning == field]
            fix = f'Choose one: --column {field}="{shown(first)}" --ignore "{shown(second)}".'
            problems.append(Problem(f"{n} columns hold the {field}.", fix, file=name, column=shown(second)))
    if not {"reference", "email"} & set(meanings):
        fix = 'Name it as one, or say which it is: --column email="…".'
        problems.append(Problem("No column holds a reference or an e-mail address.", fix, file=name))
    attributes = [column for column, meaning in zip(header, meanings, strict=True) if meaning == "attribute"]
    if len(attributes) > MOST_ATTRIBUTES:
        fix = f"Keep at most {MOST_ATTRIBUTES}: --ignore COLUMN."
        problems.append(Problem(f"{len(attributes)} columns are attributes.", fix, file=name))
    problems += [
        Problem(
            f'Every response says its "{column}" by itself.', "Rename it, or --ignore it.", file=name, column=column
        )
        for column in attributes
        if column in FIELDWORK_ATTRIBUTES
    ]
    if problems:
        raise DataInvalid(problems)
    return meanings


def _field_of(column: str, given: Mapping[str, str]) -> str:
    plain = re.sub(r"[\s-]+", "_", column.lower())
    return next((field for field, names in FIELDS.items() if plain in names and field not in given), "attribute")


def _shape_problems(row: _Row, header: Sequence[str]) -> list[Problem]:
    if len(row.cells) == len(header) or not any(row.cells[len(header) :]):
        return []
    return [
        row.place.problem(
            f"The row has {len(row.cells)} cells, the first row {len(header)}.",
            "Put text that holds the delimiter in quotation marks.",
        )
    ]


def _contact(row: _Row, header: Sequence[str], meanings: Sequence[str], problems: list[Problem]) -> NewContact | None:
    """Return the contact of a row; what cannot be read is added to `problems`."""
    texts: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for column, meaning, cell in zip(header, meanings, row.cells, strict=False):
        if meaning == "attribute":
            attributes[column] = cell
        elif meaning != "ignored":
            texts[meaning] = cell
    consent = _consent(row.place, texts.pop("consent", ""), problems)
    consent_at = _moment(row.place, texts.pop("consent_at", ""), problems)
    return None if problems else NewContact(**texts, attributes=attributes, consent=consent, consent_at=consent_at)


def _consent(place: Place, cell: str, problems: list[Problem]) -> bool | None:
    word = tidy(cell).lower()
    if word and word not in _YES | _NO:
        problems.append(place.problem(f'"{shown(cell)}" is neither yes nor no.', "Write yes or no.", "consent"))
    return (word in _YES) if word in _YES | _NO else None


def _moment(place: Place, cell: str, problems: list[Problem]) -> datetime | None:
    text = tidy(cell)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fix = "Write e.g. 2026-03-04 or 2026-03-04T15:16Z."
        problems.append(place.problem(f'"{shown(cell)}" is no time.', fix, "consent_at"))
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
