"""``/widget.js`` and ``/w/<key>``: what a page of another site loads and calls.

No cookie and no other standing authority is involved. A browser lets only the sites of the widget read the answers, and
the addresses refuse every other origin by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from litestar import MediaType, Request, Response, Router, get, post, route
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.params import JSONBody
from msgspec import Struct

from servq.errors import ServqError
from servq.web.api.errors import answer_with_problem
from servq.web.problems import PROBLEM_MEDIA_TYPE
from servq.web.security import PRIVATE_HEADERS, SAFE_HEADERS
from servq.web.widget.desk import Answering, Asking, WidgetDesk
from servq.web.widget.script import MEDIA_TYPE, WIDGET_SCRIPT

PageRequest = Request[None, None, State]

LARGEST_BODY = 64 * 1024

_SCRIPT_KEPT_S = 600
_SETTINGS_KEPT_S = 60
_CORS = "cors"


class Showing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page says when it is about to show a survey."""

    ticket: str


@get("/widget.js", sync_to_thread=False)
def send_script(request: PageRequest) -> Response[bytes]:
    """Send the script; its address stays, so browsers ask again now and then."""
    headers = {
        **SAFE_HEADERS,
        "Cache-Control": f"public, max-age={_SCRIPT_KEPT_S}",
        "ETag": WIDGET_SCRIPT.tag,
        "Vary": "Accept-Encoding",
        # A page that isolates itself loads nothing from elsewhere that does not allow it.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    if request.headers.get("if-none-match") == WIDGET_SCRIPT.tag:
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers, media_type=MEDIA_TYPE)
    body, encoding = WIDGET_SCRIPT.choose(request.headers.get("accept-encoding", ""))
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


@get("/")
async def show_settings(request: PageRequest) -> Response[bytes]:
    """Say at which events and pages the server is to be asked."""
    settings = await _desk(request).settings(_key(request))
    headers = {**SAFE_HEADERS, "Cache-Control": f"public, max-age={_SETTINGS_KEPT_S}"}
    return _json(request, settings, headers=headers)


@post("/ask", status_code=HTTPStatus.OK)
async def ask(data: JSONBody[Asking], request: PageRequest) -> Response[bytes]:
    """Say what is to be shown now, if anything."""
    accepted = request.headers.get("accept-language", "")
    return _json(request, await _desk(request).ask(_key(request), data, accepted=accepted, sender=_sender(request)))


@post("/shown", status_code=HTTPStatus.OK)
async def take_up(data: JSONBody[Showing], request: PageRequest) -> Response[bytes]:
    """Let the contact policy decide now that a survey is about to be shown to a known person."""
    return _json(request, {"token": await _desk(request).take_up(data.ticket)})


@post("/answers", status_code=HTTPStatus.CREATED)
async def receive(data: JSONBody[Answering], request: PageRequest) -> Response[bytes]:
    """Store answers; the reply leaves after the commit."""
    invalid = await _desk(request).store(data, sender=_sender(request))
    if invalid is None:
        return _json(request, {"saved": True}, status=HTTPStatus.CREATED)
    details = {
        "type": "about:blank",
        "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
        "status": HTTPStatus.UNPROCESSABLE_ENTITY.value,
        "code": "answers.invalid",
        "detail": " ".join(invalid.texts.values()),
        "problems": [{"column": field, "message": text} for field, text in invalid.texts.items()],
    }
    return _json(request, details, status=HTTPStatus.UNPROCESSABLE_ENTITY, media_type=PROBLEM_MEDIA_TYPE)


@route(
    ["/ask", "/shown", "/answers"],
    http_method=[HttpMethod.OPTIONS],
    status_code=HTTPStatus.NO_CONTENT,
)
async def allow(request: PageRequest) -> Response[None]:
    """Say to a browser that this page may call."""
    headers = {
        **_cors(request),
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "86400",
    }
    return Response(None, status_code=HTTPStatus.NO_CONTENT, headers=headers)


def widget_routes() -> Router:
    """Return the router of the widget."""
    calls = Router(
        path="/w/{key:str}",
        # Litestar answers OPTIONS by itself for an address that it meets first without a handler for it.
        route_handlers=[show_settings, allow, ask, take_up, receive],
        # Before the body is read: a page hears what is wrong with it only if it may hear anything.
        before_request=_admit,
        request_max_body_size=LARGEST_BODY,
    )
    return Router(
        path="/",
        route_handlers=[send_script, calls],
        exception_handlers={ServqError: _explain, HTTPException: _explain, Exception: _explain},
        include_in_schema=False,
    )


async def _admit(request: PageRequest) -> None:
    origin = request.headers.get("origin")
    # A browser says nothing of the origin when a page reads from its own site.
    await _desk(request).admit(_key(request), origin, needs_origin=request.method != "GET")
    if origin is not None:
        request.state[_CORS] = origin


def _cors(request: PageRequest) -> dict[str, str]:
    origin = request.state.get(_CORS)
    return {"Vary": "Origin"} | ({} if origin is None else {"Access-Control-Allow-Origin": origin})


def _json(
    request: PageRequest,
    content: object,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] = PRIVATE_HEADERS,
    media_type: str = MediaType.JSON,
) -> Response[bytes]:
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        headers={**headers, **_cors(request)},
        media_type=media_type,
    )


def _explain(request: PageRequest, error: Exception) -> Response[bytes]:
    response = answer_with_problem(request, error)
    response.headers.update(_cors(request))
    return response


def _key(request: PageRequest) -> str:
    key: str = request.path_params["key"]
    return key


def _sender(request: PageRequest) -> str:
    return request.client.host if request.client else ""


def _desk(request: PageRequest) -> WidgetDesk:
    desk: WidgetDesk = request.app.state.widget
    return desk
