"""Sends what is due, at most once: claim, hand over, write down.

A message is claimed by one atomic statement that writes ``sending`` and a lease; only then is it handed over; what
became of it is written together with the next claim. Whoever is killed in between leaves what was claimed marked
``sending``. After its lease that is ``unknown``, and nobody but a person sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import MailTextInvalid, MailUnavailable, SignatureInvalid
from servq.invitations import outbox_queries as queries
from servq.invitations.lettering import Composer
from servq.invitations.models import MessageStatus
from servq.invitations.outbox_queries import ClaimedMessage, MessageChange
from servq.mail.reports import enhanced_status, names_dead_mailbox
from servq.mail.sending import Envelope, Handover, MailConnections, Outcome

LEASE = timedelta(minutes=10)
"""How long a worker may take over what it claimed; longer than a mail server may take to answer."""

IN_FLIGHT = 4
"""Messages claimed at once for each connection: more of them cost less time, and leave more unknown after a kill."""

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240, 480, 960, 960))
"""Waits before a deferred message is tried again; greylisting passes with the first, two days end the last."""

_LONGEST_ERROR = 500
_ATTEMPTS_TO_WRITE = 5

_log = logging.getLogger(__name__)

OnHardRefusal = Callable[[AsyncSession, str, str], Awaitable[None]]
"""Is told the address and the reply when a server says that there is no such mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one run of the dispatcher did."""

    sent: int = 0
    others: int = 0

    def and_(self, changes: Sequence[MessageChange]) -> Tally:
        """Return it with further messages."""
        sent = sum(change.status is MessageStatus.SENT for change in changes)
        return Tally(sent=self.sent + sent, others=self.others + len(changes) - sent)


class _Flow:
    """What one run has claimed: waiting, under way, and done but not yet written down."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[tuple[ClaimedMessage, Envelope]] = asyncio.Queue()
        self.n_claimed = 0
        self.is_ending = False
        self.fault: Exception | None = None
        self._changes: list[MessageChange] = []
        self._changed = asyncio.Event()

    def add(self, due: Sequence[tuple[ClaimedMessage, Envelope]], refused: Sequence[MessageChange]) -> None:
        """Let messages be handed over, or written down as refused."""
        self.n_claimed += len(due) + len(refused)
        for each in due:
            self.waiting.put_nowait(each)
        self._changes += refused

    def put_change(self, change: MessageChange) -> None:
        """Keep what became of a message until it is written down."""
        self._changes.append(change)
        self._changed.set()

    def put_fault(self, message: ClaimedMessage | None, fault: Exception) -> None:
        """End the run; the message is given back, unless it may have been handed over."""
        self.fault, self.is_ending = self.fault or fault, True
        if message is None:
            self.n_claimed -= 1
            self._changed.set()
        else:
            self.put_change(_give_back(message, str(fault)))

    def give_back_waiting(self) -> None:
        """Give back what nobody has begun to hand over."""
        while not self.waiting.empty():
            message, _ = self.waiting.get_nowait()
            self.put_change(_give_back(message))

    def take_changes(self) -> list[MessageChange]:
        """Return what is to be written down."""
        changes, self._changes = self._changes, []
        self.n_claimed -= len(changes)
        return changes

    async def wait_for_changes(self, n: int) -> None:
        """Return when `n` changes wait to be written down, or as many as there can be."""
        while len(self._changes) < min(n, self.n_claimed) and not (self.is_ending and self._changes):
            self._changed.clear()
            await self._changed.wait()


