"""Failures as RFC 9457 problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from servq.db import busy, unstorable
from servq.errors import DatabaseBusy, Problem, RequestInvalid, ServqError, Unauthenticated
from servq.web.problems import PROBLEM_MEDIA_TYPE, plain_problem, problem_details
from servq.web.security import PRIVATE_HEADERS

_log = logging.getLogger(__name__)


def answer_with_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Describe an error to a program; our own faults are logged and say nothing of their inside."""
    headers = dict(PRIVATE_HEADERS)
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.BAD_REQUEST:
        error = RequestInvalid(_problems_of(error))
    if (waited := busy(error)) is not None:
        _log.warning("%s %s waited too long for a lock.", request.method, request.scope.get("path_template", ""))
        error = waited
    error = unstorable(error) or error
    if isinstance(error, RecursionError):
        _log.warning("%s %s was nested too deeply.", request.method, request.scope.get("path_template", ""))
        error = RequestInvalid("The body is nested too deeply to be read. Send it as /schema/openapi.json describes.")
    if isinstance(error, ServqError):
        details = problem_details(error)
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, DatabaseBusy):
            headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        details = plain_problem(error.status_code, error.detail, "request.refused")
    else:
        _log.error("%s %s failed.", request.method, request.scope.get("path_template", ""), exc_info=error)
        details = plain_problem(500, "Something went wrong in servq. Nothing was saved.", "servq.error")
    return Response(
        msgspec.json.encode(details), status_code=details["status"], headers=headers, media_type=PROBLEM_MEDIA_TYPE
    )


def _problems_of(error: HTTPException) -> list[Problem]:
    """Read what was wrong with the parameters or the body of a request."""
    found = [
        Problem(str(entry["message"]), fix="See /schema/openapi.json.", column=entry.get("key"))
        for entry in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(entry, dict) and "message" in entry
    ]
    return found or [Problem(error.detail, fix="See /schema/openapi.json.")]
