"""A questionnaire as respondents see it: their own pages, in a frame; nothing is stored.

Answers travel in the address from page to page, so that skip rules can be tried out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.datastructures import FormMultiDict

from servq.errors import AnswersInvalid
from servq.instruments.model import Instrument
from servq.responses.answers import blank_codes, read_page
from servq.scoring.routing import SkipRules
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import SittingMode
from servq.surveys.pages import Page, pages_of
from servq.surveys.routes import Route
from servq.web.answer.asked import Asked, order_of
from servq.web.answer.composing import saved_page, welcome_page
from servq.web.answer.editions import Edition
from servq.web.answer.forms import Sheet, ask_about_blanks, blank_fields, explain_problems, fields_of, typed_from
from servq.web.answer.rendering import View, render
from servq.web.manage.access import PageRequest, session_cookie
from servq.web.manage.csrf import FIELD, token_for
from servq.web.manage.pages import FRAMED_HEADERS

WIDTHS = ("phone", "desktop")
_ANSWERS = "answers"
_LONGEST = 4000


@dataclass(frozen=True)
class Trial:
    """One step through a questionnaire that is only looked at; `codes` are the answers so far."""

    survey: LaunchedSurvey
    locale: str
    codes: tuple[int, ...]

    @property
    def edition(self) -> Edition:
        """The questionnaire in its language."""
        return Edition(self.survey, self.locale)

    @property
    def route(self) -> Route:
        """What these answers lead to."""
        return self.survey.route(self.codes)

    @property
    def carried(self) -> str:
        """What the next address carries on."""
        return f"&lang={quote(self.locale)}&{_ANSWERS}={'.'.join(map(str, self.codes))}"

    def framed(self, view: View) -> View:
        """Return a view whose addresses carry the answers on."""
        return replace(view, frame=replace(view.frame, carried=self.carried))


def survey_of(instrument: Instrument, placeholders: Mapping[str, str] | None = None) -> LaunchedSurvey:
    """Return an instrument as the survey that its preview pretends."""
    pages = pages_of(instrument, SittingMode.ONE_SITTING, comments=True)
    return LaunchedSurvey(
        id=0,
        slug="preview",
        title=instrument.definition.title,
        organisation="",
        placeholders=dict(placeholders or {}),
        locale=instrument.definition.locales[0],
        sites=(),
        sitting=SittingMode.ONE_SITTING,
        anonymous=False,
        allow_changes=False,
        revision="",
        instrument=instrument,
        pages=pages,
        rules=SkipRules.of(instrument),
        n_columns=pages[-1].end,
    )


def show_step(request: PageRequest, survey: LaunchedSurvey) -> Response[bytes]:
    """Show the page of the questionnaire that the address names, or its first words."""
    trial = _trial(request, survey)
    if "saved" in request.query_params:
        return _framed(request, trial, saved_page(trial.edition, can_change=False, comes_back_later=False))
    page = _page_named(request, trial)
    asked = Asked(survey.open_route, survey.pages[0].part)
    wants_welcome = asked.has_welcome or trial.edition.consent
    if page is None and wants_welcome:
        first = trial.route.asked[0]
        consent = bool(trial.edition.consent)
        view = welcome_page(trial.edition, asked, goes_on_at=first, is_resumed=False, consent=consent, refused=False)
        return _framed(request, trial, view)
    sheet = _sheet(trial, page or trial.route.asked[0])
    return _framed(request, trial, sheet.show(typed_from(sheet.page, trial.codes, {})))


def take_step(request: PageRequest, survey: LaunchedSurvey, form: FormMultiDict) -> Response[bytes]:
    """Check what was filled in as the real page does, and lead on; only the address keeps it."""
    trial = _trial(request, survey)
    page = _page_named(request, trial) or trial.route.asked[0]
    sheet = _sheet(trial, page)
    typed = {name: str(form.get(name) or "") for name in fields_of(page)}
    if form.get("show") in survey.locales:
        other = replace(trial, locale=str(form["show"]))
        return _framed(request, other, _sheet(other, page).show(typed))
    if form.get("do") == "back":
        return _lead(request, trial, trial.route.before(page) or page)
    blanks = blank_fields(page, sheet.route, typed)
    if blanks and form.get("do") != "skip":
        return _framed(request, trial, ask_about_blanks(sheet, typed, blanks), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        codes = read_page(page, typed, sheet.route, evidence=[*page.evidence]).codes
    except AnswersInvalid as invalid:
        view = explain_problems(sheet, typed, invalid.problems)
        return _framed(request, trial, view, HTTPStatus.UNPROCESSABLE_ENTITY)
    answered = replace(trial, codes=(*trial.codes[: page.first], *codes, *trial.codes[page.end :]))
    return _lead(request, answered, answered.route.after(page))


def _sheet(trial: Trial, page: Page) -> Sheet:
    return Sheet(edition=trial.edition, page=page, route=trial.route, order=order_of(page, 0))


def _trial(request: PageRequest, survey: LaunchedSurvey) -> Trial:
    asked = request.query_params
    locale = asked.get("lang", "")
    return Trial(
        survey=survey,
        locale=locale if locale in survey.locales else survey.locale,
        codes=_codes(asked.get(_ANSWERS, ""), survey.n_columns),
    )


def _codes(text: str, n_columns: int) -> tuple[int, ...]:
    """Return the answers that an address carries; none if they are not of this questionnaire."""
    parts: Sequence[str] = text[:_LONGEST].split(".")
    if len(parts) != n_columns or not all(part.removeprefix("-").isdecimal() for part in parts):
        return blank_codes(n_columns)
    return tuple(int(part) for part in parts)


def _page_named(request: PageRequest, trial: Trial) -> Page | None:
    number = request.query_params.get("page", "")
    pages = trial.survey.pages
    if not number.isdecimal() or not 1 <= int(number[:6]) <= len(pages):
        return None
    page = pages[int(number[:6]) - 1]
    return page if trial.route.may_ask(page) else None


def _lead(request: PageRequest, trial: Trial, page: Page | None) -> Response[bytes]:
    step = {"saved": "1"} if page is None else {"page": str(page.number + 1)}
    location = f"{request.scope['path']}?{urlencode(step)}{trial.carried}"
    return Response(b"", status_code=HTTPStatus.SEE_OTHER, headers={**FRAMED_HEADERS, "Location": location})


def _framed(request: PageRequest, trial: Trial, view: View, status: int = HTTPStatus.OK) -> Response[bytes]:
    """Answer with a page of the questionnaire whose form carries the token of the workplace."""
    body = render(trial.framed(view))
    token = f'<input type="hidden" name="{FIELD}" value="{token_for(session_cookie(request))}">'
    body = body.replace(b"</form>", token.encode() + b"</form>")
    return Response(body, status_code=status, headers=dict(FRAMED_HEADERS), media_type="text/html; charset=utf-8")
