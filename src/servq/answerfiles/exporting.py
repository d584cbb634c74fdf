"""Answers as files for other programs, with value labels and missing codes where the format has them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import file_digest
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from servq.answerfiles.codebook import MISSING_LABELS, MissingAs, Variable
from servq.answerfiles.gathering import Gathered, gather
from servq.errors import DataInvalid, Problem
from servq.instruments import revision_of
from servq.messages import Message
from servq.scoring import AnswerTable
from servq.version import __version__

if TYPE_CHECKING:
    import polars as pl

DataFormat = Literal["csv", "xlsx", "parquet", "sav", "dta"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be calculated by a spreadsheet; an apostrophe in front keeps it a text."""

RESERVED = re.compile(
    r"all|and|by|eq|ge|gt|le|lt|ne|not|or|to|with|byte|double|float|if|in|int|long|str\d+|strl|using", re.IGNORECASE
)
"""Words that SPSS or Stata do not take for the name of a variable."""

LONGEST_NAME = 32
"""Characters that Stata keeps of a variable's name; SPSS keeps 64 bytes."""

LONGEST_LABEL, LONGEST_VALUE, STATA_LABEL = 256, 120, 80
"""Characters that SPSS keeps of a variable's label and of a value's, and Stata of a variable's."""

MOST_SHEET_ROWS = 1_048_575
"""Rows of answers that a sheet takes below its header."""

LONGEST_CELL = 32_767
"""Characters that a cell of a sheet takes."""


@dataclass(frozen=True)
class ExportedData:
    """A data file, and the manifest by which its completeness can be checked."""

    content: bytes
    manifest: bytes


def export_answers(
    answers: AnswerTable,
    to: DataFormat,
    *,
    made_at: datetime,
    missing: MissingAs = "blank",
    locale: str | None = None,
) -> ExportedData:
    """Write answers that are in memory as a data file; parameters as in `write_data` and `make_manifest`."""
    with tempfile.TemporaryDirectory() as folder:
        gathered = gather(answers, Path(folder), locale)
        path = Path(folder) / f"answers.{to}"
        for _ in write_data(gathered, to, path, missing=missing):
            pass
        manifest = make_manifest(gathered, to, path, made_at=made_at, missing=missing)
        return ExportedData(path.read_bytes(), manifest)


def write_data(answers: Gathered, to: DataFormat, path: Path, *, missing: MissingAs = "blank") -> Iterator[int]:
    """Write a data file and yield, block by block, how many rows are done.

    Parameters
    ----------
    to
        ``sav`` carries wordings, value labels and the reasons of missing answers; ``dta`` wordings and value labels,
        missing answers blank; ``csv``, ``xlsx`` and ``parquet`` the codes alone.
    missing
        For ``csv``, ``xlsx`` and ``parquet``: leave missing answers blank, or write their negative codes.

    Raises
    ------
    DataInvalid
        There are more rows than a sheet takes.
    """
    return _WRITERS[to](answers, path, missing)


def make_manifest(answers: Gathered, to: str, path: Path, *, made_at: datetime, missing: MissingAs) -> bytes:
    """Describe a data file: its rows, its checksum, what its codes mean and which items measure which dimension."""
    described: dict[str, Any] = {
        "n_rows": answers.n_rows,
        "n_columns": len(answers.variables),
        "n_bytes": path.stat().st_size,
        "sha256": digest_of(path),
        "format": to,
        "missing": {"sav": "codes", "dta": "blank"}.get(to, missing),
        "missing_codes": {str(int(code)): label for code, label in MISSING_LABELS.items()},
        "instrument": answers.instrument.id,
        "instrument_version": answers.instrument.definition.version,
        "instrument_revision": revision_of(answers.instrument),
        "dimensions": dimensions_of(answers.variables),
        "reversed": [variable.name for variable in answers.variables if variable.is_reversed],
        "minimum_share_of_items": answers.instrument.definition.missing.minimum_share,
        "excluded_by_hand": dict(answers.excluded),
        "source": answers.source,
        "source_sha256": answers.source_sha256,
        "made_at": made_at.isoformat(),
        "servq_version": __version__,
    }
    return json.dumps(described, indent=2, ensure_ascii=False).encode() + b"\n"


