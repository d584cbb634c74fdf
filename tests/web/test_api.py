from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.accounts.service import create_key, revoke_key
from servq.instruments import load_instrument
from servq.settings import Settings
from servq.web import create_app
from servq.web.api import API_PATH
from servq.web.api.access import SCOPE
from servq.web.manage.access import AUDIENCE
from stateful.factories import NOW, make_open_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
KeyFor = Callable[..., Awaitable[dict[str, str]]]
NEW = {"instrument": "servqual", "title": "Guests", "organisation": "Hotel Aurora"}


def filled_in(path: str) -> str:
    return re.sub(r"\{[a-z_]+(:[a-z]+)?\}", "1", path)


ROUTES = sorted(
    (method, filled_in(route.path), handler.opt.get(SCOPE))
    for route in create_app(Settings()).routes
    for handler in route.route_handlers
    for method in handler.http_methods
    if method != "OPTIONS" and AUDIENCE not in handler.opt  # the workplace has tests of its own
)
OPEN = ("a", "f", "k", "o", "s", "schema", "static", "t", "u", "w", "wave", "widget.js")
MANAGING = [(method, path, scope) for method, path, scope in ROUTES if path.startswith(API_PATH)]


def test_only_links_styles_and_the_schema_are_open_to_everybody() -> None:
    assert len(MANAGING) >= 13
    assert {path.split("/")[1] for _, path, scope in ROUTES if scope is None} == {*OPEN}


