"""``servq report``: the stored answers of a survey to a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.commands.outputs import check_outputs, output_options, write_outputs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.pipeline import Findings


@click.command()
@click.argument("survey", type=RECORD_NUMBER)
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave; the last one when left out.")
@click.option("--segment", "segments", multiple=True, help="Attribute whose groups are compared; may be repeated.")
@click.option("--period", default="", help="Period on the cover.")
@database_option
@output_options
def report(
    survey: int,
    wave: int | None,
    segments: tuple[str, ...],
    period: str,
    database: str,
    locale: str | None,
    **outputs: Any,
) -> None:
    """Report SURVEY (its number, see `servq survey list`) with the change since the wave before."""

    async def work(session: AsyncSession) -> Findings:
        from servq.analysis import AnalysisOptions
        from servq.pipeline import report_survey

        options = AnalysisOptions(locale=locale, period=period)
        return await report_survey(session, survey, wave=wave, segments=segments or None, options=options)

    check_outputs(outputs)
    write_outputs(in_existing_session(database, work), **outputs)
