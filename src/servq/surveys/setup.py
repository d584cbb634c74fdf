"""Setting up a draft: what it asks and how, by several people at once, until it is launched.

Every change names the version that it was made from. Whoever saves what another has changed meanwhile hears of it, and
nothing is overwritten.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import AlreadyExists, ChangedMeanwhile, Problem, RequestInvalid, SurveyLaunched
from servq.instruments import freeze, revision_of
from servq.instruments.model import Instrument
from servq.messages import Message
from servq.surveys import queries, setup_queries
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.own_questions import MOST_CHOICES, MOST_COMMENTS, MOST_OPTIONS, OwnQuestions, own_instrument
from servq.surveys.service import NewSurvey, get_survey, problems_of
from servq.translation import translator


class SetUp(Struct, frozen=True, kw_only=True):
    """How a draft is set up.

    Parameters
    ----------
    version
        What the next change has to name.
    changed_by
        Address of whoever changed it last, "" for nobody.
    """

    version: int = 0
    questions: OwnQuestions = OwnQuestions()
    changed_at: datetime | None = None
    changed_by: str = ""


async def get_setup(session: AsyncSession, survey_id: int) -> SetUp:
    """Return how a survey is set up; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    row = await setup_queries.find_setup(session, survey_id)
    if row is None:
        return SetUp()
    return SetUp(
        version=row.version,
        questions=msgspec.convert(row.questions, OwnQuestions),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


async def change_basics(
    session: AsyncSession, survey_id: int, new: NewSurvey, base: Instrument, *, version: int, by: str, now: datetime
) -> Survey:
    """Change what a researcher decides about a draft; `base` is the instrument that it uses.

    Raises
    ------
    RequestInvalid
        With every problem.
    AlreadyExists
        Another survey has the slug.
    ChangedMeanwhile, SurveyLaunched, SurveyUnknown
        It is not the draft that was looked at.
    """
    survey = await get_survey(session, survey_id)
    setup = await get_setup(session, survey_id)
    instrument = own_instrument(base, setup.questions, survey_id=survey_id, title=new.title, say=_say)
    problems = [
        problem
        for problem in problems_of(new, instrument, now=now)
        if problem.column != "closes_at" or new.closes_at != survey.closes_at
    ]
    if problems:
        raise RequestInvalid(problems)
    holder = None if new.slug is None else await queries.find_survey_by_slug(session, new.slug)
    if holder is not None and holder.id != survey_id:
        raise AlreadyExists(f'Another survey uses the address "{new.slug}". Choose another one.')
    await _claim(session, survey, version=version, by=by, now=now)
    survey.title, survey.organisation = new.title, new.organisation
    survey.slug = new.slug or survey.slug
    survey.placeholders, survey.sites = new.placeholders, list(new.sites)
    survey.locale = new.locale or survey.locale
    survey.sitting, survey.anonymous = new.sitting, new.anonymous
    survey.allow_changes, survey.comments = new.allow_changes, new.comments
    survey.closes_at = new.closes_at
    await session.flush()
    await _store(session, survey, setup.questions, instrument)
    return survey


async def change_questions(
    session: AsyncSession, survey_id: int, own: OwnQuestions, base: Instrument, *, version: int, by: str, now: datetime
) -> None:
    """Change how a draft differs from its instrument `base`; raises as `change_basics` does."""
    survey = await get_survey(session, survey_id)
    problems = _problems(own)
    if own.locales and survey.locale not in own.locales:
        fix = Message("Keep it, or let the survey begin in another language first.")
        problems.append(
            Problem(Message("The survey begins in “{locale}”.", locale=survey.locale), fix, column="locales")
        )
    if problems:
        raise RequestInvalid(problems)
    instrument = own_instrument(base, own, survey_id=survey_id, title=survey.title, say=_say)
    await _claim(session, survey, version=version, by=by, now=now)
    await _store(session, survey, own, instrument)


async def put_together(session: AsyncSession, survey_id: int, base: Instrument) -> Instrument:
    """Return the questionnaire of a draft as it would be frozen now; raises `RequestInvalid` if it breaks a rule."""
    survey, setup = await get_survey(session, survey_id), await get_setup(session, survey_id)
    return own_instrument(base, setup.questions, survey_id=survey_id, title=survey.title, say=_say)


async def refresh(session: AsyncSession, survey_id: int, base: Instrument, *, by: str, now: datetime) -> bool:
    """Put the questionnaire of a draft together for a trial; returns whether it is another one than before.

    Nothing happens to a survey that is launched.
    """
    survey = await get_survey(session, survey_id)
    if survey.status is not SurveyStatus.DRAFT:
        return False
    row = await setup_queries.find_setup(session, survey_id)
    setup = await get_setup(session, survey_id)
    instrument = await put_together(session, survey_id, base)
    if row is not None and row.revision == revision_of(instrument):
        return False
    await _claim(session, survey, version=setup.version, by=by or setup.changed_by, now=now)
    await _store(session, survey, setup.questions, instrument)
    return True


async def _claim(session: AsyncSession, survey: Survey, *, version: int, by: str, now: datetime) -> None:
    """Take the next version for this transaction alone."""
    if survey.status is not SurveyStatus.DRAFT:
        raise SurveyLaunched(f"Survey {survey.id} was launched meanwhile; its questions are frozen.")
    if not await setup_queries.claim(session, survey.id, version=version, by=by, now=now):
        raise ChangedMeanwhile("Somebody else changed this survey after you opened the page. Nothing was overwritten.")


async def _store(session: AsyncSession, survey: Survey, own: OwnQuestions, instrument: Instrument) -> None:
    await setup_queries.store(
        session,
        survey.id,
        questions=msgspec.to_builtins(own),
        revision=revision_of(instrument),
        content=freeze(instrument),
    )


def _problems(own: OwnQuestions) -> list[Problem]:
    problems = []
    if len(own.choices) > MOST_CHOICES:
        fix = Message("Ask at most {most}.", most=MOST_CHOICES)
        problems.append(Problem(Message("These are too many questions."), fix, column="choices"))
    if len(own.comments) > MOST_COMMENTS:
        fix = Message("Ask at most {most}.", most=MOST_COMMENTS)
        problems.append(Problem(Message("These are too many questions."), fix, column="comments"))
    for number, choice in enumerate(own.choices):
        if not any(choice.wording.values()):
            fix = Message("Write what is asked, or remove the answers.")
            problems.append(Problem(Message("There are answers without a question."), fix, column=f"choice-{number}"))
        if not 2 <= len(choice.options) <= MOST_OPTIONS:
            fix = Message("Write 2 to {most}, one on each line.", most=MOST_OPTIONS)
            message = Message("There are {n} answers to choose from.", n=len(choice.options))
            problems.append(Problem(message, fix, column=f"options-{number}"))
    return problems


def _say(locale: str, sentence: str) -> str:
    return translator(locale, "web")(sentence)
