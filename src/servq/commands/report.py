"""``servq report``: the stored answers of a survey to a report."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from servq.commands.outputs import output_options, write_outputs

if TYPE_CHECKING:
    from servq.analysis import AnalysisOptions
    from servq.pipeline import Findings


@click.command()
@click.argument("survey", type=int)
@click.option("--wave", type=int, help="Number of the wave; the last one when left out.")
@click.option("--segment", "segments", multiple=True, help="Attribute whose groups are compared; may be repeated.")
@click.option("--period", default="", help="Period on the cover.")
@click.option("--database", help="Database URL; else SERVQ_DATABASE.")
@output_options
def report(
    survey: int,
    wave: int | None,
    segments: tuple[str, ...],
    period: str,
    database: str | None,
    locale: str | None,
    **outputs: Any,
) -> None:
    """Report SURVEY (its number, see `servq survey list`) with the change since the wave before."""
    from servq.analysis import AnalysisOptions
    from servq.settings import Settings

    options = AnalysisOptions(locale=locale, period=period)
    url = database or Settings.from_environment().database
    write_outputs(asyncio.run(_findings(url, survey, wave, segments, options)), **outputs)


async def _findings(
    database: str, survey: int, wave: int | None, segments: tuple[str, ...], options: AnalysisOptions
) -> Findings:
    from servq import pipeline
    from servq.db import open_database

    async with open_database(database) as sessions, sessions() as session:
        return await pipeline.report_survey(session, survey, wave=wave, segments=segments or None, options=options)
