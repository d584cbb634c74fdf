"""A request that waits for a lock too long is answered as busy, and works once the lock is gone."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq import db
from servq.accounts.models import Scope
from servq.contacts.models import Contact
from servq.contacts.rows import NewContact
from servq.contacts.service import get_contact, upsert_contacts
from servq.invitations.lettering import OPT_OUT_PURPOSE
from servq.security_tokens import SecurityTokens
from servq.settings import Settings
from servq.web import create_app
from servq.web.api import API_PATH
from stateful.factories import NOW

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
KeyFor = Callable[..., Coroutine[Any, Any, dict[str, str]]]
SECRET = "a secret of the installation in tests"


async def test_waiting_for_a_lock_ends_with_503_and_when_to_come_back(
    database: str, sessions: Sessions, key_for: KeyFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await key_for(Scope.CONTACTS_WRITE)
    async with sessions.begin() as session:
        (number,) = (await upsert_contacts(session, [NewContact(email="ada@example.org")], now=NOW)).contact_ids
    assert number is not None
    # The locks are real; only nobody waits ten seconds for this test.
    monkeypatch.setattr(db, "_LOCK_TIMEOUT_MS", 400)
    app = create_app(Settings(database=database, secret=SECRET), now=lambda: NOW)
    signed = SecurityTokens(SECRET.encode()).seal(OPT_OUT_PURPOSE, {"address": "ada@example.org", "survey": 1})
    async with AsyncTestClient(app, base_url="http://servq.test", raise_server_exceptions=False) as client:
        address = f"{API_PATH}/contacts/{number}"
        async with sessions.begin() as holder:
            if database.startswith("sqlite"):
                await holder.execute(text("UPDATE contact SET name = 'held'"))
            else:
                await holder.get(Contact, number, with_for_update=True)
                await holder.execute(text("LOCK TABLE suppression IN EXCLUSIVE MODE"))
            refused = await client.delete(address, headers=headers)
            page = await client.post(f"/u/{signed}")
        assert refused.status_code == 503, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert int(refused.headers["retry-after"]) > 0
        problem = refused.json()
        assert (problem["status"], problem["code"]) == (503, "database.busy")
        assert "Nothing was saved" in problem["detail"]
        assert page.status_code == 503
        assert page.headers["retry-after"] == refused.headers["retry-after"]
        async with sessions() as session:
            assert (await get_contact(session, number)).email == "ada@example.org"
        assert (await client.delete(address, headers=headers)).status_code == 204
        assert (await client.post(f"/u/{signed}")).status_code == 200
