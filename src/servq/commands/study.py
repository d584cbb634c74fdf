"""``servq study``: bind the surveys of customers, managers and contact personnel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session, in_session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.studies.models import Study, StudySurvey


@click.group()
def study() -> None:
    """Manage studies: one organisation, one survey for each audience."""


@study.command()
@click.option("--title", required=True, help="Name of the study in lists and on the report.")
@click.option("--organisation", required=True, help="Who is measured; the surveys bound must measure the same.")
@click.option("--name", help="Short name for commands; made from the title when left out.")
@click.option("--locale", help="Language of the report; the customers' survey decides when left out.")
@click.option("--site", "sites", multiple=True, help="A site of the organisation; repeatable.")
@database_option
def create(
    title: str, organisation: str, name: str | None, locale: str | None, sites: tuple[str, ...], database: str
) -> None:
    """Create a study that binds nothing yet."""

    async def work(session: AsyncSession) -> Study:
        from servq.studies.service import NewStudy, create_study

        new = NewStudy(title=title, organisation=organisation, name=name, locale=locale, sites=sites)
        return await create_study(session, new, now=datetime.now(UTC))

    made = in_session(database, work)
    click.echo(f"Study {made.id}, {made.name}, was created. Bind its surveys with: servq study bind {made.name} …")


@study.command()
@click.argument("name", metavar="STUDY")
@click.argument("audience", type=click.Choice(["customers", "managers", "personnel"]))
@click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave that counts; the newest when left out.")
@database_option
def bind(name: str, audience: str, survey_id: int, wave: int | None, database: str) -> None:
    """Let an audience of STUDY (its name or number) answer SURVEY."""

    async def work(session: AsyncSession) -> Study:
        from servq.studies.models import StudyAudience
        from servq.studies.service import NewBinding, bind_survey, get_study_by_name

        found = await get_study_by_name(session, name)
        new = NewBinding(audience=StudyAudience(audience), survey=survey_id, wave=wave)
        await bind_survey(session, found.id, new)
        return found

    found = in_existing_session(database, work)
    click.echo(f"The {audience} of {found.name} answer survey {survey_id}. Report it with: servq report {found.name}")


@study.command("list")
@database_option
def list_command(database: str) -> None:
    """List studies with their surveys, the newest first."""

    async def work(session: AsyncSession) -> tuple[Sequence[Study], Mapping[int, Sequence[StudySurvey]]]:
        from servq.studies.service import list_bound, list_studies

        studies = await list_studies(session)
        return studies, await list_bound(session, [one.id for one in studies])

    studies, bound = in_existing_session(database, work)
    for one in studies:
        surveys = ", ".join(
            f"{binding.audience}: survey {binding.survey_id}" + (f" wave {binding.wave}" if binding.wave else "")
            for binding in bound[one.id]
        )
        click.echo(f"{one.id:>4}  {one.name:<24} {one.organisation}: {one.title}  ({surveys or 'no surveys yet'})")
    if not studies:
        click.echo("There are no studies. Create one with: servq study create --title … --organisation …")
