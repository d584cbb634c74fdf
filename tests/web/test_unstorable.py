"""What no database takes is refused in words, wherever it stands in a request."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from litestar.testing import AsyncTestClient
from litestar.types import Message
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.settings import Settings
from servq.web import create_app
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

EARLY, LATE = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"


@pytest.fixture
async def client(database: str, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncTestClient]:
    await make_survey(sessions, now=NOW)
    async with sessions.begin() as session:
        key = await create_key(session, [*Scope], now=NOW)
    settings = Settings(database=database, secret="a secret of the installation in tests")
    app = create_app(settings, now=lambda: NOW)
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key.text}"
        yield client


# PostgreSQL refuses more of what a text may hold than SQLite does.
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_no_address_is_at_fault_for_a_nul_character(client: AsyncTestClient) -> None:
    faults = []
    described = client.app.openapi_schema.to_schema()["paths"]
    for path, operations in described.items():
        numbered = re.sub(r"\{[a-z_]*(id|number)\}", "1", path)
        address = re.sub(r"\{[^}]*\}", "a%00b", numbered)
        for method, operation in operations.items():
            names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            for place in (address, *(f"{address}?{name}=a%00b" for name in names)):
                if "report.pdf" in place:  # slow, and says nothing of texts
                    continue
                answer = await client.request(method.upper(), place)
                if answer.status_code >= 500:
                    faults.append(f"{method} {place}: {answer.text}")
    assert faults == []


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("contacts", {"contacts": [{"reference": "a\0b"}]}),
        ("contacts", {"contacts": [{"email": "a\0b@example.org"}]}),
        ("contacts", {"contacts": [{"reference": "a", "consent": True, "consent_at": EARLY}]}),
        ("events", {"kind": "a", "idempotency_key": "k", "occurred_at": EARLY}),
        ("surveys/1/invitations", {"where": {}, "due_at": EARLY}),
        ("surveys/1/invitations", {"where": {}, "due_at": LATE}),
        ("webhooks/1/replay", {"since": EARLY}),
    ],
)
async def test_a_text_or_time_that_cannot_be_kept_is_named(
    client: AsyncTestClient, place: str, body: dict[str, object]
) -> None:
    await client.post("/api/v1/webhooks", json={"url": "https://example.org/"})
    answer = await client.post(f"/api/v1/{place}", json=body)
    assert answer.status_code in {200, 201, 422}, answer.text
    if answer.status_code == 422:
        assert answer.json()["code"] == "request.invalid"
        assert answer.json()["problems"][0]["fix"]


async def test_an_open_link_with_bytes_that_are_no_text_leads_on(client: AsyncTestClient) -> None:
    """No client library sends such bytes, but whoever copies half an address into another may."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    place = {"path": "/o/guests", "raw_path": b"/o/guests", "query_string": b"site=\xff&lang=de", "root_path": ""}
    await client.app({**scope, **place, "headers": [], "client": None, "server": None, "state": {}}, receive, send)
    assert sent[0]["status"] == 303
    assert dict(sent[0]["headers"])[b"location"].endswith(b"?site=\xff&lang=de")
