"""From the stored comments of a wave to what the analysis counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from servq.analysis.comment_findings import Quotation
from servq.analysis.comments import Code, CommentMaterial, WaveVolume, WrittenComment, agreed_codes
from servq.comments import queries
from servq.comments.quoting import LEFT_OUT
from servq.comments.service import Comment, list_codes, list_comments
from servq.messages import Message
from servq.responses.feedback import FEEDBACK_TEXT
from servq.surveys.launched import get_launched

MOST_QUOTATIONS = 24
"""Quotations that one report prints."""


async def read_material(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int,
    locale: str | None = None,
    sites: Collection[str] | None = None,
) -> CommentMaterial:
    """Return the comments of a wave with what was made of them, and how much earlier waves hold.

    The days and rows are those of the responses in the order in which `extract_answers` gives them.

    Raises `SurveyUnknown` or `SurveyNotLaunched`.
    """
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    texts = survey.instrument.texts_in(locale)
    counts = await queries.count_responses(session, survey_id, sites=sites)
    responded = await queries.list_responded(session, survey_id, wave, sites=sites)
    rows = {response_id: row for row, (response_id, _) in enumerate(responded)}
    comments = await list_comments(session, survey_id, waves=[one for one in counts if one <= wave], sites=sites)
    current = [comment for comment in comments if comment.wave == wave and comment.response_id in rows]
    codes = await list_codes(session, survey_id)
    labels = {code.id: code.label for code in codes}
    questions = {
        one.id: texts.fill(texts.comments[one.id], survey.placeholders) for one in survey.instrument.definition.comments
    }
    if any(comment.question == FEEDBACK_TEXT for comment in current):
        questions[FEEDBACK_TEXT] = Message("Feedback form")
    return CommentMaterial(
        comments=[
            WrittenComment(
                row=rows[comment.response_id],
                question=comment.question,
                codings=tuple(frozenset(map(str, coding.codes)) for coding in comment.codings),
            )
            for comment in current
        ],
        days=[at.date() for _, at in responded],
        questions=questions,
        codebook=[
            Code(id=str(code.id), label=code.label, description=code.description, dimension=code.dimension)
            for code in codes
        ],
        quotations=[
            Quotation(
                text=comment.quotation,
                question=questions.get(comment.question, ""),
                codes=tuple(labels[code] for code in sorted(_settled(comment)) if code in labels),
                is_shortened=LEFT_OUT in comment.quotation,
            )
            for comment in current
            if comment.quotation is not None
        ][:MOST_QUOTATIONS],
        waves=[
            _volume(name, n, [comment for comment in comments if comment.wave == number])
            for number, (name, n) in counts.items()
            if number < wave
        ],
        wave=counts[wave][0],
    )


def _settled(comment: Comment) -> frozenset[int]:
    return agreed_codes([coding.codes for coding in comment.codings])


def _volume(name: str, n: int, comments: Sequence[Comment]) -> WaveVolume:
    return WaveVolume(
        name=name,
        n_respondents=n,
        n_commenting=len({comment.response_id for comment in comments}),
        codes=Counter(str(code) for comment in comments for code in _settled(comment)),
    )
