from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.web.api import API_PATH
from stateful.test_studies import make_study, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
KeyFor = Callable[..., Awaitable[dict[str, str]]]
STUDIES = f"{API_PATH}/studies"
NEW = {"title": "Where service falls short", "organisation": "North Clinics", "name": "north-clinics"}


async def test_a_study_is_created_bound_and_shown(client: AsyncTestClient, key_for: KeyFor, sessions: Sessions) -> None:
    keys = await key_for(Scope.SURVEYS_READ, Scope.SURVEYS_WRITE)
    made = await client.post(STUDIES, json=NEW, headers=keys)
    assert made.status_code == 201
    study = made.json()
    assert (study["name"], study["surveys"]) == ("north-clinics", [])
    async with sessions.begin() as session:
        survey = (await make_survey(session, "managers", n_per_site={})).id
    bound = await client.post(
        f"{STUDIES}/{study['id']}/surveys", json={"audience": "managers", "survey": survey}, headers=keys
    )
    assert bound.json() == {"audience": "managers", "survey": survey, "wave": None}
    assert (await client.get(f"{STUDIES}/{study['id']}", headers=keys)).json()["surveys"] == [bound.json()]
    assert [one["id"] for one in (await client.get(STUDIES, headers=keys)).json()] == [study["id"]]


async def test_what_cannot_be_bound_is_a_problem_with_its_reason(client: AsyncTestClient, key_for: KeyFor) -> None:
    keys = await key_for(Scope.SURVEYS_READ, Scope.SURVEYS_WRITE)
    study = (await client.post(STUDIES, json=NEW, headers=keys)).json()["id"]
    again = await client.post(STUDIES, json=NEW, headers=keys)
    assert (again.status_code, again.json()["code"]) == (409, "record.exists")
    for body, status in (
        ({"audience": "managers", "survey": 99}, 404),
        ({"audience": "bosses", "survey": 1}, 422),
        ({"audience": "managers", "survey": 0}, 422),
    ):
        refused = await client.post(f"{STUDIES}/{study}/surveys", json=body, headers=keys)
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"
    assert (await client.get(f"{STUDIES}/99", headers=keys)).status_code == 404
    bad = await client.post(STUDIES, json={"title": "", "organisation": ""}, headers=keys)
    assert [problem["column"] for problem in bad.json()["problems"]] == ["title", "organisation"]


async def test_the_report_of_a_study_is_a_pdf(client: AsyncTestClient, key_for: KeyFor, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, customers=10, managers=5, personnel=6)
    answered = await client.get(f"{STUDIES}/{study.id}/report.pdf?locale=de", headers=await key_for(Scope.REPORTS_READ))
    assert answered.status_code == 200
    assert answered.content.startswith(b"%PDF")
    assert f"study-{study.id}.pdf" in answered.headers["content-disposition"]
