"""Pages that say why there is nothing to answer, in the respondent's language; pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from servq import errors
from servq.errors import ServqError
from servq.translation import translator
from servq.web.answer.editions import language
from servq.web.answer.languages import choose_locale
from servq.web.answer.views import Frame, NoticePage
from servq.web.assets import STYLESHEET
from servq.web.problems import status_of

INTERFACE_LOCALES = ("en", "de", "es", "fr", "hi", "ar")
"""Languages of the pages that belong to no survey."""

_BY_ERROR: Mapping[type[ServqError], tuple[str, str]] = {
    errors.LinkUnknown: (
        "This link leads nowhere",
        "There is no survey at this address. Please check that the whole link was copied.",
    ),
    errors.SignatureInvalid: (
        "This link is incomplete",
        "It was changed on its way. Please open it exactly as it stands in the message.",
    ),
    errors.LinkExpired: ("This link has expired", "Please ask the sender for a new link."),
    errors.SurveyClosed: ("This survey is closed", "It takes no more answers. Thank you for your interest."),
    errors.SurveyNotLaunched: ("This survey has not started yet", "Please try the same link again later."),
    errors.AlreadyAnswered: (
        "These answers were sent before",
        "The answers that were sent first by this link are saved and count.",
    ),
    errors.AnswersInvalid: (
        "This form could not be read",
        "It does not fit the page that it came from. Please open the page again and send it from there.",
    ),
    errors.ChangedMeanwhile: (
        "This survey was changed",
        "It is still being made, and its questions changed since this trial began. Please open the trial link again.",
    ),
    errors.TooManyRequests: (
        "Too many requests at once",
        "Please wait a minute, then go back and send the page again.",
    ),
}

_BY_STATUS: Mapping[int, tuple[str, str]] = {
    HTTPStatus.NOT_FOUND: ("There is no page here", "Please check that the whole link was copied."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("There is no page here", "Please open the link that you were given."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "That was too much text",
        "Please go back, shorten your comment and send the page again.",
    ),
}
_OUR_FAULT = ("Something went wrong here", "It is not your fault. Please try again in a few minutes.")

NOT_SAVED = "What you just sent was not saved. Pages that you saved before are kept."
NOTHING_SENT = "Nothing was sent. Pages that you saved before are kept."
NOTHING_THERE = "Nothing was saved here."


def notice_status(error: Exception) -> int:
    """Return the HTTP status of an error; what is not foreseen is our fault."""
    if isinstance(error, ServqError):
        return status_of(error)
    status = getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
    return HTTPStatus.UNPROCESSABLE_ENTITY if status == HTTPStatus.BAD_REQUEST else int(status)


def notice_page(error: Exception, *, asked: str, accepted: str, was_sending: bool) -> NoticePage:
    """Build the page for an error; `was_sending` if the respondent had sent something."""
    locale = choose_locale(INTERFACE_LOCALES, asked=asked, stored=None, accepted=accepted)
    say = translator(locale, "web")
    status = notice_status(error)
    known = next((_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR), None)
    heading, explanation = known or _BY_STATUS.get(status, _OUR_FAULT)
    if was_sending:
        saved = NOT_SAVED
    elif status == HTTPStatus.NOT_FOUND:
        saved = NOTHING_THERE
    else:
        saved = NOTHING_SENT
    return NoticePage(
        frame=Frame(
            title=say(heading),
            organisation="",
            language=language(locale),
            languages=(),
            stylesheet=STYLESHEET.path,
            carried="",
            site="",
        ),
        heading=say(heading),
        explanation=say(explanation),
        saved=say(saved),
        can_retry=was_sending and status != HTTPStatus.NOT_FOUND,
    )
