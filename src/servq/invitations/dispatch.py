"""Sends what is due, at most once: claim, hand over, write down.

A message is claimed by one atomic statement that writes ``sending`` and a lease; only then is it handed over; what
became of it is written together with the next claim. Whoever is killed in between leaves at most two rounds marked
``sending``. After their lease they are ``unknown``, and nobody but a person sends them again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import MailTextInvalid, MailUnavailable, SignatureInvalid
from servq.invitations import outbox_queries as queries
from servq.invitations.lettering import Composer
from servq.invitations.models import MessageKind, MessageStatus
from servq.invitations.outbox_queries import ClaimedMessage, MessageChange
from servq.mail.reports import enhanced_status, names_dead_mailbox
from servq.mail.sending import Envelope, Handover, MailConnections, Outcome

LEASE = timedelta(minutes=10)
"""How long a worker may take over what it claimed; longer than a mail server may take to answer."""

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240, 480, 960, 960))
"""Waits before a deferred message is tried again; greylisting passes with the first, two days end the last."""

_LONGEST_ERROR = 500
_ATTEMPTS_TO_WRITE = 5

_log = logging.getLogger(__name__)

FindSuppressed = Callable[[AsyncSession, Sequence[str]], Awaitable[Collection[str]]]
"""Which of some addresses must not be written to; they are not ours to know."""

OnHardRefusal = Callable[[AsyncSession, str, str], Awaitable[None]]
"""Is told the address and the reply when a server says that there is no such mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one run of the dispatcher did."""

    sent: int = 0
    others: int = 0


class Dispatcher:
    """Sends the due messages of one database over one set of connections."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        composer: Composer,
        connections: MailConnections,
        *,
        now: Callable[[], datetime],
        find_suppressed: FindSuppressed,
        on_hard_refusal: OnHardRefusal,
        lease: timedelta = LEASE,
    ) -> None:
        self._sessions = sessions
        self._composer = composer
        self._connections = connections
        self._now = now
        self._find_suppressed = find_suppressed
        self._on_hard_refusal = on_hard_refusal
        self._lease = lease

    async def run(self, stopping: asyncio.Event) -> Tally:
        """Send until nothing is due any more; what was claimed but not handed over is given back.

        Raises
        ------
        MailUnavailable
            The server takes nothing from us now. What was claimed is planned again as it was.
        """
        sent = others = 0
        due, changes = await self._exchange([])
        while due or changes:
            ahead = asyncio.create_task(self._exchange(changes, claims=not stopping.is_set()))
            handed_over = await asyncio.gather(*(self._hand_over(*each) for each in due), return_exceptions=True)
            following, refused = await ahead
            faults = [each for each in handed_over if isinstance(each, BaseException)]
            changes = [*(each for each in handed_over if isinstance(each, MessageChange)), *refused]
            sent += sum(change.status is MessageStatus.SENT for change in changes)
            others += sum(change.status is not MessageStatus.SENT for change in changes)
            not_tried = [change.error for change in changes if not change.was_tried]
            if faults or not_tried or stopping.is_set():
                await self._exchange([*changes, *(_give_back(message) for message, _ in following)], claims=False)
                if faults:
                    raise faults[0]
                if not_tried:
                    await self._connections.close()
                    raise MailUnavailable(not_tried[0] or "The mail server takes nothing now.")
                break
            due = following
        await self._connections.close()
        return Tally(sent=sent, others=others)

    async def _exchange(
        self, changes: Sequence[MessageChange], *, claims: bool = True
    ) -> tuple[list[tuple[ClaimedMessage, Envelope]], list[MessageChange]]:
        """Write down what became of the last round and claim the next, in one transaction.

        Returns what to hand over, and what was claimed and shall not be.
        """
        for attempts_left in reversed(range(_ATTEMPTS_TO_WRITE)):
            try:
                return await self._exchange_once(changes, claims=claims)
            except DBAPIError:
                # What was handed over must not be forgotten because the database was busy for a moment.
                if not attempts_left:
                    raise
                await asyncio.sleep(1)
        raise AssertionError("the last attempt returns or raises")

    async def _exchange_once(
        self, changes: Sequence[MessageChange], *, claims: bool
    ) -> tuple[list[tuple[ClaimedMessage, Envelope]], list[MessageChange]]:
        now = self._now()
        async with self._sessions.begin() as session:
            await queries.record(session, changes)
            if not claims or not await queries.any_due(session, now=now):
                return [], []
            claimed = await queries.claim(session, self._connections.n, now=now, lease_until=now + self._lease)
            if not claimed:
                return [], []
            suppressed = await self._find_suppressed(session, [message.address for message in claimed])
            around = await self._composer.surround(session, claimed, now=now)
        due, refused = [], []
        for message in claimed:
            if message.address in suppressed and message.kind is not MessageKind.ALERT:
                refused.append(_change(message, MessageStatus.CANCELLED, "The address is suppressed."))
                continue
            try:
                due.append((message, self._composer.compose(message, around[message.id], now=now)))
            except (MailTextInvalid, SignatureInvalid) as error:
                _log.error("Message %d was not sent: %s", message.id, error)
                refused.append(_change(message, MessageStatus.FAILED, str(error)))
        return due, refused

    async def _hand_over(self, message: ClaimedMessage, envelope: Envelope) -> MessageChange:
        if self._now() >= message.lease_until - self._lease / 2:
            # So late that somebody may soon take it for lost: better not begin.
            return _give_back(message, "This machine was held up between claiming and sending.")
        try:
            handover = await self._connections.deliver(envelope)
        except MailUnavailable as error:
            return _give_back(message, str(error))
        said = handover.reply
        if handover.outcome is Outcome.REFUSED and names_dead_mailbox(enhanced_status(said), said):
            async with self._sessions.begin() as session:
                await self._on_hard_refusal(session, message.address, said)
        return self._outcome(message, handover)

    def _outcome(self, message: ClaimedMessage, handover: Handover) -> MessageChange:
        now = self._now()
        match handover.outcome:
            case Outcome.ACCEPTED:
                return _change(message, MessageStatus.SENT, None, sent_at=now)
            case Outcome.UNSURE:
                error = f"The connection was lost before the server had confirmed it ({handover.reply})."
                return _change(message, MessageStatus.UNKNOWN, error)
            case Outcome.DEFERRED if message.attempts <= len(RETRY_AFTER):
                again = now + RETRY_AFTER[message.attempts - 1]
                return _change(message, MessageStatus.PLANNED, handover.reply, due_at=again)
            case _:
                return _change(message, MessageStatus.FAILED, handover.reply)


def _change(
    message: ClaimedMessage,
    status: MessageStatus,
    error: str | None,
    *,
    sent_at: datetime | None = None,
    due_at: datetime | None = None,
) -> MessageChange:
    shown = None if error is None else error[:_LONGEST_ERROR]
    return MessageChange(message.id, message.attempts, status, shown, sent_at=sent_at, due_at=due_at)


def _give_back(message: ClaimedMessage, error: str = "") -> MessageChange:
    shown = error[:_LONGEST_ERROR] or None
    return MessageChange(message.id, message.attempts, MessageStatus.PLANNED, shown, was_tried=False)
