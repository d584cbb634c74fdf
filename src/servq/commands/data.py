"""``servq data``: the answers of a survey for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from servq.answerfiles.codebook import MissingAs
from servq.answerfiles.exporting import DataFormat
from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.reporting.files import write_whole

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.scoring import AnswerTable

DDI = "ddi"


@click.group()
def data() -> None:
    """Export the answers of a survey."""


@data.command()
@click.argument("survey", type=RECORD_NUMBER)
@click.option("--to", "to", type=click.Choice([*get_args(DataFormat), DDI]), required=True, help="The format.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave; every wave when left out.")
@click.option(
    "--missing",
    type=click.Choice(get_args(MissingAs)),
    default="blank",
    show_default=True,
    help="How csv, xlsx and parquet write a missing answer: blank, or its negative code.",
)
@click.option("--locale", help="Language of wordings and labels.")
@database_option
def export(
    survey: int, to: str, output: Path, wave: int | None, missing: MissingAs, locale: str | None, database: str
) -> None:
    """Write the answers to SURVEY as a data file, with a manifest beside it; or its codebook (ddi).

    What respondents wrote stands in a column for each comment. sav carries wordings, value labels and the reasons of
    missing answers. The manifest, OUTPUT.manifest.json, says how many rows there are and the checksum of the file.
    """
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    answers = in_existing_session(database, lambda session: _answers(session, survey, wave))
    if to == DDI:
        from servq.answerfiles.ddi import render_ddi

        write_whole(output, render_ddi(answers, title=answers.source, made_at=now, locale=locale))
        click.echo(f"Wrote {output}.")
        return
    from servq.answerfiles.exporting import export_answers

    exported = export_answers(answers, to, made_at=now, missing=missing, locale=locale)  # type: ignore[arg-type]  # click allows only the literals
    write_whole(output, exported.content)
    manifest = output.with_name(f"{output.name}.manifest.json")
    write_whole(manifest, exported.manifest)
    click.echo(f"Wrote {output} ({answers.n_respondents} rows) and {manifest}.")


async def _answers(session: AsyncSession, survey: int, wave: int | None) -> AnswerTable:
    from servq.responses.extraction import extract_with_texts

    return await extract_with_texts(session, survey, wave=wave)
