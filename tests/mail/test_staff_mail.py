"""Mails to people with accounts: over real SMTP, at most once, in their language, with their files."""

from __future__ import annotations

import asyncio
import re
import string
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from mail.sink import Sink
from servq.accounts.links import open_link
from servq.accounts.models import Purpose, Role
from servq.accounts.people import request_reset
from servq.accounts.service import add_account
from servq.mail.models import StaffMail, StaffMailAttachment, StaffMailStatus
from servq.mail.staff import StaffAttachment, plan_staff_mail
from servq.security_tokens import SecurityTokens
from servq.settings import Settings
from servq.translation import LOCALES_FOLDER
from servq.worker import Worker
from servq.worker.people_jobs import people_jobs
from stateful.factories import NOW

pytestmark = pytest.mark.anyio

SECRET = "a secret of the installation in tests"
ADDRESS = "https://servq.example.org"
Sessions = async_sessionmaker[AsyncSession]


def settings(sink: Sink, database: str) -> Settings:
    return Settings(
        database=database,
        address=ADDRESS,
        secret=SECRET,
        smtp=f"smtp://127.0.0.1:{sink.port}",
        mail_from="servq <servq@example.org>",
    )


async def send_all(engine: AsyncEngine, sink: Sink, database: str, n: int) -> None:
    chosen = settings(sink, database)
    async with Worker.running(engine, chosen, people_jobs(chosen)):
        for _ in range(200):
            if len(sink.received) >= n:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)  # what came of it is written down


async def test_a_reset_arrives_once_and_its_link_opens_the_account(
    engine: AsyncEngine, sessions: Sessions, sink: Sink, database: str
) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    async with sessions.begin() as session:
        account = await add_account(session, "ann@example.org", Role.MANAGER, name="Ann Ü.", now=now)
        account.locale = "de"
        await request_reset(session, "ann@example.org", locale="en", now=now)
        await request_reset(session, "nobody@example.org", locale="en", now=now)
    await send_all(engine, sink, database, 1)
    (mail,) = sink.received
    assert mail.recipient == "ann@example.org"
    assert mail.message["Subject"] == "Ein neues Passwort für servq"
    assert "Guten Tag Ann Ü.," in mail.part("plain")
    (link,) = re.findall(rf"{ADDRESS}(/reset/\S+)", mail.part("plain"))
    assert f'href="{ADDRESS}{link}"' in mail.part("html")
    async with sessions() as session:
        signed = link.removeprefix("/reset/")
        opened, whose = await open_link(session, SecurityTokens(SECRET.encode()), Purpose.RESET, signed, now=now)
        stored = (await session.scalars(select(StaffMail))).one()
    assert (opened.used_at, whose.email) == (None, "ann@example.org")
    assert (stored.status, stored.values) == (StaffMailStatus.SENT, {})


async def test_files_travel_and_are_forgotten(
    engine: AsyncEngine, sessions: Sessions, sink: Sink, database: str
) -> None:
    file = StaffAttachment("Bericht ü.pdf", "application/pdf", b"%PDF-1.7 not really")
    async with sessions.begin() as session:
        await plan_staff_mail(
            session,
            to="ann@example.org",
            locale="ar",
            template="invitation",
            values={"name": "", "by": "Bo <b>&</b>", "path": "/manage/reports"},
            attachments=[file],
            now=NOW,
        )
    await send_all(engine, sink, database, 1)
    (attached,) = sink.received[0].message.iter_attachments()
    assert attached.get_filename() == file.name
    assert attached.get_content() == file.content
    html = sink.received[0].part("html")
    assert 'dir="rtl"' in html
    assert "Bo &lt;b&gt;&amp;&lt;/b&gt;" in html
    async with sessions() as session:
        assert (await session.scalars(select(StaffMailAttachment))).all() == []


async def test_what_the_server_puts_off_is_tried_again_and_what_it_refuses_is_not(
    engine: AsyncEngine, sessions: Sessions, sink: Sink, database: str
) -> None:
    sink.on_recipient = {"later@example.org": "451 later", "gone@example.org": "550 gone"}.get
    async with sessions.begin() as session:
        for address in ("later@example.org", "gone@example.org", "fine@example.org"):
            await plan_staff_mail(
                session, to=address, locale="en", template="reset", values={"name": "", "path": "/"}, now=NOW
            )
    await send_all(engine, sink, database, 1)
    async with sessions() as session:
        found = {mail.recipient.partition("@")[0]: mail for mail in await session.scalars(select(StaffMail))}
    assert {name: mail.status.value for name, mail in found.items()} == {
        "later": "planned",
        "gone": "refused",
        "fine": "sent",
    }
    assert found["later"].due_at > NOW


async def test_a_mail_whose_worker_was_killed_is_never_sent_twice(
    engine: AsyncEngine, sessions: Sessions, sink: Sink, database: str
) -> None:
    async with sessions.begin() as session:
        number = await plan_staff_mail(
            session, to="a@example.org", locale="en", template="reset", values={"name": "", "path": "/"}, now=NOW
        )
        ended = update(StaffMail).values(status=StaffMailStatus.SENDING, due_at=NOW - timedelta(minutes=1))
        await session.execute(ended)
        await plan_staff_mail(
            session, to="b@example.org", locale="en", template="reset", values={"name": "", "path": "/"}, now=NOW
        )
    await send_all(engine, sink, database, 1)
    assert [mail.recipient for mail in sink.received] == ["b@example.org"]
    async with sessions() as session:
        lost = await session.get(StaffMail, number)
    assert lost is not None
    assert lost.status is StaffMailStatus.UNKNOWN


@pytest.mark.parametrize("language", ["de", "ar"])
async def test_the_catalogue_is_complete_and_holds_nothing_else(language: str) -> None:
    said = {"Open servq"}
    for path in (Path(str(files("servq.mail"))) / "templates" / "staff").rglob("*.j2"):
        for call in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                assert isinstance(call.args[0], nodes.Const)
                said.add(call.args[0].value)
    with (LOCALES_FOLDER / language / "LC_MESSAGES" / "staff_mail.po").open("rb") as file:
        entries = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    assert set(entries) == said
    for english, translated in entries.items():
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, translated)]
        assert names[0] == names[1]
        assert translated
