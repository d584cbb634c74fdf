"""The stored answers of a survey block by block, for exports that never hold all of them in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Text, cast, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact
from servq.invitations.models import Invitation
from servq.responses.answers import decode
from servq.responses.exclusions import count_reasons, not_excluded
from servq.responses.models import Exclusion, Response
from servq.scoring import AnswerTable
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Wave
from servq.surveys.service import get_wave

BLOCK = 10_000
"""Responses in memory at once."""


class StoredRow(NamedTuple):
    """One response as it is exported."""

    id: bytes
    answers: bytes
    texts: dict[str, str]
    attributes: dict[str, str]
    channel: str
    administration: str
    locale: str
    wave: str
    started_at: datetime
    submitted_at: datetime | None
    duration_s: int
    reference: str | None
    excluded: str | None


@dataclass(frozen=True, kw_only=True)
class StoredAnswers:
    """What an export is made from; blocks are read by `read_blocks`.

    Parameters
    ----------
    wave_id
        Only this wave; every wave when None.
    n_rows
        Responses that the blocks hold together, when nothing changes meanwhile.
    with_ids
        Whether every respondent is a contact with a reference, so that they can be followed across waves.
    with_excluded
        Whether excluded responses are among them, marked.
    """

    survey: LaunchedSurvey
    wave_id: int | None
    n_rows: int
    with_ids: bool
    with_excluded: bool
    excluded: dict[str, int]


async def find_stored(
    session: AsyncSession, survey_id: int, *, wave: int | None = None, with_excluded: bool = False
) -> StoredAnswers:
    """Look up what there is to export.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid` (no such wave).
    """
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    wave_id = None if wave is None else (await get_wave(session, survey_id, wave)).id
    counted = (
        select(func.count(), func.count(Contact.reference))
        .select_from(Response)
        .join(Invitation, Response.invitation_id == Invitation.id, isouter=True)
        .join(Contact, Invitation.contact_id == Contact.id, isouter=True)
        .where(*_among(survey_id, wave_id, with_excluded=with_excluded))
    )
    n_rows, n_references = (await session.execute(counted)).one()
    return StoredAnswers(
        survey=survey,
        wave_id=wave_id,
        n_rows=n_rows,
        with_ids=0 < n_rows == n_references,
        with_excluded=with_excluded,
        excluded=await count_reasons(session, survey_id, wave_id),
    )


async def read_blocks(session: AsyncSession, stored: StoredAnswers, *, size: int = BLOCK) -> AsyncIterator[AnswerTable]:
    """Yield the answers in the order of their random ids, with the texts of the comments asked in the end.

    Attributes begin with the id of the response, when it began and was sent (an anonymous survey knows the day) and the
    seconds it took.
    """
    after = b""
    while True:
        found = (
            select(
                Response.id,
                Response.answers,
                Response.texts,
                Response.attributes,
                cast(Response.channel, Text),
                cast(Response.administration, Text),
                Response.locale,
                Wave.name,
                Response.started_at,
                Response.submitted_at,
                Response.duration_s,
                Contact.reference,
                Exclusion.reason,
            )
            .join_from(Response, Wave, Response.wave_id == Wave.id)
            .join(Invitation, Response.invitation_id == Invitation.id, isouter=True)
            .join(Contact, Invitation.contact_id == Contact.id, isouter=True)
            .join(Exclusion, Exclusion.response_id == Response.id, isouter=True)
            .where(
                *_among(stored.survey.id, stored.wave_id, with_excluded=stored.with_excluded),
                Response.id > after,
            )
            .order_by(Response.id)
            .limit(size)
        )
        rows = [StoredRow._make(row) for row in await session.execute(found)]
        if rows:
            yield _table(stored, rows)
        if len(rows) < size:
            return
        after = rows[-1].id


def _among(survey_id: int, wave_id: int | None, *, with_excluded: bool) -> list[ColumnElement[bool]]:
    return [
        Response.survey_id == survey_id,
        Response.trial.is_(False),
        true() if wave_id is None else Response.wave_id == wave_id,
        true() if with_excluded else not_excluded(),
    ]


def _table(stored: StoredAnswers, rows: Sequence[StoredRow]) -> AnswerTable:
    survey = stored.survey
    codes = survey.rules.apply(decode([row.answers for row in rows], survey.n_columns))
    names = sorted({name for row in rows for name in row.attributes})
    attributes = {
        "response": _texts(row.id.hex() for row in rows),
        "started_at": _texts(_moment(row.started_at, survey) for row in rows),
        "submitted_at": _texts(_moment(row.submitted_at, survey) for row in rows),
        "seconds": _texts(str(row.duration_s) if row.duration_s else "" for row in rows),
        "administration": _texts(row.administration for row in rows),
        "channel": _texts(row.channel for row in rows),
        "locale": _texts(row.locale for row in rows),
        "wave": _texts(row.wave for row in rows),
        **({"excluded": _texts(row.excluded or "" for row in rows)} if stored.with_excluded else {}),
    }
    attributes = {**attributes, **{name: _texts(row.attributes.get(name, "") for row in rows) for name in names}}
    asked = [survey.asked_texts(row_codes, row.texts) for row_codes, row in zip(codes.tolist(), rows, strict=True)]
    comments = [comment.id for comment in survey.instrument.definition.comments]
    return AnswerTable(
        instrument=survey.instrument,
        codes=codes,
        attributes=attributes,
        texts={one: _texts(texts.get(one, "") for texts in asked) for one in comments},
        respondent_ids=_texts(row.reference or "" for row in rows) if stored.with_ids else None,
        source=survey.title,
    )


def _moment(moment: datetime | None, survey: LaunchedSurvey) -> str:
    if moment is None:
        return ""
    return moment.date().isoformat() if survey.anonymous else moment.isoformat(timespec="seconds")


def _texts(values: Iterable[str]) -> NDArray[np.object_]:
    return np.array(list(values), dtype=np.object_)
