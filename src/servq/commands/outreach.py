"""``servq survey invite``, ``reach`` and ``fieldwork``: asking contacts, and how that goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.errors import Problem, RequestInvalid
from servq.settings import ADDRESS_VARIABLE, DEFAULT_ADDRESS, Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.contacts.gate import Decided
    from servq.contacts.models import Quota
    from servq.contacts.rules import Reach
    from servq.fieldwork.links import PageLink
    from servq.fieldwork.numbers import Fieldwork, Progress, ReasonCount

_CHANNELS = ("email", "personal_link", "in_app")
_MEASURES = ("invited", "delivered", "bounced", "opened", "started", "completed", "opted_out")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@click.option("--everybody", is_flag=True, help="All contacts.")
@click.option("--where", "where", metavar="NAME=VALUE", multiple=True, help="Contacts with this attribute; repeatable.")
@click.option("--reference", "references", metavar="REFERENCE", multiple=True, help="One contact; repeatable.")
@click.option(
    "--channel",
    type=click.Choice(["email", "personal_link"]),
    default="email",
    show_default=True,
    help="By mail, or by links that are printed and handed over by you.",
)
@click.option("--at", "due_at", type=click.DateTime(), help="Day or time (UTC); now when left out.")
@click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where respondents reach the service; also read from {ADDRESS_VARIABLE}.",
)
@database_option
def invite(
    survey_id: int,
    everybody: bool,  # noqa: FBT001 (click passes options by name)
    where: tuple[str, ...],
    references: tuple[str, ...],
    channel: str,
    due_at: datetime | None,
    address: str,
    database: str,
) -> None:
    """Ask contacts to take part in survey ID, as the contact policy allows."""
    if bool(references) == (everybody or bool(where)) or (everybody and where):
        raise RequestInvalid("Say whom to ask: --everybody, or --where NAME=VALUE, or --reference REFERENCE.")
    attributes = None if references else _pairs(where, "--where")
    moment = None if due_at is None else due_at.replace(tzinfo=UTC)

    async def work(session: AsyncSession) -> list[Decided]:
        from servq.contacts import campaign
        from servq.contacts.models import DecisionSource
        from servq.installation import installation_tokens
        from servq.surveys.models import Channel

        contact_ids = await campaign.find_contact_ids(session, references=references, attributes=attributes)
        return await campaign.invite(
            session,
            survey_id,
            contact_ids,
            channel=Channel(channel),
            due_at=moment,
            source=DecisionSource.IMPORT,
            now=datetime.now(UTC),
            tokens=installation_tokens(Settings.from_environment(database=database)) if channel == "email" else None,
        )

    decided = in_existing_session(database, work)
    for each in decided:
        if each.path is not None and channel == "personal_link":
            click.echo(address.rstrip("/") + each.path)
    reasons = Counter(each.reason.value for each in decided if each.reason is not None)
    click.echo(f"{sum(each.invited for each in decided):,} contacts are invited.", err=channel == "personal_link")
    for reason, n in reasons.most_common():
        click.echo(f"{n:,} are not: {reason}.", err=True)


@click.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@click.option("--share", type=click.FloatRange(0, 1), help="Share of the contacts that is asked.")
@click.option("--quota", "quotas", metavar="NAME=VALUE:MOST", multiple=True, help="Invitations a wave; repeatable.")
@click.option("--no-quotas", is_flag=True, help="Forget all quotas.")
@click.option("--channel", "channels", type=click.Choice(_CHANNELS), multiple=True, help="Only by these; repeatable.")
@click.option("--link-days", type=click.IntRange(1, 3650), help="How long personal links work.")
@database_option
def reach(survey_id: int, quotas: tuple[str, ...], database: str, **changes: Any) -> None:
    """Say whom survey ID may reach, or show it; what is left out stays."""
    if quotas and changes["no_quotas"]:
        raise RequestInvalid("Give --quota or --no-quotas, not both.")
    given = tuple(map(_quota, quotas))

    async def work(session: AsyncSession) -> Reach:
        from servq.contacts.rules import get_reach, set_reach

        found = await get_reach(session, survey_id)
        changed = _changed(found, quotas=given, **changes)
        if changed != found:
            await set_reach(session, survey_id, changed)
        return changed

    now = in_existing_session(database, work)
    click.echo(f"Share of the contacts: {now.sampling_share:.0%}")
    click.echo(f"Channels: {', '.join(now.channels) or 'all'}")
    click.echo(f"Personal links work: {f'{now.link_days} days' if now.link_days else 'until the survey closes'}")
    for quota in now.quotas:
        click.echo(f"At most {quota.most:,} invitations a wave where {quota.attribute} is {quota.value}")


@click.command()
@click.argument("survey_id", metavar="ID", type=RECORD_NUMBER)
@click.option("--wave", type=RECORD_NUMBER, help="Number of the wave; the newest when left out.")
@click.option("--json", "json_path", type=_FILE, help="Write every number.")
@click.option("--link", "wants_link", is_flag=True, help="Make a private link to the page of the wave, and print it.")
@click.option("--days", type=int, default=30, show_default=True, help="How long the link works.")
@click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where the service is reached; also read from {ADDRESS_VARIABLE}.",
)
@database_option
def fieldwork(
    survey_id: int,
    wave: int | None,
    json_path: Path | None,
    wants_link: bool,  # noqa: FBT001 (click passes options by name)
    days: int,
    address: str,
    database: str,
) -> None:
    """Show how the collection of survey ID goes: numbers, reasons and response rates."""
    if wants_link:
        _print_link(survey_id, wave, days, address, database)
        return

    async def work(session: AsyncSession) -> Fieldwork:
        from servq.fieldwork.service import get_fieldwork

        return await get_fieldwork(session, survey_id, wave=wave, now=datetime.now(UTC))

    found = in_existing_session(database, work)
    if json_path is not None:
        import msgspec

        json_path.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        click.echo(f"Wrote {json_path}")
        return
    for line in _lines(found):
        click.echo(line)


def _print_link(survey_id: int, wave: int | None, days: int, address: str, database: str) -> None:
    async def work(session: AsyncSession) -> PageLink:
        from servq.fieldwork.service import link_to_page
        from servq.installation import installation_tokens

        tokens = installation_tokens(Settings.from_environment(database=database))
        return await link_to_page(session, survey_id, wave=wave, days=days, tokens=tokens, now=datetime.now(UTC))

    made = in_existing_session(database, work)
    click.echo(f"{address.rstrip('/')}{made.path}")
    until = f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"It works until {until}. Whoever has it can read the page, and no one can take it back.", err=True)


def _changed(
    found: Reach,
    *,
    share: float | None,
    quotas: tuple[Quota, ...],
    no_quotas: bool,
    channels: Sequence[str],
    link_days: int | None,
) -> Reach:
    import msgspec

    from servq.surveys.models import Channel

    return msgspec.structs.replace(
        found,
        sampling_share=found.sampling_share if share is None else share,
        quotas=() if no_quotas else quotas or found.quotas,
        channels=tuple(map(Channel, channels)) or found.channels,
        link_days=link_days or found.link_days,
    )


def _quota(text: str) -> Quota:
    from servq.contacts.models import Quota

    condition, colon, most = text.rpartition(":")
    attribute, equals, value = condition.partition("=")
    if not colon or not equals or not most.isdecimal() or not most.isascii():
        raise RequestInvalid(Problem(f'"{text}" is no quota.', "Write e.g. site=North:100.", column="--quota"))
    return Quota(attribute=attribute, value=value, most=int(most))


def _pairs(texts: Iterable[str], option: str) -> Mapping[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise RequestInvalid(Problem(f'"{text}" is no attribute.', "Write e.g. site=North.", column=option))
        found[name] = value
    return found


def _lines(found: Fieldwork) -> list[str]:
    state = "open" if found.is_open else "over"
    lines = [f"Survey {found.survey_id}, wave {found.wave} ({found.wave_name}), {state}", ""]
    lines.append(f"{'':<24}" + "".join(f"{name.replace('_', ' '):>11}" for name in _MEASURES))
    lines.append(_progress_line("all", found.total))
    for title, parts in (("by day", found.by_day), ("by channel", found.by_channel), ("by site", found.by_site)):
        lines += [title, *(_progress_line(f"  {name or '(none)'}", progress) for name, progress in parts.items())]
    lines += _reason_lines("Not invited", found.not_invited) + _reason_lines("Not reminded", found.not_reminded)
    cases = [f"{name.replace('_', ' ')} {n:,}" for name, n in found.dispositions.items() if n]
    lines += ["", f"Dispositions: {', '.join(cases) or 'none'}", "", "Response rates (AAPOR)"]
    for rate in found.response_rates:
        value = "–" if rate.value is None else f"{rate.value:.1%} of {rate.n:,}"
        notes = [rate.method.partition(", ")[2], *rate.caveats]
        lines.append(f"  {rate.definition}  {value:<18} {'. '.join(filter(None, notes))}".rstrip())
    return lines


def _progress_line(name: str, progress: Progress) -> str:
    return f"{name[:24]:<24}" + "".join(f"{getattr(progress, measure):>11,}" for measure in _MEASURES)


def _reason_lines(title: str, reasons: Sequence[ReasonCount]) -> list[str]:
    if not reasons:
        return []
    return ["", title, *(f"  {reason.reason.replace('_', ' '):<22}{reason.n:>11,}" for reason in reasons)]
