"""The views of the respondent pages, put together from an edition, a route and what is filled in; pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from servq.instruments.model import Column
from servq.responses.answers import COMMENT_PREFIX
from servq.responses.evidence import StoredEvidence
from servq.surveys.pages import Page
from servq.surveys.routes import Route
from servq.web.answer.asked import Asked
from servq.web.answer.editions import Edition
from servq.web.answer.sections import Filled, sections_of
from servq.web.answer.views import (
    CommentBox,
    ErrorSummary,
    PointsSection,
    QuestionPage,
    SavedPage,
    Section,
    WelcomePage,
)
from servq.web.assets import POINTS_SCRIPT

SECONDS_PER_QUESTION = 7.5
"""Reading and answering one rated statement; only used to announce the length on the first page."""


def question_page(
    edition: Edition,
    page: Page,
    route: Route,
    *,
    order: int = 0,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    evidence: Mapping[Column, StoredEvidence] | None = None,
    summary: ErrorSummary | None = None,
    carries_consent: bool = False,
) -> QuestionPage:
    """Build a page of questions.

    `typed` maps a field to what is in it; `errors` maps a field to what is wrong with it, in this language.
    """
    filled = Filled(typed or {}, errors or {}, evidence or {})
    asked, everybody = Asked(route, page.part), Asked(edition.survey.open_route, page.part)
    previous = route.before(page)
    progress = route.progress(page)
    sections = sections_of(edition, page, route, order, filled)
    comments = tuple(
        CommentBox(
            field=COMMENT_PREFIX + comment.id,
            label=edition.fill(edition.texts.comments[comment.id]),
            form=comment.form,
            max_length=comment.max_length,
            required=comment.required,
            typed=filled.typed.get(COMMENT_PREFIX + comment.id, ""),
            error=filled.errors.get(COMMENT_PREFIX + comment.id, ""),
        )
        for comment in route.comments(page)
    )
    heading, instruction = _heading(edition, page, route, sections, n_comments=len(comments))
    return QuestionPage(
        frame=edition.frame,
        address_number=page.number + 1,
        number=progress.number,
        n_pages=progress.total,
        is_at_most=not progress.is_exact,
        introduction=""
        if everybody.has_welcome or edition.consent or previous
        else edition.fill(edition.texts.introduction),
        heading=heading,
        instruction=instruction,
        sections=sections,
        points_script=POINTS_SCRIPT.path if any(isinstance(section, PointsSection) for section in sections) else "",
        comments=comments,
        summary=summary,
        takes_files=bool(page.evidence),
        carries_consent=carries_consent,
        has_previous=previous is not None,
        is_last=progress.number == progress.total,
        comes_back_later=asked.comes_back_later,
        has_honeypot=edition.is_open,
    )


def _heading(
    edition: Edition, page: Page, route: Route, sections: tuple[Section, ...], *, n_comments: int
) -> tuple[str, str]:
    """Return heading and instruction of a page: those of its only section, or the questionnaire's title."""
    if not sections:
        return edition.say("One last question") if n_comments == 1 else edition.say("A few last questions"), ""
    (block, *others) = route.blocks(page)
    if others:
        return edition.frame.title, ""
    words = edition.texts.batteries[block.battery_id]
    return edition.fill(words.title), edition.fill(words.instruction)


def welcome_page(
    edition: Edition, asked: Asked, *, goes_on_at: Page, is_resumed: bool, consent: bool, refused: bool
) -> WelcomePage:
    """Build the page that says what is asked, how long it takes and what becomes of the answers.

    With `consent` it asks for the respondent's agreement, which was `refused` if the page is shown again for it.
    """
    error = edition.say("Please tick the box if you agree. Without your agreement nothing is stored.")
    return WelcomePage(
        frame=edition.frame,
        introduction=edition.fill(edition.texts.introduction),
        consent=edition.consent if consent else "",
        consent_error=error if refused else "",
        n_questions=asked.n_questions,
        is_at_most=not asked.asks_everybody,
        minutes=max(1, ceil(asked.n_questions * SECONDS_PER_QUESTION / 60)),
        anonymous=edition.survey.anonymous,
        is_resumed=is_resumed,
        goes_on_at=goes_on_at.number + 1,
    )


def saved_page(edition: Edition, *, can_change: bool, comes_back_later: bool) -> SavedPage:
    """Build the page that thanks; the caller has seen the commit or the stored response."""
    return SavedPage(
        frame=edition.frame,
        thanks="" if comes_back_later else edition.fill(edition.texts.thanks),
        can_change=can_change,
        comes_back_later=comes_back_later,
    )
