from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.settings import Settings
from servq.web import create_app
from servq.web.api import API_PATH
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
KeyFor = Callable[..., Awaitable[dict[str, str]]]
CONTACTS = f"{API_PATH}/contacts"


@pytest.fixture
async def client(database: str) -> AsyncIterator[AsyncTestClient]:
    settings = Settings(
        database=database, address="http://servq.test", secret="only for tests, and long enough for them"
    )
    app = create_app(settings, now=lambda: NOW)
    async with AsyncTestClient(app, base_url="http://servq.test", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
async def headers(key_for: KeyFor) -> dict[str, str]:
    return await key_for(Scope.CONTACTS_READ, Scope.CONTACTS_WRITE, Scope.SURVEYS_READ)


async def store(client: AsyncTestClient, headers: dict[str, str], *contacts: dict, **more: object) -> dict:
    answer = await client.post(CONTACTS, headers=headers, json={"contacts": contacts, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_contacts_are_stored_shown_found_again_and_erased(
    client: AsyncTestClient, headers: dict[str, str]
) -> None:
    people = (
        {"reference": "7", "email": "Ada@example.org", "consent": True, "consent_source": "shop"},
        {"name": "Nobody"},
        {"email": "ben@example.org", "time_zone": "Europe/Berlin", "attributes": {"site": "North"}},
    )
    preview = await store(client, headers, *people, preview=True)
    assert (preview["created"], preview["contact_ids"]) == (2, [None, None, None])
    assert (await client.get(CONTACTS, headers=headers)).json() == []
    done = await store(client, headers, *people)
    assert (done["created"], done["rejected"]) == (2, preview["rejected"])
    assert done["rejected"][0]["row"] == 2
    ada, _, ben = done["contact_ids"]
    page = (await client.get(CONTACTS, headers=headers, params={"after": ada, "limit": 1})).json()
    assert [(contact["id"], contact["attributes"]) for contact in page] == [(ben, {"site": "North"})]
    found = (await client.get(CONTACTS, headers=headers, params={"email": "ADA@example.org"})).json()
    assert [contact["reference"] for contact in found] == ["7"]
    shown = (await client.get(f"{CONTACTS}/{ada}", headers=headers)).json()
    assert [(word["given"], word["source"]) for word in shown["consents"]] == [(True, "shop")]
    assert (await client.delete(f"{CONTACTS}/{ada}", headers=headers)).status_code == 204
    gone = await client.get(f"{CONTACTS}/{ada}", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "record.unknown")


async def test_a_no_and_a_suppression_are_heeded_by_every_invitation(
    client: AsyncTestClient, headers: dict[str, str], sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    done = await store(client, headers, *({"email": f"{name}@example.org"} for name in ("ada", "ben", "cy")))
    ada, _, _ = done["contact_ids"]
    said = await client.post(
        f"{CONTACTS}/{ada}/consents", headers=headers, json={"given": False, "source": "phone call"}
    )
    assert said.status_code == 201
    suppression = {"address": "BEN@example.org", "reason": "complaint", "source": "help desk"}
    answer = await client.post(f"{API_PATH}/suppressions", headers=headers, json=suppression)
    assert answer.status_code == 204
    listed = (await client.get(f"{API_PATH}/suppressions", headers=headers)).json()
    assert [(row["address"], row["reason"]) for row in listed] == [("ben@example.org", "complaint")]
    invited = await client.post(f"{API_PATH}/surveys/{survey.id}/invitations", headers=headers, json={"where": {}})
    assert invited.status_code == 201, invited.text
    assert invited.json() == {"invited": 1, "not_invited": {"no_consent": 1, "suppressed": 1}, "links": []}
    fieldwork = (await client.get(f"{API_PATH}/surveys/{survey.id}/fieldwork", headers=headers)).json()
    assert fieldwork["total"]["invited"] == 1
    assert {row["reason"]: row["n"] for row in fieldwork["not_invited"]} == {"no_consent": 1, "suppressed": 1}
    assert fieldwork["response_rates"][0] == {
        "definition": "RR1",
        "value": 0.0,
        "n": 1,
        "method": "AAPOR RR1",
        "caveats": [],
    }


async def test_links_of_contacts_work_and_are_shown_once(
    client: AsyncTestClient, headers: dict[str, str], sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    (number,) = (await store(client, headers, {"reference": "C-1"}))["contact_ids"]
    address = f"{API_PATH}/surveys/{survey.id}/invitations"
    body = {"references": ["C-1"], "channel": "personal_link"}
    (link,) = (await client.post(address, headers=headers, json=body)).json()["links"]
    assert link["contact_id"] == number
    assert (await client.get(link["url"])).status_code == 200
    again = (await client.post(address, headers=headers, json=body)).json()
    assert again == {"invited": 0, "not_invited": {"already_invited": 1}, "links": []}


async def test_the_policy_and_the_reach_of_a_survey_are_set_and_shown(
    client: AsyncTestClient, headers: dict[str, str], sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    policy = (await client.get(f"{API_PATH}/contact-policy", headers=headers)).json()
    assert (policy["rest_days"], policy["quiet_from"]) == (30, "20:00")
    changed = {**policy, "rest_days": 7, "time_zone": "Asia/Kolkata", "reminders_count": True}
    set_policy = await client.put(f"{API_PATH}/contact-policy", headers=headers, json=changed)
    assert set_policy.json() == (await client.get(f"{API_PATH}/contact-policy", headers=headers)).json() == changed
    reach = {
        "sampling_share": 0.5,
        "quotas": [{"attribute": "site", "value": "North", "most": 10}],
        "channels": ["email"],
        "link_days": 14,
    }
    address = f"{API_PATH}/surveys/{survey.id}/reach"
    assert (await client.put(address, headers=headers, json=reach)).json() == reach
    assert (await client.get(address, headers=headers)).json() == reach


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("PUT", "contact-policy", {"time_zone": "Mars/Base"}, "Mars/Base"),
        ("PUT", "contact-policy", {"quiet_from": "24:00"}, "quiet_from"),
        ("PUT", "contact-policy", {"rest_days": -1}, "rest_days"),
        ("PUT", "surveys/1/reach", {"sampling_share": 1.5}, "sampling_share"),
        ("PUT", "surveys/1/reach", {"channels": ["kiosk"]}, "kiosk"),
        (
            "PUT",
            "surveys/1/reach",
            {"quotas": [{"attribute": "a\u0000", "value": "b", "most": 1}]},
            "control character",
        ),
        ("POST", "surveys/1/invitations", {}, "Nobody is named"),
        ("POST", "surveys/1/invitations", {"references": ["no-such"]}, "no-such"),
        ("POST", "surveys/1/invitations", {"contact_ids": [99]}, "99"),
        ("POST", "surveys/1/invitations", {"where": {}, "due_at": "2099-01-01T00:00:00Z"}, "too far off"),
        ("POST", "suppressions", {"address": "no address"}, "no e-mail address"),
        ("POST", "contacts", {"contacts": []}, "contacts"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_place(
    client: AsyncTestClient,
    headers: dict[str, str],
    sessions: Sessions,
    method: str,
    path: str,
    body: dict,
    named: str,
) -> None:
    await make_survey(sessions)
    refused = await client.request(method, f"{API_PATH}/{path}", headers=headers, json=body)
    assert refused.status_code == 422, refused.text
    assert named in refused.text


async def test_a_survey_that_is_over_asks_nobody_and_says_so(
    client: AsyncTestClient, headers: dict[str, str], sessions: Sessions, key_for: KeyFor
) -> None:
    survey = await make_survey(sessions)
    await store(client, headers, {"email": "ada@example.org"})
    writer = await key_for(Scope.SURVEYS_WRITE)
    await client.post(f"{API_PATH}/surveys/{survey.id}/close", headers=writer)
    answer = await client.post(f"{API_PATH}/surveys/{survey.id}/invitations", headers=headers, json={"where": {}})
    assert answer.json()["not_invited"] == {"closed": 1}
    draft = await make_survey(sessions, launched=False, now=NOW)
    answer = await client.post(f"{API_PATH}/surveys/{draft.id}/invitations", headers=headers, json={"where": {}})
    assert (answer.status_code, answer.json()["code"]) == (409, "survey.not_launched")


async def test_a_suppression_is_lifted_by_a_key_with_a_reason_and_that_can_be_read(
    client: AsyncTestClient, key_for: KeyFor
) -> None:
    headers = await key_for(Scope.CONTACTS_READ, Scope.CONTACTS_WRITE)
    address = f"{API_PATH}/suppressions/lifted"
    for reason, email in (("hard_bounce", "ada@example.org"), ("opt_out", "ben@example.org")):
        body = {"address": email, "reason": reason, "source": "help desk"}
        await client.post(f"{API_PATH}/suppressions", headers=headers, json=body)
    why = {"reason": "wants to be asked", "source": "signed form"}
    lifted = await client.post(address, headers=headers, json={"address": "ada@example.org", **why})
    assert (lifted.status_code, lifted.json()["was_reason"]) == (201, "hard_bounce")
    for body, status in (
        ({"address": "ada@example.org", **why}, 404),
        ({"address": "ben@example.org", **why}, 422),
        ({"address": "ben@example.org", **why, "consented_at": "2999-01-01T00:00:00Z"}, 422),
        ({"address": "ben@example.org", "source": "signed form"}, 422),
    ):
        refused = await client.post(address, headers=headers, json=body)
        assert refused.status_code == status, body
        assert refused.headers["content-type"] == "application/problem+json"
    (shown,) = (await client.get(address, headers=headers)).json()
    assert (shown["address"], shown["reason"], shown["was_source"]) == (
        "ada@example.org",
        "wants to be asked",
        "help desk",
    )
    remaining = (await client.get(f"{API_PATH}/suppressions", headers=headers)).json()
    assert [row["address"] for row in remaining] == ["ben@example.org"]
