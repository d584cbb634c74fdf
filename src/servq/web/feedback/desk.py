"""What the feedback form shows and what it does with what is sent; it knows neither the web framework nor SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import AnswersInvalid, LinkUnknown, Problem
from servq.invitations.tokens import is_token, new_token
from servq.responses.feedback import (
    ADDRESS,
    COMMENT,
    LONGEST_COMMENT,
    LONGEST_CONTACT,
    LONGEST_CONTACT_NAME,
    NAME,
    SCORE,
    feedback_page,
    read_feedback,
    store_feedback_contact,
)
from servq.responses.links import OpenLink
from servq.responses.models import Administration
from servq.responses.sittings import Sittings
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import Channel
from servq.surveys.pages import Page
from servq.web.answer.composing import question_page
from servq.web.answer.editions import Edition
from servq.web.answer.forms import HONEYPOT
from servq.web.answer.languages import choose_locale
from servq.web.answer.views import CommentBox, Frame, RatingSection, SummaryLine
from servq.web.limits import Limits, TokenBuckets

TOKEN = "token"  # noqa: S105 (the name of a field)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBox:
    """A field for how to reach somebody."""

    field: str
    max_length: int
    typed: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """The form; `token` names what is sent by it, so that it is stored once."""

    frame: Frame
    token: str
    rating: RatingSection
    comment: CommentBox
    name: ContactBox
    address: ContactBox
    anonymous: bool
    problems: tuple[SummaryLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSavedPage:
    """Thanks, rendered only after the commit."""

    frame: Frame
    is_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackVisit:
    """One request at the form of a survey."""

    slug: str
    sender: str
    site: str | None = None
    lang: str = ""
    accept_language: str = ""
    channel: Channel = Channel.OPEN_LINK


class FeedbackDesk:
    """Shows the form and stores what is sent; one per server process."""

    def __init__(
        self,
        sittings: Sittings,
        sessions: async_sessionmaker[AsyncSession],
        limits: Limits,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._sittings = sittings
        self._sessions = sessions
        self._now = now
        self._starts = TokenBuckets(limits.starts_per_address, limits.refill_s)

    async def show(self, visit: FeedbackVisit) -> FeedbackPage:
        """Return an empty form; raises what `Sittings.find` raises."""
        sitting = await self._sittings.find(_link(visit, new_token()), now=self._now())
        page = _page_of(sitting.survey)
        return _form(_edition(sitting.survey, visit), page, token=new_token(), typed={}, invalid=None)

    async def receive(self, visit: FeedbackVisit, form: Mapping[str, str]) -> FeedbackPage | FeedbackSavedPage:
        """Store what the page sent, or return the page with what is wrong."""
        survey = await self._survey(visit)
        page, edition = _page_of(survey), _edition(survey, visit)
        given = {
            SCORE: form.get(page.fields[0], ""),
            COMMENT: form.get(COMMENT, ""),
            NAME: form.get(NAME, ""),
            ADDRESS: form.get(ADDRESS, ""),
        }
        token = form.get(TOKEN, "")
        try:
            _refuse_bots(form, edition)
            await self.store(visit, token, given, locale=edition.locale)
        except AnswersInvalid as invalid:
            if not is_token(token):
                raise
            return _form(edition, page, token=token, typed=given, invalid=invalid)
        return FeedbackSavedPage(frame=edition.frame, is_answered=bool(given[ADDRESS].strip()))

    async def store(self, visit: FeedbackVisit, token: str, given: Mapping[str, str], *, locale: str = "") -> None:
        """Store feedback once, whoever sends it how often under the same token.

        Raises
        ------
        AnswersInvalid
            Every problem; nothing was stored.
        LinkUnknown, SurveyNotLaunched, SurveyClosed, AlreadyAnswered, TooManyRequests
            Nothing was stored.
        """
        if not is_token(token):
            raise AnswersInvalid(Problem("The form was not made here.", "Open the page again.", column=TOKEN))
        survey = await self._survey(visit)
        page = _page_of(survey)
        feedback = read_feedback(page, given)
        self._starts.take(visit.sender)
        link = _link(visit, token)
        spoken = locale or _edition(survey, visit).locale
        now = self._now()
        await self._sittings.submit_page(link, page, feedback.answers, locale=spoken, now=now)
        async with self._sessions.begin() as session:
            await store_feedback_contact(session, survey, link, feedback, now=now)

    async def _survey(self, visit: FeedbackVisit) -> LaunchedSurvey:
        return await self._sittings.survey_of(_link(visit, new_token()))


def _refuse_bots(form: Mapping[str, str], edition: Edition) -> None:
    if form.get(HONEYPOT):
        text = edition.say("A field that people do not see was filled in. It is empty now: please send again.")
        raise AnswersInvalid(Problem(text, fix="", column=COMMENT))


def _link(visit: FeedbackVisit, token: str) -> OpenLink:
    return OpenLink(
        visit.slug, token, site=visit.site, channel=visit.channel, administration=Administration.FEEDBACK_FORM
    )


def _page_of(survey: LaunchedSurvey) -> Page:
    page = feedback_page(survey)
    if page is None:
        raise LinkUnknown("This survey has no feedback form.")
    return page


def _edition(survey: LaunchedSurvey, visit: FeedbackVisit) -> Edition:
    locale = choose_locale(survey.locales, asked=visit.lang, stored=None, accepted=visit.accept_language)
    site = visit.site if visit.site in survey.sites else None
    return Edition(survey, locale, site or "", is_open=True)


def _form(
    edition: Edition, page: Page, *, token: str, typed: Mapping[str, str], invalid: AnswersInvalid | None
) -> FeedbackPage:
    say = edition.say
    fields = {SCORE: page.fields[0], COMMENT: COMMENT, NAME: NAME, ADDRESS: ADDRESS}
    problems = tuple(
        SummaryLine(
            fields.get(problem.column or "", COMMENT), f"{say.say(problem.message)} {say.say(problem.fix)}".strip()
        )
        for problem in (invalid.problems if invalid is not None else ())
    )
    errors = {line.field: line.text for line in reversed(problems)}
    asked = question_page(
        edition,
        page,
        edition.survey.open_route,
        typed={fields[name]: text for name, text in typed.items()},
        errors=errors,
    )
    (rating,) = asked.sections
    if not isinstance(rating, RatingSection):
        raise TypeError(f"{edition.survey.instrument.id} asks no rating.")
    return FeedbackPage(
        frame=edition.frame,
        token=token,
        rating=rating,
        comment=CommentBox(
            field=COMMENT,
            label="",
            form="text",
            max_length=LONGEST_COMMENT,
            required=False,
            typed=typed.get(COMMENT, ""),
            error=errors.get(COMMENT, ""),
        ),
        name=ContactBox(
            field=NAME, max_length=LONGEST_CONTACT_NAME, typed=typed.get(NAME, ""), error=errors.get(NAME, "")
        ),
        address=ContactBox(
            field=ADDRESS, max_length=LONGEST_CONTACT, typed=typed.get(ADDRESS, ""), error=errors.get(ADDRESS, "")
        ),
        anonymous=edition.survey.anonymous,
        problems=problems,
    )