class Dispatcher:
    """Sends the due messages of one database over one set of connections."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        composer: Composer,
        connections: MailConnections,
        *,
        now: Callable[[], datetime],
        suppressed: Select[tuple[str]],
        on_hard_refusal: OnHardRefusal,
        lease: timedelta = LEASE,
    ) -> None:
        self._sessions = sessions
        self._composer = composer
        self._connections = connections
        self._now = now
        self._claiming = queries.claiming(suppressed)
        self._on_hard_refusal = on_hard_refusal
        self._lease = lease

    async def run(self, stopping: asyncio.Event) -> Tally:
        """Send until nothing is due any more; what was claimed but not handed over is given back.

        Raises
        ------
        MailUnavailable
            The server takes nothing from us now. What was claimed is planned again as it was.
        """
        flow = _Flow()
        carriers = [asyncio.create_task(self._carry(flow)) for _ in range(self._connections.n)]
        most = IN_FLIGHT * self._connections.n
        tally = Tally()
        try:
            while True:
                changes = flow.take_changes()
                tally = tally.and_(changes)
                flow.is_ending = flow.is_ending or stopping.is_set() or not all(c.was_tried for c in changes)
                due, refused = await self._exchange(changes, n=0 if flow.is_ending else most - flow.n_claimed)
                flow.add(due, refused)
                if flow.is_ending:
                    flow.give_back_waiting()
                if not flow.n_claimed:
                    break
                # Half of them under way keeps the connections busy while the other half is written down.
                await flow.wait_for_changes(most // 2)
        finally:
            for carrier in carriers:
                carrier.cancel()
            await asyncio.gather(*carriers, return_exceptions=True)
            await self._connections.close()
        if flow.fault is not None:
            raise flow.fault
        return tally

    async def _carry(self, flow: _Flow) -> None:
        """Hand over what waits, one message after the other."""
        while True:
            message, envelope = await flow.waiting.get()
            try:
                flow.put_change(await self._hand_over(message, envelope))
            except MailUnavailable as error:
                flow.put_fault(message, error)
            except Exception as error:  # noqa: BLE001 (raised again when the others are written down)
                # Nobody knows whether it was handed over: it stays marked as being sent until its lease ends.
                flow.put_fault(None, error)

    async def _exchange(
        self, changes: Sequence[MessageChange], *, n: int
    ) -> tuple[list[tuple[ClaimedMessage, Envelope]], list[MessageChange]]:
        """Write down what became of messages and claim up to `n` more, in one transaction.

        Returns what to hand over, and what was claimed and shall not be.
        """
        for attempts_left in reversed(range(_ATTEMPTS_TO_WRITE)):
            try:
                return await self._exchange_once(changes, n=n)
            except DBAPIError:
                # What was handed over must not be forgotten because the database was busy for a moment.
                if not attempts_left:
                    raise
                await asyncio.sleep(1)
        raise AssertionError("the last attempt returns or raises")

    async def _exchange_once(
        self, changes: Sequence[MessageChange], *, n: int
    ) -> tuple[list[tuple[ClaimedMessage, Envelope]], list[MessageChange]]:
        now = self._now()
        async with self._sessions.begin() as session:
            await queries.record(session, changes)
            # An idle worker only looks: claiming takes the write lock of SQLite, which a round that wrote has anyway.
            if not n or not (changes or await queries.any_due(session, now=now)):
                return [], []
            claimed = await queries.claim(session, self._claiming, n, now=now, lease_until=now + self._lease)
            if not claimed:
                return [], []
            around = await self._composer.surround(session, claimed, now=now)
        due, refused = [], []
        for message in claimed:
            if message.is_suppressed:
                refused.append(_change(message, MessageStatus.CANCELLED, "The address is suppressed."))
                continue
            try:
                due.append((message, self._composer.compose(message, around[message.id], now=now)))
            except (MailTextInvalid, SignatureInvalid) as error:
                _log.error("Message %d was not sent: %s", message.id, error)
                refused.append(_change(message, MessageStatus.FAILED, str(error)))
            except Exception as error:  # noqa: BLE001 (the others were claimed too, and would all become unknown)
                _log.error("Message %d could not be composed.", message.id, exc_info=error)
                reason = f"It could not be composed ({type(error).__name__}); see the log of the worker."
                refused.append(_change(message, MessageStatus.FAILED, reason))
        return due, refused

    async def _hand_over(self, message: ClaimedMessage, envelope: Envelope) -> MessageChange:
        await self._connections.turn()
        if self._now() >= message.lease_until - self._lease / 2:
            # So late that somebody may soon take it for lost: better not begin.
            return _give_back(message, "This machine was held up between claiming and sending.")
        handover = await self._connections.deliver(envelope)
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
