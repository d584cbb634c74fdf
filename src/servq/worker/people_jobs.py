"""The worker's part in accounts: their mails, and forgetting what is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from servq.accounts import audit_queries, session_queries, throttle_queries
from servq.accounts.links import link_path
from servq.accounts.models import Purpose
from servq.accounts.sessions import LONGEST_IDLE, LONGEST_SESSION
from servq.accounts.throttle import FORGOTTEN_AFTER
from servq.mail.sending import MailConnections
from servq.mail.servers import MailSettings
from servq.mail.staff_sending import StaffSender
from servq.settings import Settings
from servq.worker.running import Job, Workplace

AUDIT_KEPT = timedelta(days=730)
"""How long entries of the audit log are kept; docs/workplace.md says so."""

Work = Callable[[], Awaitable[object]]


def people_jobs(settings: Settings) -> tuple[Job, ...]:
    """Return what accounts need to have done."""
    jobs = [Job("sessions", _forget, every_s=3600)]
    if settings.smtp:
        jobs.append(Job("staff mail", _send_staff_mail, every_s=1))
    return tuple(jobs)


async def _send_staff_mail(place: Workplace) -> Work:
    mail = MailSettings.of(place.settings)
    connections = await place.kept.enter_async_context(MailConnections.open(mail.server, n=1, rate=mail.rate))

    def link_of(values: Mapping[str, Any]) -> str:
        path = str(values.get("path", ""))
        if "purpose" in values:
            path = link_path(place.tokens, Purpose(values["purpose"]), int(values["link"]))
        return place.settings.address.rstrip("/") + path if path else ""

    sender = StaffSender(place.sessions, connections, mail, link_of=link_of, now=place.now)

    async def send() -> None:
        if not await sender.run(place.stopping):
            await connections.close()  # mails are few: a server would end the connection before the next

    return send


async def _forget(place: Workplace) -> Work:
    async def forget() -> None:
        now = place.now()
        async with place.sessions.begin() as session:
            await session_queries.delete_ended(
                session, begun_before=now - LONGEST_SESSION, seen_before=now - LONGEST_IDLE
            )
            await throttle_queries.forget_failures(session, before=now - FORGOTTEN_AFTER)
            await audit_queries.delete_entries(session, before=now - AUDIT_KEPT)

    return forget
