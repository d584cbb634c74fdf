"""Comments are coded and released, and what is changed or erased cannot live on in a quotation."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.accounts.models import Role
from servq.accounts.service import add_account
from servq.analysis.comment_findings import CommentFindings
from servq.comments.quoting import find_hidden, quoted
from servq.comments.reporting import read_material
from servq.comments.service import (
    CommentKey,
    code_comment,
    delete_code,
    latest_released,
    list_codes,
    list_comments,
    put_code,
    release_quotation,
    withdraw_quotation,
)
from servq.errors import AlreadyExists, RecordUnknown, RequestInvalid
from servq.pipeline import report_survey
from servq.responses.models import Response
from servq.responses.sittings import Sittings
from servq.surveys.models import Survey
from stateful.factories import NOW, PERCEPTIONS, answer, make_open_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


async def ask(engine: AsyncEngine, sessions: Sessions, *remarks: str) -> Survey:
    survey = await make_survey(sessions, sites=("North", "South"))
    async with Sittings.running(engine) as sittings:
        for number, remark in enumerate(remarks):
            link = make_open_link(survey, site="North" if number % 2 == 0 else "South")
            await answer(sittings, link, last={**PERCEPTIONS, "p01": "6", "comment_remark": remark})
    return survey


async def people(sessions: Sessions) -> tuple[int, int]:
    async with sessions.begin() as session:
        made = [await add_account(session, f"{name}@example.org", Role.RESEARCHER, now=NOW) for name in ("one", "two")]
        return made[0].id, made[1].id


async def key_of(session: AsyncSession, survey: Survey, text: str) -> CommentKey:
    return next(comment.key for comment in await list_comments(session, survey.id) if comment.text == text)


def test_a_quotation_leaves_words_out_and_changes_none() -> None:
    text = "Ms Meier at the desk was very slow, twice."
    hidden = find_hidden(text, "[…] at the desk was slow, twice.")
    assert quoted(text, hidden) == "[…] at the desk was […] slow, twice."
    assert quoted(text, find_hidden(text, text)) == text
    for wrong in ("was at the desk", "very fast", " ", "[…]"):
        with pytest.raises(RequestInvalid):
            find_hidden(text, wrong)


async def test_codes_of_two_people_stand_beside_each_other(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await ask(engine, sessions, "Too slow.", "Kind people.", "")
    one, two = await people(sessions)
    async with sessions.begin() as session:
        waiting = await put_code(session, survey.id, label=" Waiting ", dimension="fast", now=NOW)
        kindness = await put_code(session, survey.id, label="Kindness", now=NOW)
        with pytest.raises(AlreadyExists):
            await put_code(session, survey.id, label="waiting", now=NOW)
        with pytest.raises(RequestInvalid):
            await put_code(session, survey.id, label="", dimension="nowhere", now=NOW)
        key = await key_of(session, survey, "Too slow.")
        await code_comment(session, survey.id, key, [waiting.id, waiting.id], account_id=one, now=NOW)
        await code_comment(session, survey.id, key, [kindness.id], account_id=two, now=NOW)
        await code_comment(session, survey.id, key, [waiting.id, kindness.id], account_id=two, now=NOW)
        with pytest.raises(RecordUnknown):
            await code_comment(session, survey.id, key, [999], account_id=one, now=NOW)
        with pytest.raises(RecordUnknown):
            await code_comment(session, survey.id, (b"none", "remark"), [], account_id=one, now=NOW)
    async with sessions() as session:
        found = {comment.text: comment for comment in await list_comments(session, survey.id)}
        assert set(found) == {"Too slow.", "Kind people."}
        assert [coding.codes for coding in found["Too slow."].codings] == [{waiting.id}, {waiting.id, kindness.id}]
        assert found["Kind people."].codings == ()
        assert [one.text for one in await list_comments(session, survey.id, sites=["South"])] == ["Kind people."]
    async with sessions.begin() as session:
        assert await delete_code(session, survey.id, kindness.id) == 1
        assert [code.label for code in await list_codes(session, survey.id)] == ["Waiting"]
    async with sessions() as session:
        (slow,) = (one for one in await list_comments(session, survey.id) if one.text == "Too slow.")
        assert [coding.codes for coding in slow.codings] == [{waiting.id}, {waiting.id}]


async def test_only_what_is_released_is_quoted_and_only_as_long_as_it_stands(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await ask(engine, sessions, "Ms Meier was slow.", "Kind people.")
    one, _ = await people(sessions)
    async with sessions.begin() as session:
        assert await latest_released(session, survey.id, None, 5) == []
        key = await key_of(session, survey, "Ms Meier was slow.")
        other = await key_of(session, survey, "Kind people.")
        assert await release_quotation(session, survey.id, key, "was slow.", account_id=one, now=NOW) == "[…] was slow."
        await release_quotation(session, survey.id, other, "Kind people.", account_id=one, now=NOW)
        await withdraw_quotation(session, survey.id, other)
        with pytest.raises(RecordUnknown):
            await withdraw_quotation(session, survey.id, other)
    async with sessions() as session:
        assert [one.quotation for one in await latest_released(session, survey.id, None, 5)] == ["[…] was slow."]
        assert await latest_released(session, survey.id, ["South"], 5) == []
        material = await read_material(session, survey.id, wave=1)
        assert [one.text for one in material.quotations] == ["[…] was slow."]
    async with sessions.begin() as session:
        await session.execute(
            update(Response).where(Response.id == key[0]).values(texts={"remark": "[…] was slow today."})
        )
    async with sessions() as session:
        assert await latest_released(session, survey.id, None, 5) == []
        assert (await read_material(session, survey.id, wave=1)).quotations == []


async def test_the_report_of_a_survey_counts_its_comments(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await ask(engine, sessions, "Too slow.", "Kind people.", "", "", "")
    one, _ = await people(sessions)
    async with sessions.begin() as session:
        waiting = await put_code(session, survey.id, label="Waiting", dimension="fast", now=NOW)
        key = await key_of(session, survey, "Too slow.")
        await code_comment(session, survey.id, key, [waiting.id], account_id=one, now=NOW)
        await release_quotation(session, survey.id, key, "Too slow.", account_id=one, now=NOW)
    async with sessions() as session:
        findings = await report_survey(session, survey.id)
    comments = findings.comments
    assert isinstance(comments, CommentFindings)
    assert (comments.n_respondents, comments.n_comments, comments.n_coded) == (5, 2, 1)
    assert [(code.label, code.dimension, code.n) for code in comments.codes] == [("Waiting", "fast", 1)]
    html = findings.to_html()
    assert "Too slow." in html
    assert "Kind people." not in html
