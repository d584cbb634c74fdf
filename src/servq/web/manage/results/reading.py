"""Reads what a person may see of a survey, and keeps the analysis until an answer, or who asks, is another."""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar
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

T = TypeVar("T")

MOST_KEPT = 64
YEAR = 365 * 24 * 3600
SURVEY_COOKIE = "servq-survey"


@dataclass
class _Kept(Generic[T]):
    """What was worked out of the answers of one database, and what was asked for last at the end."""

    found: OrderedDict[Hashable, tuple[weakref.ref[ScoredSurvey], T]] = field(default_factory=OrderedDict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, key: Hashable, scored: ScoredSurvey, work: Callable[[], T]) -> T:
        """Return what is kept for these answers; work it out in a thread where an answer has changed since."""
        if (known := self._known(key, scored)) is None:
            async with self.turn:  # who asks for the same meanwhile finds it made
                if (known := self._known(key, scored)) is None:
                    known = await asyncio.to_thread(work)
                    self.found[key] = (weakref.ref(scored), known)
                    while len(self.found) > MOST_KEPT:
                        self.found.popitem(last=False)
        self.found.move_to_end(key)
        return known

    def _known(self, key: Hashable, scored: ScoredSurvey) -> T | None:
        kept = self.found.get(key)
        return kept[1] if kept is not None and kept[0]() is scored else None


_PICTURES: WeakKeyDictionary[Any, _Kept[Picture]] = WeakKeyDictionary()
_TARGETS: WeakKeyDictionary[Any, _Kept[TargetFindings]] = WeakKeyDictionary()


def scope_of(viewer: Viewer) -> Scope:
    """Return what somebody may see of any survey."""
    attributes = tuple(name for name in TEAM_ATTRIBUTES if may_compare(viewer, name))
    return Scope(sites=viewer.sites, attributes=attributes, locale=viewer.locale)


async def read_picture(session: AsyncSession, viewer: Viewer, survey: Survey, *, wave: int | None = None) -> Picture:
    """Return the analysis of a survey as far as somebody may see it; it is made anew when an answer has changed."""
    scored = await load_scored(session, survey.id)
    scope = scope_of(viewer)
    kept = _PICTURES.setdefault(session.get_bind(), _Kept())
    return await kept.get((survey.id, wave, scope), scored, lambda: make_picture(scored, scope, wave))


async def read_targets(
    session: AsyncSession, viewer: Viewer, survey: Survey, *, today: date
) -> tuple[Sequence[Target], TargetFindings]:
    """Return the targets that somebody may see, the first due first, and how far they are, the most urgent first."""
    targets = await list_targets(session, survey.id, sites=viewer.sites)
    scored = await load_scored(session, survey.id)
    scope, wanted = scope_of(viewer), tuple(agreed(one) for one in targets)
    kept = _TARGETS.setdefault(session.get_bind(), _Kept())
    findings = await kept.get(
        (survey.id, scope, wanted, today), scored, lambda: find_target_findings(wanted, scored, scope, as_of=today)
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
