from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.planning import Sessions, messages_of, settings_of, tick
from mail.sink import Sink
from servq.instruments import load_instrument
from servq.mail.queries import store_plan
from servq.responses.low_scores import set_low_score
from servq.responses.sittings import Sittings
from stateful.factories import NOW, make_open_link, make_survey

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("anonymous", [False, True])
async def test_a_low_score_is_mailed_to_those_whom_the_survey_names_and_says_not_whose_it_is(
    sessions: Sessions, sittings: Sittings, engine: AsyncEngine, database: str, sink: Sink, *, anonymous: bool
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"), locale="de", anonymous=anonymous)
    async with sessions.begin() as session:
        addresses = ["boss@example.org", "desk@example.org"]
        await store_plan(session, survey.id, reminder_days=[], thank_you=False, alert_addresses=addresses)
        if not anonymous:
            await set_low_score(session, survey.id, "nps", 6, now=NOW)
    for score in ("3", "9"):
        await sittings.save(make_open_link(survey), 0, {"nps": score}, locale="de", submit=True, now=NOW)
    await tick(engine, settings_of(database, sink.port), "mail")
    if anonymous:
        assert await messages_of(sessions) == []
        return
    assert sorted(sink.addresses) == addresses
    received = sink.received[0]
    assert str(received.message["Subject"]) == "Ein niedriger Wert: nps"
    assert "in „Guests“, höchstens 6" in received.part("plain")
    assert "List-Unsubscribe" not in received.message
    assert "/s/" not in received.part("plain")
