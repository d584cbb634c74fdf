"""What went wrong, said on a page that looks like the others and leaks nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException

from servq.accounts.viewer import Viewer
from servq.db import busy, unstorable
from servq.errors import BadInput, Conflict, DatabaseBusy, Gone, ServqError
from servq.web.manage.access import PageRequest, SignInNeeded
from servq.web.manage.pages import HEADERS, page, say_in_frame
from servq.web.problems import status_of

SIGN_IN = "/sign-in"

_log = logging.getLogger(__name__)

_NOTHING_HERE = (
    "There is nothing here",
    "The address is wrong, or what was here is not yours to see. Check the link, or begin at the start.",
)
_NOT_NOW = ("This is not possible now", "Nothing was changed. Load the page again and see how things stand.")
_BAD_INPUT = ("This cannot be used", "Nothing was saved. Go back and mend what is listed here.")
_BY_STATUS: Mapping[int, tuple[str, str]] = {
    HTTPStatus.NOT_FOUND: _NOTHING_HERE,
    HTTPStatus.METHOD_NOT_ALLOWED: _NOTHING_HERE,
    HTTPStatus.CONFLICT: _NOT_NOW,
    HTTPStatus.GONE: _NOT_NOW,
    HTTPStatus.FORBIDDEN: (
        "This was not accepted",
        "The form belongs to an earlier sign-in or to another site. Load the page again and send it from there.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("This is too large", "Nothing was saved. Send a smaller file."),
    HTTPStatus.TOO_MANY_REQUESTS: ("Too many attempts", "Wait a few minutes and try again."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Not available just now", "Nothing was saved. Try again in a few seconds."),
}
_OUR_FAULT = (
    "Something went wrong here",
    "It is not your fault, and nothing was saved. Try again in a few minutes.",
)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a page says that could not be shown."""

    heading: str
    explanation: str
    problems: tuple[str, ...] = ()


def answer_with_page(request: PageRequest, error: Exception) -> Response[bytes]:
    """Say what went wrong; our own faults are logged and say nothing of their inside."""
    if isinstance(error, SignInNeeded):
        return lead_to_sign_in(request)
    error = busy(error) or unstorable(error) or error
    status = _status(error)
    if isinstance(error, DatabaseBusy):
        _log.warning("%s %s waited too long for a lock.", request.method, request.scope.get("path_template", ""))
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s %s failed.", request.method, request.scope.get("path_template", ""), exc_info=error)
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    shown = _explained(request, viewer, error, status)
    return page(request, viewer, "error.html.j2", shown, status=status)


def lead_to_sign_in(request: PageRequest) -> Response[bytes]:
    """Lead to the sign-in, and back to a page that was looked at."""
    where = SIGN_IN
    if request.method == "GET" and request.headers.get("hx-request") != "true":
        query = request.scope["query_string"].decode("latin-1")
        wanted = request.scope["path"] + (f"?{query}" if query else "")
        where = f"{SIGN_IN}?next={quote(wanted, safe='/')}"
    if request.headers.get("hx-request") == "true":
        return Response(b"", status_code=HTTPStatus.UNAUTHORIZED, headers={**HEADERS, "HX-Redirect": where})
    return Response(b"", status_code=HTTPStatus.SEE_OTHER, headers={**HEADERS, "Location": where})


def _status(error: Exception) -> int:
    if isinstance(error, ServqError):
        return status_of(error)
    if isinstance(error, HTTPException):
        # An address whose number is no number leads nowhere, like any other that is not known.
        is_address = error.status_code == HTTPStatus.BAD_REQUEST
        return HTTPStatus.NOT_FOUND if is_address else error.status_code
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _explained(request: PageRequest, viewer: Viewer | None, error: Exception, status: int) -> ErrorPage:
    say = say_in_frame(request, viewer)
    heading, explanation = _BY_STATUS.get(status, _OUR_FAULT)
    if isinstance(error, BadInput):
        return ErrorPage(say(_BAD_INPUT[0]), say(_BAD_INPUT[1]), tuple(map(str, error.problems)))
    if isinstance(error, Conflict | Gone):
        return ErrorPage(say(heading), str(error))
    return ErrorPage(say(heading), say(explanation))


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    SignInNeeded: answer_with_page,
    ServqError: answer_with_page,
    HTTPException: answer_with_page,
    Exception: answer_with_page,
}
