"""Addresses of the respondent pages; requests in, replies out.

The forms carry no token against cross-site requests: whoever may answer is told by the secret in the address alone.
There is no cookie and no other standing authority that a foreign page could borrow, and who knows the address needs
no foreign page.
"""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from servq.db import busy
from servq.errors import DatabaseBusy, ServqError
from servq.responses.links import Link, OpenLink, PersonalLink, TrialLink
from servq.responses.trials import read_trial
from servq.surveys.places import PLACE, read_place_of
from servq.web.answer.interview import Interview, Reply, Visit
from servq.web.answer.notices import notice_page, notice_status
from servq.web.answer.opening import is_navigation
from servq.web.answer.rendering import compress_now, render
from servq.web.answer.uploads import LARGEST_UPLOAD, SentPage
from servq.web.security import PRIVATE_HEADERS

_log = logging.getLogger(__name__)
_HEADERS = {**PRIVATE_HEADERS, "Content-Type": "text/html; charset=utf-8", "Vary": "Accept-Language, Accept-Encoding"}

PageRequest = Request[None, None, State]


@get("/s/{token:str}")
async def show_personal(request: PageRequest) -> Response[bytes]:
    """Show a page of a personal link."""
    link = PersonalLink(request.path_params["token"])
    reply = await _interview(request).show(_visit(request, link))
    if is_navigation(request.headers):
        await request.app.state.openings.note(link, now=request.app.state.now())
    return _response(reply)


@post("/s/{token:str}", status_code=200)
async def receive_personal(request: PageRequest) -> Response[bytes]:
    """Store a page of a personal link."""
    return await _receive(request, PersonalLink(request.path_params["token"]))


@get("/o/{slug:str}")
async def begin_open(request: PageRequest) -> Response[bytes]:
    """Give a visitor of an open link a sitting of their own."""
    slug, signed = request.path_params["slug"], _query(request).get(PLACE)
    if signed is not None:
        read_place_of(request.app.state.tokens(), slug, signed)
    return _response(_interview(request).begin(slug, request.scope["query_string"].decode("latin-1")))


@get("/o/{slug:str}/{token:str}")
async def show_open(request: PageRequest) -> Response[bytes]:
    """Show a page of a sitting at an open link."""
    return _response(await _interview(request).show(_visit(request, _open_link(request))))


@post("/o/{slug:str}/{token:str}", status_code=200)
async def receive_open(request: PageRequest) -> Response[bytes]:
    """Store a page of a sitting at an open link."""
    return await _receive(request, _open_link(request))


@get("/t/{signed:str}")
async def begin_trial(request: PageRequest) -> Response[bytes]:
    """Begin a trial of a survey."""
    signed = request.path_params["signed"]
    read_trial(request.app.state.tokens(), signed, now=request.app.state.now())
    return _response(_interview(request).begin_trial(signed, request.scope["query_string"].decode("latin-1")))


@get("/t/{signed:str}/{token:str}")
async def show_trial(request: PageRequest) -> Response[bytes]:
    """Show a page of a trial."""
    return _response(await _interview(request).show(_visit(request, _trial_link(request))))


@post("/t/{signed:str}/{token:str}", status_code=200)
async def receive_trial(request: PageRequest) -> Response[bytes]:
    """Store a page of a trial."""
    return await _receive(request, _trial_link(request))


async def _receive(request: PageRequest, link: Link) -> Response[bytes]:
    sender = request.client.host if request.client else ""
    return _response(
        await _interview(request).receive(
            _visit(request, link), SentPage(request.headers.get("content-type", ""), request.stream()), sender=sender
        )
    )


def answer_with_notice(request: PageRequest, error: Exception) -> Response[bytes]:
    """Say in a page of its own what went wrong and whether anything was saved."""
    error = busy(error) or error
    status = notice_status(error)
    if isinstance(error, DatabaseBusy):
        _log.warning("%s %s waited too long for a lock.", request.method, request.scope.get("path_template", ""))
    elif status >= 500:  # server errors
        # The template of the address: what fills it is the key to somebody's answers.
        place = request.scope.get("path_template", "")
        if isinstance(error, HTTPException):  # a phone that lost its connection while sending
            _log.warning("%s %s failed: %s.", request.method, place, error.detail)
        else:
            _log.error("%s %s failed.", request.method, place, exc_info=error)
    view = notice_page(
        error,
        asked=_query(request).get("lang", ""),
        accepted=request.headers.get("accept-language", ""),
        was_sending=request.method == "POST",
    )
    body, encoding = compress_now(render(view), request.headers.get("accept-encoding", ""))
    answer = _response(Reply(status, body, encoding))
    if isinstance(error, DatabaseBusy):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def answer_routes() -> Router:
    """Return the router of the respondent pages."""
    return Router(
        path="/",
        route_handlers=[
            show_personal,
            receive_personal,
            begin_open,
            show_open,
            receive_open,
            begin_trial,
            show_trial,
            receive_trial,
        ],
        exception_handlers={
            ServqError: answer_with_notice,
            HTTPException: answer_with_notice,
            Exception: answer_with_notice,
        },
        request_max_body_size=LARGEST_UPLOAD,
        include_in_schema=False,
    )


def _interview(request: PageRequest) -> Interview:
    interview: Interview = request.app.state.interview
    return interview


def _visit(request: PageRequest, link: Link) -> Visit:
    query = _query(request)
    page = query.get("page", "")
    headers = request.headers
    return Visit(
        link=link,
        address=request.scope["path"],
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 0,
        lang=query.get("lang", ""),
        saved="saved" in query,
        missing="missing" in query,
        consents=query.get("consent") == "1",
        score=query.get("score", ""),
        accept_language=headers.get("accept-language", ""),
        accept_encoding=headers.get("accept-encoding", ""),
    )


def _open_link(request: PageRequest) -> OpenLink:
    slug, token, query = request.path_params["slug"], request.path_params["token"], _query(request)
    signed = query.get(PLACE)
    if signed is None:
        return OpenLink(slug, token, site=query.get("site"))
    # A place that somebody signed for counts alone: what else stands in the address may be anybody's.
    place = read_place_of(request.app.state.tokens(), slug, signed)
    return OpenLink(slug, token, site=place.site, touchpoint=place.touchpoint, place=signed)


def _trial_link(request: PageRequest) -> TrialLink:
    survey_id = read_trial(request.app.state.tokens(), request.path_params["signed"], now=request.app.state.now())
    return TrialLink(survey_id, request.path_params["token"])


def _query(request: PageRequest) -> dict[str, str]:
    return dict(parse_qsl(request.scope["query_string"].decode("latin-1")))


def _response(reply: Reply) -> Response[bytes]:
    headers = dict(_HEADERS)
    if reply.encoding:
        headers["Content-Encoding"] = reply.encoding
    if reply.location:
        headers["Location"] = reply.location
    return Response(reply.body, status_code=reply.status, headers=headers, media_type="text/html; charset=utf-8")
