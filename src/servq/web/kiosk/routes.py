"""``/k/<place>``: the page of a kiosk, its service worker, and where it sends what was answered."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import JSONBody

from servq.errors import ServqError
from servq.web.answer.rendering import render_with
from servq.web.answer.routes import answer_with_notice
from servq.web.api.errors import answer_with_problem
from servq.web.kiosk.desk import KioskAnswers, KioskDesk
from servq.web.security import PRIVATE_HEADERS, SAFE_HEADERS
from servq.web.widget.script import MEDIA_TYPE, load_script

PageRequest = Request[None, None, State]

LARGEST_BODY = 64 * 1024

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {**PRIVATE_HEADERS, "Content-Security-Policy": _POLICY, "Vary": "Accept-Language"}
_WORKER = load_script("servq.web.kiosk", "worker.js")


@get("/k/worker.js", sync_to_thread=False)
def send_worker() -> Response[bytes]:
    """Send the service worker, which keeps the page for times without a network; browsers ask for a newer one."""
    headers = {**SAFE_HEADERS, "Content-Security-Policy": _POLICY, "Cache-Control": "no-cache", "ETag": _WORKER.tag}
    return Response(_WORKER.plain, headers=headers, media_type=MEDIA_TYPE)


@get("/k/{place:str}")
async def show_kiosk(request: PageRequest) -> Response[bytes]:
    """Show the kiosk."""
    view = await _desk(request).show(
        request.path_params["place"],
        lang=request.query_params.get("lang", ""),
        accepted=request.headers.get("accept-language", ""),
    )
    return Response(render_with("kiosk/kiosk.html.j2", view), headers=_HEADERS, media_type="text/html; charset=utf-8")


@post("/k/{place:str}/answers", status_code=HTTPStatus.CREATED)
async def receive_answers(data: JSONBody[KioskAnswers], request: PageRequest) -> Response[bytes]:
    """Store answers; the reply leaves after the commit."""
    await _desk(request).store(request.path_params["place"], data)
    return Response(
        msgspec.json.encode({"saved": True}),
        status_code=HTTPStatus.CREATED,
        headers=PRIVATE_HEADERS,
        media_type=MediaType.JSON,
    )


def kiosk_routes() -> Router:
    """Return the router of the kiosks."""
    return Router(
        path="/",
        route_handlers=[send_worker, show_kiosk, receive_answers],
        exception_handlers={ServqError: _explain, HTTPException: _explain, Exception: _explain},
        request_max_body_size=LARGEST_BODY,
        include_in_schema=False,
    )


def _explain(request: PageRequest, error: Exception) -> Response[bytes]:
    if request.method == "POST":
        return answer_with_problem(request, error)
    return answer_with_notice(request, error)


def _desk(request: PageRequest) -> KioskDesk:
    desk: KioskDesk = request.app.state.kiosk
    return desk
