"""From the database to the pure half: the stored answers of a survey as an `AnswerTable`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses import extraction_queries as queries
from servq.responses.answers import decode
from servq.responses.evidence import count_evidence
from servq.responses.exclusions import count_reasons
from servq.responses.extraction_queries import AnswerRow
from servq.scoring.answers import AnswerTable
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.service import get_wave


async def extract_answers(session: AsyncSession, survey_id: int, *, wave: int | None = None) -> AnswerTable:
    """Return all answers of a survey, or of one wave by its number, partial responses included and counted.

    Attributes are what the links carried (such as ``site``), and ``administration``, ``channel``,
    ``locale`` and ``wave``. Respondents have ids only if every one of them is a contact with a reference.

    Answers that, by the skip rules, were not asked in the end (a respondent went back and answered differently) are not
    shown; they stay stored in case the respondent changes back. Excluded responses are counted only.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid` (no such wave).
    """
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    wave_id = None if wave is None else (await get_wave(session, survey_id, wave)).id
    rows = await queries.list_answers(session, survey_id, wave_id)
    stored = [row.answers for row in rows]
    references = [row.reference for row in rows]
    return AnswerTable(
        instrument=survey.instrument,
        codes=survey.rules.apply(decode(stored, survey.n_columns)),
        attributes=_attributes(rows),
        respondent_ids=_texts(map(str, references)) if rows and all(references) else None,
        source=survey.title,
        source_sha256=_digest(rows),
        n_partial=sum(not row.submitted for row in rows),
        excluded=await count_reasons(session, survey_id, wave_id),
        evidence=await _count_evidence(session, survey, wave_id),
    )


async def extract_with_texts(session: AsyncSession, survey_id: int, *, wave: int | None = None) -> AnswerTable:
    """Return the same with the open texts of the comments that were asked in the end, for export.

    Raises what `extract_answers` raises.
    """
    answers = await extract_answers(session, survey_id, wave=wave)
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    wave_id = None if wave is None else (await get_wave(session, survey_id, wave)).id
    written = await queries.list_texts(session, survey_id, wave_id)
    asked = [survey.asked_texts(codes.tolist(), texts) for codes, texts in zip(answers.codes, written, strict=True)]
    comments = [comment.id for comment in survey.instrument.definition.comments]
    return replace(answers, texts={one: _texts(texts.get(one, "") for texts in asked) for one in comments})


async def _count_evidence(session: AsyncSession, survey: LaunchedSurvey, wave_id: int | None) -> dict[str, int] | None:
    if not any(page.evidence for page in survey.pages):
        return None
    return await count_evidence(session, survey.id, wave_id)


def _attributes(rows: Sequence[AnswerRow]) -> dict[str, NDArray[np.object_]]:
    decoded = {text: msgspec.json.decode(text, type=dict[str, str]) for text in {row.attributes for row in rows}}
    names = sorted({name for attributes in decoded.values() for name in attributes})
    columns = {name: _texts(decoded[row.attributes].get(name, "") for row in rows) for name in names}
    own = {
        "administration": _texts(row.administration for row in rows),
        "channel": _texts(row.channel for row in rows),
        "locale": _texts(row.locale for row in rows),
        "wave": _texts(row.wave for row in rows),
    }
    return {**own, **columns}


def _texts(values: Iterable[str]) -> NDArray[np.object_]:
    return np.array(list(values), dtype=np.object_)


def _digest(rows: Sequence[AnswerRow]) -> str:
    """Hash answers and attributes in the order of the rows, which is that of their stored ids."""
    digest = sha256()
    for row in rows:
        digest.update(row.answers)
        digest.update(row.attributes.encode())
    return digest.hexdigest()
