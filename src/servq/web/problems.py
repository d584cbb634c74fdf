"""Which HTTP status each error of the domain has, and how a program is told; the only such table."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from servq import errors
from servq.errors import BadInput, Problem, ServqError

STATUSES: Mapping[type[ServqError], HTTPStatus] = {
    errors.InstrumentInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DataInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AnswersAbsent: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AnswersInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.EventKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RequestInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidArgument: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotEstimable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InstrumentUnknown: HTTPStatus.NOT_FOUND,
    errors.SurveyUnknown: HTTPStatus.NOT_FOUND,
    errors.LinkUnknown: HTTPStatus.NOT_FOUND,
    errors.RecordUnknown: HTTPStatus.NOT_FOUND,
    errors.SurveyClosed: HTTPStatus.GONE,
    errors.LinkExpired: HTTPStatus.GONE,
    errors.SurveyNotLaunched: HTTPStatus.CONFLICT,
    errors.SurveyLaunched: HTTPStatus.CONFLICT,
    errors.AlreadyAnswered: HTTPStatus.CONFLICT,
    errors.AlreadyExists: HTTPStatus.CONFLICT,
    errors.ChangedMeanwhile: HTTPStatus.CONFLICT,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.SignatureInvalid: HTTPStatus.FORBIDDEN,
    errors.MailTextInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DatabaseBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.MailUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.PayloadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.EnvironmentIncomplete: HTTPStatus.SERVICE_UNAVAILABLE,
}

PROBLEM_MEDIA_TYPE = "application/problem+json"


def status_of(error: ServqError) -> HTTPStatus:
    """Return the status of an error; one that is not in the table is our own mistake."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem_details(error: ServqError) -> dict[str, Any]:
    """Describe an error as RFC 9457 wants it; `code` is stable, `problems` lists every place to mend."""
    status = status_of(error)
    details: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": str(error),
        "code": error.code,
    }
    if isinstance(error, BadInput):
        details["problems"] = [_described(problem) for problem in error.problems]
    return details


def plain_problem(status: int, detail: str, code: str) -> dict[str, Any]:
    """Describe what is no error of the domain: an unknown address, a fault of our own."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}


def _described(problem: Problem) -> dict[str, object]:
    known = {
        "message": str(problem.message),
        "fix": str(problem.fix),
        "file": problem.file,
        "line": problem.line,
        "row": problem.row,
        "column": problem.column,
    }
    return {name: value for name, value in known.items() if value not in (None, "")}
