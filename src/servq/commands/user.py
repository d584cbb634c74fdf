"""``servq user``: people who manage surveys or read reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from servq.commands.db import database_option, in_session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.accounts.models import Account


@click.group()
def user() -> None:
    """Manage people."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["admin", "researcher", "manager"]), required=True, help="What they do here.")
@click.option("--password", is_flag=True, help="Ask for a password.")
@database_option
def add(email: str, role: str, password: bool, database: str) -> None:  # noqa: FBT001 (click passes flags by name)
    """Add the person with this e-mail address."""
    chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None

    async def work(session: AsyncSession) -> Account:
        from servq.accounts.models import Role
        from servq.accounts.service import add_account

        return await add_account(session, email, Role(role), password=chosen, now=datetime.now(UTC))

    account = in_session(database, work)
    click.echo(f"{account.email} was added as {account.role}.")
