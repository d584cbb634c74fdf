"""``/a/<token>``: the page on which an interviewer enters one interview after the other.

The link is the key to it: made for one interviewer, shown once, good for a shift. It opens nothing that was entered
before.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from servq.errors import AnswersInvalid, Problem, ServqError
from servq.invitations.tokens import is_token, new_token
from servq.responses.assisting import entry_link, open_interviewer_link
from servq.responses.desk_queries import FoundLink
from servq.responses.models import Administration
from servq.responses.sittings import Sittings
from servq.web.answer.editions import Edition
from servq.web.answer.languages import choose_locale
from servq.web.answer.rendering import render_with
from servq.web.answer.routes import answer_with_notice
from servq.web.answer.uploads import SentPage, read_sent
from servq.web.assets import ENTRY_SCRIPT
from servq.web.assisted.entry import ENTRY, SITE, EntryPage, entry_page, read_entry
from servq.web.security import PRIVATE_HEADERS

LARGEST_FORM = 256 * 1024

PageRequest = Request[None, None, State]


@get("/a/{token:str}")
async def show_entry(request: PageRequest) -> Response[bytes]:
    """Show an empty entry page."""
    found = await _open(request)
    site = request.query_params.get(SITE, "")
    # The survey may have been closed meanwhile: nobody interviews in vain.
    sitting = await _sittings(request).find(entry_link(found, new_token(), site=None), now=request.app.state.now())
    edition = Edition(sitting.survey, _locale(request, sitting.survey.locales))
    return _page(_empty(edition, found, site=site, is_saved=False))


@post("/a/{token:str}", status_code=HTTPStatus.OK)
async def receive_entry(request: PageRequest) -> Response[bytes]:
    """Store an interview and show an empty page for the next one, or the same page with what is wrong."""
    found = await _open(request)
    sent = await read_sent(SentPage(request.headers.get("content-type", ""), request.stream()), {})
    form = dict(sent.pairs)
    entry, site = form.get(ENTRY, ""), form.get(SITE, "")
    if not is_token(entry):
        raise AnswersInvalid(Problem("The form was not made here.", "Open the page again.", column=ENTRY))
    sittings, now = _sittings(request), request.app.state.now()
    link = entry_link(found, entry, site=site)
    survey = (await sittings.find(link, now=now)).survey
    edition = Edition(survey, _locale(request, survey.locales))
    try:
        pages = read_entry(survey, form)
        for read in pages:
            await sittings.save(
                link,
                read.page.number,
                read.form,
                locale=edition.locale,
                submit=read is pages[-1],
                seconds=0,
                now=now,
            )
    except AnswersInvalid as invalid:
        return _page(_filled(edition, found, form, invalid), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _page(_empty(edition, found, site=site, is_saved=True))


def assisted_routes() -> Router:
    """Return the router of the interviewers' page."""
    return Router(
        path="/",
        route_handlers=[show_entry, receive_entry],
        exception_handlers={
            ServqError: answer_with_notice,
            HTTPException: answer_with_notice,
            Exception: answer_with_notice,
        },
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,
    )


def _empty(edition: Edition, found: FoundLink, *, site: str, is_saved: bool) -> EntryPage:
    return entry_page(
        edition,
        heading=_heading(edition, found),
        label=found.label,
        entry=new_token(),
        script=ENTRY_SCRIPT.path,
        typed={},
        site=site,
        choose_site=found.site is None,
        is_saved=is_saved,
    )


def _filled(edition: Edition, found: FoundLink, form: Mapping[str, str], invalid: AnswersInvalid) -> EntryPage:
    return entry_page(
        edition,
        heading=_heading(edition, found),
        label=found.label,
        entry=form[ENTRY],
        script=ENTRY_SCRIPT.path,
        typed=form,
        site=form.get(SITE, ""),
        choose_site=found.site is None,
        invalid=invalid,
    )


def _heading(edition: Edition, found: FoundLink) -> str:
    if found.administration is Administration.PHONE_INTERVIEWER:
        return edition.say("Interview on the telephone")
    return edition.say("Interview at the counter")


async def _open(request: PageRequest) -> FoundLink:
    state = request.app.state
    async with state.sessions() as session:
        return await open_interviewer_link(session, request.path_params["token"], now=state.now())


def _locale(request: PageRequest, offered: tuple[str, ...]) -> str:
    return choose_locale(
        offered,
        asked=request.query_params.get("lang", ""),
        stored=None,
        accepted=request.headers.get("accept-language", ""),
    )


def _sittings(request: PageRequest) -> Sittings:
    sittings: Sittings = request.app.state.sittings
    return sittings


def _page(view: EntryPage, *, status: int = HTTPStatus.OK) -> Response[bytes]:
    return Response(
        render_with("assisted/entry.html.j2", view),
        status_code=status,
        headers={**PRIVATE_HEADERS, "Vary": "Accept-Language"},
        media_type="text/html; charset=utf-8",
    )
