"""Reads what a person may see of a survey, and keeps the analysis until an answer, or who asks, is another."""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.analysis.target_findings import TargetFindings
from servq.responses.seeing import get_survey_seen, list_surveys_seen
from servq.results import ScoredSurvey, load_scored
from servq.surveys.models import Survey, SurveyStatus
from servq.targets.models import Target
from servq.targets.service import agreed, list_targets
from servq.web.manage.access import PageRequest
from servq.web.manage.pages import own_cookie
from servq.web.manage.results.access import TEAM_ATTRIBUTES, may_compare
from servq.web.manage.results.pictures import Picture, Scope, find_target_findings, make_picture

MOST_KEPT = 64
YEAR = 365 * 24 * 3600
SURVEY_COOKIE = "servq-survey"


@dataclass
class _Kept:
    """Analyses of one database, those asked for last at the end."""

    pictures: OrderedDict[Hashable, tuple[weakref.ref[ScoredSurvey], Picture]] = field(default_factory=OrderedDict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


_KEPT: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()


def scope_of(viewer: Viewer) -> Scope:
    """Return what somebody may see of any survey."""
    attributes = tuple(name for name in TEAM_ATTRIBUTES if may_compare(viewer, name))
    return Scope(sites=viewer.sites, attributes=attributes, locale=viewer.locale)


async def read_picture(session: AsyncSession, viewer: Viewer, survey: Survey, *, wave: int | None = None) -> Picture:
    """Return the analysis of a survey as far as somebody may see it; it is made anew when an answer has changed."""
    scored = await load_scored(session, survey.id)
    scope = scope_of(viewer)
    kept = _KEPT.setdefault(session.get_bind(), _Kept())
    key = (survey.id, wave, scope)
    found = kept.pictures.get(key)
    if found is None or found[0]() is not scored:
        async with kept.turn:  # who asks for the same meanwhile finds it made
            found = kept.pictures.get(key)
            if found is None or found[0]() is not scored:
                found = (weakref.ref(scored), await asyncio.to_thread(make_picture, scored, scope, wave))
                kept.pictures[key] = found
                while len(kept.pictures) > MOST_KEPT:
                    kept.pictures.popitem(last=False)
    kept.pictures.move_to_end(key)
    return found[1]


async def read_targets(
    session: AsyncSession, viewer: Viewer, survey: Survey, *, today: date
) -> tuple[Sequence[Target], TargetFindings]:
    """Return the targets that somebody may see, the first due first, and how far they are, the most urgent first."""
    targets = await list_targets(session, survey.id, sites=viewer.sites)
    scored = await load_scored(session, survey.id)
    findings = await asyncio.to_thread(
        find_target_findings, [agreed(one) for one in targets], scored, scope_of(viewer), as_of=today
    )
    return targets, findings


async def list_surveys_with_results(session: AsyncSession, viewer: Viewer) -> Sequence[Survey]:
    """Return the surveys that somebody may see and that can have answers, the newest first."""
    return [one for one in await list_surveys_seen(session, viewer) if one.status is not SurveyStatus.DRAFT]


async def find_chosen(request: PageRequest, session: AsyncSession, viewer: Viewer) -> Survey | None:
    """Return the survey that is asked for by ``?survey=``, else the one looked at last, else the newest one.

    Raises `SurveyUnknown` for one that is asked for and not theirs.
    """
    asked = request.query_params.get("survey", "")
    if asked:
        return await get_survey_seen(session, viewer, number_of(asked))
    surveys = await list_surveys_with_results(session, viewer)
    remembered = number_of(request.cookies.get(SURVEY_COOKIE, ""))
    return next((one for one in surveys if one.id == remembered), surveys[0] if surveys else None)


def number_of(written: str) -> int:
    """Return the number that an address or a cookie holds, 0 for none."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0


def remember(request: PageRequest, survey_id: int) -> Cookie:
    """Return the cookie that keeps which survey was looked at last."""
    return own_cookie(request, SURVEY_COOKIE, str(survey_id), max_age=YEAR)
