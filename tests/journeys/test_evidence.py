"""Assessors who add photos and documents to their answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from branching import make_branching
from journeys.bot import Bot
from pictures import PDF, PLACE, archive, photo, picture
from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.responses.closing import close_survey
from servq.responses.evidence import list_evidence
from servq.responses.extraction import extract_answers
from servq.surveys.models import Survey
from servq.web.answer.uploads import LARGEST_UPLOAD
from stateful.factories import NOW, make_open_link, make_personal_link, make_survey, stored

pytestmark = pytest.mark.anyio

MakeBot = Callable[..., Bot]
Sessions = async_sessionmaker[AsyncSession]

CHECKED = {"c4": "5", "c5": "3", "comment_when": "2026-02-28"}
PHOTO = {"evidence_c4": ("../../photo.jpg", photo())}


@pytest.fixture
async def survey(sessions: Sessions) -> Survey:
    return await make_survey(sessions, instrument=make_branching())


async def keys(sessions: Sessions, *scopes: Scope) -> dict[str, str]:
    async with sessions.begin() as session:
        key = await create_key(session, scopes, now=NOW, expires_at=NOW + timedelta(days=1))
    return {"Authorization": f"Bearer {key.text}"}


async def files(sessions: Sessions, survey: Survey) -> list[tuple[str, str]]:
    async with sessions() as session:
        return [(row.item, row.media_type) for row in await list_evidence(session, survey.id)]


async def at_checklist(bot: MakeBot, link: object) -> Bot:
    person = bot(link)
    page = await person.open("?page=5")
    assert page.files == ["evidence_c4", "evidence_c5"]
    return person


async def test_a_photo_is_stored_beside_its_answer_and_said_to_be(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    await person.send(CHECKED, PHOTO)
    assert await files(sessions, survey) == [("che_4", "image/jpeg")]
    page = await person.open("?page=5")
    assert "Saved: JPEG picture, 0.1 MB." in page.text
    assert page.boxes == ["remove_c4"]
    async with sessions() as session:
        assert (await extract_answers(session, survey.id)).evidence == {"che_4": 1}


async def test_an_answer_that_needs_a_photo_is_not_taken_without_and_nobody_chooses_a_photo_twice(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    asked = await person.send(CHECKED)
    assert asked.status == 422
    assert "This answer needs a photo or document." in asked.text
    faulty = await person.send({"comment_when": "soon"}, PHOTO)
    assert faulty.status == 422
    assert "Saved: JPEG picture" in faulty.text
    assert (await person.send({"comment_when": "2026-02-28"})).status == 200
    assert await files(sessions, survey) == [("che_4", "image/jpeg")]


async def test_an_answer_left_blank_needs_no_photo(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    assert (await person.send({"c5": "1", "comment_when": "2026-02-28"})).status == 200
    assert len(await stored(sessions)) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a" + b"\0" * 50, "This kind of file is not taken. What can be sent: JPEG picture"),
        (b"\xff\xd8\xff" + b"\0" * 20_000, "The file is too large. At most 0.0 MB are taken."),
        (archive(), "This kind of file is not taken."),
        (picture()[:70], "The file is damaged or contains something else."),
    ],
    ids=["another kind", "too large", "an archive", "cut off"],
)
async def test_a_file_that_is_not_taken_is_named_with_its_place_and_the_rest_stays(
    sessions: Sessions, survey: Survey, bot: MakeBot, content: bytes, said: str
) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    good = {"evidence_c5": ("receipt.pdf", PDF)}
    page = await person.send(CHECKED, {"evidence_c4": ("photo.jpg", content), **good})
    assert page.status == 422
    assert f"Statement 1: {said}" in page.text
    assert page.fields["c5"] == "3"
    assert await files(sessions, survey) == [("che_5", "application/pdf")]


async def test_a_file_far_beyond_the_limit_is_read_to_its_end_but_not_kept(survey: Survey, bot: MakeBot) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    page = await person.send(CHECKED, {"evidence_c4": ("photo.jpg", b"\xff\xd8\xff" * 2_000_000)})
    assert page.status == 422
    assert "The file is too large." in page.text


async def test_a_page_beyond_every_limit_is_cut_off(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    page = await person.send(CHECKED, {"evidence_c4": ("photo.jpg", b"x" * (LARGEST_UPLOAD + 1))})
    assert page.status == 413
    assert await stored(sessions) == []


@pytest.mark.parametrize("name", ["evidence_c9", "c4", "comment_when"])
async def test_a_file_for_what_takes_none_is_refused(survey: Survey, bot: MakeBot, name: str) -> None:
    person = await at_checklist(bot, make_open_link(survey))
    refused = await person.post(person.url, {"c5": "1"}, {name: ("x.png", picture())})
    assert refused.status == 422
    assert "This form could not be read" in refused.text


async def test_a_broken_upload_is_refused_and_stores_nothing(
    sessions: Sessions, client: AsyncTestClient, survey: Survey
) -> None:
    link = make_open_link(survey)
    body = b'--x\r\nContent-Disposition: form-data; name="c5"\r\n\r\n1'
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=y"):
        refused = await client.post(f"/o/{link.slug}/{link.token}?page=5", content=body, headers={"Content-Type": kind})
        assert refused.status_code == 422
    assert await stored(sessions) == []


async def test_a_file_can_be_replaced_and_removed(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = await at_checklist(bot, await make_personal_link(sessions, survey))
    await person.send({"c5": "1", "comment_when": "2026-02-28"}, {"evidence_c5": ("receipt.pdf", PDF)})
    await person.open("?page=5")
    await person.send({}, {"evidence_c5": ("shelf.png", picture())})
    assert await files(sessions, survey) == [("che_5", "image/png")]
    await person.open("?page=5")
    await person.send({"remove_c5": "1"})
    assert await files(sessions, survey) == []


async def test_only_a_key_that_may_read_responses_gets_a_file_and_it_can_be_erased(
    sessions: Sessions, client: AsyncTestClient, survey: Survey, bot: MakeBot
) -> None:
    await (await at_checklist(bot, make_open_link(survey))).send(CHECKED, PHOTO)
    at = f"/api/v1/surveys/{survey.id}/evidence"
    reading, writing = await keys(sessions, Scope.RESPONSES_READ), await keys(sessions, Scope.SURVEYS_WRITE)
    (shown,) = (await client.get(at, headers=reading)).json()
    assert (shown["battery"], shown["item"], shown["media_type"]) == ("checked", "che_4", "image/jpeg")
    assert len(shown["received_sha256"]) == len(shown["sha256"]) == 64
    one = f"{at}/{shown['id']}"
    assert (await client.get(one)).status_code == 401
    assert (await client.get(one, headers=writing)).status_code == 403
    sent = await client.get(one, headers=reading)
    assert sent.headers["content-type"] == "image/jpeg"
    assert sent.headers["content-disposition"].startswith("attachment; filename=")
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in sent.headers["content-security-policy"]
    assert PLACE not in sent.content
    assert (await client.delete(one, headers=reading)).status_code == 403
    assert (await client.delete(one, headers=writing)).status_code == 204
    assert (await client.get(one, headers=reading)).json()["code"] == "record.unknown"
    assert (await client.get(f"{at}/nothing", headers=reading)).status_code in {400, 422}


async def test_evidence_outlives_the_closing_of_an_anonymous_survey_and_dies_with_its_response(
    sessions: Sessions, bot: MakeBot
) -> None:
    survey = await make_survey(sessions, instrument=make_branching(), anonymous=True)
    await (await at_checklist(bot, await make_personal_link(sessions, survey))).send(CHECKED, PHOTO)
    async with sessions.begin() as session:
        (row,) = await list_evidence(session, survey.id)
        assert row.received_at.hour == 0, "an anonymous survey keeps the day"
        await close_survey(session, survey.id, now=NOW)
    assert await files(sessions, survey) == [("che_4", "image/jpeg")]
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM response"))
    assert await files(sessions, survey) == []


async def test_the_same_page_sent_twice_stores_one_file(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    link = make_open_link(survey)
    for _ in range(2):
        await (await at_checklist(bot, link)).send(CHECKED, PHOTO)
    assert await files(sessions, survey) == [("che_4", "image/jpeg")]
