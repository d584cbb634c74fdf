"""What the pages of answers show in the seeded installation: an excluded response, and careless ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.instruments import load_instrument
from servq.responses.exclusions import exclude
from servq.responses.importing import Besides, store_answers
from servq.responses.imports import begin_import, end_import
from servq.responses.models import Response, ResponseQuality, SurveyQuality
from servq.responses.quality import Flag
from servq.surveys.models import Channel
from servq.surveys.service import NewSurvey, create_survey, launch_survey

REASON = "Entered by <script>alert(1)</script> staff"
REMARK = "My name is <b>Example</b>"


async def seed_data(session: AsyncSession, _places: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    """An anonymous survey of one question with a careless, an excluded and an imported response."""
    instrument = load_instrument("servqual")
    new = NewSurvey(
        instrument="servqual", title="Careless guests", organisation="Example Hotels", slug="careless", anonymous=True
    )
    survey = await create_survey(session, new, instrument, now=now - timedelta(days=9))
    await launch_survey(session, survey.id, instrument, now=now - timedelta(days=9))
    file_id = await begin_import(
        session,
        survey.id,
        wave=None,
        file_name="paper & <i>pencil</i>.csv",
        sha256="0" * 64,
        n_rows=4,
        n_left_out=1,
        account_id=None,
        imported_by="researcher@example.org",
        now=now,
    )
    codes = np.full((4, len(instrument.columns)), 5, dtype=np.int16)
    for place, column in enumerate(instrument.columns):
        if column.battery == "importance":
            codes[:, place] = 20
        elif column.battery == "ranking":
            codes[:, place] = 1
    comment = instrument.definition.comments[0].id
    await store_answers(
        session,
        survey.id,
        codes,
        answered_at=[now - timedelta(days=n) for n in range(4)],
        attributes=[{"site": "Harbour"}] * 4,
        channel=Channel.IMPORTED,
        besides=Besides(seconds=[20, 300, 0, 400], texts=[{comment: REMARK}, {}, {}, {}], import_id=file_id),
    )
    await end_import(session, file_id)
    stored = (await session.scalars(select(Response).where(Response.survey_id == survey.id))).all()
    fast = next(one for one in stored if one.duration_s == 20)
    other = next(one for one in stored if one.duration_s == 300)
    await exclude(
        session, survey.id, [other.id], reason=REASON, account_id=None, excluded_by="researcher@example.org", now=now
    )
    for one in stored:
        flags = Flag.SAME_ANSWERS | Flag.TOO_FAST if one is fast else Flag.SAME_ANSWERS
        session.add(
            ResponseQuality(
                response_id=one.id,
                survey_id=survey.id,
                flags=int(flags),
                n_signs=int(flags).bit_count(),
                missing_share=0.0,
                longest_run=22,
                seconds_per_item=one.duration_s / 44 or None,
            )
        )
    session.add(SurveyQuality(survey_id=survey.id, stamp="", n_checked=4, checked_at=now))
    await session.flush()
    return {
        "careless_survey": str(survey.id),
        "careless_response": fast.id.hex(),
        "excluded_response": other.id.hex(),
        "answer_import": str(file_id),
    }
