"""What the addresses of a widget do; it knows neither the web framework nor SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import AnswersInvalid, Forbidden, LinkUnknown, RequestInvalid
from servq.responses.feedback import feedback_page
from servq.responses.links import Link, OpenLink, PersonalLink
from servq.responses.sittings import Sittings
from servq.security_tokens import SecurityTokens
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Channel
from servq.translation import translator
from servq.web.answer.editions import Edition
from servq.web.answer.languages import choose_locale
from servq.web.feedback.desk import FeedbackDesk, FeedbackVisit
from servq.web.limits import Limits, TokenBuckets
from servq.web.widget.forms import Form, feedback_form, survey_form, widget_words
from servq.widgets import queries
from servq.widgets.models import Widget
from servq.widgets.offering import Offered, Ticket, Visitor, WidgetSettings, find_offer, get_settings, take_up
from servq.widgets.suitability import suitability_problems

LONGEST_WAIT = timedelta(days=30)
"""Answers may wait in a browser so long and still count for the time at which they were given."""

ASKS_PER_START = 10
"""Pages that one sender may open for each response that it may begin."""

Short = Annotated[str, Meta(max_length=300)]
Language = Annotated[str, Meta(max_length=40)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Asking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page says when it asks whether there is anything to show; see `Visitor`."""

    event: Short = ""
    page: Annotated[str, Meta(max_length=2000)] = ""
    survey: Short = ""
    feedback: Short = ""
    user: Annotated[str, Meta(max_length=100)] = ""
    attributes: Annotated[dict[Short, Short], Meta(max_length=20)] = {}
    signature: Short = ""
    visit: Short = ""
    lot: Annotated[int, Meta(ge=0, lt=1000)] = 0
    lang: Language = ""
    site: Annotated[str, Meta(max_length=100)] = ""
    touchpoint: Annotated[str, Meta(max_length=100)] = ""


