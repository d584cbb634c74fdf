from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.planning import Sessions, invite, messages_of, settings_of, tick
from mail.sink import Sink
from servq.invitations.models import MessageStatus
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio


async def test_an_invitation_is_mailed_with_its_link_and_written_down(
    sink: Sink, engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    survey = await make_survey(sessions)
    (token,) = await invite(sessions, survey, ["ann@example.org"])
    await tick(engine, settings_of(database, sink.port), "mail")
    (received,) = sink.received
    assert received.recipient == "ann@example.org"
    assert f"https://survey.example/s/{token}" in received.part("plain")
    assert f"https://survey.example/s/{token}" in received.part("html")
    (message,) = await messages_of(sessions)
    assert (message.status, message.sent_at, message.attempts) == (MessageStatus.SENT, NOW, 1)
