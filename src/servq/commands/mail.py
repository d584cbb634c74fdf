"""``servq mail``: what a survey says by mail, and what became of each message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.settings import ADDRESS_VARIABLE, DEFAULT_ADDRESS, Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.invitations.models import OutgoingMessage
    from servq.mail.letters import Kind
    from servq.mail.sending import Handover
    from servq.mail.service import NewMailPlan
    from servq.mail.wording import WordedLetter, Wording

_KINDS = click.Choice(["invitation", "reminder", "thank_you", "alert"])
_STATUSES = click.Choice(["planned", "sending", "sent", "unknown", "failed", "cancelled", "bounced"])
_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)

_kind_option = click.option("--kind", type=_KINDS, default="invitation", show_default=True, help="Which message.")
_locale_option = click.option("--locale", required=True, help="A language of the survey, e.g. de.")
_address_option = click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where respondents reach the service; also read from {ADDRESS_VARIABLE}.",
)


@click.group()
def mail() -> None:
    """Write, try out and look after the mails of a survey."""


@mail.command()
@click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
@_kind_option
@_locale_option
@click.option("--subject", help="Template of the subject.")
@click.option("--text", "text_path", type=_FILE, help="File with the template of the paragraphs.")
@click.option(
    "--html", "html_path", type=_FILE, help="File with the paragraphs as HTML; made from the text if left out."
)
@click.option("--shipped", is_flag=True, help="Go back to the shipped text.")
@_address_option
@database_option
def text(
    survey_id: int,
    kind: Kind,
    locale: str,
    subject: str | None,
    text_path: Path | None,
    html_path: Path | None,
    shipped: bool,  # noqa: FBT001 (click passes options by name)
    address: str,
    database: str,
) -> None:
    """Store a text of SURVEY's own, once it was rendered without a fault; without options show the one in use."""
    from servq.mail import service

    if shipped:
        in_existing_session(database, lambda session: service.remove_text(session, survey_id, kind, locale))
        click.echo("The shipped text is used again.")
        return
    if subject is None and text_path is None and html_path is None:
        wording: Wording = in_existing_session(
            database, lambda session: service.find_wording(session, survey_id, kind, locale)
        )
        click.echo(f"{wording.subject}\n\n{wording.text}" + (f"\n\n{wording.html}" if wording.html else ""))
        return
    new = service.NewMailText(subject=subject, text=_read(text_path), html=_read(html_path))
    in_existing_session(
        database,
        lambda session: service.set_text(session, survey_id, kind, locale, new, address=address, now=datetime.now(UTC)),
    )
    click.echo(f"The {kind} in {locale} is stored. Look at it: servq mail preview {survey_id} --locale {locale}")


@mail.command()
@click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
@_kind_option
@_locale_option
@click.option("--html", "html_path", type=_OUT, help="Write the HTML part to this file.")
@_address_option
@database_option
def preview(survey_id: int, kind: Kind, locale: str, html_path: Path | None, address: str, database: str) -> None:
    """Show a mail of SURVEY as a made-up person would get it."""
    worded = in_existing_session(database, _previewing(survey_id, kind, locale, address))
    click.echo(f"Subject: {worded.subject}\n\n{worded.text}", nl=False)
    if html_path is not None:
        html_path.write_text(worded.html, encoding="utf-8")
        click.echo(f"Wrote {html_path}")


@mail.command()
@click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
@click.option("--to", required=True, help="Your own address.")
@_kind_option
@_locale_option
@_address_option
@database_option
def test(survey_id: int, to: str, kind: Kind, locale: str, address: str, database: str) -> None:
    """Send a mail of SURVEY to your own address; its links open nothing."""

    async def work(session: AsyncSession) -> Handover:
        from servq.invitations.outbox import new_message_id
        from servq.mail import service

        worded = await _previewing(survey_id, kind, locale, address)(session)
        settings = Settings.from_environment(database=database, address=address)
        return await service.send_test(
            settings, worded, locale=locale, to=to, message_id=new_message_id(), now=datetime.now(UTC)
        )

    said = in_existing_session(database, work)
    click.echo(f"The mail server said: {said.outcome} ({said.code} {said.reply})".rstrip())


