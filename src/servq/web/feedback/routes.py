"""``/f/<slug>``: the feedback form of a survey, and beside it an address for programs that show a form of their own."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from litestar import MediaType, Request, Response, Router, get, post, route
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.params import JSONBody
from msgspec import Struct

from servq.errors import ServqError
from servq.responses.feedback import ADDRESS, COMMENT, NAME, SCORE
from servq.surveys.models import Channel
from servq.web.answer.rendering import render_with
from servq.web.answer.routes import answer_with_notice
from servq.web.answer.uploads import SentPage, read_sent
from servq.web.api.errors import answer_with_problem
from servq.web.feedback.desk import FeedbackDesk, FeedbackPage, FeedbackSavedPage, FeedbackVisit
from servq.web.security import PRIVATE_HEADERS

LARGEST_FORM = 64 * 1024

PageRequest = Request[None, None, State]

_HEADERS = {**PRIVATE_HEADERS, "Vary": "Accept-Language"}
# No cookie and no other standing authority is involved, so any site may offer the form of a survey it knows.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}


class FeedbackGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Feedback from a form that somebody else shows.

    Parameters
    ----------
    token
        22 characters of base64url that the form has drawn; sent again under the same it is stored once.
    """

    token: str
    comment: str = ""
    score: int | None = None
    name: str = ""
    address: str = ""
    site: str | None = None
    locale: str = ""


@get("/f/{slug:str}")
async def show_form(request: PageRequest) -> Response[bytes]:
    """Show the form."""
    return _page(await _desk(request).show(_visit(request)))


@post("/f/{slug:str}", status_code=HTTPStatus.OK)
async def receive_form(request: PageRequest) -> Response[bytes]:
    """Store what the form sent and say so, or show it again with what is wrong."""
    sent = await read_sent(SentPage(request.headers.get("content-type", ""), request.stream()), {})
    view = await _desk(request).receive(_visit(request), dict(sent.pairs))
    return _page(view)


@post("/f/{slug:str}/json", status_code=HTTPStatus.CREATED)
async def receive_json(data: JSONBody[FeedbackGiven], request: PageRequest) -> Response[bytes]:
    """Store feedback from a form that somebody else shows."""
    visit = FeedbackVisit(
        slug=request.path_params["slug"],
        sender=_sender(request),
        site=data.site,
        lang=data.locale,
        accept_language=request.headers.get("accept-language", ""),
        channel=Channel.IN_APP,
    )
    score = "" if data.score is None else str(data.score)
    await _desk(request).store(
        visit, data.token, {SCORE: score, COMMENT: data.comment, NAME: data.name, ADDRESS: data.address}
    )
    return Response(
        msgspec.json.encode({"saved": True}),
        status_code=HTTPStatus.CREATED,
        headers={**PRIVATE_HEADERS, **_CORS},
        media_type=MediaType.JSON,
    )


@route("/f/{slug:str}/json", http_method=[HttpMethod.OPTIONS], status_code=HTTPStatus.NO_CONTENT)
async def allow_json(request: PageRequest) -> Response[None]:
    """Say to a browser that any site may send feedback."""
    del request
    return Response(None, status_code=HTTPStatus.NO_CONTENT, headers=_CORS)


def feedback_routes() -> Router:
    """Return the router of the feedback form."""
    return Router(
        path="/",
        # Litestar answers OPTIONS by itself for an address that it meets first without a handler for it.
        route_handlers=[show_form, receive_form, allow_json, receive_json],
        exception_handlers={ServqError: _explain, HTTPException: _explain, Exception: _explain},
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,
    )


def _explain(request: PageRequest, error: Exception) -> Response[bytes]:
    if not request.scope["path"].endswith("/json"):
        return answer_with_notice(request, error)
    response = answer_with_problem(request, error)
    response.headers.update(_CORS)
    return response


def _page(view: FeedbackPage | FeedbackSavedPage) -> Response[bytes]:
    is_form = isinstance(view, FeedbackPage)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(view, FeedbackPage) and view.problems else HTTPStatus.OK
    template = "feedback/form.html.j2" if is_form else "feedback/saved.html.j2"
    return Response(
        render_with(template, view), status_code=status, headers=_HEADERS, media_type="text/html; charset=utf-8"
    )


def _visit(request: PageRequest) -> FeedbackVisit:
    return FeedbackVisit(
        slug=request.path_params["slug"],
        sender=_sender(request),
        site=request.query_params.get("site"),
        lang=request.query_params.get("lang", ""),
        accept_language=request.headers.get("accept-language", ""),
    )


def _sender(request: PageRequest) -> str:
    return request.client.host if request.client else ""


def _desk(request: PageRequest) -> FeedbackDesk:
    desk: FeedbackDesk = request.app.state.feedback
    return desk
