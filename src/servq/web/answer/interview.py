"""The walk of one respondent through the pages: what each GET shows and what each POST does.

It knows links, pages and replies, and neither the web framework nor SQL.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import Generic, TypeVar

from servq.errors import AnswersInvalid
from servq.invitations.tokens import new_token
from servq.responses.links import Link, OpenLink, seed_of
from servq.responses.sittings import Saved, Sitting, Sittings
from servq.scoring.answers import Missing
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.pages import Page
from servq.web.answer.asked import order_of, part_to_ask
from servq.web.answer.editions import Edition, question_page, saved_page, welcome_page
from servq.web.answer.forms import (
    PostedPage,
    ask_about_blanks,
    blank_fields,
    explain_problems,
    point_out,
    read_form,
    typed_from,
)
from servq.web.answer.languages import choose_locale
from servq.web.answer.rendering import RenderedPages, View, compress_now, render
from servq.web.limits import Limits, TokenBuckets

_SHOWN_KEPT = 20_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a respondent; `page` is the page's number in its address, 0 for none."""

    link: Link
    address: str
    page: int = 0
    lang: str = ""
    saved: bool = False
    missing: bool = False
    accept_language: str = ""
    accept_encoding: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A page, or the address to go on with (`location`)."""

    status: int
    body: bytes = b""
    encoding: str = ""
    location: str = ""


class Interview:
    """Answers the requests of respondents; one per server process."""

    def __init__(
        self, sittings: Sittings, limits: Limits, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._sittings = sittings
        self._now = now
        self._pages = RenderedPages()
        self._editions: dict[tuple[int, str, str, bool], Edition] = {}
        self._shown_at: _Recent[float] = _Recent()
        self._finished: _Recent[Saved] = _Recent()
        self._starts = TokenBuckets(limits.starts_per_address, limits.refill_s)
        self._posts = TokenBuckets(limits.pages_per_response, limits.refill_s)

    def begin(self, slug: str, query: str) -> Reply:
        """Draw the token of a sitting at an open link; nothing is stored before its first page is sent."""
        return Reply(HTTPStatus.SEE_OTHER, location=f"/o/{slug}/{new_token()}" + (f"?{query}" if query else ""))

    async def show(self, visit: Visit) -> Reply:
        """Show where the link stands, or the page that the address names."""
        finished = self._finished.get(visit.link.key) if visit.saved else None
        if finished is not None:
            survey = await self._sittings.survey_of(visit.link)
            edition = self._edition(survey, visit, None)
            return self._show_saved(visit, edition, can_change=self._may_change(survey, visit.link), part_only=False)
        sitting = await self._sittings.find(visit.link, now=self._now())
        edition = self._edition(sitting.survey, visit, sitting.locale)
        page = _page_of(sitting.survey, visit.page)
        if sitting.submitted and not (page and sitting.changeable):
            return self._show_saved(visit, edition, can_change=sitting.changeable, part_only=False)
        part = part_to_ask(sitting.survey.pages, sitting.pages_done)
        if not sitting.submitted and (visit.saved or page) and part == "after" and (page is None or page.part != part):
            # What came before the service stays as it was given before the service.
            return self._show_saved(visit, edition, can_change=False, part_only=True)
        if page is None:
            asked = edition.asked(part)
            page = next((page for page in asked.pages if not sitting.is_done(page)), asked.pages[-1])
            if asked.has_welcome:
                return self._show_welcome(visit, edition, sitting, page)
        return self._show_page(visit, edition, sitting, page)

    async def receive(self, visit: Visit, body: bytes, *, sender: str) -> Reply:
        """Store a page and lead to the next one; a page that cannot be stored comes back as it was typed."""
        survey = await self._sittings.survey_of(visit.link)
        edition = self._edition(survey, visit, None)
        asked_page = _page_of(survey, visit.page)
        if asked_page is None:
            raise AnswersInvalid("The address names no page of this survey.")
        posted = read_form(body, edition, asked_page)
        order = order_of(asked_page, seed_of(visit.link))
        if posted.show:
            other = self._edition(survey, replace(visit, lang=posted.show), None)
            return self._once(visit, HTTPStatus.OK, question_page(other, asked_page, order=order, typed=posted.typed))
        if posted.is_trapped:
            text = edition.say("A field that people do not see was filled in. It is empty now: please send again.")
            view = point_out(edition, asked_page, order, posted.typed, text)
            return self._once(visit, HTTPStatus.UNPROCESSABLE_ENTITY, view)
        self._posts.take(visit.link.key)
        if isinstance(visit.link, OpenLink) and asked_page.number == 0:
            self._starts.take(sender)
        return await self._store(visit, edition, asked_page, posted, order)

    async def _store(self, visit: Visit, edition: Edition, page: Page, posted: PostedPage, order: int) -> Reply:
        asked = edition.asked(page.part)
        previous = asked.before(page)
        if posted.step == "back" and previous is not None and not any(posted.typed.values()):
            return self._go(visit, edition, f"?page={previous.number + 1}")
        blanks = blank_fields(edition, page, posted.typed)
        if blanks and posted.step == "next":
            view = ask_about_blanks(edition, page, order, posted.typed, blanks)
            return self._once(visit, HTTPStatus.UNPROCESSABLE_ENTITY, view)
        following = asked.after(page)
        submit = following is None and not asked.comes_back_later and posted.step != "back"
        try:
            saved = await self._sittings.save(
                visit.link,
                page.number,
                posted.typed,
                locale=edition.locale,
                submit=submit,
                seconds=self._seconds_on(visit.link, page),
                now=self._now(),
            )
        except AnswersInvalid as invalid:
            view = explain_problems(edition, page, order, posted.typed, invalid)
            return self._once(visit, HTTPStatus.UNPROCESSABLE_ENTITY, view)
        if posted.step == "back" and previous is not None:
            return self._go(visit, edition, f"?page={previous.number + 1}")
        if following is not None:
            return self._go(visit, edition, f"?page={following.number + 1}")
        if submit and saved.missing:
            return self._go(visit, edition, f"?page={saved.missing[0].number + 1}&missing=1")
        if saved.submitted:
            self._finished.put(visit.link.key, saved)
        return self._go(visit, edition, "?saved=1")

    def _show_welcome(self, visit: Visit, edition: Edition, sitting: Sitting, goes_on_at: Page) -> Reply:
        asked = edition.asked(goes_on_at.part)
        is_resumed = bool(sitting.pages_done)
        return self._kept(
            visit,
            (edition.frame.carried, sitting.survey.id, "welcome", goes_on_at.number, is_resumed),
            lambda: welcome_page(edition, asked, goes_on_at=goes_on_at, is_resumed=is_resumed),
        )

    def _show_page(self, visit: Visit, edition: Edition, sitting: Sitting, page: Page) -> Reply:
        self._shown_at.put((visit.link.key, page.number), monotonic())
        order = order_of(page, sitting.seed)
        stored = sitting.codes[page.first : page.first + len(page.columns)]
        if visit.missing:
            typed = typed_from(edition, page, sitting.codes, sitting.texts)
            text = edition.say("This page still needs your answer before everything can be sent.")
            return self._once(visit, HTTPStatus.OK, point_out(edition, page, order, typed, text))
        if sitting.is_done(page) or any(code != Missing.NOT_SHOWN for code in stored):
            typed = typed_from(edition, page, sitting.codes, sitting.texts)
            return self._once(visit, HTTPStatus.OK, question_page(edition, page, order=order, typed=typed))
        return self._kept(
            visit,
            (edition.frame.carried, sitting.survey.id, page.number, order, edition.is_open),
            lambda: question_page(edition, page, order=order),
        )

    def _show_saved(self, visit: Visit, edition: Edition, *, can_change: bool, part_only: bool) -> Reply:
        return self._kept(
            visit,
            (edition.frame.carried, edition.survey.id, "saved", can_change, part_only),
            lambda: saved_page(edition, can_change=can_change, comes_back_later=part_only),
        )

    def _kept(self, visit: Visit, key: Hashable, make: Callable[[], View]) -> Reply:
        body, encoding = self._pages.get(key, make).choose(visit.accept_encoding)
        return Reply(HTTPStatus.OK, body, encoding)

    def _once(self, visit: Visit, status: int, view: View) -> Reply:
        body, encoding = compress_now(render(view), visit.accept_encoding)
        return Reply(status, body, encoding)

    def _go(self, visit: Visit, edition: Edition, query: str) -> Reply:
        return Reply(HTTPStatus.SEE_OTHER, location=f"{visit.address}{query}{edition.carried}")

    def _edition(self, survey: LaunchedSurvey, visit: Visit, stored_locale: str | None) -> Edition:
        locale = choose_locale(survey.locales, asked=visit.lang, stored=stored_locale, accepted=visit.accept_language)
        is_open = isinstance(visit.link, OpenLink)
        site = visit.link.site or "" if isinstance(visit.link, OpenLink) else ""
        key = (survey.id, locale, site if site in survey.sites else "", is_open)
        edition = self._editions.get(key)
        if edition is None:
            edition = self._editions[key] = Edition(survey, key[1], key[2], is_open)
        return edition

    def _seconds_on(self, link: Link, page: Page) -> int:
        shown = self._shown_at.get((link.key, page.number))
        return 0 if shown is None else round(monotonic() - shown)

    @staticmethod
    def _may_change(survey: LaunchedSurvey, link: Link) -> bool:
        return survey.allow_changes and not isinstance(link, OpenLink)


class _Recent(Generic[T]):
    """What this process did last, by link; the oldest is forgotten, so it may only save work."""

    def __init__(self) -> None:
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        return self._values.get(key)

    def put(self, key: Hashable, value: T) -> None:
        self._values[key] = value
        if len(self._values) > _SHOWN_KEPT:
            self._values.popitem(last=False)


def _page_of(survey: LaunchedSurvey, address_number: int) -> Page | None:
    return survey.pages[address_number - 1] if 1 <= address_number <= len(survey.pages) else None
