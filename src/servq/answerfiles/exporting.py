"""Answers as files for other programs, with value labels and missing codes where the format has them."""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from servq.answerfiles.codebook import MISSING_LABELS, MissingAs, Variable, variables_of
from servq.instruments import revision_of
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
    """Write answers as a data file.

    Parameters
    ----------
    to
        ``sav`` carries wordings, value labels and the reasons of missing answers; ``dta`` wordings and value labels,
        missing answers blank; ``csv``, ``xlsx`` and ``parquet`` the codes alone.
    missing
        For ``csv``, ``xlsx`` and ``parquet``: leave missing answers blank, or write their negative codes.
    locale
        Language of the labels; the instrument's default when None.
    """
    variables = variables_of(answers, locale)
    content = _WRITERS[to](variables, missing)
    manifest = {
        "n_rows": answers.n_respondents,
        "n_columns": len(variables),
        "sha256": sha256(content).hexdigest(),
        "format": to,
        "missing": {"sav": "codes", "dta": "blank"}.get(to, missing),
        "missing_codes": {str(int(code)): label for code, label in MISSING_LABELS.items()},
        "instrument": answers.instrument.id,
        "instrument_version": answers.instrument.definition.version,
        "instrument_revision": revision_of(answers.instrument),
        "source": answers.source,
        "source_sha256": answers.source_sha256,
        "made_at": made_at.isoformat(),
        "servq_version": __version__,
    }
    return ExportedData(content, json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")


def _plainly_named(variables: Sequence[Variable]) -> list[Variable]:
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


def _frame(variables: Sequence[Variable], missing: MissingAs) -> pl.DataFrame:
    import polars as pl

    columns = {}
    for variable in variables:
        if variable.codes is None:
            columns[variable.name] = pl.Series(
                [] if variable.texts is None else variable.texts.tolist(), dtype=pl.String
            )
        else:
            codes = pl.Series(variable.codes)
            columns[variable.name] = codes if missing == "codes" else codes.set(codes < 0, None)
    return pl.DataFrame(columns)


def _inert(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    texts = pl.col(pl.String)
    starts = texts.str.slice(0, 1).is_in(FORMULA_STARTS)
    frame = frame.rename({name: f"'{name}" for name in frame.columns if name.startswith(FORMULA_STARTS)})
    return frame.with_columns(pl.when(starts).then(pl.lit("'") + texts).otherwise(texts).name.keep())


def _csv(variables: Sequence[Variable], missing: MissingAs) -> bytes:
    return _inert(_frame(variables, missing)).write_csv(include_bom=True).encode()


def _parquet(variables: Sequence[Variable], missing: MissingAs) -> bytes:
    buffer = io.BytesIO()
    _frame(variables, missing).write_parquet(buffer)
    return buffer.getvalue()


def _xlsx(variables: Sequence[Variable], missing: MissingAs) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    frame = _frame(variables, missing)
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("answers")
        for place, name in enumerate(frame.columns):
            sheet.write_string(0, place, name)
            for row, value in enumerate(frame[name], start=1):
                if isinstance(value, str):
                    sheet.write_string(row, place, value)  # a text even where it begins like a formula
                elif value is not None:
                    sheet.write_number(row, place, value)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _sav(variables: Sequence[Variable], _: MissingAs) -> bytes:
    import pyreadstat

    variables = _plainly_named(variables)
    frame = _frame(variables, "codes")
    answered = [variable for variable in variables if variable.codes is not None]
    codes = {int(code): label for code, label in MISSING_LABELS.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.sav"
        pyreadstat.write_sav(
            frame,
            str(path),
            column_labels={variable.name: variable.label[:LONGEST_LABEL] for variable in variables},
            variable_value_labels={variable.name: _values(variable) | codes for variable in answered},
            missing_ranges={variable.name: [{"lo": min(codes), "hi": max(codes)}] for variable in answered},
            variable_measure={
                variable.name: "ordinal" if variable.codes is not None else "nominal" for variable in variables
            },
        )
        return path.read_bytes()


def _dta(variables: Sequence[Variable], _: MissingAs) -> bytes:
    import pyreadstat

    variables = _plainly_named(variables)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.dta"
        pyreadstat.write_dta(
            _frame(variables, "blank"),
            str(path),
            column_labels={variable.name: variable.label[:STATA_LABEL] for variable in variables},
            variable_value_labels={variable.name: _values(variable) for variable in variables if variable.values},
        )
        return path.read_bytes()


def _values(variable: Variable) -> dict[int | float, str]:
    return {code: label[:LONGEST_VALUE] for code, label in variable.values.items()}


_WRITERS: Mapping[DataFormat, Callable[[Sequence[Variable], MissingAs], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "sav": _sav,
    "dta": _dta,
}
