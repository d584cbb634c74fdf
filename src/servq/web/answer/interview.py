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
from urllib.parse import quote

from servq.errors import AnswersInvalid
from servq.instruments.model import RatingBattery
from servq.invitations.tokens import new_token
from servq.responses.links import Link, OpenLink, seed_of
from servq.responses.sittings import Sitting, Sittings
from servq.responses.standing import may_change
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

_LINKS_KEPT = 20_000
_EDITIONS_KEPT = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a respondent.

    `page` is the page's number in its address, 0 for none; `score` is the point that was clicked in a mail.
    """

    link: Link
    address: str
    page: int = 0
    lang: str = ""
    saved: bool = False
    missing: bool = False
    score: str = ""
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
        self._editions: _Recent[Edition] = _Recent(_EDITIONS_KEPT)
        self._shown_at: _Recent[float] = _Recent(_LINKS_KEPT)
        self._begun: _Recent[bool] = _Recent(_LINKS_KEPT)
        self._finished: _Recent[bool] = _Recent(_LINKS_KEPT)
        self._starts = TokenBuckets(limits.starts_per_address, limits.refill_s)
        self._posts = TokenBuckets(limits.pages_per_response, limits.refill_s)

    def begin(self, slug: str, query: str) -> Reply:
        """Draw the token of a sitting at an open link; nothing is stored before its first page is sent."""
        address = f"/o/{quote(slug, safe='')}/{new_token()}"
        return Reply(HTTPStatus.SEE_OTHER, location=address + (f"?{query}" if query else ""))

    async def show(self, visit: Visit) -> Reply:
        """Show where the link stands, or the page that the address names."""
        if visit.saved and visit.link.key in self._finished:
            survey = await self._sittings.survey_of(visit.link)
            return self._show_saved(
                visit, self._edition(survey, visit, None), can_change=may_change(survey, visit.link)
            )
        sitting = await self._sittings.find(visit.link, now=self._now())
        edition = self._edition(sitting.survey, visit, sitting.locale)
        page = _page_of(sitting.survey, visit.page)
        if not sitting.submitted:
            return self._show_unfinished(visit, edition, sitting, page)
        if page is not None and sitting.changeable:
            return self._show_page(visit, edition, sitting, page)
        return self._show_saved(visit, edition, can_change=sitting.changeable)

    def _show_unfinished(self, visit: Visit, edition: Edition, sitting: Sitting, page: Page | None) -> Reply:
        part = part_to_ask(sitting.survey.pages, sitting.pages_done)
        is_past = page.part != part if page is not None else visit.saved
        if is_past and part == "after" and edition.asked("before").pages:
            # What came before the service stays as it was given before the service.
            return self._show_saved(visit, edition, can_change=False, comes_back_later=True)
        if page is None or is_past:
            asked = edition.asked(part)
            page = next((each for each in asked.pages if not sitting.is_done(each)), asked.pages[-1])
            if asked.has_welcome:
                return self._show_welcome(visit, edition, sitting, page)
        return self._show_page(visit, edition, sitting, page)

    async def receive(self, visit: Visit, body: bytes, *, sender: str) -> Reply:
        """Store a page and lead to the next one; a page that cannot be stored comes back as it was typed."""
        survey = await self._sittings.survey_of(visit.link)
        edition = self._edition(survey, visit, None)
        page = _page_of(survey, visit.page)
        if page is None:
            raise AnswersInvalid("The address names no page of this survey.")
        posted = read_form(body, edition, page)
        order = order_of(page, seed_of(visit.link))
        if posted.show:
            other = self._edition(survey, replace(visit, lang=posted.show), None)
            return self._once(visit, HTTPStatus.OK, question_page(other, page, order=order, typed=posted.typed))
        view = self._find_fault(edition, page, order, posted)
        if view is not None:
            return await self._send_back(visit, view)
        self._posts.take(visit.link.key)
        if isinstance(visit.link, OpenLink) and visit.link.key not in self._begun:
            # Whichever page is sent first begins a response.
            self._starts.take(sender)
            self._begun.put(visit.link.key, value=True)
        return await self._store(visit, edition, page, posted)

    async def _send_back(self, visit: Visit, view: View) -> Reply:
        """Show a page again, unless the link takes no answers any more: nobody mends a page in vain."""
        await self._sittings.find(visit.link, now=self._now())
        return self._once(visit, HTTPStatus.UNPROCESSABLE_ENTITY, view)

    @staticmethod
    def _find_fault(edition: Edition, page: Page, order: int, posted: PostedPage) -> View | None:
        """Return the page as it comes back when a person has to look at it again before it is stored."""
        if posted.is_trapped:
            text = edition.say("A field that people do not see was filled in. It is empty now: please send again.")
            return point_out(edition, page, order, posted.typed, text)
        blanks = blank_fields(edition, page, posted.typed)
        if blanks and posted.step == "next":
            return ask_about_blanks(edition, page, order, posted.typed, blanks)
        return None

    async def _store(self, visit: Visit, edition: Edition, page: Page, posted: PostedPage) -> Reply:
        asked = edition.asked(page.part)
        following = asked.after(page)
        turns_back = posted.step == "back"
        if turns_back and not any(posted.typed.values()):
            return self._go(visit, edition, asked.before(page) or page)
        submit = following is None and not asked.comes_back_later and not turns_back
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
            order = order_of(page, seed_of(visit.link))
            return await self._send_back(visit, explain_problems(edition, page, order, posted.typed, invalid))
        if turns_back:
            return self._go(visit, edition, asked.before(page) or page)
        if submit and saved.missing:
            return self._go(visit, edition, saved.missing[0], "&missing=1")
        if submit:
            self._finished.put(visit.link.key, value=True)
        return self._go(visit, edition, following)

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
        clicked = _clicked(edition, page, visit.score)
        if clicked or sitting.is_done(page) or any(code != Missing.NOT_SHOWN for code in stored):
            typed = {**typed_from(edition, page, sitting.codes, sitting.texts), **clicked}
            return self._once(visit, HTTPStatus.OK, question_page(edition, page, order=order, typed=typed))
        return self._kept(
            visit,
            (edition.frame.carried, sitting.survey.id, page.number, order, edition.is_open),
            lambda: question_page(edition, page, order=order),
        )

    def _show_saved(self, visit: Visit, edition: Edition, *, can_change: bool, comes_back_later: bool = False) -> Reply:
        return self._kept(
            visit,
            (edition.frame.carried, edition.survey.id, "saved", can_change, comes_back_later),
            lambda: saved_page(edition, can_change=can_change, comes_back_later=comes_back_later),
        )

    def _kept(self, visit: Visit, key: Hashable, make: Callable[[], View]) -> Reply:
        body, encoding = self._pages.get(key, make).choose(visit.accept_encoding)
        return Reply(HTTPStatus.OK, body, encoding)

    def _once(self, visit: Visit, status: int, view: View) -> Reply:
        body, encoding = compress_now(render(view), visit.accept_encoding)
        return Reply(status, body, encoding)

    def _go(self, visit: Visit, edition: Edition, page: Page | None, why: str = "") -> Reply:
        """Lead to a page, or behind the last one."""
        query = "?saved=1" if page is None else f"?page={page.number + 1}"
        return Reply(HTTPStatus.SEE_OTHER, location=f"{visit.address}{query}{why}{edition.carried}")

    def _edition(self, survey: LaunchedSurvey, visit: Visit, stored_locale: str | None) -> Edition:
        locale = choose_locale(survey.locales, asked=visit.lang, stored=stored_locale, accepted=visit.accept_language)
        is_open = isinstance(visit.link, OpenLink)
        site = visit.link.site or "" if isinstance(visit.link, OpenLink) else ""
        key = (survey.id, locale, site if site in survey.sites else "", is_open)
        edition = self._editions.get(key)
        if edition is None:
            edition = Edition(survey, key[1], key[2], is_open)
            self._editions.put(key, edition)
        return edition

    def _seconds_on(self, link: Link, page: Page) -> int:
        shown = self._shown_at.get((link.key, page.number))
        return 0 if shown is None else round(monotonic() - shown)


class _Recent(Generic[T]):
    """What this process did last; the oldest is forgotten, so it may only save work."""

    def __init__(self, kept: int) -> None:
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._kept = kept

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def get(self, key: Hashable) -> T | None:
        return self._values.get(key)

    def put(self, key: Hashable, value: T) -> None:
        self._values[key] = value
        if len(self._values) > self._kept:
            self._values.popitem(last=False)


def _page_of(survey: LaunchedSurvey, address_number: int) -> Page | None:
    return survey.pages[address_number - 1] if 1 <= address_number <= len(survey.pages) else None


def _clicked(edition: Edition, page: Page, score: str) -> dict[str, str]:
    """Return what a click in a mail chooses on a page with one rated item; it is stored once it is confirmed."""
    if not isinstance(page.battery, RatingBattery) or len(page.columns) != 1:
        return {}
    (field,) = edition.fields(page)
    return {field: score} if score in {str(point) for point in page.scale.points} else {}
