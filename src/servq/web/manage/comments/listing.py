"""``/manage/comments``: what respondents wrote to one survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from litestar import Response, get
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.models import Right
from servq.accounts.viewer import Viewer
from servq.comments.quoting import LEFT_OUT
from servq.comments.service import Comment, latest_released, list_codes, list_comments
from servq.errors import SurveyUnknown
from servq.responses.feedback import FEEDBACK_TEXT
from servq.responses.seeing import get_survey_seen, list_surveys_seen
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.service import list_waves
from servq.translation import Translator, is_right_to_left
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.comments.choosing import PAGE_SIZE, Choice, chosen, read_choice, visible_codes
from servq.web.manage.pages import page, say_in
from servq.web.manage.places import Now, Session, SignedInViewer

MOST_QUOTATIONS = 100
"""Released comments that a manager is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCard:
    """One comment as the page shows it.

    Parameters
    ----------
    key, address
        What names it on the page, and below which its forms are sent: a reader who sends none learns of no response.
    mine
        Ids of the codes that the reader gave; None where they have not coded it.
    others
        Labels of the codes of each other coder, once the reader has coded it too.
    n_others
        How many others have coded it.
    """

    key: str
    address: str
    text: str
    direction: str
    question: str
    wave: str
    on: date
    site: str
    mine: frozenset[int] | None
    others: tuple[tuple[str, ...], ...]
    n_others: int
    quotation: str | None
    is_shortened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentsPage:
    """The comments of a survey; `can_code` for researchers, everybody else reads."""

    surveys: tuple[tuple[str, str], ...]
    survey: Survey | None
    can_code: bool
    reads_all: bool
    choice: Choice | None
    waves: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    codes: tuple[tuple[int, str, str], ...]
    code_options: tuple[tuple[str, str], ...]
    cards: tuple[CommentCard, ...]
    n_found: int
    n_comments: int
    n_coded: int
    first: int
    last: int
    previous: str
    next: str
    back: str


@get("/manage/comments", opt=FOR_EVERYBODY)
async def show_comments(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Show the comments of one survey: what is released, or to whom may read it, everything."""
    seen = [one for one in await list_surveys_seen(session, viewer) if one.status is not SurveyStatus.DRAFT]
    asked = request.query_params.get("survey", "")
    survey = await _chosen_survey(session, viewer, seen, asked)
    if survey is None:
        return page(request, viewer, "comments/list.html.j2", _nothing())
    shown = await make_comments_page(session, viewer, survey, seen, request.query_params)
    if shown.reads_all:
        await record(session, viewer, AuditAction.VIEWED, kind="comments", target=str(survey.id), now=now)
    return page(request, viewer, "comments/list.html.j2", shown)


HANDLERS = (show_comments,)


async def make_comments_page(
    session: AsyncSession, viewer: Viewer, survey: Survey, seen: Sequence[Survey], query: Mapping[str, str]
) -> CommentsPage:
    """Return what the page of a survey's comments shows to somebody."""
    say = say_in(viewer, "comments")
    launched = await (await session.connection()).run_sync(get_launched, survey.id)
    waves = await list_waves(session, survey.id)
    choice = read_choice(query, newest_wave=waves[-1].number)
    codes = await list_codes(session, survey.id)
    labels = {code.id: code.label for code in codes}
    questions = _questions(launched, viewer.locale, say)
    reads_all = viewer.may(Right.COMMENTS)
    if reads_all:
        numbers = [choice.wave] if choice.wave else None
        comments = await list_comments(session, survey.id, waves=numbers, sites=viewer.sites)
        found = chosen(comments, choice, viewer.account_id)
    else:
        comments = await latest_released(session, survey.id, viewer.sites, MOST_QUOTATIONS)
        found = comments
    first = (min(choice.page, max(1, -(-len(found) // PAGE_SIZE))) - 1) * PAGE_SIZE
    number = first // PAGE_SIZE + 1
    return CommentsPage(
        surveys=tuple((str(one.id), one.title) for one in seen),
        survey=survey,
        can_code=viewer.may_manage,
        reads_all=reads_all,
        choice=choice,
        waves=(("0", say("All waves")), *((str(wave.number), wave.name) for wave in reversed(waves))),
        questions=(("", say("All questions")), *questions.items()),
        sites=(("", say("All sites")), *((site, site) for site in sorted({one.site for one in comments} - {""}))),
        codes=tuple((code.id, code.label, code.description) for code in codes),
        code_options=(("", say("Any code")), *((str(code.id), code.label) for code in codes)),
        cards=tuple(
            _card(comment, place, survey.id, viewer, labels, questions, reads_all=reads_all)
            for place, comment in enumerate(found[first : first + PAGE_SIZE])
        ),
        n_found=len(found),
        n_comments=len(comments),
        n_coded=sum(bool(comment.codings) for comment in comments),
        first=first + 1,
        last=min(first + PAGE_SIZE, len(found)),
        previous=choice.address(survey.id, page=number - 1) if first else "",
        next=choice.address(survey.id, page=number + 1) if first + PAGE_SIZE < len(found) else "",
        back=choice.address(survey.id, page=number),
    )


async def _chosen_survey(session: AsyncSession, viewer: Viewer, seen: Sequence[Survey], asked: str) -> Survey | None:
    if not asked:
        return seen[0] if seen else None
    if not (asked.isascii() and asked.isdigit()):
        raise SurveyUnknown("There is no such survey.")
    survey = await get_survey_seen(session, viewer, int(asked[:9]))
    return None if survey.status is SurveyStatus.DRAFT else survey


def _questions(launched: LaunchedSurvey, locale: str, say: Translator) -> dict[str, str]:
    texts = launched.instrument.texts_in(locale)
    asked = {
        one.id: texts.fill(texts.comments[one.id], launched.placeholders)
        for one in launched.instrument.definition.comments
    }
    return {**asked, FEEDBACK_TEXT: say("Feedback form")}


def _card(
    comment: Comment,
    place: int,
    survey_id: int,
    viewer: Viewer,
    labels: Mapping[int, str],
    questions: Mapping[str, str],
    *,
    reads_all: bool,
) -> CommentCard:
    mine = comment.coding_of(viewer.account_id)
    others = [coding for coding in comment.codings if coding.account_id != viewer.account_id]
    shown = visible_codes(comment, viewer.account_id) or not viewer.may_manage
    text = comment.text if reads_all else comment.quotation or ""
    return CommentCard(
        key=f"{comment.response_id.hex()}-{comment.question}" if viewer.may_manage else str(place),
        address=f"/manage/surveys/{survey_id}/comments/{comment.response_id.hex()}/{comment.question}"
        if viewer.may_manage
        else "",
        text=text,
        direction="rtl" if is_right_to_left(text) else "ltr",
        question=questions.get(comment.question, ""),
        wave=comment.wave_name,
        on=comment.on,
        site=comment.site,
        mine=None if mine is None else mine.codes,
        others=tuple(tuple(labels[code] for code in sorted(one.codes) if code in labels) for one in others)
        if shown
        else (),
        n_others=len(others),
        quotation=comment.quotation,
        is_shortened=LEFT_OUT in (comment.quotation or ""),
    )


def _nothing() -> CommentsPage:
    return CommentsPage(
        surveys=(),
        survey=None,
        can_code=False,
        reads_all=False,
        choice=None,
        waves=(),
        questions=(),
        sites=(),
        codes=(),
        code_options=(),
        cards=(),
        n_found=0,
        n_comments=0,
        n_coded=0,
        first=0,
        last=0,
        previous="",
        next="",
        back="/manage/comments",
    )
