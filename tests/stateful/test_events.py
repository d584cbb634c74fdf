"""Events: each once, whoever sends it how often; the rules they meet; and who is asked because of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.models import Contact, Decision, Reason
from servq.contacts.rows import NewContact
from servq.contacts.rules import Policy, set_policy
from servq.errors import EventKeyReused, RecordUnknown, RequestInvalid
from servq.events.calendar import CHECK_EVERY, check_calendar
from servq.events.given import NewEvent
from servq.events.intake import MOST_EVENTS, take_in
from servq.events.models import Event, RuleStart, StartRule, StartsOn
from servq.events.offering import list_offers, started_in_app, take_offer
from servq.events.rules import NewRule, add_rule, list_rules, remove_rule, switch_rule
from servq.events.starting import decide_starts, handle_events
from servq.invitations.models import Invitation, OutgoingMessage
from servq.responses.closing import close_survey
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel, Survey
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
TOKENS = SecurityTokens(b"a secret of the installation in tests")
LATER = NOW + timedelta(minutes=5)


def make_event(number: int = 1, **fields: object) -> NewEvent:
    given = {
        "kind": "service_completed",
        "idempotency_key": f"stay-{number}",
        "contact": NewContact(reference=f"guest-{number}", email=f"guest-{number}@example.org"),
        "touchpoint": "checkout",
        "site": "North",
        "agent": "desk 4",
        "attributes": {"room": "suite"},
        **fields,
    }
    return NewEvent(**given)


async def send(sessions: Sessions, *events: NewEvent, now: datetime = NOW, sender: str = "till") -> list[int]:
    async with sessions.begin() as session:
        return [each.id for each in await take_in(session, sender, events, now=now)]


async def rule(sessions: Sessions, survey: Survey, *, now: datetime = NOW, **choices: object) -> StartRule:
    new = NewRule(**{"event_kind": "service_completed", **choices})
    async with sessions.begin() as session:
        return await add_rule(session, survey.id, new, now=now)


async def work(sessions: Sessions, now: datetime = LATER) -> list[tuple[int | None, Reason | None]]:
    await handle_events(sessions, now)
    await check_calendar(sessions, now)
    decided = await decide_starts(sessions, now, tokens=TOKENS)
    return sorted(((each.contact_id, each.reason) for each in decided), key=str)


async def rows(sessions: Sessions, table: type) -> list:
    async with sessions() as session:
        return list((await session.scalars(select(table).order_by(table.id))).all())


async def test_an_event_invites_by_mail_after_the_delay_and_what_happened_goes_with_the_answers(
    sessions: Sessions,
) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, delay_s=3600)
    (event_id,) = await send(sessions, make_event())
    assert await work(sessions) == [(1, None)]
    (invitation,), (message,), (decision,) = [
        await rows(sessions, table) for table in (Invitation, OutgoingMessage, Decision)
    ]
    assert invitation.attributes == {"touchpoint": "checkout", "site": "North", "agent": "desk 4", "room": "suite"}
    assert (message.address, message.due_at) == ("guest-1@example.org", NOW + timedelta(hours=1))
    assert (decision.event_id, decision.site) == (event_id, "North")
    assert await work(sessions) == [], "what was handled is not handled again"


async def test_a_replayed_event_is_stored_once_and_answered_alike_and_invites_once(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey)
    async with sessions.begin() as session:
        first = await take_in(session, "till", [make_event()], now=NOW)
    await work(sessions)
    async with sessions.begin() as session:
        again = await take_in(session, "till", [make_event(), make_event()], now=LATER)
    assert again == [*first, *first]
    assert await work(sessions) == []
    assert [len(await rows(sessions, table)) for table in (Event, Contact, Invitation, OutgoingMessage)] == [1] * 4


async def test_a_replay_does_not_bring_back_what_was_said_of_the_contact_since(sessions: Sessions) -> None:
    named = make_event(contact=NewContact(reference="7", name="Ann"))
    await send(sessions, named)
    await send(sessions, make_event(2, contact=NewContact(reference="7", name="Anna")))
    await send(sessions, named)
    (contact,) = await rows(sessions, Contact)
    assert contact.name == "Anna"


async def test_one_key_for_two_events_is_refused_and_nothing_of_the_request_is_stored(sessions: Sessions) -> None:
    await send(sessions, make_event())
    with pytest.raises(EventKeyReused) as refused:
        await send(sessions, make_event(2), make_event(1, touchpoint="bar"))
    assert [problem.row for problem in refused.value.problems] == [2]
    with pytest.raises(EventKeyReused):
        await send(sessions, make_event(3), make_event(3, touchpoint="bar"))
    assert len(await rows(sessions, Event)) == 1
    await send(sessions, make_event(1, touchpoint="bar"), sender="another")
    assert len(await rows(sessions, Event)) == 2, "keys are each sender's own"


async def test_everything_wrong_with_a_request_is_listed_and_nothing_is_stored(sessions: Sessions) -> None:
    with pytest.raises(RequestInvalid) as refused:
        await send(sessions, make_event(), make_event(2, kind=""), make_event(3, idempotency_key=None))
    assert [problem.row for problem in refused.value.problems] == [2, 3]
    with pytest.raises(RequestInvalid) as refused:
        await send(sessions, make_event(), make_event(2, contact=NewContact(email="nonsense")))
    assert [(problem.row, problem.column) for problem in refused.value.problems] == [(2, "email")]
    with pytest.raises(RequestInvalid, match="10,000"):
        await send(sessions, *[make_event(contact=None)] * (MOST_EVENTS + 1))
    assert await rows(sessions, Event) == []


async def test_senders_of_the_same_events_at_once_store_each_once(sessions: Sessions) -> None:
    batches = [[make_event(n) for n in numbers] for numbers in (range(60), range(59, -1, -1), range(30, 90))]
    answers = await asyncio.gather(*(send(sessions, *batch) for batch in batches))
    assert answers[0] == answers[1][::-1]
    assert answers[0][30:] == answers[2][:30]
    assert len(await rows(sessions, Event)) == 90
    assert len(await rows(sessions, Contact)) == 90


async def test_only_events_that_a_rule_means_invite(sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North", "South"))
    await rule(sessions, survey, touchpoints=("checkout",), sites=("North",), conditions={"room": ("suite", "double")})
    await send(
        sessions,
        make_event(1),
        make_event(2, kind="service_begun"),
        make_event(3, touchpoint="bar"),
        make_event(4, site="South"),
        make_event(5, attributes={"room": "single"}),
        make_event(6, attributes={}),
        make_event(7, contact=None),
        make_event(
            8, contact=NewContact(reference="8", email="8@example.org", attributes={"room": "double"}), attributes={}
        ),
    )
    assert await work(sessions) == [(1, None), (7, None)]
    async with sessions() as session:
        handled = await session.scalar(select(func.count()).where(Event.handled_at.is_not(None)))
    assert handled == 8


async def test_whoever_the_share_leaves_out_is_recorded_as_not_sampled(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, share=0.3)
    await send(sessions, *[make_event(n) for n in range(200)])
    outcomes = await work(sessions)
    reasons = [reason for _, reason in outcomes]
    assert len(outcomes) == 200
    assert set(reasons) == {None, Reason.NOT_SAMPLED}
    assert 35 <= reasons.count(None) <= 85
    assert len(await rows(sessions, Decision)) == 200


async def test_the_contact_policy_has_the_last_word(sessions: Sessions) -> None:
    survey, other = await make_survey(sessions), await make_survey(sessions)
    await rule(sessions, survey)
    await rule(sessions, other)
    await send(sessions, make_event(), make_event(2, contact=NewContact(reference="no address")))
    outcomes = await work(sessions)
    assert outcomes == [(1, Reason.RESTING), (1, None), (2, Reason.NO_ADDRESS), (2, Reason.NO_ADDRESS)]


async def test_nothing_from_before_a_rule_was_made_or_while_it_rested_invites(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await send(sessions, make_event(1, occurred_at=NOW - timedelta(hours=1)))
    made = await rule(sessions, survey)
    async with sessions.begin() as session:
        await switch_rule(session, survey.id, made.id, active=False, now=NOW)
    await send(sessions, make_event(2))
    assert await work(sessions) == []
    await send(sessions, make_event(3))
    async with sessions.begin() as session:
        await switch_rule(session, survey.id, made.id, active=True, now=LATER)
    assert await work(sessions) == []
    await send(sessions, make_event(4), now=LATER)
    assert await work(sessions) == [(4, None)]


async def test_a_survey_that_was_closed_after_the_event_asks_nobody_and_says_why(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey)
    await send(sessions, make_event())
    await handle_events(sessions, LATER)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=LATER)
    assert await work(sessions) == [(1, Reason.CLOSED)]
    await send(sessions, make_event(2))
    assert await work(sessions) == []


async def test_answers_to_an_anonymous_survey_carry_the_site_and_nothing_else(sessions: Sessions) -> None:
    survey = await make_survey(sessions, anonymous=True, sites=("North",))
    await rule(sessions, survey)
    await send(sessions, make_event())
    await work(sessions)
    (invitation,) = await rows(sessions, Invitation)
    assert invitation.attributes == {"site": "North"}


async def test_a_worker_that_fails_halfway_loses_no_event(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey)
    await send(sessions, *[make_event(n) for n in range(20)])
    await handle_events(sessions, LATER)
    with pytest.raises(AttributeError):
        await decide_starts(sessions, LATER, tokens="no tokens")  # type: ignore[arg-type]  # what fails here
    assert await rows(sessions, Decision) == []
    assert len(await work(sessions)) == 20
    assert len(await rows(sessions, Invitation)) == 20


async def test_several_workers_invite_nobody_twice(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey)
    await send(sessions, *[make_event(n) for n in range(300)])
    results = await asyncio.gather(*(work(sessions) for _ in range(3)))
    await work(sessions)
    assert sum(map(len, results)) <= 300
    assert len(await rows(sessions, Invitation)) == 300
    assert len(await rows(sessions, RuleStart)) == 300


async def test_a_silence_of_n_days_invites_once_and_again_only_after_something_happened(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, starts_on=StartsOn.NO_EVENT, event_kind="visit", days=30)
    await send(
        sessions,
        make_event(1, kind="visit"),
        make_event(2, kind="complaint"),
        # silent for too long already when the rule was made
        make_event(3, kind="visit", occurred_at=NOW - timedelta(days=31)),
        make_event(4, kind="visit", occurred_at=NOW - timedelta(days=29)),
    )
    async with sessions.begin() as session:
        await set_policy(session, Policy(rest_days=0), now=NOW)
    day = timedelta(days=1)
    assert await work(sessions, NOW + day - timedelta(minutes=1)) == []
    assert await work(sessions, NOW + day + CHECK_EVERY) == [(4, None)]
    assert await work(sessions, NOW + 30 * day - CHECK_EVERY) == []
    assert await work(sessions, NOW + 30 * day + CHECK_EVERY) == [(1, None)]
    assert await work(sessions, NOW + 50 * day) == []
    await send(sessions, make_event(5, kind="visit", contact=NewContact(reference="guest-1")), now=NOW + 51 * day)
    assert await work(sessions, NOW + 80 * day) == []
    assert await work(sessions, NOW + 81 * day + CHECK_EVERY) == [(1, Reason.ALREADY_INVITED)]


async def test_a_date_of_the_contact_falls_due_by_the_contacts_own_clock(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, event_kind=None, starts_on=StartsOn.DATE, attribute="moved in", days=7, at=time(9))
    async with sessions.begin() as session:
        await set_policy(session, Policy(quiet_from="00:00", quiet_until="00:00"), now=NOW)
    zones = {"1": "Pacific/Kiritimati", "2": "Europe/Berlin", "3": "America/New_York", "4": None}
    await send(
        sessions,
        *[
            make_event(
                int(number),
                contact=NewContact(
                    reference=number,
                    email=f"{number}@example.org",
                    time_zone=zone,
                    attributes={"moved in": "2026-03-10"},
                ),
            )
            for number, zone in zones.items()
        ],
        make_event(5, contact=NewContact(reference="5", email="5@example.org", attributes={"moved in": "soon"})),
    )
    # 17 March 2026, nine o'clock: UTC+14, UTC+1, UTC−4 (summer time since the 8th), and UTC for whoever has no zone
    due = {1: (16, 19), 2: (17, 8), 4: (17, 9), 3: (17, 13)}
    for contact, (day, hour) in due.items():
        moment = datetime(2026, 3, day, hour, tzinfo=UTC)
        assert await work(sessions, moment - timedelta(seconds=1)) == []
        assert await work(sessions, moment + CHECK_EVERY) == [(contact, None)]
    assert await work(sessions, datetime(2026, 3, 18, tzinfo=UTC)) == []
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Invitation)) == 4


async def test_an_anniversary_comes_every_year_and_a_missed_one_is_let_pass(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, event_kind=None, starts_on=StartsOn.DATE, attribute="member since", yearly=True)
    member = NewContact(reference="1", email="1@example.org", attributes={"member since": "2019-05-20"})
    await send(sessions, make_event(contact=member))
    async with sessions.begin() as session:
        await set_policy(session, Policy(rest_days=0), now=NOW)
    noon = datetime(2026, 5, 20, 12, tzinfo=UTC)
    assert await work(sessions, noon - timedelta(minutes=1)) == []
    assert await work(sessions, noon + CHECK_EVERY) == [(1, None)]
    assert await work(sessions, noon + timedelta(days=1)) == []
    assert await work(sessions, noon.replace(year=2027) + timedelta(days=3)) == [], "nothing ran in time"
    assert await work(sessions, noon.replace(year=2028) + timedelta(days=1)) == [(1, Reason.ALREADY_INVITED)]


async def test_a_chat_that_closes_starts_the_survey_in_the_page_of_a_known_contact(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, event_kind="chat_closed", channel=Channel.IN_APP)
    await send(sessions, make_event(kind="chat_closed"))
    assert await work(sessions) == [], "nobody is mailed"
    async with sessions.begin() as session:
        (offer,) = await list_offers(session, 1, now=LATER)
        assert (offer.survey_id, offer.attributes["touchpoint"]) == (survey.id, "checkout")
        decided = await take_offer(session, offer.start_id, now=LATER)
        assert decided.invited
        assert decided.token
    async with sessions.begin() as session:
        assert await list_offers(session, 1, now=LATER) == []
        with pytest.raises(RecordUnknown):
            await take_offer(session, offer.start_id, now=LATER)
    (invitation,) = await rows(sessions, Invitation)
    assert invitation.channel is Channel.IN_APP
    assert await rows(sessions, OutgoingMessage) == []


async def test_an_offer_that_nobody_took_up_for_a_week_is_made_no_more(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await rule(sessions, survey, event_kind="chat_closed", channel=Channel.IN_APP, delay_s=60)
    await send(sessions, make_event(kind="chat_closed"))
    await work(sessions)
    async with sessions.begin() as session:
        assert await list_offers(session, 1, now=NOW + timedelta(seconds=59)) == []
        assert len(await list_offers(session, 1, now=LATER + timedelta(days=6))) == 1
        assert await list_offers(session, 1, now=LATER + timedelta(days=8)) == []


async def test_a_chat_that_closes_starts_the_survey_for_a_visitor_whom_nobody_knows(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    made = await rule(sessions, survey, event_kind="chat_closed", channel=Channel.IN_APP, touchpoints=("chat",))
    await rule(sessions, survey, event_kind="chat_closed")
    half = await rule(sessions, survey, event_kind="chat_closed", channel=Channel.IN_APP, share=0.5)
    async with sessions() as session:
        started = [
            await started_in_app(session, "chat_closed", {"touchpoint": "chat"}, visit=str(n)) for n in range(100)
        ]
        assert await started_in_app(session, "chat_closed", {"touchpoint": "bot"}, visit="99") == started[99][1:]
        assert await started_in_app(session, "page_left", {"touchpoint": "chat"}, visit="x") == []
    assert all((each[0].rule_id, each[0].survey_id) == (made.id, survey.id) for each in started)
    assert 30 <= sum(half.id in {each.rule_id for each in some} for some in started) <= 70


async def test_rules_are_listed_with_what_they_met_and_removed(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    made = await rule(sessions, survey)
    await send(sessions, make_event(1), make_event(2))
    await work(sessions)
    async with sessions.begin() as session:
        assert [(each.id, n) for each, n in await list_rules(session, survey.id)] == [(made.id, 2)]
        await remove_rule(session, survey.id, made.id)
        with pytest.raises(RecordUnknown):
            await remove_rule(session, survey.id, made.id)
    assert await rows(sessions, RuleStart) == []
    assert len(await rows(sessions, Invitation)) == 2


@pytest.mark.parametrize(
    ("choices", "columns"),
    [
        ({"event_kind": None}, ["event_kind"]),
        ({"days": 3, "attribute": "x", "at": time(9), "yearly": True}, ["days", "attribute", "at", "yearly"]),
        ({"starts_on": StartsOn.NO_EVENT}, ["days"]),
        ({"starts_on": StartsOn.NO_EVENT, "days": 0, "touchpoints": ("a",)}, ["touchpoints", "days"]),
        ({"starts_on": StartsOn.DATE}, ["event_kind", "attribute"]),
        ({"starts_on": StartsOn.DATE, "event_kind": None, "attribute": 'a"b', "days": 4000}, ["attribute", "days"]),
        ({"channel": Channel.KIOSK, "delay_s": -1, "share": 0.0}, ["channel", "delay_s", "share"]),
        ({"share": float("nan")}, ["share"]),
        ({"conditions": {"site": ("North",), "value": ()}}, ["conditions", "conditions"]),
        ({"sites": ("Nowhere",), "touchpoints": ("\n",)}, ["touchpoints", "sites"]),
    ],
)
async def test_a_rule_that_cannot_work_is_refused_with_everything_wrong_with_it(
    sessions: Sessions, choices: dict[str, object], columns: list[str]
) -> None:
    survey = await make_survey(sessions, sites=("North",))
    with pytest.raises(RequestInvalid) as refused:
        await rule(sessions, survey, **choices)
    assert [problem.column for problem in refused.value.problems] == columns
    assert all(problem.fix for problem in refused.value.problems)