@pytest.mark.parametrize(("method", "path", "scope"), MANAGING)
async def test_no_management_address_answers_without_a_key_of_its_scope(
    client: AsyncTestClient, key_for: KeyFor, method: str, path: str, scope: Scope
) -> None:
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer servq_000000000000_" + "x" * 43}):
        refused = await client.request(method, path, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.json()["code"] == "access.unauthenticated"
    forbidden = await client.request(method, path, headers=await key_for(*set(Scope) - {scope}))
    assert forbidden.status_code == 403
    assert forbidden.json()["code"] == "access.forbidden"


async def test_a_revoked_key_opens_nothing(client: AsyncTestClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        key = await create_key(session, [Scope.SURVEYS_READ], now=NOW)
        await revoke_key(session, key.id, now=NOW)
    refused = await client.get(f"{API_PATH}/surveys", headers={"Authorization": f"Bearer {key.text}"})
    assert refused.status_code == 401


async def test_a_survey_is_created_launched_linked_counted_and_closed(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(*Scope)
    survey = (await client.post(f"{API_PATH}/surveys", json={**NEW, "sites": ["Nord"]}, headers=key)).json()
    assert survey["status"] == "draft"
    at = f"{API_PATH}/surveys/{survey['id']}"
    assert (await client.post(f"{at}/links", json={}, headers=key)).status_code == 409
    launched = await client.post(f"{at}/launch", headers=key)
    assert (launched.status_code, launched.json()["status"]) == (200, "launched")
    assert len(launched.json()["revision"]) == 64
    assert (await client.post(f"{at}/launch", headers=key)).json()["code"] == "survey.launched"

    links = await client.post(f"{at}/links", json={"n": 3, "attributes": {"site": "Nord"}}, headers=key)
    assert links.status_code == 201
    urls = [link["url"] for link in links.json()]
    assert len({*urls}) == 3
    assert (await client.get(urls[0])).status_code == 200
    open_link = (await client.get(f"{at}/open-link", headers=key)).json()
    assert open_link["by_site"] == {"Nord": f"{open_link['url']}?site=Nord"}
    assert open_link["accepts_answers"]
    assert (await client.get(open_link["by_site"]["Nord"])).status_code == 200

    form = {f"e{number:02d}": "5" for number in range(1, 23)}
    assert (await client.post(f"{urls[0]}?page=1", data=form)).status_code == 200
    assert (await client.get(f"{at}/responses/count", headers=key)).json() == {"submitted": 0, "partial": 1}

    wave = await client.post(f"{at}/waves", json={"name": "spring"}, headers=key)
    assert (wave.json()["number"], wave.json()["name"]) == (2, "spring")
    assert [each["number"] for each in (await client.get(f"{at}/waves", headers=key)).json()] == [1, 2]
    assert (await client.post(f"{at}/close", headers=key)).json()["status"] == "closed"
    assert (await client.get(urls[1])).status_code == 410
    assert [each["id"] for each in (await client.get(f"{API_PATH}/surveys", headers=key)).json()] == [survey["id"]]


async def test_instruments_are_listed_and_shown(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.SURVEYS_READ)
    listed = (await client.get(f"{API_PATH}/instruments", headers=key)).json()
    assert {"servqual", "servperf", "nps"} <= {each["id"] for each in listed}
    shown = (await client.get(f"{API_PATH}/instruments/servqual", headers=key)).json()
    assert len(shown["items"]) == 22


@pytest.mark.parametrize("name", ["..", "../servqual", "%2e%2e%2fservqual", "unknown", "/etc"])
async def test_an_instrument_from_outside_is_an_id_never_a_path(
    client: AsyncTestClient, key_for: KeyFor, name: str
) -> None:
    key = await key_for(Scope.SURVEYS_WRITE, Scope.SURVEYS_READ)
    refused = await client.post(f"{API_PATH}/surveys", json={**NEW, "instrument": name}, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (404, "instrument.unknown")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(body, id=str(number))
        for number, body in enumerate(
            (
                b"",
                b"{",
                b"[]",
                b"[" * 100_000,
                b'{"title": 3}',
                b'{"instrument": "nps", "title": "", "organisation": "x"}',
                b'{"surprise": 1}',
            )
        )
    ],
)
async def test_a_bad_body_gets_a_problem_that_says_what_to_change(
    client: AsyncTestClient, key_for: KeyFor, body: bytes
) -> None:
    key = await key_for(Scope.SURVEYS_WRITE)
    refused = await client.post(
        f"{API_PATH}/surveys", content=body, headers={**key, "Content-Type": "application/json"}
    )
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["problems"]


async def test_an_unknown_survey_and_an_unknown_address_are_problems_too(
    client: AsyncTestClient, key_for: KeyFor
) -> None:
    key = await key_for(*Scope)
    unknown = await client.get(f"{API_PATH}/surveys/77", headers=key)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "survey.unknown")
    nowhere = await client.get(f"{API_PATH}/nowhere", headers=key)
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999"])
async def test_a_number_that_no_database_takes_is_refused(
    client: AsyncTestClient, key_for: KeyFor, number: str
) -> None:
    key = await key_for(*Scope)
    refused = await client.get(f"{API_PATH}/surveys/{number}", headers=key)
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["column"] == "survey_id"


async def test_a_name_that_no_database_keeps_is_refused(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(*Scope)
    for name in ("", "x" * 101):
        refused = await client.post(f"{API_PATH}/surveys/1/waves", json={"name": name}, headers=key)
        assert refused.status_code == 422


async def test_a_method_that_an_address_does_not_have_is_refused(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(*Scope)
    for method in ("OPTIONS", "DELETE", "PATCH"):
        assert (await client.request(method, f"{API_PATH}/surveys", headers=key)).status_code == 405


async def test_links_that_would_have_expired_are_refused(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    key = await key_for(Scope.SURVEYS_WRITE)
    body = {"n": 0, "expires_at": (NOW - timedelta(days=1)).isoformat()}
    refused = await client.post(f"{API_PATH}/surveys/{survey.id}/links", json=body, headers=key)
    assert refused.status_code == 422
    assert [problem["column"] for problem in refused.json()["problems"]] == ["n", "expires_at"]


async def test_a_time_that_is_none_in_another_zone_is_refused(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.SURVEYS_WRITE)
    end = "9999-12-31T23:59:59-10:00"
    refused = await client.post(f"{API_PATH}/surveys", json={**NEW, "closes_at": end}, headers=key)
    assert (refused.status_code, refused.json()["problems"][0]["column"]) == (422, "closes_at")
    await client.post(f"{API_PATH}/surveys", json=NEW, headers=key)
    await client.post(f"{API_PATH}/surveys/1/launch", headers=key)
    refused = await client.post(f"{API_PATH}/surveys/1/links", json={"expires_at": end}, headers=key)
    assert (refused.status_code, refused.json()["problems"][0]["column"]) == (422, "expires_at")


async def test_a_commit_that_fails_is_a_problem_and_never_a_success(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    key = await key_for(Scope.SURVEYS_WRITE, Scope.SURVEYS_READ)
    async with sessions.begin() as session:
        statements = {
            # A deferred constraint lets every statement pass and fails at COMMIT.
            "sqlite": (
                "CREATE TABLE nowhere (id INTEGER PRIMARY KEY)",
                "CREATE TABLE lost (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED)",
                "CREATE TRIGGER lose AFTER INSERT ON survey BEGIN INSERT INTO lost VALUES (1); END",
            ),
            "postgresql": (
                "CREATE FUNCTION lose() RETURNS trigger AS $$ BEGIN RAISE 'no'; END $$ LANGUAGE plpgsql",
                (
                    "CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON survey DEFERRABLE INITIALLY DEFERRED "
                    "FOR EACH ROW EXECUTE FUNCTION lose()"
                ),
            ),
        }
        for statement in statements[session.get_bind().dialect.name]:
            await session.execute(text(statement))
    failed = await client.post(f"{API_PATH}/surveys", json=NEW, headers=key)
    assert failed.status_code == 500
    assert failed.headers["content-type"] == "application/problem+json"
    assert failed.json()["detail"] == "Something went wrong in servq. Nothing was saved."
    assert (await client.get(f"{API_PATH}/surveys", headers=key)).json() == []


async def test_the_description_of_the_interface_names_every_address_and_loads_nothing_from_elsewhere(
    client: AsyncTestClient,
) -> None:
    described = await client.get("/schema/openapi.json")
    assert set(map(filled_in, described.json()["paths"])) == {path for _, path, _ in MANAGING}
    for path in ("/schema", "/schema/swagger", "/schema/redoc", "/schema/elements", "/schema/rapidoc"):
        assert "<script" not in (await client.get(path)).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_report_is_printed_beside_the_server(
    client: AsyncTestClient, key_for: KeyFor, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    for rating in ("10", "9", "3", "7", "10", "8"):
        link = make_open_link(survey)
        for page, form in ((1, {"nps": rating}), (2, {})):
            sent = await client.post(f"/o/{link.slug}/{link.token}?page={page}", data={**form, "do": "next"})
        assert "Your answers are saved" in sent.text
    key = await key_for(Scope.REPORTS_READ)
    report = await client.get(f"{API_PATH}/surveys/{survey.id}/report.pdf?paper=letter", headers=key, timeout=120)
    assert report.status_code == 200
    assert report.headers["content-type"] == "application/pdf"
    assert report.content.startswith(b"%PDF-")
    unknown = await client.get(f"{API_PATH}/surveys/{survey.id + 1}/report.pdf", headers=key, timeout=120)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "survey.unknown")
