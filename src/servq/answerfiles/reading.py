"""A file or frame to a `Table`: named columns of raw cells, nothing interpreted yet.

CSV columns stay text, so that a cell that is not a number can be named with its row; the other formats keep the
types they were saved with.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servq.answerfiles.archives import refuse_unsafe_archive
from servq.answerfiles.kinds import FileKind, kind_of
from servq.errors import AnswersAbsent, DataInvalid, Problem
from servq.messages import Message

if TYPE_CHECKING:
    import polars as pl

DELIMITERS = ",;\t|"

TEXT_ENDINGS = frozenset({".csv", ".txt", ".tsv"})
ENDINGS = TEXT_ENDINGS | {".xlsx", ".parquet", ".sav"}
"""Endings of names that are taken; what a file is, its content decides."""

MOST_CELLS = 60_000_000
"""Rows times columns: more than three million respondents to twenty items."""


@dataclass(frozen=True)
class Table:
    """Raw cells with their source.

    Parameters
    ----------
    frame
        One polars column per data column.
    source
        File name as the reader knows it.
    sha256
        Hash of the file's bytes, "" for a frame from memory.
    first_row
        Number that the source gives to the first data row (2 in a file with a header line).
    labels
        By column, what its codes stand for (SPSS value labels), both as text.
    """

    frame: pl.DataFrame
    source: str
    sha256: str = ""
    first_row: int = 1
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def load_table(path: Path, holds: str = "answers", *, name: str = "") -> Table:
    """Read a CSV, XLSX, Parquet or SPSS file.

    Parameters
    ----------
    holds
        What its rows are, for the sentences that say why it cannot be read.
    name
        What its sender calls it, where that is not the name under which it is kept.

    Raises
    ------
    DataInvalid
        The file is missing, empty, of another type or damaged; names the row where one is to blame.
    """
    path = Path(path)
    if name and name != path.name:
        try:
            return replace(load_table(path, holds), source=name)
        except DataInvalid as invalid:
            problems = (replace(one, file=name if one.file == path.name else one.file) for one in invalid.problems)
            raise type(invalid)(problems) from invalid
    name = path.name
    if not path.is_file():
        raise DataInvalid(Problem("There is no such file.", "Check the path.", file=str(path)))
    if path.stat().st_size == 0:
        raise AnswersAbsent(
            Problem(Message("The file is empty."), Message(f"Export the {holds} again, with a header row."), file=name)
        )
    if path.suffix.lower() not in ENDINGS:
        raise DataInvalid(
            Problem(
                Message('Files of type "{ending}" are not read.', ending=path.suffix),
                Message("Save them as {endings}.", endings=", ".join(sorted(ENDINGS))),
                file=name,
            )
        )
    kind = kind_of(path, name)
    if isinstance(kind, Problem):
        raise DataInvalid(kind)
    if kind == "csv" and path.suffix.lower() not in TEXT_ENDINGS:
        raise DataInvalid(_damaged(path, ValueError("its content is text")))
    table = _READERS[kind](path, holds)
    if table.frame.height * table.frame.width > MOST_CELLS:
        raise DataInvalid(_too_many_cells(name))
    if table.frame.height == 0:
        raise AnswersAbsent(
            Problem(Message(f"The file has a header but no {holds}."), Message("Add at least one row."), file=name)
        )
    return replace(table, sha256=_sha256(path))


def table_of(data: Any, source: str = "data frame") -> Table:
    """Wrap a polars or pandas frame or a mapping of columns.

    Raises
    ------
    DataInvalid
        The object has no named columns, or has two of the same name.
    """
    import polars as pl

    if isinstance(data, pl.DataFrame | pl.LazyFrame):
        return _not_empty(Table(frame=data.lazy().collect(), source=source))
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        names = [str(name) for name in data.columns]
        _refuse_duplicates(names, source)
        # pandas.NA is an object that polars cannot read
        data = {
            name: data.iloc[:, i].astype(object).where(data.iloc[:, i].notna(), None) for i, name in enumerate(names)
        }
        data = {name: column.to_list() for name, column in data.items()}
    if not isinstance(data, dict):
        raise DataInvalid(Problem(f"{type(data).__name__} is no data frame.", "Pass one.", file=source))
    try:
        frame = pl.DataFrame(data, strict=False, nan_to_null=True)
    except pl.exceptions.ShapeError as error:
        raise DataInvalid(
            Problem("The columns differ in length.", "Give each one value a row.", file=source)
        ) from error
    return _not_empty(Table(frame=frame, source=source))


def _not_empty(table: Table) -> Table:
    if table.frame.height == 0:
        raise DataInvalid(Problem("The data frame has no rows.", "Pass at least one.", file=table.source))
    return table


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_duplicates(names: list[str], file: str) -> None:
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise DataInvalid(
            Problem(
                Message("The column appears {n} times.", n=names.count(name)),
                Message("Rename or remove all but one."),
                file=file,
                column=name,
            )
            for name in doubled
        )


def _read_csv(path: Path, _holds: str) -> Table:
    import polars as pl

    try:
        delimiter, names = _csv_header(path)
        frame = pl.read_csv(path, separator=delimiter, infer_schema=False, raise_if_empty=False)
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise DataInvalid(_why_unreadable(path) or _damaged(path, error)) from error
    if frame.height == 0 and _has_bare_returns(path):
        fix = Message('Save it as "CSV UTF-8".')
        raise DataInvalid(Problem(Message("The lines end as on old Macintosh computers."), fix, file=path.name))
    frame = frame.rename(dict(zip(frame.columns, _numbered(names), strict=False)))
    return Table(frame=frame, source=path.name, first_row=2)


def _has_bare_returns(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\r" in file.readline().rstrip(b"\r\n")


def _csv_header(path: Path) -> tuple[str, list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline()
    if "\0" in line:
        raise DataInvalid(
            Problem(
                Message("This is not a text file."), Message('Export it again as "CSV UTF-8".'), file=path.name, row=1
            )
        )
    delimiter = max(DELIMITERS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    if not any(names):
        raise DataInvalid(
            Problem(Message("The first row is blank."), Message("Put the column names there."), file=path.name, row=1)
        )
    _refuse_duplicates([name for name in names if name], path.name)
    return delimiter, names


def _numbered(names: list[str]) -> list[str]:
    """Name blank header cells by their position, so that they can be referred to and ignored."""
    return [name or f"column {position}" for position, name in enumerate(names, start=1)]


def _why_unreadable(path: Path) -> Problem | None:
    """Find the first row at fault; only called once reading failed."""
    with path.open("rb") as file:
        for row, line in enumerate(file, start=1):
            if row == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return Problem(
                    Message("The file is UTF-16, not UTF-8."), Message('Save it as "CSV UTF-8".'), file=path.name
                )
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return Problem(
                    Message(
                        "Byte 0x{byte} is not UTF-8 (the file looks like Windows or Latin-1 text).",
                        byte=f"{line[error.start]:02x}",
                    ),
                    Message('Save it as "CSV UTF-8".'),
                    file=path.name,
                    row=row,
                )
    delimiter, names = _csv_header(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row, cells in enumerate(_csv_rows(file, delimiter), start=1):
            if cells is None:
                return Problem(
                    Message("A quotation mark opens here and never closes."),
                    Message("Close it, or double each quotation mark that belongs to the text."),
                    file=path.name,
                    row=row,
                )
            if len(cells) > len(names):
                return Problem(
                    Message("The row has {n} cells, the header {most}.", n=len(cells), most=len(names)),
                    Message(
                        'Remove the surplus, or put text that holds "{delimiter}" in quotation marks.',
                        delimiter=delimiter,
                    ),
                    file=path.name,
                    row=row,
                )
    return None


def _csv_rows(file: Iterable[str], delimiter: str) -> Iterator[list[str] | None]:
    """Rows of cells; None for one whose quotation mark never closes."""
    try:
        yield from csv.reader(file, delimiter=delimiter, strict=True)
    except csv.Error:
        yield None


def _damaged(path: Path, error: Exception) -> Problem:
    return Problem(
        Message(
            "The file cannot be read as {ending} ({reason}).",
            ending=path.suffix.lower(),
            reason=str(error).splitlines()[0][:120],
        ),
        Message("Export it again."),
        file=path.name,
    )


def _read_xlsx(path: Path, holds: str) -> Table:
    import fastexcel
    import polars as pl

    refuse_unsafe_archive(path, name=path.name)
    try:
        book = fastexcel.read_excel(path)
        # rows are skipped here, not by the reader, so that they keep the numbers that the sheet shows
        batch, errors = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_arrow_with_errors()
    except fastexcel.FastExcelError as error:
        raise DataInvalid(_damaged(path, error)) from error
    sheet = pl.DataFrame(pl.from_arrow(batch))
    others = f" (it also has: {', '.join(book.sheet_names[1:])})" if len(book.sheet_names) > 1 else ""
    where = f'The first sheet, "{book.sheet_names[0]}",'
    filled: list[int] = []
    if sheet.width:
        filled = sheet.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true().to_list()
    if len(filled) < 2:
        what = "has one row only" if len(filled) else "is empty"
        fix = f"Put the {holds} on the first sheet{others}."
        raise DataInvalid(Problem(f"{where} {what}.", fix, file=path.name))
    header = filled[0]
    names = [str(name or "").strip() for name in sheet.row(header)]
    _refuse_duplicates([name for name in names if name], path.name)
    for cell in errors.errors if errors else ():
        row, column = cell.position
        sheet[row, column] = _error_text(cell.detail)
    frame = sheet.slice(header + 1).rename(dict(zip(sheet.columns, _numbered(names), strict=True)))
    return Table(frame=frame, source=path.name, first_row=header + 2)


def _error_text(detail: str) -> str:
    """Show a formula that failed as a sheet shows it; the reader says e.g. ``… got 'Error(Ref)'``."""
    found = re.search(r"Error\((\w+)\)", detail)
    name = found.group(1) if found else "error"
    return "#N/A" if name == "NA" else f"#{name.upper()}!"


def _read_parquet(path: Path, _holds: str) -> Table:
    import polars as pl

    try:
        n_rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        if n_rows * len(pl.read_parquet_schema(path)) > MOST_CELLS:
            raise DataInvalid(_too_many_cells(path.name))
        return Table(frame=pl.read_parquet(path), source=path.name)
    except pl.exceptions.PolarsError as error:
        raise DataInvalid(_damaged(path, error)) from error


def _read_sav(path: Path, _holds: str) -> Table:
    import pyreadstat

    try:
        # a packed file may claim any number of rows, so not more are read than are taken
        _, sheet = pyreadstat.read_sav(str(path), metadataonly=True)
        most_rows = MOST_CELLS // max(sheet.number_columns or 0, 1) + 1
        frame, description = pyreadstat.read_sav(str(path), output_format="polars", row_limit=most_rows)
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
        raise DataInvalid(_damaged(path, error)) from error
    labels = {
        column: {_code_text(code): label for code, label in labels.items()}
        for column, labels in description.variable_value_labels.items()
    }
    return Table(frame=frame, source=path.name, labels=labels)


def _code_text(code: object) -> str:
    """Write a code as a cell shows it: SPSS keeps every number with decimals."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _too_many_cells(name: str) -> Problem:
    return Problem(
        Message("The file has more than {most:,} cells.", most=MOST_CELLS),
        Message("Leave out the columns that are not needed, or split it."),
        file=name,
    )


_READERS: dict[FileKind, Callable[[Path, str], Table]] = {
    "csv": _read_csv,
    "xlsx": _read_xlsx,
    "parquet": _read_parquet,
    "sav": _read_sav,
}
