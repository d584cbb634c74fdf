"""``servq report``: the stored answers of a survey or a study to a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.commands.outputs import check_outputs, output_options, write_outputs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.pipeline import Findings, StudyFindings


@click.command()
@click.argument("subject", metavar="SURVEY|STUDY")
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave; the last one when left out.")
@click.option("--segment", "segments", multiple=True, help="Attribute whose groups are compared; may be repeated.")
@click.option("--period", default="", help="Period on the cover.")
@database_option
@output_options
def report(
    subject: str,
    wave: int | None,
    segments: tuple[str, ...],
    period: str,
    database: str,
    locale: str | None,
    **outputs: Any,
) -> None:
    """Report SURVEY (its number, see `servq survey list`) with the change since the wave before.

    A STUDY (its name, see `servq study list`) is reported by the five gaps of its audiences.
    """
    survey = RECORD_NUMBER(subject) if subject.isdigit() else None
    if survey is None and segments:
        raise click.UsageError("A study is reported by its sites; --segment goes with a survey.")

    async def work(session: AsyncSession) -> Findings | StudyFindings:
        from servq.analysis import AnalysisOptions
        from servq.pipeline import report_study, report_survey

        options = AnalysisOptions(locale=locale, period=period)
        if survey is None:
            return await report_study(session, subject, wave=wave, options=options)
        return await report_survey(session, survey, wave=wave, segments=segments or None, options=options)

    check_outputs(outputs)
    write_outputs(in_existing_session(database, work), **outputs)
