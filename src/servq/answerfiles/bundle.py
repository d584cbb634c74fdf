"""Exported answers with everything that explains them in one ZIP archive."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from servq.answerfiles.codebook import MissingAs
from servq.answerfiles.ddi import render_ddi
from servq.answerfiles.exporting import (
    DataFormat,
    codebook_rows,
    inert_text,
    make_manifest,
    write_data,
)
from servq.answerfiles.gathering import Gathered
from servq.answerfiles.r_script import render_r_script

BundleFormat = Literal["csv", "xlsx", "parquet", "sav", "dta", "r"]
"""What the data in an archive are; ``r`` is CSV with a script that reads it."""

_README = """\
{title}

{data:<20} {n_rows} responses, {n_columns} columns
codebook.csv         what each column is: wording, part, dimension, values, missing codes
codebook.xml         the same as DDI-Codebook 2.5, with counts
manifest.json        rows, checksum (SHA-256) of {data}, instrument, dimensions, missing codes
{script}
Check that the data arrived whole: sha256sum {data}
"""


def write_bundle(
    answers: Gathered,
    to: BundleFormat,
    path: Path,
    *,
    title: str,
    made_at: datetime,
    missing: MissingAs = "blank",
    locale: str | None = None,
) -> Iterator[int]:
    """Write the archive and yield, block by block, how many rows are done.

    Parameters
    ----------
    answers
        Their parts lie in a folder in which the data file is made as well.
    title
        Title of the survey.
    missing
        As in `exporting.write_data`; an R script needs the codes.
    """
    kind: DataFormat = "csv" if to == "r" else to
    missing = "codes" if to == "r" else missing
    data = path.with_name(f"answers.{kind}")
    yield from write_data(answers, kind, data, missing=missing)
    script = render_r_script(answers, data.name) if to == "r" else b""
    read_me = _README.format(
        title=title,
        data=data.name,
        n_rows=answers.n_rows,
        n_columns=len(answers.variables),
        script="answers.R            reads answers.csv in R, with factors, labels and scores\n" if script else "",
    )
    ddi = render_ddi(answers, title=title, made_at=made_at, file_name=data.name, locale=locale)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # what is packed already would only take time
        archive.write(data, data.name, zipfile.ZIP_STORED if kind in {"xlsx", "parquet"} else zipfile.ZIP_DEFLATED)
        archive.writestr("codebook.csv", _codebook(answers))
        archive.writestr("codebook.xml", ddi)
        archive.writestr("manifest.json", make_manifest(answers, kind, data, made_at=made_at, missing=missing))
        archive.writestr("README.txt", read_me)
        if script:
            archive.writestr("answers.R", script)
    data.unlink()


def _codebook(answers: Gathered) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([inert_text(cell) for cell in row] for row in codebook_rows(answers.variables))
    return text.getvalue().encode("utf-8-sig")
