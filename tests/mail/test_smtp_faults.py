"""Servers that are down, slow, unfriendly or encrypted: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from types import MappingProxyType

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.certificates import make_certificate
from mail.planning import TOKENS, Sessions, invite, messages_of, settings_of, tick
from mail.sink import Received, Sink, free_port, open_sink
from servq.contacts.models import Suppression
from servq.db import make_sessions
from servq.errors import EnvironmentIncomplete, MailUnavailable
from servq.invitations.dispatch import RETRY_AFTER, Dispatcher
from servq.invitations.lettering import Composer, Surroundings
from servq.invitations.models import MessageStatus
from servq.invitations.outbox_queries import ClaimedMessage
from servq.mail import sending
from servq.mail.sending import Envelope, MailConnections
from servq.mail.servers import MailSettings, is_address
from servq.worker.jobs import CONNECTIONS
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

N = 30
ADDRESSES = [f"guest{number}@example.org" for number in range(N)]


@pytest.fixture
async def planned(sessions: Sessions) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES)


@asynccontextmanager
async def plain_server(
    *, sender: bytes = b"250 OK\r\n", recipients: Mapping[bytes, bytes] = MappingProxyType({})
) -> AsyncIterator[int]:
    """Serve SMTP word by word: aiosmtpd sends nothing but ASCII, and asks nobody about the sender."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            reply = b"250 OK\r\n"
            if line.upper().startswith(b"MAIL"):
                reply = sender
            elif line.upper().startswith(b"RCPT"):
                reply = next((said for name, said in recipients.items() if name in line), reply)
            elif line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(reply)
            if line.upper().startswith(b"QUIT"):
                break
        writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def count(sessions: Sessions) -> Counter[MessageStatus]:
    return Counter(message.status for message in await messages_of(sessions))


