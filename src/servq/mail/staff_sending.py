"""Sends the mails to people with accounts, each at most once: claimed, handed over, written down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import MailUnavailable
from servq.mail import staff_queries as queries
from servq.mail.models import StaffMail, StaffMailStatus
from servq.mail.sending import Handover, MailConnections, Outcome
from servq.mail.servers import MailSettings, is_address
from servq.mail.staff_letters import compose_staff_mail

LEASE = timedelta(minutes=10)
"""How long a worker may take over one mail; longer than a mail server may take to answer."""

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 960))
_LONGEST_REPLY = 300

_log = logging.getLogger(__name__)

LinkOf = Callable[[Mapping[str, Any]], str]
"""Returns the address to which a mail with these values leads, "" for none."""


class StaffSender:
    """Sends what is due over one connection."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        connections: MailConnections,
        mail: MailSettings,
        *,
        link_of: LinkOf,
        now: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._connections = connections
        self._mail = mail
        self._link_of = link_of
        self._now = now

    async def run(self, stopping: asyncio.Event) -> int:
        """Send until nothing is due and return how many were taken; raises `MailUnavailable`."""
        async with self._sessions.begin() as session:
            if lost := await queries.give_up_leases(session, now=self._now()):
                _log.warning("%d mails to people with accounts may or may not have arrived: their worker ended.", lost)
        n = 0
        while not stopping.is_set() and await self._send_one():
            n += 1
        return n

    async def _send_one(self) -> bool:
        now = self._now()
        async with self._sessions.begin() as session:
            mail = await queries.claim(session, now=now, until=now + LEASE)
            if mail is None:
                return False
            files = await queries.list_attachments(session, mail.id)
        if not is_address(mail.recipient):
            await self._note(mail, Handover(Outcome.REFUSED, reply="This is no address that a mail can be sent to."))
            return True
        envelope = compose_staff_mail(
            mail.template,
            mail.values,
            locale=mail.locale,
            recipient=mail.recipient,
            link=self._link_of(mail.values),
            sender=self._mail.sender,
            attachments=files,
            at=now,
        )
        try:
            await self._connections.turn()
            handover = await self._connections.deliver(envelope)
        except MailUnavailable as error:
            async with self._sessions.begin() as session:
                reply = str(error)[:_LONGEST_REPLY]
                await queries.plan_again(session, mail.id, due_at=now, reply=reply, counts=False)
            raise
        await self._note(mail, handover)
        return True

    async def _note(self, mail: StaffMail, handover: Handover) -> None:
        async with self._sessions.begin() as session:
            if handover.outcome is Outcome.DEFERRED and mail.attempts <= len(RETRY_AFTER):
                due_at = self._now() + RETRY_AFTER[mail.attempts - 1]
                await queries.plan_again(session, mail.id, due_at=due_at, reply=handover.reply, counts=True)
                return
            await queries.note_end(session, mail.id, _ENDS[handover.outcome], handover.reply[:_LONGEST_REPLY])
        if handover.outcome is not Outcome.ACCEPTED:
            _log.warning("Mail %d to a person with an account: %s (%s).", mail.id, handover.outcome, handover.reply)


_ENDS: Mapping[Outcome, StaffMailStatus] = {
    Outcome.ACCEPTED: StaffMailStatus.SENT,
    Outcome.DEFERRED: StaffMailStatus.REFUSED,
    Outcome.REFUSED: StaffMailStatus.REFUSED,
    Outcome.UNSURE: StaffMailStatus.UNKNOWN,
}
