"""Stored surveys and studies, through scoring and analysis, to findings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from servq.analysis import AnalysisOptions
from servq.analysis.collected import Collected
from servq.analysis.history import MOST_WAVES
from servq.analysis.site_beside import SITE
from servq.analysis.study_answers import (
    Role,
    StudyAnswers,
    no_answers,
    no_wave,
    not_launched,
)
from servq.errors import (
    DataInvalid,
    Problem,
    RequestInvalid,
    SurveyNotLaunched,
)
from servq.messages import Message
from servq.pipeline.answers import assessment_roles, report_answers
from servq.pipeline.results import Findings, StudyFindings
from servq.pipeline.sites import SitePlan, plan_sites
from servq.pipeline.study_files import report_study_answers
from servq.scoring import AnswerTable
from servq.surveys.names import FIELDWORK_ATTRIBUTES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.studies.models import StudySurvey
    from servq.surveys.models import Survey


@dataclass(frozen=True, kw_only=True)
class StoredWave:
    """A wave of a survey as it is reported: its answers, the waves before it, and what the survey says of both."""

    survey_id: int
    number: int
    answers: AnswerTable
    earlier: tuple[AnswerTable, ...]
    options: AnalysisOptions
    collected: Collected | None


async def read_wave(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int | None = None,
    sites: Collection[str] | None = None,
    options: AnalysisOptions | None = None,
) -> StoredWave:
    """Read the answers of a wave, the newest when left out, and of the waves before it.

    `sites` limits them to the responses of some sites; with it nothing of any other site is read.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid` (no such wave).
    """
    from servq.responses.extraction import extract_answers
    from servq.responses.period import find_collected
    from servq.surveys.service import get_survey, list_waves

    survey = await get_survey(session, survey_id)
    names = {one.number: one.name for one in await list_waves(session, survey_id)}
    waves = sorted(names)
    current = wave if wave is not None else waves[-1]
    earlier = [number for number in waves if number < current]

    async def read(number: int) -> AnswerTable:
        found = _limited(await extract_answers(session, survey_id, wave=number), sites)
        return replace(found, wave=names.get(number, ""))

    options = options or AnalysisOptions()
    collected = await find_collected(session, survey, current)
    return StoredWave(
        survey_id=survey_id,
        number=current,
        answers=await read(current),
        earlier=tuple([await read(number) for number in earlier[-MOST_WAVES + 1 :]]),
        options=replace(
            options,
            title=options.title or survey.title,
            organisation=options.organisation or survey.organisation,
            placeholders={**survey.placeholders, **options.placeholders},
        ),
        collected=collected if collected is None or sites is None else replace(collected, sites=tuple(sorted(sites))),
    )


async def report_survey(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int | None = None,
    segments: Sequence[str] | None = None,
    without: Collection[str] = (),
    sites: Collection[str] | None = None,
    options: AnalysisOptions | None = None,
    now: datetime | None = None,
) -> Findings:
    """Analyse the answers to a survey as they are stored, with the waves before it where there are any.

    `segments` names attributes of the responses; without it every attribute that the links carried is one, but not
    the channel, the language or the wave. `without` names some that are never segments. `sites` limits the report to
    some sites; the fieldwork, which is counted for all of them, is then left out. `now` decides whether answers may
    still come.
    """
    from servq.comments.reporting import read_material
    from servq.fieldwork.findings import make_fieldwork_findings
    from servq.fieldwork.service import get_fieldwork

    found = await read_wave(session, survey_id, wave=wave, sites=sites, options=options)
    answers = _segmented(found.answers, segments, without)
    findings = report_answers(
        answers,
        await _with_targets(session, found, answers, sites, now=now),
        earlier=found.earlier,
        comments=await read_material(session, survey_id, wave=found.number, locale=found.options.locale, sites=sites),
    )
    fieldwork = None
    if sites is None:
        counted = await get_fieldwork(session, survey_id, wave=found.number, now=now or datetime.now(UTC))
        fieldwork = make_fieldwork_findings(counted, minimum_group_size=found.options.minimum_group_size)
    return replace(findings, fieldwork=fieldwork, collected=found.collected)


async def _with_targets(
    session: AsyncSession,
    found: StoredWave,
    answers: AnswerTable,
    sites: Collection[str] | None,
    *,
    now: datetime | None,
) -> AnalysisOptions:
    """The options with the targets that this wave can answer: those still due when it was opened."""
    from servq.surveys.service import get_wave
    from servq.targets.service import agreed, list_targets

    if found.options.targets:
        return found.options
    opened_on = (await get_wave(session, found.survey_id, found.number)).opened_at.date()
    known = [agreed(one) for one in await list_targets(session, found.survey_id, sites=sites)]
    due = tuple(one for one in known if one.due_on >= opened_on and (one.site is None or SITE in answers.attributes))
    return replace(found.options, targets=due, as_of=(now or datetime.now(UTC)).date())


async def plan_survey_sites(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int | None = None,
    only: Collection[str] | None = None,
    among: Collection[str] | None = None,
    without: Collection[str] = (),
    options: AnalysisOptions | None = None,
) -> SitePlan:
    """Compare the sites of a stored wave with each other, for a report of each.

    `only` names those that are wanted; `among` are those that whoever asks may see, None for all.
    """
    found = await read_wave(session, survey_id, wave=wave, options=options)
    answers = _segmented(found.answers, None, without)
    if among is not None:
        seen = [name for name in sorted(among) if SITE in answers.attributes and name in answers.attributes[SITE]]
        # whoever sees some sites alone learns nothing of the names of the others
        if missing := [name for name in only or () if name not in seen]:
            raise DataInvalid(Problem(f'No answers come from a site "{name}".', "") for name in missing)
        only = seen if only is None else only
    return plan_sites(answers, found.options, earlier=found.earlier, only=only, collected=found.collected)


async def report_study(
    session: AsyncSession, study: str | int, *, wave: int | None = None, options: AnalysisOptions | None = None
) -> StudyFindings:
    """Analyse the stored answers to the surveys that a study binds.

    Parameters
    ----------
    study
        Name or number of the study.
    wave
        Number of the wave of every survey; without it the wave that is bound, or the newest.

    Raises
    ------
    RecordUnknown
        There is no such study.
    DataInvalid
        Nobody has answered.
    """
    from servq.studies.service import get_study_by_name, list_bound

    found = await get_study_by_name(session, str(study))
    bound = (await list_bound(session, [found.id]))[found.id]
    tables: dict[Role, AnswerTable] = {}
    absences: dict[Role, Message] = {}
    placeholders: dict[str, str] = {}
    locale = None
    for binding in bound:
        role: Role = binding.audience.value
        read = await _bound_answers(session, binding, role, wave)
        if isinstance(read, Message):
            absences[role] = read
        else:
            tables[role], survey = read
            placeholders = {**survey.placeholders, **placeholders}
            if role == "customers":
                locale = survey.locale
    options = options or AnalysisOptions()
    return report_study_answers(
        StudyAnswers(
            tables=tables,
            absences=absences,
            site="site" if any("site" in table.attributes for table in tables.values()) else None,
            source=found.title,
        ),
        replace(
            options,
            locale=options.locale or found.locale or locale,
            title=options.title or found.title,
            organisation=options.organisation or found.organisation,
            placeholders={**placeholders, **options.placeholders},
        ),
    )


async def _bound_answers(
    session: AsyncSession, binding: StudySurvey, role: Role, wave: int | None
) -> tuple[AnswerTable, Survey] | Message:
    """Answers to the survey of one audience with that survey, or why there are none."""
    from servq.responses.extraction import extract_answers
    from servq.surveys.service import get_survey, list_waves

    survey = await get_survey(session, binding.survey_id)
    waves = [one.number for one in await list_waves(session, survey.id)]
    wanted = wave or binding.wave or max(waves)
    if wanted not in waves:
        return no_wave(role, survey.title, wanted)
    try:
        answers = await extract_answers(session, survey.id, wave=wanted)
    except SurveyNotLaunched:
        return not_launched(role, survey.title)
    return (answers, survey) if answers.n_respondents else no_answers(role, survey.title)


def _limited(answers: AnswerTable, sites: Collection[str] | None) -> AnswerTable:
    if sites is None:
        return answers
    at = answers.attributes.get(SITE)
    rows = np.zeros(answers.n_respondents, dtype=bool) if at is None else np.isin(at.astype(str), sorted(sites))
    return answers.among(rows)


def _segmented(answers: AnswerTable, segments: Sequence[str] | None, without: Collection[str] = ()) -> AnswerTable:
    known = {name: values for name, values in answers.attributes.items() if name not in without}
    wanted = [name for name in known if name not in FIELDWORK_ATTRIBUTES] if segments is None else list(segments)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise RequestInvalid(
            Problem(f'The responses have no attribute "{name}".', f"They have: {', '.join(known)}.") for name in unknown
        )
    kept = dict.fromkeys((*wanted, *assessment_roles(answers.instrument, known)))
    return replace(answers, attributes={name: known[name] for name in kept})
