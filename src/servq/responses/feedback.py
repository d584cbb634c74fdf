"""The permanent feedback form of a survey: a comment, perhaps a score, perhaps how to reach whoever wrote it.

What was written is a response like any other. How to reach somebody is stored apart from it, in no report and no
export, and it makes nobody a contact who is invited to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import AnswersInvalid, Problem, RecordUnknown, RequestInvalid
from servq.instruments.model import RatingBattery
from servq.messages import Message
from servq.responses import desk_queries as queries
from servq.responses.answers import PageAnswers, decode
from servq.responses.desk_queries import Feedback
from servq.responses.links import OpenLink
from servq.responses.models import FeedbackContact
from servq.scoring.answers import Missing
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.pages import Page

LONGEST_COMMENT = 5000
LONGEST_CONTACT_NAME = 200
LONGEST_CONTACT = 254
MOST_FEEDBACK = 200
"""Pieces of feedback shown at once."""

FEEDBACK_TEXT = "feedback"
"""Under this name the comment of the form is stored beside the comments that an instrument asks for."""

SCORE, COMMENT, NAME, ADDRESS = "score", "comment", "name", "address"
"""Fields of the form."""


@dataclass(frozen=True, kw_only=True)
class GivenFeedback:
    """Valid feedback: its answers, and how to reach whoever wrote it."""

    answers: PageAnswers
    name: str | None
    address: str | None


def feedback_page(survey: LaunchedSurvey) -> Page | None:
    """Return the page with the score of the feedback form, or None if the survey asks for more than one rating.

    Whatever else the instrument asks of those who rated is left out; the form has a comment of its own.
    """
    page = survey.pages[0]
    is_one_rating = survey.n_columns == 1 and isinstance(page.blocks[0].battery, RatingBattery)
    return page if is_one_rating and not page.evidence and not survey.asks_consent else None


def read_feedback(page: Page, form: Mapping[str, str]) -> GivenFeedback:
    """Check what somebody sent; the fields are ``score``, ``comment``, ``name`` and ``address``.

    Raises
    ------
    AnswersInvalid
        With every problem; `Problem.column` is the name of the field.
    """
    problems: list[Problem] = []
    score = form.get(SCORE, "").strip()
    code = int(score) if score.isascii() and score.isdigit() and len(score) < 5 else None
    points = page.blocks[0].points[0]
    if score and code not in points:
        fix = Message("Choose a whole number from {low} to {high}.", low=points[0], high=points[-1])
        problems.append(Problem(Message("“{text}” is not on the scale.", text=score[:20]), fix=fix, column=SCORE))
    comment = form.get(COMMENT, "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(comment) > LONGEST_COMMENT:
        problems.append(_too_long(comment, LONGEST_COMMENT, COMMENT))
    elif not comment and not score:
        problems.append(
            Problem(
                Message("There is nothing to send yet."),
                fix=Message("Write a comment or give a score."),
                column=COMMENT,
            )
        )
    name, address = (" ".join(form.get(field, "").split()) for field in (NAME, ADDRESS))
    problems += [
        _too_long(text, longest, field)
        for field, text, longest in ((NAME, name, LONGEST_CONTACT_NAME), (ADDRESS, address, LONGEST_CONTACT))
        if len(text) > longest
    ]
    if not (name + address).isprintable():
        problems.append(
            Problem(Message("Your details have a control character."), fix=Message("Delete it."), column=ADDRESS)
        )
    if name and not address:
        problems.append(
            Problem(
                Message("With your name alone we cannot answer you."),
                fix=Message("Give an e-mail address or a telephone number too, or leave your name out."),
                column=ADDRESS,
            )
        )
    if problems:
        raise AnswersInvalid(problems)
    return GivenFeedback(
        answers=PageAnswers((Missing.SKIPPED if code is None else code,), {FEEDBACK_TEXT: comment}),
        name=name or None,
        address=address or None,
    )


async def store_feedback_contact(
    session: AsyncSession, survey: LaunchedSurvey, link: OpenLink, given: GivenFeedback, *, now: datetime
) -> None:
    """Store how to reach whoever sent feedback by this link, once; nothing where nothing was left."""
    if given.address is None:
        return
    await queries.insert_feedback_contact(
        session,
        {
            # Unrelated, to anybody without the token, to what finds the response.
            "id": blake2b(link.token.encode(), digest_size=16, person=b"servq feedback").digest(),
            "survey_id": survey.id,
            "response_id": None if survey.anonymous else await queries.find_response_id(session, link.key),
            "name": given.name,
            "address": given.address,
            "given_at": survey.stored_time(now),
        },
    )


async def get_feedback_survey(session: AsyncSession, survey_id: int) -> LaunchedSurvey:
    """Return a survey that has a feedback form; raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid`."""
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    if feedback_page(survey) is None:
        raise RequestInvalid(
            Problem(
                f"Survey {survey_id} asks for more than one rating.",
                "Use an instrument of one rated item, such as csat, nps or ces.",
            )
        )
    return survey


async def list_feedback(session: AsyncSession, survey_id: int) -> list[tuple[Feedback, int | None]]:
    """Return the newest feedback of a survey, each with its score; raises as `get_feedback_survey`."""
    survey = await get_feedback_survey(session, survey_id)
    found = await queries.list_feedback(session, survey_id, most=MOST_FEEDBACK)
    scores = [int(decode([each.answers], survey.n_columns)[0, 0]) for each in found]
    return [(each, score if score >= 0 else None) for each, score in zip(found, scores, strict=True)]


async def list_feedback_contacts(session: AsyncSession, survey_id: int) -> Sequence[FeedbackContact]:
    """Return how to reach those who left it; raises as `get_feedback_survey`."""
    await get_feedback_survey(session, survey_id)
    return await queries.list_feedback_contacts(session, survey_id)


async def erase_feedback_contact(session: AsyncSession, survey_id: int, contact_id: str) -> None:
    """Forget how to reach somebody; what was written stays. Raises `RecordUnknown`."""
    try:
        number = bytes.fromhex(contact_id)
    except ValueError:
        number = b""
    if not await queries.delete_feedback_contact(session, survey_id, number):
        raise RecordUnknown(f"Survey {survey_id} has no such details.")


def _too_long(text: str, most: int, column: str) -> Problem:
    return Problem(
        Message("The text has {n} characters.", n=len(text)),
        fix=Message("Use at most {most}.", most=most),
        column=column,
    )
