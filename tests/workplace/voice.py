"""Comments and follow-ups in the seeded installation, with script among them that must stay text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.queries import find_account
from servq.comments.service import code_comment, list_comments, put_code, release_quotation
from servq.follow_ups.models import FollowUp, FollowUpStatus
from servq.responses.models import Response

HARBOUR = "The lifts at the pier <script>alert(1)</script> were slow, said Ms Example."
HARBOUR_RELEASED = "The lifts at the pier were slow"
CASTLE = "Nobody answered the telephone in the tower."


async def seed_voice(session: AsyncSession, places: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    """Write a comment at a site of each region, code both, release both, and open a follow-up for each."""
    survey_id = int(places["survey"])
    responses = (await session.scalars(select(Response).where(Response.survey_id == survey_id))).all()
    opened = {}
    for site, text in (("Harbour", HARBOUR), ("Castle", CASTLE)):
        latest = max(
            (one for one in responses if one.attributes.get("site") == site), key=lambda one: one.submitted_at or now
        )
        await session.execute(update(Response).where(Response.id == latest.id).values(texts={"remark": text}))
        opened[site] = FollowUp(
            survey_id=survey_id,
            response_id=latest.id,
            wave=2,
            score="gap",
            value=-3.0,
            at_most=-1.0,
            site=site,
            touchpoint="<i>lobby</i>",
            status=FollowUpStatus.OPEN,
            opened_at=now - timedelta(days=9),
            due_on=(now - timedelta(days=6)).date(),
            version=1,
        )
        session.add(opened[site])
    await session.flush()
    researcher = await find_account(session, "researcher@example.org")
    assert researcher is not None
    code = await put_code(session, survey_id, label="<b>Waiting</b>", dimension="responsiveness", now=now)
    for comment in await list_comments(session, survey_id):
        await code_comment(session, survey_id, comment.key, [code.id], account_id=researcher.id, now=now)
        words = HARBOUR_RELEASED if comment.text == HARBOUR else comment.text
        await release_quotation(session, survey_id, comment.key, words, account_id=researcher.id, now=now)
    return {
        "comment": next(iter([one.response_id.hex() for one in opened.values() if one.response_id])),
        "comment_code": str(code.id),
        "follow_up": str(opened["Harbour"].id),
        "south_follow_up": str(opened["Castle"].id),
    }
