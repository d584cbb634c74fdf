"""``servq interview``: links for interviewers on the telephone and at the counter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.settings import ADDRESS_VARIABLE, DEFAULT_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.responses.assisting import MadeLink
    from servq.responses.models import InterviewerLink

_survey = click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)


@click.group()
def interview() -> None:
    """Let interviewers enter answers."""


@interview.command()
@_survey
@click.option("--by", type=click.Choice(["phone", "counter"]), required=True, help="Where the interviewer sits.")
@click.option("--label", required=True, help="Which interviewer or desk; kept with the link, never with an answer.")
@click.option("--site", help="Branch of every respondent; chosen on the page when left out.")
@click.option("--hours", type=int, default=12, show_default=True, help="How long it works.")
@click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where the service is reached; also read from {ADDRESS_VARIABLE}.",
)
@database_option
def link(survey_id: int, by: str, label: str, site: str | None, hours: int, address: str, database: str) -> None:
    """Make a link to the entry page of SURVEY and print it, once."""

    async def work(session: AsyncSession) -> MadeLink:
        from servq.responses.assisting import NewInterviewerLink, make_interviewer_link
        from servq.responses.models import Administration

        new = NewInterviewerLink(
            administration=Administration(f"{by}_interviewer"), label=label, site=site, hours=hours
        )
        return await make_interviewer_link(session, survey_id, new, now=datetime.now(UTC))

    made = in_existing_session(database, work)
    click.echo(f"{address.rstrip('/')}{made.path}")
    click.echo(f"Link {made.link.id} works until {made.link.expires_at:%Y-%m-%d %H:%M} UTC; shown only now.", err=True)


@interview.command("list")
@_survey
@database_option
def list_command(survey_id: int, database: str) -> None:
    """List the links of SURVEY."""

    async def work(session: AsyncSession) -> Sequence[InterviewerLink]:
        from servq.responses.assisting import list_interviewer_links

        return await list_interviewer_links(session, survey_id)

    found = in_existing_session(database, work)
    for each in found:
        state = "  (revoked)" if each.revoked_at else ""
        click.echo(f"{each.id:>4}  {each.label}  {each.administration}  until {each.expires_at:%Y-%m-%d %H:%M}{state}")
    if not found:
        click.echo(f"Survey {survey_id} has no interviewers' links.")


@interview.command()
@_survey
@click.argument("link_id", metavar="LINK", type=RECORD_NUMBER)
@database_option
def revoke(survey_id: int, link_id: int, database: str) -> None:
    """Make LINK of SURVEY useless from now on."""

    async def work(session: AsyncSession) -> None:
        from servq.responses.assisting import revoke_interviewer_link

        await revoke_interviewer_link(session, survey_id, link_id, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"Link {link_id} was revoked.")
