"""Events, rules, webhooks, interviewers' links and feedback over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.events.starting import decide_starts, handle_events
from servq.instruments import load_instrument
from servq.invitations.tokens import new_token
from servq.security_tokens import SecurityTokens
from servq.web.api import API_PATH
from stateful.factories import NOW, make_open_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
KeyFor = Callable[..., Awaitable[dict[str, str]]]
EVENT = {
    "kind": "service_completed",
    "contact": {"reference": "guest-1", "email": "guest-1@example.org"},
    "touchpoint": "checkout",
}
TOKENS = SecurityTokens(b"a secret of the installation in tests")


async def test_an_event_sent_again_is_answered_the_same_and_invites_once(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    key = await key_for(*Scope)
    made = await client.post(
        f"{API_PATH}/surveys/{survey.id}/rules", json={"event_kind": "service_completed"}, headers=key
    )
    assert made.status_code == 201, made.text
    answers = []
    for headers, body in (
        ({"Idempotency-Key": "stay-1"}, EVENT),
        ({}, {**EVENT, "idempotency_key": "stay-1"}),
        ({"Idempotency-Key": "stay-1"}, {**EVENT, "idempotency_key": "stay-1"}),
    ):
        sent = await client.post(f"{API_PATH}/events", json=body, headers={**key, **headers})
        answers.append((sent.status_code, sent.json()))
        await handle_events(sessions, NOW)
        await decide_starts(sessions, NOW, tokens=TOKENS)
    assert answers[0][0] == 201
    assert answers == [answers[0]] * 3
    shown = (await client.get(f"{API_PATH}/events/{answers[0][1]['id']}", headers=key)).json()
    assert [each["outcome"] for each in shown["decisions"]] == ["invited"]
    assert shown["event"]["handled_at"] is not None
    (rule,) = (await client.get(f"{API_PATH}/surveys/{survey.id}/rules", headers=key)).json()
    assert (rule["n_starts"], rule["active"]) == (1, True)


async def test_keys_of_two_senders_do_not_meet(client: AsyncTestClient, key_for: KeyFor) -> None:
    for _ in range(2):
        headers = {**await key_for(Scope.EVENTS_WRITE), "Idempotency-Key": "stay-1"}
        assert (await client.post(f"{API_PATH}/events", json=EVENT, headers=headers)).status_code == 201
    found = await client.get(f"{API_PATH}/events?kind=service_completed", headers=await key_for(Scope.EVENTS_READ))
    assert len(found.json()) == 2
    older = found.json()[1]
    below = await client.get(f"{API_PATH}/events?before={older['id'] + 1}", headers=await key_for(Scope.EVENTS_READ))
    assert below.json() == [older]


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, EVENT, "request.invalid"),
        ({"Idempotency-Key": "a"}, {**EVENT, "idempotency_key": "b"}, "request.invalid"),
        ({"Idempotency-Key": "a"}, {**EVENT, "kind": "\x00"}, "request.invalid"),
        ({"Idempotency-Key": "a"}, {**EVENT, "contact": {}}, "request.invalid"),
        ({"Idempotency-Key": "a"}, {**EVENT, "occurred_at": "9999-12-31T23:59:59-10:00"}, "request.invalid"),
        ({"Idempotency-Key": "a"}, {**EVENT, "occurred_at": "0001-01-01T00:00:00+10:00"}, "request.invalid"),
        ({"Idempotency-Key": "known"}, {**EVENT, "touchpoint": "bar"}, "event.key_reused"),
    ],
)
async def test_a_bad_event_is_a_problem_that_says_what_to_change(
    client: AsyncTestClient, key_for: KeyFor, headers: dict[str, str], body: dict[str, object], code: str
) -> None:
    key = await key_for(Scope.EVENTS_WRITE)
    await client.post(f"{API_PATH}/events", json=EVENT, headers={**key, "Idempotency-Key": "known"})
    refused = await client.post(f"{API_PATH}/events", json=body, headers={**key, **headers})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["problems"][0]["fix"]


async def test_many_events_are_stored_together_or_not_at_all(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.EVENTS_WRITE, Scope.EVENTS_READ)
    events = [{"kind": "visit", "idempotency_key": str(n)} for n in range(300)]
    refused = await client.post(f"{API_PATH}/events/bulk", json={"events": [*events, {"kind": "visit"}]}, headers=key)
    assert [problem["row"] for problem in refused.json()["problems"]] == [301]
    assert (await client.get(f"{API_PATH}/events", headers=key)).json() == []
    taken = await client.post(f"{API_PATH}/events/bulk", json={"events": events}, headers=key)
    assert [each["idempotency_key"] for each in taken.json()] == [str(n) for n in range(300)]
    again = await client.post(f"{API_PATH}/events/bulk", json={"events": events}, headers=key)
    assert (again.status_code, again.json()) == (taken.status_code, taken.json())


async def test_rules_are_made_paused_resumed_and_removed(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey, other = await make_survey(sessions), await make_survey(sessions)
    key = await key_for(*Scope)
    at = f"{API_PATH}/surveys/{survey.id}/rules"
    rule = {"starts_on": "date", "attribute": "moved in", "at": "09:30:00", "days": 7, "share": 0.5}
    made = (await client.post(at, json=rule, headers=key)).json()
    assert (made["at"], made["share"], made["channel"]) == ("09:30:00", 0.5, "email")
    assert not (await client.post(f"{at}/{made['id']}/pause", headers=key)).json()["active"]
    assert (await client.post(f"{at}/{made['id']}/resume", headers=key)).json()["active"]
    elsewhere = f"{API_PATH}/surveys/{other.id}/rules/{made['id']}"
    assert (await client.delete(elsewhere, headers=key)).status_code == 404
    assert (await client.delete(f"{at}/{made['id']}", headers=key)).status_code == 204
    assert (await client.get(at, headers=key)).json() == []
    refused = await client.post(at, json={"starts_on": "no_event", "share": 2}, headers=key)
    assert [problem["column"] for problem in refused.json()["problems"]] == ["days", "share"]


async def test_a_webhook_is_added_with_its_secret_tested_paused_replayed_and_removed(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    key = await key_for(*Scope)
    at = f"{API_PATH}/webhooks"
    unknown = await client.post(at, json={"url": "https://example.org/hook", "survey_id": 77}, headers=key)
    assert unknown.status_code == 404
    added = await client.post(at, json={"url": "https://example.org/hook", "survey_id": survey.id}, headers=key)
    assert added.status_code == 201, added.text
    assert added.json()["secret"].startswith("whsec_")
    one = f"{at}/{added.json()['webhook']['id']}"
    assert "secret" not in (await client.get(one, headers=key)).text
    low = f"{API_PATH}/surveys/{survey.id}/low-scores"
    assert (await client.put(f"{low}/nps", json={"at_most": 6}, headers=key)).status_code == 200
    assert [each["score"] for each in (await client.get(low, headers=key)).json()] == ["nps"]
    link = make_open_link(survey)
    await client.post(f"/o/{link.slug}/{link.token}?page=1", data={"nps": "3", "do": "next"})
    await client.post(f"/o/{link.slug}/{link.token}?page=2", data={"do": "next"})
    assert (await client.post(f"{one}/test", headers=key)).status_code == 202
    deliveries = (await client.get(f"{one}/deliveries", headers=key)).json()
    assert [each["happening"] for each in deliveries] == ["test", "low_score", "response_completed"]
    assert (await client.get(f"{one}/deliveries?status=failed", headers=key)).json() == []
    again = await client.post(f"{one}/deliveries/{deliveries[0]['id']}/replay", headers=key)
    assert (again.status_code, again.json()) == (202, {"n": 1})
    assert (await client.post(f"{one}/replay", json={"status": None}, headers=key)).json() == {"n": 3}
    assert (await client.post(f"{one}/replay", json={}, headers=key)).json() == {"n": 0}
    assert not (await client.post(f"{one}/pause", headers=key)).json()["active"]
    assert (await client.post(f"{one}/resume", headers=key)).json()["active"]
    assert (await client.delete(f"{low}/nps", headers=key)).status_code == 204
    assert (await client.delete(one, headers=key)).status_code == 204
    assert (await client.get(at, headers=key)).json() == []


@pytest.mark.parametrize("url", ["http://example.org/", "https://127.0.0.1/", "https://169.254.169.254/latest", "x"])
async def test_a_webhook_into_the_house_is_refused(client: AsyncTestClient, key_for: KeyFor, url: str) -> None:
    refused = await client.post(f"{API_PATH}/webhooks", json={"url": url}, headers=await key_for(Scope.WEBHOOKS_WRITE))
    assert (refused.status_code, refused.json()["problems"][0]["column"]) == (422, "url")


async def test_an_interviewers_link_opens_the_page_until_it_is_revoked(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    key = await key_for(*Scope)
    at = f"{API_PATH}/surveys/{survey.id}/interviewer-links"
    body = {"administration": "counter_interviewer", "label": "Desk 4", "hours": 8}
    made = (await client.post(at, json=body, headers=key)).json()
    assert made["link"]["expires_at"] == (NOW + timedelta(hours=8)).isoformat().replace("+00:00", "Z")
    assert (await client.get(made["url"])).status_code == 200
    listed = (await client.get(at, headers=key)).json()
    assert made["url"] not in str(listed)
    assert (await client.post(f"{at}/{made['link']['id']}/revoke", headers=key)).status_code == 204
    assert (await client.get(made["url"])).status_code == 410


async def test_feedback_is_listed_apart_from_how_to_reach_whoever_wrote_it(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("csat"), slug="feedback")
    key = await key_for(*Scope)
    at = f"{API_PATH}/surveys/{survey.id}"
    form = (await client.get(f"{at}/feedback-form", headers=key)).json()
    body = {"token": new_token(), "comment": "Call me.", "score": 2, "name": "A. Guest", "address": "a@example.org"}
    assert (await client.post(form["json_url"], json=body)).status_code == 201
    (feedback,) = (await client.get(f"{at}/feedback", headers=key)).json()
    assert (feedback["comment"], feedback["score"], feedback["has_contact"]) == ("Call me.", 2, True)
    assert "Guest" not in str(feedback)
    (details,) = (await client.get(f"{at}/feedback-contacts", headers=key)).json()
    assert (details["response"], details["address"]) == (feedback["response"], "a@example.org")
    refused = await client.get(f"{at}/feedback-contacts", headers=await key_for(Scope.RESPONSES_READ))
    assert refused.status_code == 403
    assert (await client.delete(f"{at}/feedback-contacts/{details['id']}", headers=key)).status_code == 204
    assert (await client.get(f"{at}/feedback-contacts", headers=key)).json() == []