def dimensions_of(variables: Sequence[Variable]) -> dict[str, dict[str, list[str]]]:
    """Names of the variables that measure each dimension, by the heading of their battery."""
    found: dict[str, dict[str, list[str]]] = {}
    for variable in variables:
        if variable.dimension:
            found.setdefault(variable.group, {}).setdefault(variable.dimension, []).append(variable.name)
    return found


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def plainly_named(variables: Sequence[Variable]) -> list[Variable]:
    """Variables called as SPSS and Stata allow; the label of an attribute still is its name as given."""
    taken: set[str] = set()
    named = []
    for variable in variables:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", variable.name)[:LONGEST_NAME]
        if not plain[:1].isalpha() or RESERVED.fullmatch(plain):
            plain = f"v_{plain}"[:LONGEST_NAME]
        ends = (f"_{number}" for number in count(2))
        numbered = (plain[: LONGEST_NAME - len(end)] + end for end in ends)
        name = next(one for one in chain((plain,), numbered) if one.lower() not in taken)
        taken.add(name.lower())
        named.append(replace(variable, name=name))
    return named


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of which a spreadsheet calculates no cell and no heading."""
    import polars as pl

    texts = pl.col(pl.String)
    starts = texts.str.slice(0, 1).is_in(FORMULA_STARTS)
    frame = frame.rename({name: inert_text(name) for name in frame.columns})
    return frame.with_columns(pl.when(starts).then(pl.lit("'") + texts).otherwise(texts).name.keep())


def inert_text(text: str) -> str:
    """Return a text that a spreadsheet does not calculate."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _csv(answers: Gathered, path: Path, missing: MissingAs) -> Iterator[int]:
    done = 0
    with path.open("wb") as file:
        for frame in answers.frames(missing):
            inert(frame).write_csv(file, include_bom=not done, include_header=not done)
            done += frame.height
            yield done


def _parquet(answers: Gathered, path: Path, missing: MissingAs) -> Iterator[int]:
    import polars as pl

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        done = 0
        for number, frame in enumerate(answers.frames(missing)):
            frame.write_parquet(Path(folder) / f"{number:05}.parquet")
            done += frame.height
            yield done
        pl.scan_parquet(Path(folder) / "*.parquet").sink_parquet(path)


def _xlsx(answers: Gathered, path: Path, missing: MissingAs) -> Iterator[int]:
    import xlsxwriter

    if answers.n_rows > MOST_SHEET_ROWS:
        fix = Message("Export as CSV, Parquet or SPSS, or one wave at a time.")
        raise DataInvalid(Problem(Message("A sheet has no room for {n:,} rows.", n=answers.n_rows), fix))
    # row by row to disk: a whole sheet would have to be in memory otherwise
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("answers")
        sheet.freeze_panes(1, 0)
        for place, variable in enumerate(answers.variables):
            sheet.write_string(0, place, variable.name)
        done = 0
        for frame in answers.frames(missing):
            for row, values in enumerate(frame.iter_rows(), start=done + 1):
                for place, value in enumerate(values):
                    if isinstance(value, str):
                        sheet.write_string(row, place, value[:LONGEST_CELL])  # also what begins like a formula
                    elif value is not None:
                        sheet.write_number(row, place, value)
            done += frame.height
            yield done
        described = book.add_worksheet("codebook")
        for row, cells in enumerate(codebook_rows(answers.variables)):
            for place, cell in enumerate(cells):
                described.write_string(row, place, cell[:LONGEST_CELL])


def codebook_rows(variables: Sequence[Variable]) -> Iterator[tuple[str, ...]]:
    """Rows of a table that says what each variable is, the headings first."""
    yield ("variable", "label", "part", "dimension", "reversed", "values", "missing")
    for each in variables:
        values = "; ".join(f"{code} = {label}" for code, label in each.values.items())
        missing = "; ".join(f"{int(code)} = {label}" for code, label in MISSING_LABELS.items())
        reverse = "yes" if each.is_reversed else ""
        yield (each.name, each.label, each.group, each.dimension, reverse, values, missing if each.is_answer else "")


def _sav(answers: Gathered, path: Path, _: MissingAs) -> Iterator[int]:
    import polars as pl
    import pyreadstat

    answers = answers.named(plainly_named(answers.variables))
    variables = answers.variables
    answered = [variable for variable in variables if variable.is_answer]
    codes = {int(code): label for code, label in MISSING_LABELS.items()}
    pyreadstat.write_sav(
        pl.concat(answers.frames("codes")),
        str(path),
        column_labels={variable.name: variable.label[:LONGEST_LABEL] for variable in variables},
        variable_value_labels={variable.name: _values(variable) | codes for variable in answered},
        missing_ranges={variable.name: [{"lo": min(codes), "hi": max(codes)}] for variable in answered},
        variable_measure={variable.name: "ordinal" if variable.is_answer else "nominal" for variable in variables},
    )
    yield answers.n_rows


def _dta(answers: Gathered, path: Path, _: MissingAs) -> Iterator[int]:
    import polars as pl
    import pyreadstat

    answers = answers.named(plainly_named(answers.variables))
    variables = answers.variables
    pyreadstat.write_dta(
        pl.concat(answers.frames("blank")),
        str(path),
        column_labels={variable.name: variable.label[:STATA_LABEL] for variable in variables},
        variable_value_labels={variable.name: _values(variable) for variable in variables if variable.values},
    )
    yield answers.n_rows


def _values(variable: Variable) -> dict[int | float, str]:
    return {code: label[:LONGEST_VALUE] for code, label in variable.values.items()}


_WRITERS: Mapping[DataFormat, Callable[[Gathered, Path, MissingAs], Iterator[int]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "sav": _sav,
    "dta": _dta,
}
