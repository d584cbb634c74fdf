"""Service contacts and metrics over HTTP: bulk upsert by id, every problem at once, scopes, and a complete OpenAPI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from litestar.testing import AsyncTestClient

from operations.service_contacts import simulated
from servq.accounts.models import Scope
from servq.operations.columns import COLUMNS
from servq.operations.definitions import DEFINITIONS

pytestmark = pytest.mark.anyio

KeyFor = Callable[..., Awaitable[dict[str, str]]]
CONTACTS, METRICS = "/api/v1/service-contacts", "/api/v1/service-metrics"


def given(n: int = 40) -> list[dict[str, object]]:
    """Contacts of the months before the application's clock, as a ticket system sends them."""
    rows = simulated(n).frame.rows(named=True)
    sent = []
    for row in rows:
        shifted = {
            name: value.replace(year=value.year - 1).isoformat()
            if name.endswith("_at") and value is not None
            else value
            for name, value in row.items()
        }
        for name in ("replies", "handovers", "failures"):
            shifted[name] = None if shifted[name] is None else int(shifted[name])
        sent.append({name: value for name, value in shifted.items() if value is not None})
    return sent


async def test_contacts_sent_twice_are_stored_once_and_measured(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE)
    body = {"contacts": given()}
    first = await client.post(CONTACTS, json=body, headers=key)
    assert (first.status_code, first.json()) == (200, {"received": 40, "created": 40, "updated": 0, "unchanged": 0})
    again = await client.post(CONTACTS, json=body, headers=key)
    assert again.json() == {"received": 40, "created": 0, "updated": 0, "unchanged": 40}

    answer = await client.get(
        METRICS, params={"by": ["site", "channel"], "period": "week", "locale": "de"}, headers=key
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["n_contacts"] == 40
    assert [metric["id"] for metric in found["metrics"]] == [definition.id for definition in DEFINITIONS]
    assert found["metrics"][0]["name"] == "Lösung beim ersten Kontakt"
    assert found["metrics"][0]["estimate"]["ci_low"] < found["metrics"][0]["estimate"]["value"]
    assert [breakdown["attribute"] for breakdown in found["breakdowns"]] == ["site", "channel"]
    assert sum(flow["opened"]["value"] for flow in found["flows"]["periods"]) == 40 - found["n_abandoned"]


async def test_every_problem_of_a_body_is_named_and_nothing_is_stored(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE)
    rows = [
        {"contact_id": "a", "opened_at": "2025-03-04T10:00:00Z"},
        {"contact_id": "a", "opened_at": "2025-03-04T10:00:00", "replies": -1},
        {"contact_id": "b", "opened_at": "2025-03-04T10:00:00Z", "resolved_at": "2025-03-03T10:00:00Z"},
    ]
    refused = await client.post(CONTACTS, json={"contacts": rows}, headers=key)
    assert refused.status_code == 422
    assert refused.json()["code"] == "data.invalid"
    assert {(one["row"], one["column"]) for one in refused.json()["problems"]} == {
        (2, "contact_id"),
        (2, "opened_at"),
        (2, "replies"),
        (3, "resolved_at"),
    }
    assert (await client.get(METRICS, headers=key)).json()["code"] == "record.unknown"


@pytest.mark.parametrize(
    "body",
    [{"contacts": []}, {"contacts": [{"contact_id": "a"}]}, {"contacts": [{"contact_id": "a", "opened": "x"}]}, {}],
)
async def test_a_body_of_another_shape_is_refused(client: AsyncTestClient, key_for: KeyFor, body: object) -> None:
    key = await key_for(Scope.OPERATIONS_WRITE)
    refused = await client.post(CONTACTS, json=body, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_the_minimum_group_cannot_be_lowered_by_a_caller(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.OPERATIONS_READ)
    refused = await client.get(METRICS, params={"minimum_group": 1}, headers=key)
    assert refused.json()["code"] == "request.invalid"
    assert (await client.get(METRICS, params={"time_zone": "Mars/Base"}, headers=key)).status_code == 422


async def test_an_unknown_survey_is_named(client: AsyncTestClient, key_for: KeyFor) -> None:
    key = await key_for(Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE)
    await client.post(CONTACTS, json={"contacts": given(3)}, headers=key)
    missing = await client.get(METRICS, params={"survey": 9}, headers=key)
    assert (missing.status_code, missing.json()["code"]) == (404, "survey.unknown")


async def test_the_openapi_document_describes_every_column_with_an_example(client: AsyncTestClient) -> None:
    schema = (await client.get("/schema/openapi.json")).json()
    described = schema["components"]["schemas"]["ServiceContactGiven"]["properties"]
    assert set(described) == {column.name for column in COLUMNS}
    for column in COLUMNS:
        shown = str(described[column.name])
        assert column.meaning in shown, column.name
        assert "example" in shown, column.name
    parameters = {one["name"]: one for one in schema["paths"][METRICS]["get"]["parameters"]}
    assert all(one["description"] for one in parameters.values())
