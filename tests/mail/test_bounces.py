from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.certificates import make_certificate
from mail.imap_server import open_mailbox
from mail.planning import TOKENS, Sessions, invite, messages_of, settings_of, tick
from mail.returned import AUTO_REPLY, complaint, dsn
from mail.sink import Received, Sink
from servq.contacts.models import Suppression
from servq.errors import MailUnavailable
from servq.invitations.bounces import MOST_SOFT_BOUNCES, record_report
from servq.invitations.models import MessageStatus, OutgoingMessage
from servq.mail.reports import Trouble, read_report
from servq.worker.jobs import suppressing
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def received(engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink) -> Received:
    await invite(sessions, await make_survey(sessions), ["ann@example.org"])
    await tick(engine, settings_of(database, sink.port), "mail")
    return sink.received[-1]


async def record(sessions: Sessions, content: bytes) -> OutgoingMessage | None:
    report = read_report(content)
    assert report is not None
    async with sessions.begin() as session:
        return await record_report(session, report, tokens=TOKENS, suppress=suppressing(NOW), now=NOW)


async def suppressed(sessions: Sessions) -> list[tuple[str, str]]:
    async with sessions() as session:
        return [(row.address, row.reason) for row in await session.scalars(select(Suppression))]


async def test_a_hard_bounce_marks_the_message_and_suppresses_the_address(
    received: Received, sessions: Sessions
) -> None:
    for _ in range(2):
        assert await record(sessions, dsn(received)) is not None
    (message,) = await messages_of(sessions)
    assert (message.status, message.sealed_token) == (MessageStatus.BOUNCED, None)
    assert "5.1.1" in (message.last_error or "")
    assert await suppressed(sessions) == [("ann@example.org", "hard_bounce")]


async def test_a_soft_bounce_is_sent_again_a_day_later_and_given_up_after_a_few(
    received: Received, sessions: Sessions, engine: AsyncEngine, database: str, sink: Sink
) -> None:
    full = dsn(received, status="5.2.2", said="smtp; 552 5.2.2 mailbox full")
    for bounces in range(1, MOST_SOFT_BOUNCES):
        for _ in range(2):  # the same report twice counts once
            await record(sessions, full)
        (message,) = await messages_of(sessions)
        assert (message.status, message.n_bounces) == (MessageStatus.PLANNED, bounces)
        await tick(engine, settings_of(database, sink.port), "mail", now=NOW)
        assert len(sink.received) == bounces, "not at once"
        await tick(engine, settings_of(database, sink.port), "mail", now=NOW + timedelta(days=bounces))
        assert len(sink.received) == bounces + 1
    await record(sessions, full)
    (message,) = await messages_of(sessions)
    assert message.status is MessageStatus.BOUNCED
    assert await suppressed(sessions) == []


async def test_a_complaint_suppresses_the_address(received: Received, sessions: Sessions) -> None:
    await record(sessions, complaint(received))
    (message,) = await messages_of(sessions)
    assert message.status is MessageStatus.SENT
    assert await suppressed(sessions) == [("ann@example.org", "complaint")]


@pytest.mark.parametrize("headers_only", [True, False])
async def test_a_report_to_another_address_is_matched_by_the_message_sent_back(
    received: Received, sessions: Sessions, *, headers_only: bool
) -> None:
    assert await record(sessions, dsn(received, to="postmaster@example.org", headers_only=headers_only)) is not None
    assert await suppressed(sessions) == [("ann@example.org", "hard_bounce")]


async def test_a_forged_report_changes_nothing(received: Received, sessions: Sessions) -> None:
    local, _, domain = received.return_path.partition("@")
    number = local.partition("+")[2].partition(".")[0]
    forged = Received(f"feedback+{number}.{'a' * 16}@{domain}", received.recipient, b"Message-ID: <0@example.org>")
    assert await record(sessions, dsn(forged)) is None
    (message,) = await messages_of(sessions)
    assert message.status is MessageStatus.SENT
    assert await suppressed(sessions) == []


@pytest.mark.parametrize(
    ("status", "said", "trouble"),
    [
        ("5.1.1", "smtp; 550 unknown", Trouble.HARD),
        ("5.1.10", "smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound", Trouble.HARD),
        ("5.0.0", "smtp; 550 5.1.1 <x> user unknown", Trouble.HARD),
        ("5.0.0", "smtp; 550 No such user here", Trouble.HARD),
        ("5.2.1", "smtp; 550 mailbox disabled", Trouble.HARD),
        ("5.2.2", "smtp; 552 over quota", Trouble.SOFT),
        ("5.7.1", "smtp; 554 5.7.1 blocked by a filter", Trouble.SOFT),
        ("5.1.8", "smtp; 553 5.1.8 your own address is odd", Trouble.SOFT),
        ("4.4.7", "smtp; 421 expired in the queue", Trouble.SOFT),
    ],
)
async def test_only_what_will_never_arrive_is_hard(status: str, said: str, trouble: Trouble) -> None:
    report = read_report(dsn(Received("a@example.org", "b@example.org", b"X: y"), status=status, said=said))
    assert report is not None
    assert report.trouble is trouble


NESTED = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b0\n\n" + b"".join(
    b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (level, level + 1) for level in range(3000)
)


async def test_a_report_in_odd_bytes_is_stored_on_every_database(received: Received, sessions: Sessions) -> None:
    odd = dsn(received).replace(b"no such user here", b"Empf\xe4nger \x00 unbekannt")
    assert await record(sessions, odd) is not None
    (message,) = await messages_of(sessions)
    assert (message.last_error or "").endswith("unbekannt")
    assert await suppressed(sessions) == [("ann@example.org", "hard_bounce")]


@pytest.mark.parametrize(
    "content",
    [
        AUTO_REPLY,
        dsn(Received("a@example.org", "b@example.org", b"X: y"), action="delayed", status="4.4.1"),
        dsn(Received("a@example.org", "b@example.org", b"X: y"), action="delivered", status="2.0.0"),
        complaint(Received("a@example.org", "b@example.org", b"X: y"), kind="not-spam"),
        b"",
        b"\xff\xfe\x00 no mail at all",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n",
        NESTED,
    ],
)
async def test_what_reports_no_trouble_is_none(content: bytes) -> None:
    assert read_report(content) is None


async def test_reports_are_fetched_from_a_mailbox_over_imap_once(
    received: Received,
    sessions: Sessions,
    engine: AsyncEngine,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusted, context = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with open_mailbox(context) as mailbox:
        mailbox.add(AUTO_REPLY)
        mailbox.add(dsn(received))
        settings = settings_of(database, 25, bounces=f"imaps://bounces:secret@127.0.0.1:{mailbox.port}")
        await tick(engine, settings, "bounces")
        assert mailbox.seen == {1, 2}
        assert await suppressed(sessions) == [("ann@example.org", "hard_bounce")]
        wrong = settings_of(database, 25, bounces=f"imaps://bounces:other@127.0.0.1:{mailbox.port}")
        with pytest.raises(MailUnavailable, match="wrong password"):
            await tick(engine, wrong, "bounces")
