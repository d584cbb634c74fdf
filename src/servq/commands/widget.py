"""``servq widget``: surveys in apps and pages of others, and the rules by which they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.errors import Problem, RequestInvalid
from servq.settings import ADDRESS_VARIABLE, DEFAULT_ADDRESS, Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.widgets.models import DisplayRule, Widget
    from servq.widgets.service import AddedWidget

address_option = click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where browsers reach the service; also read from {ADDRESS_VARIABLE}.",
)
_ORIGINS = click.option(
    "--origin", "origins", metavar="ORIGIN", multiple=True, required=True, help="Site that may use it; repeatable."
)


@click.group()
def widget() -> None:
    """Show short surveys in apps and pages of others."""


@widget.command()
@click.argument("name")
@_ORIGINS
@address_option
@database_option
def create(name: str, origins: tuple[str, ...], address: str, database: str) -> None:
    """Make a widget called NAME; prints its tag, and the secret that proves who visitors are."""

    async def work(session: AsyncSession) -> AddedWidget:
        from servq.installation import installation_tokens
        from servq.widgets.service import NewWidget, add_widget

        tokens = installation_tokens(Settings.from_environment(database=database))
        return await add_widget(session, NewWidget(name=name, origins=origins), tokens=tokens, now=_now())

    _print_added(in_existing_session(database, work), address)


@widget.command("list")
@database_option
def list_command(database: str) -> None:
    """List all widgets."""

    async def work(session: AsyncSession) -> Sequence[Widget]:
        from servq.widgets.service import list_widgets

        return await list_widgets(session)

    for each in in_existing_session(database, work):
        state = "" if each.active else "  (rests)"
        click.echo(f"{each.id:>4}  {each.key}  {each.name}  {', '.join(each.origins)}{state}")


@widget.command()
@click.argument("widget_id", metavar="WIDGET", type=RECORD_NUMBER)
@click.argument("name")
@_ORIGINS
@database_option
def change(widget_id: int, name: str, origins: tuple[str, ...], database: str) -> None:
    """Call WIDGET by another NAME and give it other origins."""

    async def work(session: AsyncSession) -> Widget:
        from servq.widgets.service import NewWidget, change_widget

        return await change_widget(session, widget_id, NewWidget(name=name, origins=origins))

    in_existing_session(database, work)
    click.echo(f"Widget {widget_id} is changed.")


@widget.command()
@click.argument("widget_id", metavar="WIDGET", type=RECORD_NUMBER)
@address_option
@database_option
def secret(widget_id: int, address: str, database: str) -> None:
    """Give WIDGET another secret; what was signed with the old one is no longer believed."""

    async def work(session: AsyncSession) -> AddedWidget:
        from servq.installation import installation_tokens
        from servq.widgets.service import renew_secret

        tokens = installation_tokens(Settings.from_environment(database=database))
        return await renew_secret(session, widget_id, tokens=tokens)

    _print_added(in_existing_session(database, work), address)


@widget.command()
@click.argument("widget_id", metavar="WIDGET", type=RECORD_NUMBER)
@database_option
def remove(widget_id: int, database: str) -> None:
    """Delete WIDGET with its rules; answers stay."""

    async def work(session: AsyncSession) -> None:
        from servq.widgets.service import remove_widget

        await remove_widget(session, widget_id)

    in_existing_session(database, work)
    click.echo(f"Widget {widget_id} is gone.")


@widget.command()
@click.argument("widget_id", metavar="WIDGET", type=RECORD_NUMBER)
@click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
@click.option("--event", default="page_view", show_default=True, help="What must happen in the page.")
@click.option("--page", "pages", metavar="PATH", multiple=True, help="Only there; * is any text; repeatable.")
@click.option("--where", metavar="NAME=VALUE", multiple=True, help="Only visitors with this attribute; repeatable.")
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True, help="Share asked."
)
@click.option("--delay", "delay_s", type=click.IntRange(0, 3600), default=0, show_default=True, help="Seconds to wait.")
@click.option("--touchpoint", help="Stored with the answers.")
@database_option
def rule(
    widget_id: int,
    survey_id: int,
    event: str,
    pages: tuple[str, ...],
    where: tuple[str, ...],
    share: float,
    delay_s: int,
    touchpoint: str | None,
    database: str,
) -> None:
    """Let WIDGET show SURVEY when something happens in a page."""
    conditions: dict[str, tuple[str, ...]] = {}
    for text in where:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise RequestInvalid(Problem(f'"{text}" is no attribute.', "Write e.g. plan=pro.", column="--where"))
        conditions[name] = (*conditions.get(name, ()), value)

    async def work(session: AsyncSession) -> DisplayRule:
        from servq.widgets.service import NewDisplayRule, add_rule

        new = NewDisplayRule(
            survey_id=survey_id,
            event=event,
            pages=pages,
            conditions=conditions,
            share=share,
            delay_s=delay_s,
            touchpoint=touchpoint,
        )
        return await add_rule(session, widget_id, new, now=_now())

    click.echo(f"Rule {in_existing_session(database, work).id} is in force.")


@widget.command()
@click.argument("widget_id", metavar="WIDGET", type=RECORD_NUMBER)
@database_option
def rules(widget_id: int, database: str) -> None:
    """List the display rules of WIDGET; the first that fits is followed."""

    async def work(session: AsyncSession) -> Sequence[DisplayRule]:
        from servq.widgets.service import list_rules

        return await list_rules(session, widget_id)

    for each in in_existing_session(database, work):
        click.echo(_line(each))


@widget.command()
@click.argument("widget_id", metavar="WIDGET", type=RECORD_NUMBER)
@click.argument("rule_id", metavar="RULE", type=RECORD_NUMBER)
@click.option("--pause", "deed", flag_value="pause", help="Let it rest.")
@click.option("--resume", "deed", flag_value="resume", help="Let it work again.")
@click.option("--remove", "deed", flag_value="remove", help="Delete it.")
@database_option
def switch(widget_id: int, rule_id: int, deed: str | None, database: str) -> None:
    """Pause, resume or remove RULE of WIDGET."""
    if deed is None:
        raise RequestInvalid("Say what to do with the rule: --pause, --resume or --remove.")

    async def work(session: AsyncSession) -> None:
        from servq.widgets import service

        if deed == "remove":
            await service.remove_rule(session, widget_id, rule_id)
        else:
            await service.switch_rule(session, widget_id, rule_id, active=deed == "resume")

    in_existing_session(database, work)
    click.echo(f"Rule {rule_id}: {deed} is done.")


def _print_added(added: AddedWidget, address: str) -> None:
    tag = f'<script src="{address.rstrip("/")}/widget.js" async data-key="{added.widget.key}"></script>'
    click.echo(f"Widget {added.widget.id}: {added.widget.name}")
    click.echo(f"Key     {added.widget.key}")
    click.echo(f"Secret  {added.secret}  (shown only now; keep it on your server)")
    click.echo(tag)


def _line(rule: DisplayRule) -> str:
    parts = [f"{rule.id:>4}  survey {rule.survey_id} at {rule.event}"]
    parts += [f"on {', '.join(rule.pages)}"] if rule.pages else []
    parts += [f"where {name} is {' or '.join(values)}" for name, values in rule.conditions.items()]
    parts += [f"for {rule.share:.0%}"] if rule.share < 1 else []
    parts += [f"after {rule.delay_s} s"] if rule.delay_s else []
    parts += [f"touchpoint {rule.touchpoint}"] if rule.touchpoint else []
    return " ".join(parts) + ("" if rule.active else "  (rests)")


def _now() -> datetime:
    return datetime.now(UTC)
