from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.errors import (
    AlreadyAnswered,
    AnswersInvalid,
    RequestInvalid,
)
from servq.responses.links import Link, OpenLink
from servq.responses.sittings import Sittings
from servq.surveys.models import Channel, SittingMode
from stateful.factories import (
    EXPECTATIONS,
    FORMS,
    NOW,
    PERCEPTIONS,
    POINTS,
    STORED,
    answer,
    count_versions,
    make_open_link,
    make_personal_link,
    make_single_item,
    make_survey,
    stored,
)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NOT_SHOWN = -3


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_whole_survey_is_stored_page_by_page(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = make_open_link(survey)
    saved = await answer(sittings, link)
    sitting = await sittings.find(link, now=NOW)
    assert saved.submitted
    assert saved.missing == ()
    assert sitting.submitted
    assert sitting.codes == STORED
    assert sitting.texts == {"remark": "Clean rooms."}
    (response,) = await stored(sessions)
    assert response.revision == survey.revision
    assert response.channel is Channel.OPEN_LINK
    assert response.mode is SittingMode.ONE_SITTING
    assert response.started_at == response.updated_at == response.submitted_at == NOW
    assert response.duration_s == 30


async def test_nothing_is_stored_until_a_page_is_saved(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    sitting = await sittings.find(make_open_link(survey), now=NOW)
    assert set(sitting.codes) == {NOT_SHOWN}
    assert sitting.pages_done == 0
    assert sitting.next_page == sitting.survey.pages[0]
    assert await stored(sessions) == []


async def test_a_sitting_is_resumed_by_its_link_on_another_server(
    engine: AsyncEngine, sittings: Sittings, sessions: Sessions
) -> None:
    link = make_open_link(await make_survey(sessions))
    saved = await sittings.save(link, 0, EXPECTATIONS, locale="de", submit=False, now=NOW)
    assert not saved.submitted
    async with Sittings.running(engine) as elsewhere:
        sitting = await elsewhere.find(OpenLink(link.slug, link.token), now=NOW)
    assert sitting.codes == STORED[:4] + (NOT_SHOWN,) * 6
    assert sitting.locale == "de"
    assert sitting.next_page == sitting.survey.pages[1]
    assert sitting.seed == (await sittings.find(link, now=NOW)).seed


async def test_going_back_replaces_the_page_and_nothing_else(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, seconds=10, now=NOW)
    await sittings.save(link, 1, POINTS, locale="en", submit=False, seconds=10, now=NOW)
    await sittings.save(link, 0, {"e01": "1"}, locale="en", submit=False, seconds=10, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes == (1, -1, -1, -1, 60, 40, *(NOT_SHOWN,) * 4)
    (response,) = await stored(sessions)
    assert response.duration_s == 20, "a page counts once, so that a double click does not double the time"


async def test_pages_may_be_saved_in_any_order(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    for number in (2, 0, 1):
        await sittings.save(link, number, FORMS[number], locale="en", submit=False, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes == STORED


async def test_a_submit_with_a_required_page_missing_is_saved_but_not_submitted(
    sittings: Sittings, sessions: Sessions
) -> None:
    link = make_open_link(await make_survey(sessions))
    saved = await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    assert not saved.submitted
    assert [page.blocks[0].battery_id for page in saved.missing] == ["expectation"]
    saved = await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=True, now=NOW)
    assert saved.submitted


async def test_an_optional_page_may_be_left_out_or_blank(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    saved = await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    assert saved.submitted
    other = make_open_link(await make_survey(sessions))
    await sittings.save(other, 1, {}, locale="en", submit=False, now=NOW)
    assert (await sittings.find(other, now=NOW)).codes[4:6] == (-1, -1)


async def test_a_finished_survey_costs_eight_statements_at_most(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    links: list[Link] = [make_open_link(survey), await make_personal_link(sessions, survey)]
    await answer(sittings, make_open_link(survey))
    for link in links:
        with counted_statements() as statements:
            await sittings.find(link, now=NOW)
            for number, form in enumerate(FORMS):
                await sittings.save(link, number, form, locale="en", submit=number == 2, now=NOW)
                await sittings.find(link, now=NOW)
        assert len(statements) <= 8, statements


async def test_every_invalid_answer_is_named_and_nothing_is_stored(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    wrong = {"p01": "8", "p02": "seven", "p03": "0", "p04": "na", "comment_remark": "x" * 51}
    with pytest.raises(AnswersInvalid) as refused:
        await sittings.save(link, 2, wrong, locale="en", submit=True, now=NOW)
    assert [problem.column for problem in refused.value.problems] == ["p01", "p02", "p03", "comment_remark"]
    assert (await sittings.find(link, now=NOW)).codes == STORED[:4] + (NOT_SHOWN,) * 6


@pytest.mark.parametrize(
    ("page", "form", "field"),
    [
        (0, {"e01": "na"}, "e01"),
        (0, {"e01": "4.0"}, "e01"),
        (0, {"e01": "٤"}, "e01"),
        (0, {}, "expectation"),
        (1, {"w_fast": "60", "w_kind": "41"}, "importance"),
        (1, {"w_fast": "99"}, "importance"),
        (1, {"w_fast": "-1", "w_kind": "101"}, "w_fast"),
    ],
)
async def test_answers_off_the_scale_are_refused(
    sittings: Sittings, sessions: Sessions, page: int, form: dict[str, str], field: str
) -> None:
    link = make_open_link(await make_survey(sessions))
    with pytest.raises(AnswersInvalid) as refused:
        await sittings.save(link, page, form, locale="en", submit=False, now=NOW)
    assert refused.value.problems[0].column == field
    assert refused.value.problems[0].fix
    assert await stored(sessions) == []


async def test_a_blank_beside_points_that_add_up_is_a_zero(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 1, {"w_fast": "100", "w_kind": " "}, locale="en", submit=False, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes[4:6] == (100, 0)


async def test_a_page_that_does_not_exist_is_refused(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    for number in (-1, 3):
        with pytest.raises(RequestInvalid):
            await sittings.save(link, number, {}, locale="en", submit=False, now=NOW)


async def test_comments_are_not_asked_when_the_survey_says_so(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, comments=False))
    await answer(sittings, link)
    assert (await sittings.find(link, now=NOW)).texts == {}


async def test_any_comment_comes_back_as_it_was_written(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    written = "“Ça va?” 🙂 '; DROP TABLE response; --\r\nन \\ % _"
    await answer(sittings, link, last={**PERCEPTIONS, "comment_remark": written + "\0"})
    assert (await sittings.find(link, now=NOW)).texts == {"remark": written.replace("\r\n", "\n")}


async def test_a_double_click_on_submit_is_one_response(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    for link in (make_open_link(survey), await make_personal_link(sessions, survey)):
        before = len(await stored(sessions))
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        submit = partial(sittings.save, link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
        saved = await asyncio.gather(*(submit() for _ in range(5)))
        assert all(one.submitted for one in saved)
        assert len(await stored(sessions)) == before + 1
    assert await count_versions(sessions) == 0


async def test_a_retry_after_the_submit_is_told_that_all_is_saved(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    first = await answer(sittings, link)
    again = await answer(sittings, link, now=NOW + timedelta(minutes=1))
    assert first == again
    (response,) = await stored(sessions)
    assert response.submitted_at == NOW


@pytest.mark.parametrize("anonymous", [False, True])
async def test_two_devices_with_one_personal_link_are_one_response(
    engine: AsyncEngine, sessions: Sessions, *, anonymous: bool
) -> None:
    survey = await make_survey(sessions, anonymous=anonymous, instrument=make_single_item())
    for _ in range(40):  # what the two meet first differs from try to try
        link = await make_personal_link(sessions, survey)
        before = len(await stored(sessions))
        async with Sittings.running(engine) as phone, Sittings.running(engine) as laptop:
            outcomes = await asyncio.gather(
                phone.save(link, 0, {"recommend": "9"}, locale="en", submit=True, now=NOW),
                laptop.save(link, 0, {"recommend": "2"}, locale="en", submit=True, now=NOW),
                return_exceptions=True,
            )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAnswered", "Saved"]
        assert len(await stored(sessions)) == before + 1


async def test_the_second_device_is_told_that_its_answers_were_not_stored(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    with pytest.raises(AlreadyAnswered, match="not stored"):
        await sittings.save(link, 2, {"p01": "7"}, locale="en", submit=True, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes == STORED
    assert not (await sittings.find(link, now=NOW)).changeable