@mail.command()
@click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
@click.option(
    "--remind", "reminder_days", metavar="DAYS", type=int, multiple=True, help="Days after the mail before; repeatable."
)
@click.option("--thank/--no-thank", "thank_you", default=False, help="Thank for answers by mail.")
@click.option(
    "--alert", "alert_addresses", metavar="EMAIL", multiple=True, help="Who is told of low scores; repeatable."
)
@database_option
def plan(
    survey_id: int,
    reminder_days: tuple[int, ...],
    thank_you: bool,  # noqa: FBT001 (click passes options by name)
    alert_addresses: tuple[str, ...],
    database: str,
) -> None:
    """Decide when SURVEY reminds, whether it thanks and who is told of low scores."""

    async def work(session: AsyncSession) -> NewMailPlan:
        from servq.mail import service

        new = service.NewMailPlan(
            reminder_days=list(reminder_days), thank_you=thank_you, alert_addresses=list(alert_addresses)
        )
        await service.set_plan(session, survey_id, new)
        return new

    kept = in_existing_session(database, work)
    days = ", ".join(str(number) for number in kept.reminder_days)
    click.echo(
        f"Survey {survey_id} "
        + (f"reminds after {days} days" if days else "reminds nobody")
        + (" and thanks for answers." if kept.thank_you else ".")
    )


@mail.command("list")
@click.option("--survey", "survey_id", type=RECORD_NUMBER, help="Only messages of this survey.")
@click.option("--status", type=_STATUSES, help="Only messages that got so far.")
@click.option("-n", "limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many at most.")
@database_option
def list_command(survey_id: int | None, status: str | None, limit: int, database: str) -> None:
    """Count messages by kind and status, and list them."""

    async def work(session: AsyncSession) -> tuple[dict[Any, int], Sequence[OutgoingMessage]]:
        from servq.invitations import outbox_queries
        from servq.invitations.models import MessageStatus

        chosen = None if status is None else MessageStatus(status)
        counts = await outbox_queries.count_messages(session, survey_id)
        return counts, await outbox_queries.list_messages(session, survey_id=survey_id, status=chosen, limit=limit)

    counts, messages = in_existing_session(database, work)
    for (kind, each), n in sorted(counts.items()):
        click.echo(f"{n:>8}  {kind:<11} {each}")
    for message in messages:
        click.echo(
            f"{message.id:>8}  {message.kind:<11} {message.status:<10} {message.due_at:%Y-%m-%d %H:%M}  "
            f"{message.message_id}  {message.last_error or ''}".rstrip()
        )
    if not counts:
        click.echo("No message was planned yet.")


@mail.command()
@click.argument("numbers", metavar="MESSAGE...", type=RECORD_NUMBER, nargs=-1, required=True)
@database_option
def resend(numbers: tuple[int, ...], database: str) -> None:
    """Send messages again of which nobody knows whether they arrived, or that were refused."""

    async def work(session: AsyncSession) -> None:
        from servq.invitations.outbox import resend as send_again

        for number in numbers:
            await send_again(session, number, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"{len(numbers)} planned to be sent again.")


def _previewing(survey_id: int, kind: Kind, locale: str, address: str) -> Callable[[AsyncSession], Any]:
    async def work(session: AsyncSession) -> WordedLetter:
        from servq.mail import service

        return await service.preview(session, survey_id, kind, locale, address=address)

    return work


def _read(path: Path | None) -> str | None:
    from servq.errors import Problem, RequestInvalid

    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem("It is not written in UTF-8.", "Save it as UTF-8.", file=str(path))
        raise RequestInvalid(problem) from error