class Answering(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers of a dialog.

    Parameters
    ----------
    token
        Names them, so that they are stored once however often they come.
    age_s
        How long they waited to be sent.
    """

    ticket: str
    token: str
    answers: dict[str, str]
    lang: Language = ""
    seconds: Count = 0
    age_s: Count = 0


class Shown(Struct, frozen=True, kw_only=True):
    """What a page may show; for a `known` person it asks once more when it does."""

    ticket: str
    known: bool
    delay_s: int
    form: Form


class InvalidAnswers(NamedTuple):
    """What is wrong with answers, in the language of the dialog, by field."""

    texts: dict[str, str]


class WidgetDesk:
    """Answers what pages ask; one per server process."""

    def __init__(
        self,
        sittings: Sittings,
        sessions: async_sessionmaker[AsyncSession],
        feedback: FeedbackDesk,
        tokens: Callable[[], SecurityTokens],
        limits: Limits,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._sittings = sittings
        self._sessions = sessions
        self._feedback = feedback
        self._tokens = tokens
        self._now = now
        self._asks = TokenBuckets(limits.starts_per_address * ASKS_PER_START, limits.refill_s)
        self._starts = TokenBuckets(limits.starts_per_address, limits.refill_s)

    async def admit(self, key: str, origin: str | None, *, needs_origin: bool = True) -> None:
        """Raise `LinkUnknown` unless there is such a widget, and `Forbidden` unless a page of `origin` may use it."""
        async with self._sessions() as session:
            widget = await _widget(session, key)
        if origin not in widget.origins and (needs_origin or origin is not None):
            raise Forbidden(
                "This page is not among the origins of the widget. Add its origin: servq widget change --origin …"
            )

    async def settings(self, key: str) -> WidgetSettings:
        """Return at which events and pages the server is to be asked."""
        async with self._sessions() as session:
            return await get_settings(session, await _widget(session, key), now=self._now())

    async def ask(self, key: str, asking: Asking, *, accepted: str, sender: str) -> Shown | None:
        """Return what is to be shown now, if anything; raises what `find_offer` raises."""
        self._asks.take(sender)
        is_feedback = bool(asking.feedback)
        visitor = Visitor(
            event=asking.event,
            page=asking.page,
            survey=asking.survey or asking.feedback,
            # Whoever gives feedback unasked is not asked, so the contact policy has no say.
            user="" if is_feedback else asking.user,
            attributes=asking.attributes,
            signature=asking.signature,
            visit=asking.visit,
            lot=asking.lot,
            site=asking.site or None,
            touchpoint=asking.touchpoint if asking.touchpoint.isprintable() and asking.touchpoint else None,
        )
        async with self._sessions.begin() as session:
            widget = await _widget(session, key)
            offered = await find_offer(session, widget, visitor, tokens=self._tokens(), now=self._now())
            if offered is None:
                return None
            connection = await session.connection()
            survey = await connection.run_sync(_launched(offered))
        locale = choose_locale(survey.locales, asked=asking.lang, stored=None, accepted=accepted)
        return self._shown(offered, survey, locale, is_feedback=is_feedback)

    async def take_up(self, ticket: str) -> str | None:
        """Let the contact policy decide about what is about to be shown; see `servq.widgets.offering.take_up`."""
        async with self._sessions.begin() as session:
            return await take_up(session, Ticket.read(self._tokens(), ticket), now=self._now())

    async def store(self, answering: Answering, *, sender: str) -> InvalidAnswers | None:
        """Store answers and return None after the commit, or what is wrong with them.

        Raises
        ------
        LinkUnknown, LinkExpired, SignatureInvalid, SurveyNotLaunched, SurveyClosed, AlreadyAnswered, TooManyRequests
            Nothing was stored.
        """
        ticket = Ticket.read(self._tokens(), answering.ticket)
        try:
            if ticket.feedback:
                await self._store_feedback(ticket, answering, sender=sender)
            else:
                self._starts.take(sender)
                await self._store_answers(ticket, answering)
        except AnswersInvalid as invalid:
            say = translator(answering.lang or "en", "web").say
            return InvalidAnswers(
                {problem.column or "": f"{say(problem.message)} {say(problem.fix)}" for problem in invalid.problems}
            )
        return None

    async def _store_feedback(self, ticket: Ticket, answering: Answering, *, sender: str) -> None:
        visit = FeedbackVisit(
            slug=ticket.slug, sender=sender, site=ticket.site, lang=answering.lang, channel=Channel.IN_APP
        )
        await self._feedback.store(visit, answering.token, answering.answers)

    async def _store_answers(self, ticket: Ticket, answering: Answering) -> None:
        link: Link = (
            OpenLink(
                ticket.slug, answering.token, site=ticket.site, touchpoint=ticket.touchpoint, channel=Channel.IN_APP
            )
            if ticket.contact_id is None
            else PersonalLink(answering.token)
        )
        survey = await self._sittings.survey_of(link)
        # a personal link must be good now; only the browser says how long ago the answer was given
        waited = timedelta(seconds=answering.age_s) if isinstance(link, OpenLink) else timedelta()
        await self._sittings.submit_whole(
            link,
            answering.answers,
            locale=choose_locale(survey.locales, asked=answering.lang, stored=None, accepted=""),
            seconds=answering.seconds,
            now=self._now() - min(waited, LONGEST_WAIT),
        )

    def _shown(self, offered: Offered, survey: LaunchedSurvey, locale: str, *, is_feedback: bool) -> Shown:
        edition = Edition(survey, locale)
        words = widget_words(translator(locale, "widget"))
        ticket = offered.ticket
        if is_feedback:
            page = feedback_page(survey)
            if page is None:
                raise RequestInvalid(f"Survey {survey.id} has no feedback form.")
            form = feedback_form(edition, page, words)
        else:
            problems = suitability_problems(survey)
            if problems:
                raise RequestInvalid(problems)
            form = survey_form(edition, words)
        signed = ticket.of_survey(survey.slug, feedback=is_feedback).sign(self._tokens())
        return Shown(ticket=signed, known=ticket.contact_id is not None, delay_s=offered.delay_s, form=form)


async def _widget(session: AsyncSession, key: str) -> Widget:
    widget = await queries.find_by_key(session, key)
    if widget is None or not widget.active:
        raise LinkUnknown("There is no such widget, or it rests.")
    return widget


def _launched(offered: Offered) -> Callable[[Connection], LaunchedSurvey]:
    return partial(get_launched, survey_id=offered.ticket.survey_id)
