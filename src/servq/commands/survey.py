"""``servq survey``: create, launch and close surveys, and make their links."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session, in_session
from servq.commands.outreach import fieldwork, invite, reach
from servq.commands.placeholders import placeholder_option
from servq.settings import ADDRESS_VARIABLE, DEFAULT_ADDRESS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.invitations.service import NewLink
    from servq.surveys.models import Survey, Wave

_address_option = click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where respondents reach the service; also read from {ADDRESS_VARIABLE}.",
)


@click.group()
def survey() -> None:
    """Manage surveys."""


survey.add_command(fieldwork)
survey.add_command(invite)
survey.add_command(reach)


@survey.command()
@click.argument("instrument")
@click.option("--title", required=True, help="Name of the survey in lists and reports.")
@click.option("--organisation", required=True, help="Who is measured; fills {organisation} in the wording.")
@placeholder_option
@click.option("--slug", help="Last part of the open link; made from the title when left out.")
@click.option("--locale", help="Language shown first; the instrument's first when left out.")
@click.option("--site", "sites", multiple=True, help="A branch that an open link may name; repeatable.")
@click.option(
    "--sitting",
    type=click.Choice(["one_sitting", "before_after"]),
    default="one_sitting",
    show_default=True,
    help="Everything at once, or expectations before the service and perceptions after it by the same link.",
)
@click.option("--anonymous", is_flag=True, help="Store no link between answers and person, and days instead of times.")
@click.option("--allow-changes", is_flag=True, help="Let submitted answers be changed until the survey closes.")
@click.option("--comments/--no-comments", default=True, show_default=True, help="Ask the open text fields.")
@click.option("--closes", "closes_at", type=click.DateTime(), help="Day or time (UTC) from which it takes no answers.")
@database_option
def create(instrument: str, database: str, closes_at: datetime | None, **choices: Any) -> None:
    """Create a draft that uses INSTRUMENT: a published one or a shipped one by its id, or a folder."""

    async def work(session: AsyncSession) -> Survey:
        import msgspec

        from servq.drafts.service import find_published
        from servq.instruments import load_instrument
        from servq.surveys.service import NewSurvey, create_survey

        loaded = await find_published(session, instrument) or load_instrument(instrument)
        closes = None if closes_at is None else closes_at.replace(tzinfo=UTC)
        new = msgspec.convert({"instrument": loaded.id, "closes_at": closes, **choices}, NewSurvey)
        return await create_survey(session, new, loaded, now=datetime.now(UTC))

    made = in_session(database, work)
    own = "" if instrument == made.instrument_id else f" --instrument {shlex.quote(instrument)}"
    click.echo(f"Survey {made.id} was created as a draft. Launch it with: servq survey launch {made.id}{own}")


@survey.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@click.option("--instrument", help="Folder of the instrument, if it is one of your own.")
@_address_option
@database_option
def launch(survey_id: int, instrument: str | None, address: str, database: str) -> None:
    """Freeze the questions and open the survey."""

    async def work(session: AsyncSession) -> Survey:
        from servq.drafts.service import find_instrument
        from servq.instruments import load_instrument
        from servq.responses.setting_up import launch
        from servq.surveys.service import get_survey

        used = (await get_survey(session, survey_id)).instrument_id
        base = load_instrument(instrument) if instrument else await find_instrument(session, used)
        return await launch(session, survey_id, base, now=datetime.now(UTC))

    launched = in_existing_session(database, work)
    click.echo(f"Survey {survey_id} is open: {address.rstrip('/')}/o/{launched.slug}")


@survey.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@database_option
def close(survey_id: int, database: str) -> None:
    """Stop accepting answers."""

    async def work(session: AsyncSession) -> Survey:
        from servq.responses.closing import close_survey

        return await close_survey(session, survey_id, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"Survey {survey_id} is closed.")


@survey.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@click.option("--name", help="Name of the wave; its number when left out.")
@database_option
def wave(survey_id: int, name: str | None, database: str) -> None:
    """Open the next wave."""

    async def work(session: AsyncSession) -> Wave:
        from servq.surveys.service import open_wave

        return await open_wave(session, survey_id, name=name, now=datetime.now(UTC))

    opened = in_existing_session(database, work)
    click.echo(f"Wave {opened.number} of survey {survey_id} is open.")


@survey.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@click.option("-n", "n", type=int, default=1, show_default=True, help="How many.")
@click.option("--site", help="The branch of these respondents.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long they work; until the survey closes if left out.")
@_address_option
@database_option
def links(survey_id: int, n: int, site: str | None, days: int | None, address: str, database: str) -> None:
    """Make personal single-use links and print them, once."""

    async def work(session: AsyncSession) -> Sequence[NewLink]:
        from servq.invitations.service import create_personal_links

        now = datetime.now(UTC)
        return await create_personal_links(
            session,
            survey_id,
            n,
            expires_at=None if days is None else now + timedelta(days=days),
            attributes={} if site is None else {"site": site},
            now=now,
        )

    for link in in_existing_session(database, work):
        click.echo(address.rstrip("/") + link.path)
    click.echo("These links are shown only now: only their digests are stored.", err=True)


@survey.command("list")
@database_option
def list_command(database: str) -> None:
    """List surveys, the newest first."""

    async def work(session: AsyncSession) -> list[tuple[Survey, int, int]]:
        from servq.responses.counting import count_responses
        from servq.surveys.service import list_surveys

        counts = await count_responses(session)
        return [(row, *counts.get(row.id, (0, 0))) for row in await list_surveys(session)]

    rows = in_existing_session(database, work)
    for row, submitted, partial in rows:
        click.echo(
            f"{row.id:>4}  {row.status:<9} {row.instrument_id:<24} {submitted:>7} submitted {partial:>6} partial  "
            f"/o/{row.slug}  {row.title}"
        )
    if not rows:
        click.echo("There are no surveys. Create one with: servq survey create INSTRUMENT --title … --organisation …")
