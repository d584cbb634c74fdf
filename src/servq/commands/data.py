"""``servq data``: the answers of a survey for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from servq.answerfiles.codebook import MissingAs
from servq.answerfiles.exporting import DataFormat
from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.reporting.files import write_whole

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.worker.exports import ExportOrder

DDI = "ddi"
SCRIPT = "r"
ARCHIVE = ".zip"


@click.group()
def data() -> None:
    """Export the answers of a survey."""


@data.command()
@click.argument("survey", type=RECORD_NUMBER)
@click.option("--to", "to", type=click.Choice([*get_args(DataFormat), SCRIPT, DDI]), required=True, help="The format.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write; with .zip as its ending, an archive with codebook and manifest inside.",
)
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave; every wave when left out.")
@click.option(
    "--missing",
    type=click.Choice(get_args(MissingAs)),
    default="blank",
    show_default=True,
    help="How csv, xlsx and parquet write a missing answer: blank, or its negative code.",
)
@click.option("--with-excluded", is_flag=True, help="Excluded responses too, with the reason in a column.")
@click.option("--locale", help="Language of wordings and labels.")
@database_option
def export(
    survey: int,
    to: str,
    output: Path,
    wave: int | None,
    missing: str,
    with_excluded: bool,  # noqa: FBT001 (click passes options by name)
    locale: str | None,
    database: str,
) -> None:
    """Write the answers to SURVEY as a data file, with a manifest beside it; or its codebook (ddi).

    What respondents wrote stands in a column for each comment. sav carries wordings, value labels and the reasons of
    missing answers; r is a script that reads the CSV file beside it, with factors, labels and scores. The manifest,
    OUTPUT.manifest.json, has the number of rows, the checksum of the file, what the codes mean and which items measure
    which dimension. Excluded responses are left out, and it says how many.
    """
    from msgspec import convert

    from servq.worker.exports import ExportOrder

    form = "csv" if to == DDI else to
    given = {"survey_id": survey, "to": form, "wave": wave, "missing": missing, "locale": locale}
    order = convert({**given, "with_excluded": with_excluded}, ExportOrder)
    written, n_rows, excluded = in_existing_session(
        database, lambda session: _write(session, order, output, codebook_only=to == DDI)
    )
    click.echo(f"Wrote {_listed(written)} ({n_rows} rows).")
    if excluded and not with_excluded:
        n = sum(excluded.values())
        click.echo(f"{n} excluded by hand are left out; --with-excluded writes them too, marked.", err=True)


async def _write(
    session: AsyncSession, order: ExportOrder, output: Path, *, codebook_only: bool
) -> tuple[list[Path], int, Mapping[str, int]]:
    from datetime import UTC, datetime
    from tempfile import TemporaryDirectory

    from servq.answerfiles.ddi import render_ddi
    from servq.answerfiles.exporting import make_manifest, write_data
    from servq.answerfiles.r_script import render_r_script
    from servq.reporting.files import move_whole
    from servq.worker.exports import gather_stored, write_archive

    now = datetime.now(UTC)
    with TemporaryDirectory(prefix="servq-export-") as folder:
        answers = await gather_stored(session, order, Path(folder), _told)
        facts = answers.n_rows, answers.excluded
        if codebook_only:
            write_whole(output, render_ddi(answers, title=answers.source, made_at=now, locale=order.locale))
            return [output], *facts
        made = Path(folder) / "made"
        if output.suffix.lower() == ARCHIVE:
            await write_archive(answers, order, made, made_at=now, told=_told)
            move_whole(made, output)
            return [output], *facts
        is_script = order.to == SCRIPT
        target = output.with_suffix(".csv") if is_script else output
        missing: MissingAs = "codes" if is_script else order.missing
        kind: DataFormat = "csv" if order.to == "r" else order.to
        for _ in write_data(answers, kind, made, missing=missing):
            pass
        described = make_manifest(answers, kind, made, made_at=now, missing=missing)
        move_whole(made, target)
        manifest = target.with_name(f"{target.name}.manifest.json")
        write_whole(manifest, described)
        if is_script:
            write_whole(output, render_r_script(answers, target.name))
        return [*([output] if is_script else []), target, manifest], *facts


async def _told(_done: int, _total: int) -> None:
    """Nobody watches: a command says when it is done."""


def _listed(paths: list[Path]) -> str:
    return " and ".join(map(str, paths))
