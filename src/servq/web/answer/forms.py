"""The form of a question page: what a browser may send, and how the page comes back when it cannot be saved; pure.

A form that no browser showing the page could have sent is refused as a whole. Anything a person can do on the page
brings the page back, with what was typed and with what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import parse_qsl

from servq.errors import AnswersInvalid, Problem
from servq.instruments.model import RatingBattery
from servq.responses.answers import COMMENT_PREFIX, NOT_APPLICABLE_VALUE
from servq.scoring.answers import Missing
from servq.surveys.pages import Page
from servq.web.answer.editions import Edition, question_page
from servq.web.answer.views import ErrorSummary, QuestionPage, SummaryLine

HONEYPOT = "website"
MOST_FIELDS = 300

MOST_LINES = 6
"""Lines of an error summary: a phone still shows what comes below them."""

Step = Literal["next", "back", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedPage:
    """What a respondent sent.

    Parameters
    ----------
    typed
        Every field of the page as it was sent, "" where it was not.
    step
        Which button was pressed.
    show
        The language asked for by the switch, or "".
    is_trapped
        The field that people do not see was filled in.
    """

    typed: Mapping[str, str]
    step: Step
    show: str
    is_trapped: bool


def read_form(body: bytes, edition: Edition, page: Page) -> PostedPage:
    """Read the URL-encoded form of a page.

    Raises
    ------
    AnswersInvalid
        If no browser showing this page could have sent it.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise AnswersInvalid(
            Problem("The form could not be read.", fix="Open the page again and send it from your browser.")
        ) from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise AnswersInvalid(Problem("A field was sent twice in one form.", fix="Send one value for each."))
    fields = fields_of(edition, page)
    unknown = sorted(form.keys() - fields - {"do", "show", HONEYPOT})
    if unknown:
        named = ", ".join(name[:40] for name in unknown[:5])
        raise AnswersInvalid(Problem(f"The page has no field {named}.", fix="Open the page again."))
    step = form.get("do", "next")
    if step not in get_args(Step):
        raise AnswersInvalid(Problem(f"The page has no button “{step[:20]}”.", fix="Use one of its buttons."))
    return PostedPage(
        typed={name: form.get(name, "") for name in fields},
        step=step,  # type: ignore[arg-type]  # checked above against the same Literal, which does not narrow str
        show=form.get("show", ""),
        is_trapped=bool(form.get(HONEYPOT)),
    )


def fields_of(edition: Edition, page: Page) -> frozenset[str]:
    """Names of the fields that the page shows."""
    return frozenset(edition.fields(page)) | {COMMENT_PREFIX + comment.id for comment in page.comments}


def typed_from(edition: Edition, page: Page, codes: Sequence[int], texts: Mapping[str, str]) -> dict[str, str]:
    """Fill the fields of a page from stored answers, `codes` as in `Instrument.columns`."""
    typed = {COMMENT_PREFIX + comment.id: texts.get(comment.id, "") for comment in page.comments}
    for position, name in enumerate(edition.fields(page), start=page.first):
        code = codes[position]
        if code >= 0:
            typed[name] = str(code)
        elif code == Missing.NOT_APPLICABLE:
            typed[name] = NOT_APPLICABLE_VALUE
    return typed


def blank_fields(edition: Edition, page: Page, typed: Mapping[str, str]) -> tuple[str, ...]:
    """Return the items without an answer, if the page asks for one."""
    if not page.required or not isinstance(page.battery, RatingBattery):
        return ()
    return tuple(name for name in edition.fields(page) if not typed.get(name))


def ask_about_blanks(
    edition: Edition, page: Page, order: int, typed: Mapping[str, str], blanks: Sequence[str]
) -> QuestionPage:
    """Show the page again, pointing at what is blank; some of it may stay blank on purpose."""
    error = edition.say("No answer yet.")
    view = question_page(edition, page, order=order, typed=typed, errors=dict.fromkeys(blanks, error))
    heading = edition.say("One answer is missing") if len(blanks) == 1 else edition.say("Some answers are missing")
    return replace(view, summary=_summary(heading, _lines(edition, view), can_skip=len(blanks) < len(page.columns)))


def explain_problems(
    edition: Edition, page: Page, order: int, typed: Mapping[str, str], invalid: AnswersInvalid
) -> QuestionPage:
    """Show the page again with what is wrong with it.

    Raises `invalid` again if a point was chosen that the page does not offer.
    """
    fields = fields_of(edition, page)
    errors: dict[str, str] = {}
    general: list[str] = []
    for problem in invalid.problems:
        text = f"{edition.say.say(problem.message)} {edition.say.say(problem.fix)}"
        if problem.column not in fields:
            general.append(text)
        elif isinstance(page.battery, RatingBattery) and not problem.column.startswith(COMMENT_PREFIX):
            raise invalid
        else:
            errors[problem.column] = text
    view = question_page(edition, page, order=order, typed=typed, errors=errors)
    first = view.rows[0].field if view.rows else view.points[0].field
    lines = (*(SummaryLine(first, text) for text in general), *_lines(edition, view))
    return replace(view, summary=_summary(edition.say("Please check this page"), lines))


def point_out(edition: Edition, page: Page, order: int, typed: Mapping[str, str], text: str) -> QuestionPage:
    """Show the page again with one sentence about all of it."""
    view = question_page(edition, page, order=order, typed=typed)
    first = view.rows[0].field if view.rows else view.points[0].field
    return replace(view, summary=_summary(edition.say("Please check this page"), (SummaryLine(first, text),)))


def _summary(heading: str, lines: tuple[SummaryLine, ...], *, can_skip: bool = False) -> ErrorSummary:
    return ErrorSummary(heading, lines[:MOST_LINES], max(0, len(lines) - MOST_LINES), can_skip)


def _lines(edition: Edition, view: QuestionPage) -> tuple[SummaryLine, ...]:
    rows = [
        SummaryLine(
            row.field,
            edition.say("Statement {number}: {error}", number=row.number, error=row.error)
            if len(view.rows) > 1
            else row.error,
        )
        for row in view.rows
        if row.error
    ]
    rows += [SummaryLine(row.field, f"{row.name}: {row.error}") for row in view.points if row.error]
    rows += [SummaryLine(box.field, f"{box.label}: {box.error}") for box in view.comments if box.error]
    return tuple(rows)
