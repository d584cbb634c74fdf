"""Which surveys somebody may see: those that ask at one of their sites.

A manager sees launched and closed surveys of their sites, and within them only what was answered at those sites;
whoever shows results also asks `Viewer.sees` of every site.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.errors import SurveyUnknown
from servq.responses import seeing_queries
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.service import get_survey, list_surveys


async def list_surveys_seen(session: AsyncSession, viewer: Viewer) -> Sequence[Survey]:
    """Return the surveys that somebody may see, the newest first."""
    surveys = await list_surveys(session)
    if viewer.sites is None:
        return [survey for survey in surveys if viewer.may_manage or survey.status is not SurveyStatus.DRAFT]
    named = [survey for survey in surveys if survey.status is not SurveyStatus.DRAFT]
    unnamed = [survey.id for survey in named if not survey.sites]
    answered = await seeing_queries.find_answered_at(session, unnamed, viewer.sites)
    return [survey for survey in named if survey.id in answered or not viewer.sites.isdisjoint(survey.sites)]


async def get_survey_seen(session: AsyncSession, viewer: Viewer, survey_id: int) -> Survey:
    """Return a survey that somebody may see; raises `SurveyUnknown`, the same whether it exists or not."""
    survey = await get_survey(session, survey_id)
    if viewer.may_manage:
        return survey
    if survey.status is not SurveyStatus.DRAFT:
        if viewer.sites is None or not viewer.sites.isdisjoint(survey.sites):
            return survey
        if not survey.sites and await seeing_queries.find_answered_at(session, [survey_id], viewer.sites):
            return survey
    raise unknown_survey(survey_id)


async def is_wholly_seen(session: AsyncSession, viewer: Viewer, survey: Survey) -> bool:
    """Whether everything of a survey may be shown: it asks, and was answered, at sites of this person alone."""
    if viewer.sites is None:
        return viewer.may_manage or survey.status is not SurveyStatus.DRAFT
    if survey.status is SurveyStatus.DRAFT or not survey.sites or not viewer.sites.issuperset(survey.sites):
        return False
    return not await seeing_queries.is_answered_beyond(session, survey.id, viewer.sites)


def unknown_survey(survey_id: int) -> SurveyUnknown:
    """Return the error of a survey that is not there, word for word: whoever may not see one learns nothing."""
    return SurveyUnknown(f"There is no survey {survey_id}. See: servq survey list.")
