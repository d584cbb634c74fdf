from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.errors import (
    AlreadyAnswered,
)
from servq.responses.answers import decode
from servq.responses.models import ResponseVersion
from servq.responses.sittings import Sittings
from stateful.factories import (
    NOW,
    PERCEPTIONS,
    STORED,
    answer,
    count_versions,
    make_open_link,
    make_personal_link,
    make_survey,
    stored,
)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NOT_SHOWN = -3


async def test_a_change_keeps_what_it_replaces(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    link = await make_personal_link(sessions, survey, expires_at=NOW + timedelta(hours=1))
    await answer(sittings, link)
    later = NOW + timedelta(days=1)
    assert (await sittings.find(link, now=later)).changeable
    for points in ("7", "6"):
        saved = await sittings.save(
            link, 2, {**PERCEPTIONS, "p01": points, "comment_remark": ""}, locale="en", submit=True, now=later
        )
        assert saved.submitted
    sitting = await sittings.find(link, now=later)
    assert sitting.codes == (*STORED[:6], 6, *STORED[7:])
    assert sitting.texts == {}
    async with sessions() as session:
        versions = (await session.scalars(select(ResponseVersion).order_by(ResponseVersion.number))).all()
    assert [version.number for version in versions] == [1, 2]
    assert decode([version.answers for version in versions], 10)[:, 6].tolist() == [1, 7]
    assert [version.texts for version in versions] == [{"remark": "Clean rooms."}, {}]
    assert {version.replaced_at for version in versions} == {later}
    (response,) = await stored(sessions)
    assert (response.submitted_at, response.updated_at) == (NOW, later)


async def test_saving_the_same_again_is_no_change(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    await answer(sittings, link)
    assert await count_versions(sessions) == 0


async def test_changes_at_the_same_moment_are_all_kept(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    link = await make_personal_link(sessions, survey)
    async with Sittings.running(engine) as phone, Sittings.running(engine) as laptop:
        await answer(phone, link)
        await asyncio.gather(
            *(
                device.save(link, 2, {"p01": str(points)}, locale="en", submit=True, now=NOW)
                for device, points in ((phone, 4), (laptop, 5), (phone, 6), (laptop, 7))
            )
        )
    assert await count_versions(sessions) == 4


async def test_an_open_link_cannot_change_what_was_submitted(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, allow_changes=True))
    await answer(sittings, link)
    assert not (await sittings.find(link, now=NOW)).changeable
    with pytest.raises(AlreadyAnswered):
        await sittings.save(link, 0, {"e01": "1"}, locale="en", submit=False, now=NOW)
