"""``servq qr``: codes, sheets for print and kiosk addresses that say where a survey is met."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.commands.outputs import FILE, check_outputs
from servq.commands.widget import address_option
from servq.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.surveys.models import Survey
    from servq.web.qr import PlacedLink

_SURVEY = click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
_SITE = click.option("--site", help="A site of the survey.")
_TOUCHPOINT = click.option("--touchpoint", help="Where at the site it is met; stored with the answers.")


@click.group()
def qr() -> None:
    """Print QR codes of open links, and addresses of kiosks."""


@qr.command()
@_SURVEY
@_SITE
@_TOUCHPOINT
@address_option
@database_option
def link(survey_id: int, site: str | None, touchpoint: str | None, address: str, database: str) -> None:
    """Print the open link of SURVEY with a signed site and touchpoint."""
    _, (found,) = _links(database, survey_id, [site] if site else [], touchpoint, address)
    click.echo(found.url)


@qr.command()
@_SURVEY
@_SITE
@_TOUCHPOINT
@address_option
@database_option
def kiosk(survey_id: int, site: str | None, touchpoint: str | None, address: str, database: str) -> None:
    """Print the address that a kiosk opens for SURVEY; it works until the survey closes."""

    async def check(session: AsyncSession) -> None:
        from servq.surveys.launched import get_launched
        from servq.web.qr.links import ensure_kiosk

        ensure_kiosk(await (await session.connection()).run_sync(get_launched, survey_id))

    in_existing_session(database, check)
    _, (found,) = _links(database, survey_id, [site] if site else [], touchpoint, address)
    click.echo(found.kiosk)


@qr.command()
@_SURVEY
@click.option("--svg", "path", type=FILE, required=True, help="File to write.")
@_SITE
@_TOUCHPOINT
@address_option
@database_option
def code(survey_id: int, path: Path, site: str | None, touchpoint: str | None, address: str, database: str) -> None:
    """Draw the QR code of SURVEY's open link with a signed site and touchpoint."""
    from servq.reporting.codes import qr_svg

    check_outputs({"--svg": path})
    _, (found,) = _links(database, survey_id, [site] if site else [], touchpoint, address)
    path.write_text(qr_svg(found.url, title=found.address), encoding="utf-8")
    click.echo(f"Wrote {path}")


@qr.command()
@_SURVEY
@click.option("--pdf", "path", type=FILE, required=True, help="File to write.")
@click.option("--site", "sites", multiple=True, help="Only this site; repeatable; all when left out.")
@_TOUCHPOINT
@click.option("--cards", is_flag=True, help="Eight cards to cut out on each sheet.")
@click.option("--locale", help="Language of the sheets; that of the survey when left out.")
@address_option
@database_option
def sheet(
    survey_id: int,
    path: Path,
    sites: tuple[str, ...],
    touchpoint: str | None,
    cards: bool,  # noqa: FBT001 (click passes options by name)
    locale: str | None,
    address: str,
    database: str,
) -> None:
    """Print an A4 sheet per site of SURVEY with its QR code."""
    from servq.reporting.posters import render_posters

    check_outputs({"--pdf": path})
    survey, found = _links(database, survey_id, list(sites), touchpoint, address, every_site=True)
    posters = [each.poster(survey) for each in found]
    path.write_bytes(render_posters(posters, locale=locale or survey.locale, cards=cards))
    click.echo(f"Wrote {path} with {len(posters)} {'code' if len(posters) == 1 else 'codes'}")


def _links(
    database: str, survey_id: int, sites: list[str], touchpoint: str | None, address: str, *, every_site: bool = False
) -> tuple[Survey, list[PlacedLink]]:
    async def work(session: AsyncSession) -> tuple[Survey, list[PlacedLink]]:
        from servq.installation import installation_tokens
        from servq.surveys.service import ensure_launched, get_survey
        from servq.web.qr import placed_links

        survey = await get_survey(session, survey_id)
        ensure_launched(survey)
        places = sites or (survey.sites if every_site else [])
        tokens = installation_tokens(Settings.from_environment(database=database))
        return survey, placed_links(survey, places, touchpoint, address=address.rstrip("/"), tokens=tokens)

    return in_existing_session(database, work)
