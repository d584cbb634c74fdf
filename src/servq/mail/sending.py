"""Handing messages to an SMTP server: over few connections that stay open, at a limited rate, and never twice.

What matters is to know afterwards whether a message was handed over. Everything before the last byte of the message is
a clear no; the server's answer after it is a clear yes or no; only a connection lost in between leaves it `UNSURE`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Self

from servq.errors import MailUnavailable
from servq.mail.reports import plain_words
from servq.mail.servers import MailServer
from servq.settings import MAIL_FROM_VARIABLE, MAIL_RETURN_VARIABLE

if TYPE_CHECKING:
    from aiosmtplib import SMTP

COMMAND_TIMEOUT_S = 60.0
"""How long a server may take to answer one command."""

# Servers close a connection after some number of messages; a hundred is below what any of them takes.
_MESSAGES_A_CONNECTION = 100
_LONGEST_REPLY = 300


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Handover:
    """The outcome, and what the server said."""

    outcome: Outcome
    code: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A finished message with where it goes and where it comes back."""

    return_path: str
    recipient: str
    content: bytes


class Pace:
    """Spreads messages evenly: one in 1/`rate` seconds, for all connections together."""

    def __init__(self, rate: float | None, *, clock: Callable[[], float] = monotonic) -> None:
        self._pause = 0.0 if rate is None else 1 / rate
        self._clock = clock
        self._next = 0.0

    async def turn(self) -> None:
        """Return when the next message may leave."""
        if not self._pause:
            return
        now = self._clock()
        at = max(self._next, now)
        self._next = at + self._pause
        if at > now:
            await asyncio.sleep(at - now)


class MailConnection:
    """One connection to the server, opened when first needed and again when it was lost."""

    def __init__(self, server: MailServer, trust: Callable[[], ssl.SSLContext]) -> None:
        self._server = server
        self._trust = trust
        self._client: SMTP | None = None
        self._sent = 0

    async def deliver(self, envelope: Envelope) -> Handover:
        """Hand a message over; raises `MailUnavailable` when it certainly was not and the message is not to blame."""
        from aiosmtplib import SMTPException, SMTPResponseException

        client = await self._connected()
        try:
            await client.mail(envelope.return_path)
        except SMTPResponseException as refusal:
            # The server refuses us, not this message: the next one would fare no better.
            await self._start_over(client, refusal.code)
            raise MailUnavailable(
                f"The mail server {self._server!r} takes nothing from this sender ({_said(refusal)}). "
                f"Check {MAIL_FROM_VARIABLE} and {MAIL_RETURN_VARIABLE}."
            ) from refusal
        except (SMTPException, OSError) as error:
            raise self._hung_up(error) from error
        try:
            await client.rcpt(envelope.recipient)
        except SMTPResponseException as refusal:
            await self._start_over(client, refusal.code)
            return _refused(refusal)
        except (SMTPException, OSError) as error:
            raise self._hung_up(error) from error
        try:
            code, reply = await client.data(envelope.content)
        except SMTPResponseException as refusal:
            await self._start_over(client, refusal.code)
            # A reply that is no SMTP says nothing about the message before it.
            return _refused(refusal) if refusal.code >= 400 else Handover(Outcome.UNSURE, reply=_said(refusal))
        except (SMTPException, OSError) as error:
            self._drop()
            return Handover(Outcome.UNSURE, reply=_said(error))
        self._sent += 1
        return Handover(Outcome.ACCEPTED, code, plain_words(reply)[:_LONGEST_REPLY])

    async def close(self) -> None:
        """Take leave of the server."""
        from aiosmtplib import SMTPException

        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit(timeout=5)
            except (SMTPException, OSError):
                client.close()

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected and self._sent < _MESSAGES_A_CONNECTION:
            return self._client
        await self.close()
        self._client, self._sent = await _connect(self._server, self._trust()), 0
        return self._client

    async def _start_over(self, client: SMTP, code: int) -> None:
        """Make the connection ready for the next message after a refusal."""
        from aiosmtplib import SMTPException

        try:
            if code == 421:  # the server is about to close the connection
                await self.close()
            elif client.is_connected:
                await client.rset()
        except (SMTPException, OSError):
            self._drop()

    def _hung_up(self, error: Exception) -> MailUnavailable:
        self._drop()
        return MailUnavailable(f"The mail server {self._server!r} hung up ({_said(error)}).")

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


class MailConnections:
    """A fixed number of connections to one server; made by `open`."""

    def __init__(self, server: MailServer, n: int, rate: float | None) -> None:
        self._pace = Pace(rate)
        # Reading the certificates of this machine takes 30 ms.
        trust = cache(ssl.create_default_context)
        self._all = [MailConnection(server, trust) for _ in range(n)]
        self._free: asyncio.Queue[MailConnection] = asyncio.Queue()
        for connection in self._all:
            self._free.put_nowait(connection)

    @classmethod
    @asynccontextmanager
    async def open(cls, server: MailServer, *, n: int, rate: float | None = None) -> AsyncIterator[Self]:
        """Yield connections, none of them made yet; at the end all of them are closed."""
        connections = cls(server, n, rate)
        async with AsyncExitStack() as stack:
            for connection in connections._all:
                stack.push_async_callback(connection.close)
            yield connections

    @property
    def n(self) -> int:
        """How many messages are handed over at once."""
        return len(self._all)

    async def turn(self) -> None:
        """Return when the next message may leave by the rate."""
        await self._pace.turn()

    async def deliver(self, envelope: Envelope) -> Handover:
        """Hand a message over on the next free connection; raises as `MailConnection.deliver` does."""
        connection = await self._free.get()
        try:
            return await connection.deliver(envelope)
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close what is open; the next message opens it again."""
        await asyncio.gather(*(connection.close() for connection in self._all))


async def _connect(server: MailServer, trust: ssl.SSLContext) -> SMTP:
    from aiosmtplib import SMTP, SMTPException

    client = SMTP(
        hostname=server.host,
        port=server.port,
        timeout=COMMAND_TIMEOUT_S,
        use_tls=server.encryption == "wrapped",
        start_tls={"offered": None, "required": True, "wrapped": False}[server.encryption],
        tls_context=trust,
    )
    try:
        await client.connect()
        if server.user:
            await client.login(server.user, server.password)
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        raise MailUnavailable(f"The mail server {server!r} cannot be used ({_said(error)}).") from error
    return client


def _refused(refusal: Exception) -> Handover:
    code = int(getattr(refusal, "code", 0))
    outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED
    return Handover(outcome, code, _said(refusal))


def _said(error: Exception) -> str:
    code, message = getattr(error, "code", ""), getattr(error, "message", "") or str(error) or type(error).__name__
    return plain_words(f"{code} {message}")[:_LONGEST_REPLY]
