"""Launched surveys as respondents meet them: frozen, so read once per process and kept.

What can still change (status, closing time, newest wave) is deliberately not here: every statement that stores or
shows answers reads it again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from servq.errors import LinkUnknown, SurveyNotLaunched, SurveyUnknown
from servq.instruments import thaw
from servq.instruments.model import Instrument
from servq.surveys import queries
from servq.surveys.models import SittingMode
from servq.surveys.pages import Page, pages_of

_KEPT = 256


@dataclass(frozen=True, kw_only=True)
class LaunchedSurvey:
    """The frozen part of a survey."""

    id: int
    slug: str
    title: str
    organisation: str
    placeholders: Mapping[str, str]
    locale: str
    sites: tuple[str, ...]
    sitting: SittingMode
    anonymous: bool
    allow_changes: bool
    revision: str
    instrument: Instrument
    pages: tuple[Page, ...]

    @property
    def n_columns(self) -> int:
        """Answers in one response."""
        return sum(len(page.columns) for page in self.pages)

    @property
    def required_pages(self) -> int:
        """Bits of the pages that a submitted response must have."""
        return sum(page.bit for page in self.pages if page.required)

    @property
    def locales(self) -> tuple[str, ...]:
        """Languages that a respondent may choose, the survey's default first."""
        others = (locale for locale in self.instrument.definition.locales if locale != self.locale)
        return (self.locale, *others)


class LaunchedSurveys:
    """Launched surveys by id and slug, each read from the database once per process."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[int, LaunchedSurvey] = OrderedDict()
        self._ids: dict[str, int] = {}

    async def by_id(self, connection: AsyncConnection | AsyncSession, survey_id: int) -> LaunchedSurvey:
        """Return a survey that was launched, also when it is closed now.

        Raises `SurveyUnknown` or `SurveyNotLaunched`.
        """
        known = self._by_id.get(survey_id)
        if known is not None:
            self._by_id.move_to_end(survey_id)
            return known
        row = await queries.find_frozen(connection, survey_id=survey_id)
        if row is None:
            raise SurveyUnknown(f"There is no survey {survey_id}. See: servq survey list.")
        return self._keep(row)

    async def by_slug(self, connection: AsyncConnection | AsyncSession, slug: str) -> LaunchedSurvey:
        """Return the survey behind an open link; raises `LinkUnknown` or `SurveyNotLaunched`."""
        survey_id = self._ids.get(slug)
        if survey_id in self._by_id:
            return await self.by_id(connection, survey_id)
        row = await queries.find_frozen(connection, slug=slug)
        if row is None:
            raise LinkUnknown("There is no survey at this address. Check the link.")
        return self._keep(row)

    def _keep(self, row: queries.FrozenRow) -> LaunchedSurvey:
        if row.revision is None or row.content is None:
            raise SurveyNotLaunched("This survey has not started yet.")
        instrument = thaw(row.content)
        survey = LaunchedSurvey(
            id=row.id,
            slug=row.slug,
            title=row.title,
            organisation=row.organisation,
            placeholders={"organisation": row.organisation, **row.placeholders},
            locale=row.locale,
            sites=tuple(row.sites),
            sitting=row.sitting,
            anonymous=row.anonymous,
            allow_changes=row.allow_changes,
            revision=row.revision,
            instrument=instrument,
            pages=pages_of(instrument, row.sitting, comments=row.comments),
        )
        self._by_id[survey.id] = survey
        self._ids[survey.slug] = survey.id
        while len(self._by_id) > _KEPT:
            _, forgotten = self._by_id.popitem(last=False)
            self._ids.pop(forgotten.slug, None)
        return survey
