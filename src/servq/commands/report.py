"""``servq report``: the stored answers of a survey or a study to a report."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.commands.outputs import (
    FOLDER,
    check_outputs,
    output_options,
    report_form,
    wanted_sites,
    write_outputs,
    write_site_reports,
)
from servq.errors import Problem, RequestInvalid

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.pipeline import Findings, StudyFindings
    from servq.pipeline.sites import SitePlan
    from servq.reporting.style import ReportStyle

TEMPLATES = "templates"


@click.command()
@click.argument("subject", metavar="SURVEY|STUDY|templates")
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave; the last one when left out.")
@click.option("--segment", "segments", multiple=True, help="Attribute whose groups are compared; may be repeated.")
@click.option("--period", default="", help="Period on the cover; from the first to the last answer when left out.")
@click.option("--copy", "copy_to", type=FOLDER, help="Folder into which `servq report templates` copies them.")
@database_option
@output_options
def report(
    subject: str,
    wave: int | None,
    segments: tuple[str, ...],
    period: str,
    copy_to: Path | None,
    database: str,
    locale: str | None,
    **outputs: Any,
) -> None:
    """Report SURVEY (its number, see `servq survey list`) with the change since the wave before.

    A STUDY (its name, see `servq study list`) is reported by the five gaps of its audiences. `servq report templates
    --copy FOLDER` copies the templates of all reports, to be changed and used with --templates FOLDER.
    """
    if subject == TEMPLATES or copy_to is not None:
        if subject != TEMPLATES or copy_to is None:
            raise click.UsageError("Copy the templates with: servq report templates --copy FOLDER")
        copy_templates(copy_to)
        return
    survey = RECORD_NUMBER(subject) if subject.isdigit() else None
    if survey is None and segments:
        raise click.UsageError("A study is reported by its sites; --segment goes with a survey.")
    named = wanted_sites(outputs)
    if survey is None and outputs["kind"] == "site":
        raise click.UsageError("Sites are reported from a survey; --kind site does not go with a study.")
    check_outputs(outputs)
    form = report_form(outputs, is_study=survey is None)

    async def plan(session: AsyncSession) -> tuple[SitePlan, ReportStyle]:
        from servq.analysis import AnalysisOptions
        from servq.pipeline.stored import plan_survey_sites
        from servq.report_style.service import get_style

        options = AnalysisOptions(locale=locale, period=period)
        planned = await plan_survey_sites(session, survey or 0, wave=wave, only=named, options=options)
        return planned, await get_style(session)

    async def work(session: AsyncSession) -> tuple[Findings | StudyFindings, ReportStyle]:
        from servq.analysis import AnalysisOptions
        from servq.pipeline import report_study, report_survey
        from servq.report_style.service import get_style

        options = AnalysisOptions(locale=locale, period=period)
        style = await get_style(session)
        if survey is None:
            return await report_study(session, subject, wave=wave, options=options), style
        return await report_survey(session, survey, wave=wave, segments=segments or None, options=options), style

    if form.kind == "site":
        planned, style = in_existing_session(database, plan)
        write_site_reports(planned, form if outputs["style"] else form.styled(style), outputs)
    else:
        findings, style = in_existing_session(database, work)
        write_outputs(findings, form if outputs["style"] else form.styled(style), outputs)


def copy_templates(folder: Path) -> None:
    """Copy the shipped templates with their guide into a new folder.

    Raises
    ------
    RequestInvalid
        The folder has something in it, or cannot be written.
    """
    from servq.locations import reports_folder

    if folder.exists() and any(folder.iterdir()):
        raise RequestInvalid(Problem("The folder is not empty.", "Name a new one.", file=str(folder)))
    try:
        shutil.copytree(reports_folder(), folder, dirs_exist_ok=True)
    except OSError as error:
        reason = f"The templates cannot be copied ({error.strerror or error})."
        raise RequestInvalid(Problem(reason, "Name a folder that is yours.", file=str(folder))) from error
    click.echo(f"Copied the templates to {folder}. README.md there lists what they may use.")
    click.echo(f"Delete what you do not change, then: servq report SURVEY --templates {folder} --pdf report.pdf")
