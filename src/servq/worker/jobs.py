"""Everything that a worker does, in one list; each job joins packages that do not know each other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.deciding import decide_reminders
from servq.contacts.models import Suppression, SuppressionReason
from servq.contacts.service import suppress
from servq.errors import EnvironmentIncomplete
from servq.invitations import outbox_queries
from servq.invitations.bounces import Suppress, record_report
from servq.invitations.dispatch import Dispatcher
from servq.invitations.follow_up_queries import list_followed_surveys
from servq.invitations.lettering import Composer
from servq.invitations.reminders import plan_follow_ups
from servq.mail.mailbox import fetch_unread, mark_read
from servq.mail.reports import Trouble, read_report
from servq.mail.sending import MailConnections
from servq.mail.servers import MailSettings, bounce_mailbox
from servq.settings import BOUNCES_VARIABLE, Settings
from servq.worker.event_jobs import event_jobs
from servq.worker.long_work import long_work_jobs
from servq.worker.people_jobs import people_jobs
from servq.worker.report_mails import report_mail_jobs
from servq.worker.running import Job, Workplace
from servq.worker.survey_steps import survey_step_jobs

CONNECTIONS = 4
"""Connections of one worker to the mail server, each with one message under way."""

Work = Callable[[], Awaitable[object]]

_log = logging.getLogger(__name__)


def usual_jobs(settings: Settings) -> tuple[Job, ...]:
    """Return everything that an installation with these settings has to do."""
    jobs = [*event_jobs(), *long_work_jobs(), *survey_step_jobs(), Job("outbox", _tidy_outbox, every_s=20)]
    jobs += people_jobs(settings)
    if settings.smtp:
        jobs.append(Job("mail", _send_mail, every_s=1))
        jobs.extend(report_mail_jobs())
    if settings.bounces:
        jobs.append(Job("bounces", _read_bounces, every_s=60))
    return tuple(jobs)


async def _send_mail(place: Workplace) -> Work:
    mail = MailSettings.of(place.settings)
    connections = await place.kept.enter_async_context(MailConnections.open(mail.server, n=CONNECTIONS, rate=mail.rate))
    dispatcher = Dispatcher(
        place.sessions,
        Composer(sender=mail.sender, address=place.settings.address, tokens=place.tokens),
        connections,
        now=place.now,
        suppressed=select(Suppression.address),
        on_hard_refusal=lambda session, address, reply: suppress(
            session, address, SuppressionReason.HARD_BOUNCE, f"refused: {reply}"[:100], now=place.now()
        ),
    )
    return lambda: dispatcher.run(place.stopping)


async def _tidy_outbox(place: Workplace) -> Work:
    async def tidy() -> None:
        now = place.now()
        async with place.sessions.begin() as session:
            lost = await outbox_queries.give_up_leases(session, now=now)
            await outbox_queries.stop_needless(session, now=now)
        async with place.sessions() as session:
            followed = await list_followed_surveys(session)
        for survey_id in followed:
            async with place.sessions.begin() as session:
                await plan_follow_ups(session, survey_id, partial(_decide_reminders, now=now), now=now)
        if lost:
            _log.warning(
                "%d messages were being handed over when their worker ended; whether they arrived is unknown. "
                "See: servq mail list --status unknown.",
                lost,
            )

    return tidy


async def _read_bounces(place: Workplace) -> Work:
    mailbox = bounce_mailbox(place.settings)
    if mailbox is None:
        raise EnvironmentIncomplete(f"Set {BOUNCES_VARIABLE} to read undeliverable messages.")

    async def read() -> None:
        while mails := await asyncio.to_thread(fetch_unread, mailbox):
            for _, content in mails:
                report = read_report(content)
                if report is not None:
                    async with place.sessions.begin() as session:
                        await record_report(
                            session, report, tokens=place.tokens, suppress=suppressing(place.now()), now=place.now()
                        )
            await asyncio.to_thread(mark_read, mailbox, [number for number, _ in mails])
            if place.stopping.is_set():
                return

    return read


def suppressing(now: datetime) -> Suppress:
    """Return what ends the mails to an address that a report is about."""
    reasons = {Trouble.HARD: SuppressionReason.HARD_BOUNCE, Trouble.COMPLAINT: SuppressionReason.COMPLAINT}

    async def end(session: AsyncSession, address: str, trouble: Trouble, source: str) -> None:
        await suppress(session, address, reasons[trouble], source, now=now)

    return end


async def _decide_reminders(
    session: AsyncSession, survey_id: int, invitation_ids: Sequence[int], *, now: datetime
) -> Mapping[int, datetime | None]:
    decided = await decide_reminders(session, survey_id, invitation_ids, due_at=now, now=now)
    return {each.invitation_id: each.due_at if each.invited else None for each in decided if each.invitation_id}
