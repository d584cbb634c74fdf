"""What the web layer calls for respondents: show where a link stands, store a page, say honestly whether it is saved.

One `Sittings` lives as long as the server process. `find` costs one SQL statement; `save` costs one, a second when it
submits the answers of a personal link, and one more when skip rules make it look at what is stored.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from servq.errors import AnswersInvalid, Problem, RequestInvalid, ServqError
from servq.instruments.model import Column
from servq.invitations.tokens import is_token
from servq.responses.answers import PageAnswers, blank, blank_codes, decode, read_page
from servq.responses.evidence import EvidenceChange, StoredEvidence, find_evidence
from servq.responses.ingest import GroupWriter, RunAgain
from servq.responses.lanes import Lane, open_lane
from servq.responses.links import Link, OpenLink, PersonalLink, TrialLink, seed_of
from servq.responses.queries import LinkState, SavedRow
from servq.responses.saving import PageSave
from servq.responses.standing import find_refusal, get_state, is_submitted, may_change
from servq.surveys.launched import LaunchedSurvey, LaunchedSurveys, get_tried
from servq.surveys.models import SurveyStatus
from servq.surveys.pages import Page
from servq.surveys.routes import Route

_PERSONAL_LINKS_KEPT = 20_000
_DRAFTS_KEPT = 32

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
    begun
        Something is stored.
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
    begun: bool
    submitted: bool
    changeable: bool

    @cached_property
    def route(self) -> Route:
        """What this respondent is asked by the answers stored now."""
        return self.survey.route(self.codes)

    def is_done(self, page: Page) -> bool:
        """Whether the page was committed."""
        return bool(self.pages_done & page.bit)

    @property
    def next_page(self) -> Page | None:
        """First page asked that was not committed, or None."""
        return next((page for page in self.route.asked if not self.is_done(page)), None)


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
        self._drafts: OrderedDict[int, LaunchedSurvey] = OrderedDict()

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
            begun=state.answers is not None,
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
        elif isinstance(link, OpenLink) and is_token(link.token):
            # The survey is known by its slug alone, whatever follows in the address.
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
        leaving: bool = False,
        seconds: int = 0,
        sitting: Sitting | None = None,
        evidence: Collection[str] = (),
        now: datetime,
    ) -> Saved:
        """Store one page and return once it is committed; with `submit`, finish the response.

        Saving the same page again changes nothing, so a double click or a retry is harmless. A submitted response is
        changed only if the survey allows it and only by its personal link; what it said before is kept.

        Parameters
        ----------
        form
            Field → text, by `Page.fields`; ``na`` for not applicable; ``comment_<id>`` for open texts.
        leaving
            The respondent goes elsewhere before the page has all that it needs; it then does not count as done.
        seconds
            Time the respondent spent on the page.
        sitting
            Where the link stands, if the caller knows.
        evidence
            Fields for whose answers a file is stored.

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
        codes = blank_codes(survey.n_columns)
        if survey.depends_on_stored(page):
            codes = sitting.codes if sitting is not None else (await self.find(link, now=now)).codes
        answers = read_page(page, form, survey.route(codes), evidence=evidence)
        if answers.lacking and not leaving:
            raise AnswersInvalid(answers.lacking)
        route = survey.route((*codes[: page.first], *answers.codes, *codes[page.end :]))
        save = PageSave(
            survey=survey,
            link=link,
            page=page,
            answers=answers,
            bit=0 if answers.lacking else page.bit,
            required=route.required_bits,
            locale=locale,
            submit=submit,
            seconds=min(max(seconds, 0), _LONGEST_PAGE_S),
            now=now,
        )
        row = await self._writer.write(save.store)
        missing = tuple(each for each in route.asked if route.requires(each) and not row.pages_done & each.bit)
        return Saved(pages_done=row.pages_done, submitted=row.submitted, missing=missing)

    async def submit_page(
        self, link: OpenLink, page: Page, answers: PageAnswers, *, locale: str, now: datetime
    ) -> LaunchedSurvey:
        """Store a response of one page as it is, though it may lack what a questionnaire would ask for.

        Raises what `save` raises; nothing was stored then.
        """
        survey = await self.survey_of(link)
        save = PageSave(
            survey=survey,
            link=link,
            page=page,
            answers=answers,
            bit=page.bit,
            required=page.bit,
            locale=locale,
            submit=True,
            seconds=0,
            now=now,
        )
        await self._writer.write(save.store)
        return survey

    async def submit_whole(
        self, link: Link, form: Mapping[str, str], *, locale: str, seconds: int = 0, now: datetime
    ) -> LaunchedSurvey:
        """Store a whole response in one transaction and return once it is committed.

        Fields that the answers before them do not ask for are not read. Sending the same again changes nothing.

        Raises
        ------
        AnswersInvalid
            Every problem of every page; nothing was stored.
        LinkUnknown, LinkExpired, SurveyNotLaunched, SurveyClosed, AlreadyAnswered
            Nothing was stored.
        """
        survey = await self.survey_of(link)
        codes = blank_codes(survey.n_columns)
        read: list[tuple[Page, PageAnswers]] = []
        problems: list[Problem] = []
        for page in survey.pages:
            route = survey.route(codes)
            if not route.may_ask(page):
                continue
            answers = read_page(page, form, route)
            problems.extend(answers.lacking)
            codes = (*codes[: page.first], *answers.codes, *codes[page.end :])
            read.append((page, answers))
        if problems:
            raise AnswersInvalid(problems)
        last = read[-1][0]
        saves = [
            PageSave(
                survey=survey,
                link=link,
                page=page,
                answers=answers,
                bit=page.bit,
                required=survey.route(codes).required_bits,
                locale=locale,
                submit=page is last,
                seconds=min(max(seconds, 0), _LONGEST_PAGE_S) if page is last else 0,
                now=now,
            )
            for page, answers in read
        ]

        await self._writer.write(partial(_store_all, saves))
        return survey

    async def find_evidence(self, link: Link) -> dict[Column, StoredEvidence]:
        """Return which files are stored beside the answers of a link."""
        return await self._lane.read(partial(find_evidence, key=link.key))

    async def keep_evidence(
        self, link: Link, page_number: int, change: EvidenceChange, *, locale: str, now: datetime
    ) -> None:
        """Store files beside the answers of a page before the page itself, so that nobody chooses a photo twice.

        Raises what `save` raises; nothing was stored then.
        """
        survey = await self.survey_of(link)
        save = PageSave(
            survey=survey,
            link=link,
            page=survey.pages[page_number],
            answers=PageAnswers((), {}),
            bit=0,
            required=0,
            locale=locale,
            submit=False,
            seconds=0,
            now=now,
        )
        await self._writer.write(partial(save.store_evidence, change))

    def _find(self, link: Link, connection: Connection) -> tuple[LinkState, LaunchedSurvey]:
        state = get_state(connection, link)
        if isinstance(link, PersonalLink):
            self._survey_ids[link.digest] = state.survey_id
            if len(self._survey_ids) > _PERSONAL_LINKS_KEPT:
                self._survey_ids.popitem(last=False)
        if isinstance(link, TrialLink) and state.status is SurveyStatus.DRAFT:
            return state, self._tried(connection, state)
        return state, self._surveys.by_id(connection, state.survey_id)

    def _tried(self, connection: Connection, state: LinkState) -> LaunchedSurvey:
        """Return a draft in the state in which it is stored."""
        known = self._drafts.get(state.survey_id)
        if known is None or known.version != state.version:
            known = self._drafts[state.survey_id] = get_tried(connection, state.survey_id)
            if len(self._drafts) > _DRAFTS_KEPT:
                self._drafts.popitem(last=False)
        return known


def _store_all(saves: Sequence[PageSave], connection: Connection) -> SavedRow:
    row = saves[0].store(connection)
    for save in saves[1:]:
        try:
            row = save.store(connection)
        except ServqError as error:
            if row.submitted:
                raise
            # Pages before it are written, and a refusal promises that nothing is.
            raise RunAgain from error
    return row
