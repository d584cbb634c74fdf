"""``servq user``: people who manage surveys or read reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from servq.commands.db import database_option, in_existing_session, in_session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.accounts.models import Account


@click.group()
def user() -> None:
    """Manage people."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["admin", "researcher", "manager"]), required=True, help="What they do here.")
@click.option("--name", default="", help="What pages call them.")
@click.option(
    "--site", "sites", metavar="NAME", multiple=True, help="Node of the tree that a manager may see; repeatable."
)
@click.option("--password", is_flag=True, help="Ask for a password; else a link is printed by which they choose one.")
@database_option
def add(email: str, role: str, name: str, sites: tuple[str, ...], password: bool, database: str) -> None:  # noqa: FBT001 (click passes flags by name)
    """Add the person with this e-mail address."""
    chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None

    async def work(session: AsyncSession) -> tuple[Account, str]:
        from servq.accounts import site_queries
        from servq.accounts.models import Purpose, Role
        from servq.accounts.people import note
        from servq.accounts.service import add_account
        from servq.errors import EnvironmentIncomplete

        now = datetime.now(UTC)
        site_ids = await _site_ids(session, sites)
        account = await add_account(session, email, Role(role), password=chosen, name=name, now=now)
        if account.role is Role.MANAGER:
            await site_queries.store_granted(session, account.id, site_ids)
        await note(session, None, account, f"added as {role}", now=now)
        try:
            link = "" if chosen else await _link(session, account, Purpose.INVITATION, database)
        except EnvironmentIncomplete as missing:  # the account is there all the same
            link = f"after this is mended: {missing} Then run: servq user reset {account.email}."
        return account, link

    account, link = in_session(database, work)
    click.echo(f"{account.email} was added as {account.role}.")
    if link:
        click.echo(f"To choose a password, once and within seven days: {link}")


@user.command("list")
@database_option
def list_people(database: str) -> None:
    """List everybody with an account."""

    async def work(session: AsyncSession) -> Sequence[Account]:
        from servq.accounts.queries import list_accounts

        return await list_accounts(session)

    for account in in_existing_session(database, work):
        state = "disabled" if account.disabled_at else "" if account.password_hash else "no password"
        factor = "second factor" if account.totp_confirmed_at else ""
        click.echo("  ".join(part for part in (f"{account.email:<40} {account.role:<10}", factor, state) if part))


@user.command()
@click.argument("email")
@database_option
def disable(email: str, database: str) -> None:
    """End the access of a person: sessions, links and keys."""

    async def work(session: AsyncSession) -> None:
        from servq.accounts import people

        account = await _get(session, email)
        await people.disable(session, None, account.id, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"{email} can no longer sign in.")


@user.command()
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="Also ask for no code at the next sign-in.")
@database_option
def reset(email: str, second_factor: bool, database: str) -> None:  # noqa: FBT001 (click passes flags by name)
    """Print a link by which a person chooses a new password."""

    async def work(session: AsyncSession) -> str:
        from servq.accounts import people
        from servq.accounts.models import Purpose

        account, now = await _get(session, email), datetime.now(UTC)
        if second_factor:
            await people.end_second_factor(session, None, account, now=now)
        await people.note(session, None, account, "reset on the command line", now=now)
        return await _link(session, account, Purpose.RESET, database)

    link = in_existing_session(database, work)
    click.echo(f"To choose a new password, once and within two hours: {link}")


async def _get(session: AsyncSession, email: str) -> Account:
    from servq.accounts.queries import find_account
    from servq.errors import RecordUnknown

    account = await find_account(session, email.strip().lower())
    if account is None:
        raise RecordUnknown(f"{email} has no account. See: servq user list.")
    return account


async def _site_ids(session: AsyncSession, names: Sequence[str]) -> set[int]:
    from servq.accounts.site_queries import list_sites
    from servq.errors import Problem, RequestInvalid

    known = {site.name: site.id for site in await list_sites(session)}
    unknown = [name for name in names if name not in known]
    if unknown:
        fix = f"Build the tree at /manage/sites first. It has: {', '.join(sorted(known)) or 'nothing'}."
        raise RequestInvalid([Problem(f'There is no site "{name}".', fix, column="--site") for name in unknown])
    return {known[name] for name in names}


async def _link(session: AsyncSession, account: Account, purpose: str, database: str) -> str:
    from servq.accounts.links import link_path, make_link
    from servq.accounts.models import Purpose
    from servq.installation import installation_tokens
    from servq.settings import Settings

    settings = Settings.from_environment(database=database)
    tokens = installation_tokens(settings)
    link = await make_link(session, account, Purpose(purpose), now=datetime.now(UTC))
    return settings.address.rstrip("/") + link_path(tokens, link.purpose, link.id)
