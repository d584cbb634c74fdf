from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Role, Scope
from servq.accounts.service import (
    add_account,
    authenticate,
    check_password,
    create_key,
    read_scopes,
    revoke_key,
)
from servq.errors import AlreadyExists, Forbidden, RecordUnknown, RequestInvalid, Unauthenticated
from stateful.factories import NOW

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


async def test_a_key_proves_its_holder_and_carries_only_its_scopes(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await create_key(session, [Scope.SURVEYS_READ], name="dashboard", now=NOW)
    async with sessions() as session:
        caller = await authenticate(session, made.text, now=NOW)
    assert caller.name == "dashboard"
    caller.require(Scope.SURVEYS_READ)
    with pytest.raises(Forbidden, match="surveys:write"):
        caller.require(Scope.SURVEYS_WRITE)


async def test_the_key_itself_is_not_stored(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await create_key(session, [Scope.SURVEYS_READ], now=NOW)
    async with sessions() as session:
        stored = (await session.execute(text("SELECT prefix, digest, name FROM api_key"))).one()
    secret = made.text.removeprefix("servq_").partition("_")[2]
    assert len(secret) >= 43
    assert secret.encode() not in bytes(stored.digest)
    assert secret not in stored.prefix + stored.name


@pytest.mark.parametrize(
    "spoil", [lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"), lambda key: key + "x", str.upper]
)
async def test_a_key_that_is_almost_right_is_wrong(sessions: Sessions, spoil: object) -> None:
    async with sessions.begin() as session:
        made = await create_key(session, [Scope.SURVEYS_READ], now=NOW)
    async with sessions() as session:
        with pytest.raises(Unauthenticated):
            await authenticate(session, spoil(made.text), now=NOW)


async def test_a_revoked_or_expired_key_no_longer_works(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        revoked = await create_key(session, [Scope.SURVEYS_READ], now=NOW)
        expiring = await create_key(session, [Scope.SURVEYS_READ], expires_at=NOW + timedelta(days=1), now=NOW)
        await revoke_key(session, revoked.id, now=NOW)
    async with sessions() as session:
        await authenticate(session, expiring.text, now=NOW)
        for key, later in ((revoked, timedelta()), (expiring, timedelta(days=1))):
            with pytest.raises(Unauthenticated, match="no longer valid"):
                await authenticate(session, key.text, now=NOW + later)


async def test_a_key_needs_a_known_scope_and_a_known_person(sessions: Sessions) -> None:
    with pytest.raises(RequestInvalid) as refused:
        read_scopes(["surveys:read", "everything", "nothing"])
    assert len(refused.value.problems) == 2
    async with sessions() as session:
        with pytest.raises(RequestInvalid):
            await create_key(session, [], now=NOW)
        with pytest.raises(RecordUnknown, match="servq user add"):
            await create_key(session, [Scope.SURVEYS_READ], email="nobody@example.org", now=NOW)
        with pytest.raises(RecordUnknown):
            await revoke_key(session, 999, now=NOW)


async def test_a_person_is_added_once_whatever_the_case_of_the_address(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        account = await add_account(session, " Ann@Example.org ", Role.RESEARCHER, now=NOW)
        assert account.email == "ann@example.org"
        with pytest.raises(AlreadyExists):
            await add_account(session, "ann@example.ORG", Role.ADMIN, now=NOW)
        with pytest.raises(RequestInvalid):
            await add_account(session, "not an address", Role.ADMIN, now=NOW)


async def test_a_password_opens_only_its_own_account(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await add_account(session, "ann@example.org", Role.ADMIN, password="correct horse battery", now=NOW)
        await add_account(session, "bob@example.org", Role.ADMIN, now=NOW)
        with pytest.raises(RequestInvalid, match="12"):
            await add_account(session, "cid@example.org", Role.ADMIN, password="short", now=NOW)
    async with sessions() as session:
        assert (await check_password(session, "ann@example.org", "correct horse battery")).role is Role.ADMIN
        for email, password in (("ann@example.org", "wrong"), ("bob@example.org", ""), ("no@example.org", "wrong")):
            with pytest.raises(Unauthenticated):
                await check_password(session, email, password)
