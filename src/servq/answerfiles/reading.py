"""A file or frame to a `Table`: named columns of raw cells, nothing interpreted yet.

CSV columns stay text, so that a cell that is not a number can be named with its row; the other formats keep the
types they were saved with.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servq.errors import DataInvalid, Problem

if TYPE_CHECKING:
    import polars as pl

DELIMITERS = ",;\t|"


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
    """

    frame: pl.DataFrame
    source: str
    sha256: str = ""
    first_row: int = 2


def load_table(path: Path) -> Table:
    """Read a CSV, XLSX, Parquet or SPSS file.

    Raises
    ------
    DataInvalid
        The file is missing, empty, of another type or damaged; names the row where one is to blame.
    """
    path = Path(path)
    name = path.name
    if not path.is_file():
        raise DataInvalid(Problem("There is no such file.", "Check the path.", file=str(path)))
    if path.stat().st_size == 0:
        raise DataInvalid(Problem("The file is empty.", "Export the answers again, with a header row.", file=name))
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataInvalid(
            Problem(
                f'Files of type "{path.suffix}" are not read.',
                f"Save the answers as {', '.join(sorted(_READERS))}.",
                file=name,
            )
        )
    frame = reader(path)
    if frame.height == 0:
        raise DataInvalid(Problem("The file has a header but no answers.", "Add at least one row.", file=name))
    return Table(frame=frame, source=name, sha256=_sha256(path), first_row=2)


def table_of(data: Any, source: str = "data frame") -> Table:
    """Wrap a polars or pandas frame or a mapping of columns.

    Raises
    ------
    DataInvalid
        The object has no named columns, or has two of the same name.
    """
    import polars as pl

    if isinstance(data, pl.DataFrame):
        return Table(frame=data, source=source, first_row=1)
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        names = [str(name) for name in data.columns]
        _refuse_duplicates(names, source)
        data = {name: data.iloc[:, i].to_list() for i, name in enumerate(names)}
    if not isinstance(data, dict):
        raise DataInvalid(Problem(f"{type(data).__name__} has no named columns.", "Pass a data frame.", file=source))
    return Table(frame=pl.DataFrame(data, strict=False, nan_to_null=True), source=source, first_row=1)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_duplicates(names: list[str], file: str) -> None:
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise DataInvalid(
            Problem(
                f"The column appears {names.count(name)} times.",
                "Rename or remove all but one.",
                file=file,
                column=name,
            )
            for name in doubled
        )


def _read_csv(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        delimiter, names = _csv_header(path)
        frame = pl.read_csv(path, separator=delimiter, infer_schema=False, raise_if_empty=False)
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise DataInvalid(_why_unreadable(path) or _damaged(path, error)) from error
    return frame.rename(dict(zip(frame.columns, _numbered(names), strict=False)))


def _csv_header(path: Path) -> tuple[str, list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline()
    if "\0" in line:
        raise DataInvalid(Problem("This is not a text file.", 'Export it again as "CSV UTF-8".', file=path.name, row=1))
    delimiter = max(DELIMITERS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    if not any(names):
        raise DataInvalid(Problem("The first row is blank.", "Put the column names there.", file=path.name, row=1))
    _refuse_duplicates([name for name in names if name], path.name)
    return delimiter, names


def _numbered(names: list[str]) -> list[str]:
    """Name blank header cells by their position, so that they can be referred to and ignored."""
    return [name or f"column {position}" for position, name in enumerate(names, start=1)]


def _why_unreadable(path: Path) -> Problem | None:
    """Find the first row that is not UTF-8 or has more cells than the header; only called once reading failed."""
    with path.open("rb") as file:
        for row, line in enumerate(file, start=1):
            if row == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return Problem("The file is UTF-16, not UTF-8.", 'Save it as "CSV UTF-8".', file=path.name)
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return Problem(
                    f"Byte 0x{line[error.start]:02x} is not UTF-8 (the file looks like Windows or Latin-1 text).",
                    'Save it as "CSV UTF-8".',
                    file=path.name,
                    row=row,
                )
    delimiter, names = _csv_header(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row, cells in enumerate(csv.reader(file, delimiter=delimiter), start=1):
            if len(cells) > len(names):
                return Problem(
                    f"The row has {len(cells)} cells, the header {len(names)}.",
                    f'Remove the surplus, or put text that holds "{delimiter}" in quotation marks.',
                    file=path.name,
                    row=row,
                )
    return None


def _damaged(path: Path, error: Exception) -> Problem:
    return Problem(
        f"The file cannot be read as {path.suffix.lower()} ({str(error).splitlines()[0][:120]}).",
        "Export it again.",
        file=path.name,
    )


def _read_xlsx(path: Path) -> pl.DataFrame:
    import fastexcel

    try:
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string")
    except fastexcel.FastExcelError as error:
        raise DataInvalid(_damaged(path, error)) from error
    frame = sheet.to_polars()
    if frame.height == 0:
        raise DataInvalid(Problem("The first sheet is empty.", "Put the answers on the first sheet.", file=path.name))
    names = [str(name or "").strip() for name in frame.row(0)]
    _refuse_duplicates([name for name in names if name], path.name)
    return frame.slice(1).rename(dict(zip(frame.columns, _numbered(names), strict=True)))


def _read_parquet(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise DataInvalid(_damaged(path, error)) from error


def _read_sav(path: Path) -> pl.DataFrame:
    import pyreadstat

    try:
        frame, _ = pyreadstat.read_sav(str(path), output_format="polars")
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
        raise DataInvalid(_damaged(path, error)) from error
    return frame


_READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".csv": _read_csv,
    ".txt": _read_csv,
    ".tsv": _read_csv,
    ".xlsx": _read_xlsx,
    ".parquet": _read_parquet,
    ".sav": _read_sav,
}
