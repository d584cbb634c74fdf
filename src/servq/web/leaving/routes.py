"""``/u/<sealed>``: the page behind List-Unsubscribe and behind the last line of every mail.

A GET shows a form and changes nothing, because mail scanners open every link. A POST acts at once: that of the form,
and the one that mail programs send by themselves (RFC 8058). The address is sealed inside the link, so that it works
for as long as the mail is kept.
"""

from __future__ import annotations

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from servq.contacts.models import SuppressionReason
from servq.contacts.service import suppress
from servq.errors import ServqError, SignatureInvalid
from servq.invitations.lettering import OPT_OUT_PURPOSE
from servq.translation import translator
from servq.web.answer.editions import language
from servq.web.answer.languages import choose_locale
from servq.web.answer.notices import INTERFACE_LOCALES
from servq.web.answer.rendering import render
from servq.web.answer.routes import answer_with_notice
from servq.web.answer.views import Frame, OptOutPage
from servq.web.assets import STYLESHEET
from servq.web.security import PRIVATE_HEADERS

LARGEST_FORM = 1024

PageRequest = Request[None, None, State]


@get("/u/{sealed:str}")
async def ask_to_leave(request: PageRequest) -> Response[bytes]:
    """Ask whether the mails shall end; nothing is changed."""
    address, _ = _opened(request)
    return _page(request, address, is_done=False)


@post("/u/{sealed:str}", status_code=200)
async def leave(request: PageRequest) -> Response[bytes]:
    """End the mails to an address; again is as good as once."""
    address, survey_id = _opened(request)
    state = request.app.state
    now = state.now()
    async with state.sessions.begin() as session:
        await suppress(session, address, SuppressionReason.OPT_OUT, f"mail of survey {survey_id}", now=now)
    return _page(request, address, is_done=True)


def leaving_routes() -> Router:
    """Return the router of the page where mails are ended."""
    return Router(
        path="/",
        route_handlers=[ask_to_leave, leave],
        exception_handlers={
            ServqError: answer_with_notice,
            HTTPException: answer_with_notice,
            Exception: answer_with_notice,
        },
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,
    )


def _opened(request: PageRequest) -> tuple[str, int]:
    payload = request.app.state.tokens().unseal(OPT_OUT_PURPOSE, request.path_params["sealed"])
    address, survey_id = payload.get("address"), payload.get("survey")
    if not isinstance(address, str) or not isinstance(survey_id, int):
        raise SignatureInvalid("This link is incomplete. Open it exactly as it stands in the message.")
    return address, survey_id


def _page(request: PageRequest, address: str, *, is_done: bool) -> Response[bytes]:
    locale = choose_locale(
        INTERFACE_LOCALES,
        asked=request.query_params.get("lang", ""),
        stored=None,
        accepted=request.headers.get("accept-language", ""),
    )
    say = translator(locale, "web")
    frame = Frame(
        title=say("We have stopped writing to you") if is_done else say("No more messages"),
        organisation="",
        language=language(locale),
        languages=(),
        stylesheet=STYLESHEET.path,
        carried="",
        site="",
    )
    view = OptOutPage(frame=frame, address=_hinted(address), is_done=is_done)
    return Response(
        render(view),
        headers={**PRIVATE_HEADERS, "Vary": "Accept-Language"},
        media_type="text/html; charset=utf-8",
    )


def _hinted(address: str) -> str:
    """Return an address as its owner recognises it: whoever a mail was passed on to need not read it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
