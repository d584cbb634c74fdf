"""Launched surveys as respondents meet them: frozen, so read once per process and kept.

What can still change (status, closing time, newest wave) is deliberately not here: every statement that stores or
shows answers reads it again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import Connection

from servq.errors import SurveyNotLaunched, SurveyUnknown
from servq.instruments import thaw
from servq.instruments.model import Instrument
from servq.scoring.routing import SkipRules
from servq.surveys import queries
from servq.surveys.models import SittingMode
from servq.surveys.pages import Page, pages_of
from servq.surveys.queries import FrozenRow
from servq.surveys.routes import Route, open_route, whole_route

_KEPT = 256


@dataclass(frozen=True, kw_only=True)
class LaunchedSurvey:
    """The frozen part of a survey.

    Parameters
    ----------
    rules
        What is asked of some respondents only.
    n_columns
        Answers in one response.
    version
        Of the draft that a trial asks; 0 for what is launched.
    """

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
    rules: SkipRules
    n_columns: int
    version: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from every other survey, and from other states of the same draft."""
        return self.id, self.version

    @property
    def locales(self) -> tuple[str, ...]:
        """Languages that a respondent may choose, the survey's default first."""
        others = (locale for locale in self.instrument.definition.locales if locale != self.locale)
        return (self.locale, *others)

    @cached_property
    def open_route(self) -> Route:
        """Everything that may be asked; what everybody is asked, if there are no skip rules."""
        return open_route(self.pages, self.rules)

    def route(self, codes: Sequence[int]) -> Route:
        """Return what a respondent with these stored answers is asked."""
        return whole_route(self.pages, self.rules, codes) if self.rules.has_any else self.open_route

    def depends_on_stored(self, page: Page) -> bool:
        """Whether what a page asks, or what comes after it, hangs on answers that other pages stored."""
        return self.rules.has_any and len(page.columns) < self.n_columns

    def asked_texts(self, codes: Sequence[int], texts: Mapping[str, str]) -> dict[str, str]:
        """Return the open texts of the comments that a respondent with these stored answers is asked."""
        route = self.route(codes)
        asked = {comment.id for page in self.pages for comment in route.comments(page)}
        return {comment: text for comment, text in texts.items() if comment in asked}

    @cached_property
    def asks_consent(self) -> bool:
        """Whether a respondent must agree to something before anything is stored."""
        return any(texts.consent for texts in self.instrument.texts.values())

    def stored_time(self, moment: datetime) -> datetime:
        """Return a time as it may be stored with answers: an anonymous survey keeps the day (UTC)."""
        if not self.anonymous:
            return moment
        return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class LaunchedSurveys:
    """Launched surveys by id and slug, each read from the database once per process."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[int, LaunchedSurvey] = OrderedDict()
        self._ids: dict[str, int] = {}

    def find(self, survey_id: int | None) -> LaunchedSurvey | None:
        """Return the survey if this process has read it."""
        return None if survey_id is None else self._by_id.get(survey_id)

    def find_by_slug(self, slug: str) -> LaunchedSurvey | None:
        """Return the survey of an open link if this process has read it."""
        return self.find(self._ids.get(slug))

    def by_id(self, connection: Connection, survey_id: int) -> LaunchedSurvey:
        """Return a survey that was launched, also when it is closed now.

        Raises `SurveyUnknown` or `SurveyNotLaunched`.
        """
        known = self.find(survey_id)
        if known is not None:
            self._by_id.move_to_end(survey_id)
            return known
        survey = get_launched(connection, survey_id)
        self._by_id[survey.id] = survey
        self._ids[survey.slug] = survey.id
        while len(self._by_id) > _KEPT:
            _, forgotten = self._by_id.popitem(last=False)
            self._ids.pop(forgotten.slug, None)
        return survey


def get_launched(connection: Connection, survey_id: int) -> LaunchedSurvey:
    """Read a survey that was launched; raises `SurveyUnknown` or `SurveyNotLaunched`."""
    row = queries.find_frozen(connection, survey_id)
    if row is None:
        raise SurveyUnknown(f"There is no survey {survey_id}. See: servq survey list.")
    if row.revision is None or row.content is None:
        raise SurveyNotLaunched(f"Survey {survey_id} is a draft. Launch it first: servq survey launch {survey_id}.")
    return _launched(row, row.revision, row.content)


def get_tried(connection: Connection, survey_id: int) -> LaunchedSurvey:
    """Read a survey as a trial asks it: a draft as it is set up now.

    Raises `SurveyUnknown`, or `SurveyNotLaunched` for a draft of which nothing has been put together yet.
    """
    row = queries.find_set_up(connection, survey_id)
    if row is None or row.frozen.revision is not None:
        return get_launched(connection, survey_id)
    if row.revision is None or row.content is None:
        raise SurveyNotLaunched(
            f"Survey {survey_id} is a draft that nobody tries out yet. Open its page “Trial” first."
        )
    return _launched(row.frozen, row.revision, row.content, version=row.version)


def _launched(row: FrozenRow, revision: str, content: bytes, *, version: int = 0) -> LaunchedSurvey:
    instrument = thaw(content)
    pages = pages_of(instrument, row.sitting, comments=row.comments)
    return LaunchedSurvey(
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
        revision=revision,
        instrument=instrument,
        pages=pages,
        rules=SkipRules.of(instrument),
        n_columns=pages[-1].end,
        version=version,
    )
