"""Surveys with planned mails, and workers on them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.contacts.deciding import decide_and_invite
from servq.contacts.models import DecisionSource
from servq.contacts.service import add_contact
from servq.db import make_sessions
from servq.invitations.models import Disposition, Invitation, OutgoingMessage
from servq.invitations.outbox import TOKEN_PURPOSE, MailedInvitation, plan
from servq.invitations.tokens import invitation_digest, new_token
from servq.security_tokens import SecurityTokens
from servq.settings import Settings
from servq.surveys.models import Channel, Survey
from servq.surveys.service import get_wave
from stateful.factories import NOW

SECRET = "a secret of the tests, long enough to be one"
TOKENS = SecurityTokens(SECRET.encode())
Sessions = async_sessionmaker[AsyncSession]


def settings_of(database: str, port: int, **more: str) -> Settings:
    given = {
        "secret": SECRET,
        "address": "https://survey.example",
        "smtp": f"smtp://127.0.0.1:{port}",
        "mail_from": "Hotel Meridian <feedback@example.org>",
    }
    return Settings(database=database, **{**given, **more})


async def invite(
    sessions: Sessions,
    survey: Survey,
    addresses: Sequence[str],
    *,
    locale: str = "en",
    due_at: datetime = NOW,
    expires_at: datetime | None = None,
    values: dict[str, str] | None = None,
) -> list[str]:
    """Plan invitations by mail and return the tokens of their links."""
    tokens = [new_token() for _ in addresses]
    async with sessions.begin() as session:
        wave = await get_wave(session, survey.id)
        invitations = [
            Invitation(
                survey_id=survey.id,
                wave_id=wave.id,
                channel=Channel.EMAIL,
                digest=invitation_digest(token),
                attributes={},
                created_at=NOW,
                expires_at=expires_at,
                disposition=Disposition.UNKNOWN,
            )
            for token in tokens
        ]
        session.add_all(invitations)
        await session.flush()
        mails = [
            MailedInvitation(
                invitation=invitation,
                token=token,
                address=address,
                locale=locale,
                due_at=due_at,
                values={"name": "Ann Guest"} if values is None else values,
            )
            for invitation, token, address in zip(invitations, tokens, addresses, strict=True)
        ]
        await plan(session, mails, tokens=TOKENS, now=NOW)
    return tokens


async def messages_of(sessions: Sessions) -> list[OutgoingMessage]:
    async with sessions() as session:
        return list((await session.scalars(select(OutgoingMessage).order_by(OutgoingMessage.id))).all())


async def tick(engine: AsyncEngine, settings: Settings, name: str, *, now: datetime = NOW) -> object:
    """Run one job of the worker once."""
    from contextlib import AsyncExitStack

    from servq.worker import Workplace, usual_jobs

    async with AsyncExitStack() as kept:
        place = Workplace(
            engine=engine,
            sessions=make_sessions(engine),
            settings=settings,
            tokens=TOKENS,
            stopping=asyncio.Event(),
            kept=kept,
            now=lambda: now,
        )
        (job,) = (job for job in usual_jobs(settings) if job.name == name)
        return await (await job.prepare(place))()


async def invite_contacts(sessions: Sessions, survey: Survey, addresses: Sequence[str]) -> dict[str, str]:
    """Let the contact policy invite people by mail; return the tokens of their links by address."""
    async with sessions.begin() as session:
        contacts = [
            await add_contact(session, email=address, name="Ann Guest", locale="en", now=NOW) for address in addresses
        ]
        await decide_and_invite(
            session,
            survey.id,
            [contact.id for contact in contacts],
            channel=Channel.EMAIL,
            due_at=NOW,
            source=DecisionSource.API,
            now=NOW,
            tokens=TOKENS,
        )
    return {
        message.address: TOKENS.unseal_bytes(TOKEN_PURPOSE, message.sealed_token or b"").decode()
        for message in await messages_of(sessions)
    }
