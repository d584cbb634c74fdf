from __future__ import annotations

import re

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.instruments import load_instrument
from stateful.factories import make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def address(sessions: Sessions) -> str:
    survey = await make_survey(sessions, instrument=load_instrument("servqual"))
    link = make_open_link(survey)
    return f"/o/{link.slug}/{link.token}"


async def test_the_page_of_22_statements_is_small_and_needs_two_requests(client: AsyncTestClient, address: str) -> None:
    page = await client.get(f"{address}?page=1", headers={"Accept-Encoding": "gzip"})
    parts = re.findall(r'(?:href|src)="(/[^"]+)"', page.text)
    assert len(parts) == 1
    sizes = [int(page.headers["content-length"])]
    for part in parts:
        response = await client.get(part, headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        sizes.append(int(response.headers["content-length"]))
    assert sum(sizes) < 20_000


async def test_every_page_says_who_may_see_it_and_what_it_may_load(client: AsyncTestClient, address: str) -> None:
    for path in (address, f"{address}?page=1", f"{address}?page=3", "/s/nothing", "/nowhere"):
        page = await client.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in page.headers
        assert not re.search(r"<script(?! src=)|\son\w+=|\sstyle=|<style|https?://", page.text)


async def test_every_point_is_announced_with_its_meaning(client: AsyncTestClient, address: str) -> None:
    page = (await client.get(f"{address}?page=2")).text
    first = page.split("</fieldset>")[0]
    names = re.findall(r'name="p01" value="(\w+)"[^>]*><span>([^<]+)(?:<i> ([^<]+)</i>)?', first)
    assert names == [
        ("1", "1", "Strongly disagree"),
        *[(str(point), str(point), "on the scale from 1 to 7") for point in range(2, 7)],
        ("7", "7", "Strongly agree"),
        ("na", "I cannot say", ""),
    ]
    assert page.count("<fieldset") == page.count("<legend>") == 22


async def test_what_a_respondent_typed_is_shown_as_text_never_as_markup(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    link = make_open_link(survey)
    form = {"p01": "1", "p02": "1", "p03": "1", "comment_remark": '"><script>alert(1)</script>'}
    page = await client.post(f"/o/{link.slug}/{link.token}?page=3", data=form)
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


async def test_a_shuffled_battery_has_an_order_that_differs_between_people_and_stays_for_each(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    import msgspec

    small = load_instrument("servqual")
    batteries = {
        name: msgspec.structs.replace(battery, order="shuffled") if name == "expectation" else battery
        for name, battery in small.definition.batteries.items()
    }
    shuffled = msgspec.structs.replace(small, definition=msgspec.structs.replace(small.definition, batteries=batteries))
    survey = await make_survey(sessions, instrument=shuffled)
    orders = []
    for _ in range(4):
        link = make_open_link(survey)
        pages = [(await client.get(f"/o/{link.slug}/{link.token}?page=1")).text for _ in range(2)]
        seen = [list(dict.fromkeys(re.findall(r'name="(e\d\d)"', page))) for page in pages]
        assert seen[0] == seen[1]
        assert sorted(seen[0]) == [f"e{number:02d}" for number in range(1, 23)]
        orders.append(tuple(seen[0]))
    assert len(set(orders)) > 1


async def test_a_whole_survey_costs_at_most_eight_statements(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("servqual"))
    forms = [
        {f"e{number:02d}": "6" for number in range(1, 23)},
        {f"p{number:02d}": "5" for number in range(1, 23)},
        {f"w_{name}": "20" for name in ("tangibles", "reliability", "responsiveness", "assurance", "empathy")},
    ]
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async def answer() -> str:
        link = await make_personal_link(sessions, survey)
        statements.clear()
        page = await client.get(f"/s/{link.token}")
        for number, form in enumerate(forms, start=1):
            await client.get(f"/s/{link.token}?page={number}")
            page = await client.post(f"/s/{link.token}?page={number}", data=form, follow_redirects=number == 3)
        return page.text

    await answer()
    event.listen(Engine, "before_cursor_execute", count)
    try:
        assert "Your answers are saved" in await answer()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert 0 < len(statements) <= 8
