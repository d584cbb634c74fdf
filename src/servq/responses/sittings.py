"""What the web layer calls for respondents: show where a link stands, store a page, say honestly whether it is saved.

One `Sittings` lives as long as the server process. `find` costs one SQL statement; `save` costs one, and a second
when it submits the answers of a personal link.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from servq.errors import RequestInvalid
from servq.invitations.tokens import is_token
from servq.responses.answers import blank, decode, read_page
from servq.responses.ingest import GroupWriter
from servq.responses.lanes import Lane, open_lane
from servq.responses.links import Link, PersonalLink, seed_of
from servq.responses.queries import LinkState
from servq.responses.saving import PageSave
from servq.responses.standing import find_refusal, get_state, is_submitted, may_change
from servq.surveys.launched import LaunchedSurvey, LaunchedSurveys
from servq.surveys.pages import Page

_PERSONAL_LINKS_KEPT = 20_000

# An open tab is not time spent answering.
_LONGEST_PAGE_S = 4 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Where one link stands.

    Parameters
    ----------
    codes
        Stored answer per column of the revision (`Missing` codes where there is none).
    texts
        Stored open texts by comment id.
    pages_done
        Bits of the committed pages; 0 when nothing is stored yet.
    locale
        Language of the stored answers, or None when nothing is stored yet.
    seed
        Seeds the order of shuffled items.
    submitted
        The answers are complete and stored. An anonymous survey then no longer knows which they were.
    changeable
        A page may be saved (over the stored one, if `submitted`).
    """

    survey: LaunchedSurvey
    link: Link
    codes: tuple[int, ...]
    texts: Mapping[str, str]
    pages_done: int
    locale: str | None
    seed: int
    submitted: bool
    changeable: bool

    def is_done(self, page: Page) -> bool:
        """Whether the page was committed."""
        return bool(self.pages_done & page.bit)

    @property
    def next_page(self) -> Page | None:
        """First page that was not committed, or None."""
        return next((page for page in self.survey.pages if not self.is_done(page)), None)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """Proof that a page is committed.

    `submitted` is False after a submit when a required page is still missing: `missing` names those pages.
    """

    pages_done: int
    submitted: bool
    missing: tuple[Page, ...]


class Sittings:
    """Answering, for one server process; made by `running`."""

    def __init__(self, lane: Lane, writer: GroupWriter) -> None:
        self._lane = lane
        self._writer = writer
        self._surveys = LaunchedSurveys()
        self._survey_ids: OrderedDict[bytes, int] = OrderedDict()

    @classmethod
    @asynccontextmanager
    async def running(cls, engine: AsyncEngine) -> AsyncIterator[Self]:
        """Start the writer, and at the end wait until it has stored what it was given."""
        async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
            yield cls(lane, writer)

    async def find(self, link: Link, *, now: datetime) -> Sitting:
        """Return where a link stands; nothing is written.

        Raises `LinkUnknown`, `LinkExpired`, `SurveyNotLaunched` or `SurveyClosed`; an expired link and a closed survey
        do not hide that answers were submitted.
        """
        state, survey = await self._lane.read(partial(self._find, link))
        submitted = is_submitted(state)
        refusal = find_refusal(state, now=now)
        if refusal is not None and not submitted:
            raise refusal
        stored = state.answers or blank(survey.n_columns)
        return Sitting(
            survey=survey,
            link=link,
            codes=tuple(decode([stored], survey.n_columns)[0].tolist()),
            texts=state.texts or {},
            pages_done=state.pages_done or 0,
            locale=state.locale,
            seed=seed_of(link),
            submitted=submitted,
            changeable=refusal is None and (not submitted or may_change(survey, link)),
        )

    async def survey_of(self, link: Link) -> LaunchedSurvey:
        """Return the survey behind a link, whether it is still open or not; usually costs no SQL.

        Raises `LinkUnknown` or `SurveyNotLaunched`.
        """
        known = None
        if isinstance(link, PersonalLink):
            known = self._surveys.find(self._survey_ids.get(link.digest))
        elif is_token(link.token):  # the survey is known by its slug alone, whatever follows in the address
            known = self._surveys.find_by_slug(link.slug)
        if known is not None:
            return known
        return (await self._lane.read(partial(self._find, link)))[1]

    async def save(
        self,
        link: Link,
        page_number: int,
        form: Mapping[str, str],
        *,
        locale: str,
        submit: bool,
        seconds: int = 0,
        now: datetime,
    ) -> Saved:
        """Store one page and return once it is committed; with `submit`, finish the response.

        Saving the same page again changes nothing, so a double click or a retry is harmless. A submitted response is
        changed only if the survey allows it and only by its personal link; what it said before is kept.

        Parameters
        ----------
        form
            Field → text, by `Page.fields`; ``na`` for not applicable; ``comment_<id>`` for open texts.
        seconds
            Time the respondent spent on the page.

        Raises
        ------
        AnswersInvalid
            Every problem, `Problem.column` naming the field (or the battery); nothing was stored.
        LinkUnknown, LinkExpired, SurveyNotLaunched, SurveyClosed, AlreadyAnswered
            Nothing was stored.
        """
        survey = await self.survey_of(link)
        if not 0 <= page_number < len(survey.pages):
            raise RequestInvalid(f"This survey has no page {page_number}.")
        page = survey.pages[page_number]
        save = PageSave(
            survey=survey,
            link=link,
            page=page,
            answers=read_page(page, form),
            locale=locale,
            submit=submit,
            seconds=min(max(seconds, 0), _LONGEST_PAGE_S),
            now=now,
        )
        row = await self._writer.write(save.store)
        missing = tuple(page for page in survey.pages if page.required and not row.pages_done & page.bit)
        return Saved(pages_done=row.pages_done, submitted=row.submitted, missing=missing)

    def _find(self, link: Link, connection: Connection) -> tuple[LinkState, LaunchedSurvey]:
        state = get_state(connection, link)
        if isinstance(link, PersonalLink):
            self._survey_ids[link.digest] = state.survey_id
            if len(self._survey_ids) > _PERSONAL_LINKS_KEPT:
                self._survey_ids.popitem(last=False)
        return state, self._surveys.by_id(connection, state.survey_id)
