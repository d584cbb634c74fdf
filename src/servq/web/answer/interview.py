"""The walk of one respondent through the pages: what each GET shows and what each POST does.

It knows links, pages and replies, and neither the web framework nor SQL.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import Generic, TypeVar
from urllib.parse import quote

from servq.errors import AnswersInvalid, Problem
from servq.instruments.model import Column, RatingBattery
from servq.invitations.tokens import new_token
from servq.responses.answers import read_page
from servq.responses.evidence import EvidenceChange
from servq.responses.evidence_files import EvidenceFile, check_file
from servq.responses.links import Link, OpenLink, TrialLink, seed_of
from servq.responses.sittings import Sitting, Sittings
from servq.responses.standing import may_change
from servq.scoring.answers import Missing
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.pages import Page
from servq.surveys.routes import Route
from servq.web.answer.asked import Asked, order_of, part_to_ask
from servq.web.answer.composing import saved_page, welcome_page
from servq.web.answer.editions import Edition
from servq.web.answer.forms import (
    PostedPage,
    Sheet,
    ask_about_blanks,
    blank_fields,
    evidence_limits,
    explain_problems,
    point_out,
    read_form,
    typed_from,
)
from servq.web.answer.languages import choose_locale
from servq.web.answer.rendering import RenderedPages, View, compress_now, render
from servq.web.answer.sections import EVIDENCE_PREFIX
from servq.web.answer.uploads import SentPage, read_sent
from servq.web.limits import Limits, TokenBuckets

_LINKS_KEPT = 20_000
_EDITIONS_KEPT = 500
_FILES_CHECKED_AT_ONCE = 2

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
    consents: bool = False
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
        self._checking = asyncio.Semaphore(_FILES_CHECKED_AT_ONCE)
        self._posts = TokenBuckets(limits.pages_per_response, limits.refill_s)

    def begin(self, slug: str, query: str) -> Reply:
        """Draw the token of a sitting at an open link; nothing is stored before its first page is sent."""
        return _sitting_of_its_own(f"/o/{quote(slug, safe='')}", query)

    def begin_trial(self, signed: str, query: str) -> Reply:
        """Draw the token of a trial; each time the link is opened, another one begins."""
        return _sitting_of_its_own(f"/t/{quote(signed, safe='')}", query)

    async def show(self, visit: Visit) -> Reply:
        """Show where the link stands, or the page that the address names."""
        if visit.saved and visit.link.key in self._finished:
            survey = await self._sittings.survey_of(visit.link)
            return self._show_saved(
                visit, self._edition(survey, visit, None), can_change=may_change(survey, visit.link)
            )
        sitting = await self._sittings.find(visit.link, now=self._now())
        edition = self._edition(sitting.survey, visit, sitting.locale)
        page = _page_of(sitting, visit.page)
        if not sitting.submitted:
            return await self._show_unfinished(visit, edition, sitting, page)
        if page is not None and sitting.changeable:
            return await self._show_page(visit, edition, sitting, page)
        return self._show_saved(visit, edition, can_change=sitting.changeable)

    async def _show_unfinished(self, visit: Visit, edition: Edition, sitting: Sitting, page: Page | None) -> Reply:
        needs_consent = _needs_consent(sitting)
        if needs_consent and not visit.consents:
            return self._show_welcome(visit, edition, sitting, sitting.route.asked[0], refused=bool(visit.page))
        part = part_to_ask(sitting.route, sitting.pages_done)
        is_past = page.part != part if page is not None else visit.saved
        if is_past and part == "after" and any(each.part == "before" for each in sitting.route.asked):
            # What came before the service stays as it was given before the service.
            return self._show_saved(visit, edition, can_change=False, comes_back_later=True)
        if page is None or is_past:
            asked = Asked(sitting.survey.open_route, part)
            pages = [each for each in sitting.route.asked if each.part == part]
            page = next((each for each in pages if not sitting.is_done(each)), pages[-1])
            if asked.has_welcome and not needs_consent:
                return self._show_welcome(visit, edition, sitting, page)
        return await self._show_page(visit, edition, sitting, page)

    async def receive(self, visit: Visit, sent: SentPage, *, sender: str) -> Reply:
        """Store a page and lead to the next one; a page that cannot be stored comes back as it was typed."""
        survey = await self._sittings.survey_of(visit.link)
        edition = self._edition(survey, visit, None)
        page = survey.pages[visit.page - 1] if 1 <= visit.page <= len(survey.pages) else None
        if page is None:
            raise AnswersInvalid("The address names no page of this survey.")
        posted = read_form(await read_sent(sent, evidence_limits(page)), page)
        sitting = await self._sitting_if_needed(visit, survey, page)
        if sitting is not None and _needs_consent(sitting) and not visit.consents:
            asking = self._show_welcome(visit, edition, sitting, sitting.route.asked[0], refused=True)
            return replace(asking, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        sheet = Sheet(
            edition=edition,
            page=page,
            route=survey.open_route if sitting is None else sitting.route,
            order=order_of(page, seed_of(visit.link)),
            evidence=await self._sittings.find_evidence(visit.link) if page.evidence else {},
            carries_consent=visit.consents,
        )
        if posted.show:
            other = self._edition(survey, replace(visit, lang=posted.show), None)
            return self._once(visit, HTTPStatus.OK, replace(sheet, edition=other).show(posted.typed))
        if posted.is_trapped:
            text = edition.say("A field that people do not see was filled in. It is empty now: please send again.")
            return await self._send_back(visit, point_out(sheet, posted.typed, text))
        if page.evidence:
            self._begin_response(visit, sender)
            sheet, problems = await self._keep_evidence(visit, sheet, posted)
            if problems:
                return await self._send_back(visit, explain_problems(sheet, posted.typed, problems))
        blanks = blank_fields(page, sheet.route, posted.typed)
        if blanks and posted.step == "next":
            return await self._send_back(visit, ask_about_blanks(sheet, posted.typed, blanks))
        if not page.evidence:
            self._begin_response(visit, sender)
        return await self._store(visit, sheet, posted, sitting)

    async def _sitting_if_needed(self, visit: Visit, survey: LaunchedSurvey, page: Page) -> Sitting | None:
        """Look up where the link stands if what the page may take depends on it."""
        if survey.depends_on_stored(page) or page.evidence or (survey.asks_consent and not visit.consents):
            return await self._sittings.find(visit.link, now=self._now())
        return None

    def _begin_response(self, visit: Visit, sender: str) -> None:
        """Count a page that is about to be stored against the limits."""
        self._posts.take(visit.link.key)
        if isinstance(visit.link, OpenLink) and visit.link.key not in self._begun:
            # Whichever page is sent first begins a response.
            self._starts.take(sender)
            self._begun.put(visit.link.key, value=True)

    async def _keep_evidence(self, visit: Visit, sheet: Sheet, posted: PostedPage) -> tuple[Sheet, list[Problem]]:
        """Store the files that came with a page, and say what is wrong with the others."""
        page = sheet.page
        columns = dict(zip(page.fields, page.columns, strict=True))
        added: dict[Column, EvidenceFile] = {}
        problems: list[Problem] = []
        for name, content in posted.files.items():
            try:
                async with self._checking:
                    added[columns[name]] = await asyncio.to_thread(
                        check_file, content, page.evidence[name], EVIDENCE_PREFIX + name
                    )
            except AnswersInvalid as invalid:
                problems.extend(invalid.problems)
        change = EvidenceChange(added=added, removed=frozenset(columns[name] for name in posted.removed))
        if not change:
            return sheet, problems
        await self._sittings.keep_evidence(
            visit.link, page.number, change, locale=sheet.edition.locale, now=self._now()
        )
        return replace(sheet, evidence=await self._sittings.find_evidence(visit.link)), problems

    async def _send_back(self, visit: Visit, view: View) -> Reply:
        """Show a page again, unless the link takes no answers any more: nobody mends a page in vain."""
        await self._sittings.find(visit.link, now=self._now())
        return self._once(visit, HTTPStatus.UNPROCESSABLE_ENTITY, view)

    async def _store(self, visit: Visit, sheet: Sheet, posted: PostedPage, sitting: Sitting | None) -> Reply:
        page, edition = sheet.page, sheet.edition
        comes_back_later = Asked(sheet.route, page.part).comes_back_later
        turns_back = posted.step == "back"
        previous = sheet.route.before(page) or page
        if turns_back and not any(posted.typed.values()):
            return self._go(visit, edition, previous)
        evidence = [name for name, column in zip(page.fields, page.columns, strict=True) if column in sheet.evidence]
        try:
            following = _route_after(sheet, posted.typed).after(page)
            saved = await self._sittings.save(
                visit.link,
                page.number,
                posted.typed,
                locale=edition.locale,
                submit=following is None and not comes_back_later and not turns_back,
                leaving=turns_back,
                seconds=self._seconds_on(visit.link, page),
                sitting=sitting,
                evidence=evidence,
                now=self._now(),
            )
        except AnswersInvalid as invalid:
            return await self._send_back(visit, explain_problems(sheet, posted.typed, invalid.problems))
        if turns_back:
            return self._go(visit, edition, previous)
        if following is None and not comes_back_later:
            if saved.missing:
                return self._go(visit, edition, saved.missing[0], "&missing=1")
            self._finished.put(visit.link.key, value=True)
        return self._go(visit, edition, following)

    def _show_welcome(
        self, visit: Visit, edition: Edition, sitting: Sitting, goes_on_at: Page, *, refused: bool = False
    ) -> Reply:
        asked = Asked(sitting.survey.open_route, goes_on_at.part)
        is_resumed, consent = bool(sitting.pages_done), _needs_consent(sitting)
        return self._kept(
            visit,
            (*edition.key, "welcome", goes_on_at.number, is_resumed, consent, refused),
            lambda: welcome_page(
                edition, asked, goes_on_at=goes_on_at, is_resumed=is_resumed, consent=consent, refused=refused
            ),
        )

    async def _show_page(self, visit: Visit, edition: Edition, sitting: Sitting, page: Page) -> Reply:
        self._shown_at.put((visit.link.key, page.number), monotonic())
        sheet = Sheet(
            edition=edition,
            page=page,
            route=sitting.route,
            order=order_of(page, sitting.seed),
            evidence=await self._sittings.find_evidence(visit.link) if page.evidence else {},
            carries_consent=visit.consents and not sitting.begun,
        )
        stored = sitting.codes[page.first : page.end]
        is_filled = sitting.is_done(page) or any(code != Missing.NOT_SHOWN for code in stored) or sheet.evidence
        if visit.missing:
            typed = typed_from(page, sitting.codes, sitting.texts)
            text = edition.say("This page still needs your answer before everything can be sent.")
            return self._once(visit, HTTPStatus.OK, point_out(sheet, typed, text))
        clicked = _clicked(page, visit.score)
        if clicked or is_filled or any(sitting.texts.get(comment.id) for comment in page.comments):
            typed = {**typed_from(page, sitting.codes, sitting.texts), **clicked}
            return self._once(visit, HTTPStatus.OK, sheet.show(typed))
        key = (*edition.key, page.number, sheet.order, edition.is_open, sheet.carries_consent)
        return self._kept(visit, (*key, *_seen_of(sitting, page)), sheet.show)

    def _show_saved(self, visit: Visit, edition: Edition, *, can_change: bool, comes_back_later: bool = False) -> Reply:
        return self._kept(
            visit,
            (*edition.key, "saved", can_change, comes_back_later),
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
        place = visit.link.place if isinstance(visit.link, OpenLink) else ""
        is_trial = isinstance(visit.link, TrialLink)
        key = (survey.key, locale, site if site in survey.sites else "", is_open, place, is_trial)
        edition = self._editions.get(key)
        if edition is None:
            edition = Edition(survey, locale, key[2], is_open, place, is_trial)
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


def _sitting_of_its_own(address: str, query: str) -> Reply:
    return Reply(HTTPStatus.SEE_OTHER, location=f"{address}/{new_token()}" + (f"?{query}" if query else ""))


def _page_of(sitting: Sitting, address_number: int) -> Page | None:
    """Return the page that an address names, if it is asked of this respondent."""
    pages = sitting.survey.pages
    page = pages[address_number - 1] if 1 <= address_number <= len(pages) else None
    return page if page is not None and sitting.route.may_ask(page) else None


def _needs_consent(sitting: Sitting) -> bool:
    """Whether the respondent has still to agree: what is stored was stored with consent."""
    return sitting.survey.asks_consent and not sitting.begun


def _route_after(sheet: Sheet, typed: Mapping[str, str]) -> Route:
    """Return what the respondent is asked once a page is stored; raises `AnswersInvalid`."""
    route, page = sheet.route, sheet.page
    if not route.rules.has_any:
        return route
    codes = read_page(page, typed, route).codes
    return sheet.edition.survey.route((*route.codes[: page.first], *codes, *route.codes[page.end :]))


def _seen_of(sitting: Sitting, page: Page) -> tuple[Hashable, ...]:
    """Return what of an empty page differs between respondents."""
    route = sitting.route
    if not route.rules.has_any:
        return ()
    asked = tuple(route.asks_at(position) for position in range(page.first, page.end))
    return (asked, route.comments(page), route.progress(page), route.before(page) is None)


def _clicked(page: Page, score: str) -> dict[str, str]:
    """Return what a click in a mail chooses on a page with one rated item; it is stored once it is confirmed."""
    if len(page.columns) != 1 or not isinstance(page.blocks[0].battery, RatingBattery):
        return {}
    (block,) = page.blocks
    return {block.fields[0]: score} if score in {str(point) for point in block.points[0]} else {}