@pytest.mark.usefixtures("planned")
async def test_while_the_server_is_down_everything_stays_planned_and_counts_as_no_attempt(
    engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    settings = settings_of(database, free_port())
    for _ in range(2):
        with pytest.raises(MailUnavailable, match="cannot be used"):
            await tick(engine, settings, "mail")
    assert await count(sessions) == {MessageStatus.PLANNED: N}
    assert {message.attempts for message in await messages_of(sessions)} == {0}
    with open_sink(port=int(settings.smtp.rpartition(":")[2])) as sink:
        await tick(engine, settings, "mail")
        assert sorted(sink.addresses) == sorted(ADDRESSES)


@pytest.mark.usefixtures("planned")
async def test_greylisting_is_waited_out(engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink) -> None:
    known: set[str] = set()

    def greylist(address: str) -> str | None:
        if address in known:
            return None
        known.add(address)
        return "451 4.7.1 greylisted, try again in five minutes"

    sink.on_recipient = greylist
    settings = settings_of(database, sink.port)
    await tick(engine, settings, "mail")
    assert sink.received == []
    assert {message.due_at for message in await messages_of(sessions)} == {NOW + RETRY_AFTER[0]}
    await tick(engine, settings, "mail", now=NOW + RETRY_AFTER[0] - timedelta(seconds=1))
    assert sink.received == []
    await tick(engine, settings, "mail", now=NOW + RETRY_AFTER[0])
    assert sorted(sink.addresses) == sorted(ADDRESSES)
    assert await count(sessions) == {MessageStatus.SENT: N}


async def test_a_message_that_is_deferred_for_ever_fails_after_two_days_with_the_servers_words(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES[:1])
    sink.on_data = lambda _, __: "452 4.3.1 no room"
    now = NOW
    for wait in RETRY_AFTER:
        await tick(engine, settings_of(database, sink.port), "mail", now=now)
        now += wait
    await tick(engine, settings_of(database, sink.port), "mail", now=now)
    (message,) = await messages_of(sessions)
    assert (message.status, message.last_error) == (MessageStatus.FAILED, "452 4.3.1 no room")
    assert timedelta(days=1.5) < now - NOW < timedelta(days=3)


@pytest.mark.usefixtures("planned")
async def test_a_refused_recipient_fails_alone_and_a_mailbox_that_is_none_is_suppressed(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    replies = {ADDRESSES[3]: "550 5.1.1 no such user", ADDRESSES[4]: "550 5.7.1 we do not like you"}
    sink.on_recipient = replies.get
    await tick(engine, settings_of(database, sink.port), "mail")
    assert await count(sessions) == {MessageStatus.SENT: N - 2, MessageStatus.FAILED: 2}
    async with sessions() as session:
        assert [row.address for row in await session.scalars(select(Suppression))] == [ADDRESSES[3]]


async def test_a_refusal_in_another_encoding_is_written_down_and_the_others_are_sent(
    engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    """Servers say what they like: bytes that are no UTF-8, and control characters that no database takes."""
    await invite(sessions, await make_survey(sessions), ["ann@example.org", "ben@example.org"])
    replies = {b"ann": b"550 5.1.1 Empf\xe4nger \x00 unbekannt\r\n"}
    async with plain_server(recipients=replies) as port:
        await tick(engine, settings_of(database, port), "mail")
    failed, sent = await messages_of(sessions)
    assert (failed.status, sent.status) == (MessageStatus.FAILED, MessageStatus.SENT)
    assert re.fullmatch(r"550 5\.1\.1 Empf.nger unbekannt", failed.last_error or "")


async def test_a_server_that_refuses_the_sender_costs_no_message_and_suppresses_nobody(
    engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES)
    async with plain_server(sender=b"550 5.1.0 sender rejected\r\n") as port:
        with pytest.raises(MailUnavailable, match=r"takes nothing from this sender .* Check SERVQ_MAIL_FROM"):
            await tick(engine, settings_of(database, port), "mail")
    assert await count(sessions) == {MessageStatus.PLANNED: N}
    assert {message.attempts for message in await messages_of(sessions)} == {0}
    async with sessions() as session:
        assert (await session.scalars(select(Suppression))).all() == []


async def test_a_message_that_cannot_be_composed_at_all_fails_alone(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = Composer.compose

    def stumble(self: Composer, message: ClaimedMessage, around: Surroundings, *, now: datetime) -> Envelope:
        if message.address == ADDRESSES[0]:
            raise OverflowError("something nobody thought of")
        return compose(self, message, around, now=now)

    monkeypatch.setattr(Composer, "compose", stumble)
    await invite(sessions, await make_survey(sessions), ADDRESSES[:3])
    await tick(engine, settings_of(database, sink.port), "mail")
    assert await count(sessions) == {MessageStatus.FAILED: 1, MessageStatus.SENT: 2}


@pytest.mark.usefixtures("planned")
async def test_a_connection_lost_before_the_reply_leaves_its_message_unknown_and_the_others_sent(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    def hang_up(received: Received, server: SMTP) -> str | None:
        if received.recipient == ADDRESSES[7]:
            assert server.transport is not None
            server.transport.abort()
        return None

    sink.on_data = hang_up
    for _ in range(3):
        await tick(engine, settings_of(database, sink.port), "mail")
    assert await count(sessions) == {MessageStatus.SENT: N - 1, MessageStatus.UNKNOWN: 1}
    assert max(Counter(sink.addresses).values()) == 1, "it arrived, and is not sent again"


async def test_a_server_that_says_nothing_is_left_after_the_time_limit(
    engine: AsyncEngine, sessions: Sessions, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES[:1])
    monkeypatch.setattr(sending, "COMMAND_TIMEOUT_S", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        started = monotonic()
        with pytest.raises(MailUnavailable, match="cannot be used"):
            await tick(engine, settings_of(database, silent.getsockname()[1]), "mail")
        assert monotonic() - started < 5
    assert await count(sessions) == {MessageStatus.PLANNED: 1}


@pytest.mark.usefixtures("planned")
async def test_connections_are_used_again_and_the_rate_is_kept(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    started = monotonic()
    await tick(engine, settings_of(database, sink.port, mail_rate="40"), "mail")
    assert monotonic() - started >= (N - 1) / 40
    assert len(sink.sessions) <= CONNECTIONS
    assert await count(sessions) == {MessageStatus.SENT: N}


async def test_a_message_whose_turn_comes_too_late_in_its_lease_is_given_back(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES[:4])
    mail = MailSettings.of(settings_of(database, sink.port))
    async with MailConnections.open(mail.server, n=4, rate=2) as connections:
        dispatcher = Dispatcher(
            make_sessions(engine),
            Composer(sender=mail.sender, address="https://survey.example", tokens=TOKENS),
            connections,
            now=lambda: datetime.now(UTC),
            suppressed=select(Suppression.address),
            on_hard_refusal=lambda *_: asyncio.sleep(0),
            lease=timedelta(seconds=2.9),
        )
        await dispatcher.run(asyncio.Event())
    left = [message.attempts for message in await messages_of(sessions) if message.status is MessageStatus.PLANNED]
    assert set(left) == {0}, "the turn of the last comes after one and a half seconds, more than half of the lease"
    assert len(sink.received) == 4 - len(left)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd sees no TLS below itself
@pytest.mark.parametrize(
    ("scheme", "wrapped"), [("smtps", True), ("smtp+tls", False), ("smtp", False)], ids=["tls", "starttls", "offered"]
)
async def test_mail_is_encrypted_and_signed_in_to(
    engine: AsyncEngine,
    sessions: Sessions,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    *,
    wrapped: bool,
) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES[:1])
    trusted, context = make_certificate(tmp_path)
    with open_sink(tls=context, wrapped=wrapped, auth=True) as sink:
        smtp = f"{scheme}://hotel:a%2Fsecret%40word@127.0.0.1:{sink.port}"
        with pytest.raises(MailUnavailable, match=r"(?i)certificate"):
            await tick(engine, settings_of(database, 0, smtp=smtp), "mail")
        assert sink.logins == [], "an unknown server is told no password"
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with pytest.raises(MailUnavailable, match="535"):
            await tick(engine, settings_of(database, 0, smtp=smtp.replace("secret", "wrong")), "mail")
        await tick(engine, settings_of(database, 0, smtp=smtp), "mail")
        assert sink.addresses == ADDRESSES[:1]
        assert sink.encrypted == [True]


async def test_a_server_without_encryption_gets_nothing_where_it_is_required(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    await invite(sessions, await make_survey(sessions), ADDRESSES[:1])
    with pytest.raises(MailUnavailable, match="STARTTLS"):
        await tick(engine, settings_of(database, 0, smtp=f"smtp+tls://127.0.0.1:{sink.port}"), "mail")
    assert sink.received == []


@pytest.mark.parametrize(
    "name",
    [
        "Ann\r\nBcc: all@example.org",
        "Ann\nX: y\n\nbody",
        "Ann\u2028Bcc: x@example.org",
        'Ann" <evil@example.net>, "',
        "=?utf-8?q?Ann=0ABcc:_x@example.org?=",
        "Ann\x0b\x1b[31m",
        "Ä" * 500,
        "علي",
    ],
)
async def test_a_name_cannot_add_headers_or_recipients(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink, name: str
) -> None:
    await invite(sessions, await make_survey(sessions), ["ann@example.org"], values={"name": name})
    await tick(engine, settings_of(database, sink.port), "mail")
    (received,) = sink.received
    message = received.message
    assert [address.addr_spec for address in message["To"].addresses] == ["ann@example.org"]
    assert not {"bcc", "x"} & {header.lower() for header in message}
    assert len([header for header in message if header == "To"]) == 1
    assert max(map(len, received.content.split(b"\r\n"))) < 998


@pytest.mark.parametrize(
    "address", ["ann@example.org\r\nRCPT TO:<x@example.org>", "a b@example.org", "ann", "<ann@example.org>", "ä@b.org"]
)
async def test_an_address_that_is_none_fails_without_reaching_the_server(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink, address: str
) -> None:
    assert not is_address(address)
    await invite(sessions, await make_survey(sessions), [address, "ben@example.org"])
    await tick(engine, settings_of(database, sink.port), "mail")
    assert sink.addresses == ["ben@example.org"]
    assert await count(sessions) == {MessageStatus.FAILED: 1, MessageStatus.SENT: 1}


async def test_every_message_says_what_mail_programs_need(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    await invite(sessions, await make_survey(sessions), ["ann@example.org"])
    await tick(engine, settings_of(database, sink.port), "mail")
    (received,) = sink.received
    message = received.message
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(message["List-Unsubscribe"]).startswith("<https://survey.example/u/")
    assert str(message["From"]) == "Hotel Meridian <feedback@example.org>"
    assert received.return_path.startswith("feedback+1.")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "/u/" in received.part("plain"), "the text part is complete on its own"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp": ""}, "SERVQ_SMTP"),
        ({"mail_from": ""}, "SERVQ_MAIL_FROM"),
        ({"mail_from": "nobody"}, "SERVQ_MAIL_FROM"),
        ({"smtp": "http://mail.example.org"}, "SERVQ_SMTP"),
        ({"smtp": "smtp://mail.example.org:port"}, "SERVQ_SMTP"),
        ({"smtp": "smtp://user:word@mail.example.org"}, "unencrypted"),
        ({"mail_rate": "fast"}, "SERVQ_MAIL_RATE"),
        ({"mail_rate": "0"}, "SERVQ_MAIL_RATE"),
        ({"mail_return": "a b"}, "SERVQ_MAIL_RETURN"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(given: dict[str, str], said: str) -> None:
    with pytest.raises(EnvironmentIncomplete, match=said) as refused:
        MailSettings.of(settings_of("sqlite:///x.db", 25, **given))
    assert "word" not in str(refused.value).replace("password", "")


async def test_two_workers_at_once_share_the_work(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink
) -> None:
    await invite(sessions, await make_survey(sessions), [f"g{number}@example.org" for number in range(100)])
    settings = settings_of(database, sink.port)
    await asyncio.gather(*(tick(engine, settings, "mail") for _ in range(3)))
    assert Counter(sink.addresses) == Counter(f"g{number}@example.org" for number in range(100))
